"""Routes about own screens: made of a user's checked tables, seen by everybody who may use the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from agent.own.model import OwnScreen
from agent.web.api.system import session_of
from agent.web.making import make_screen

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


class NewScreen(BaseModel):
    """A name and the tables; a table that is left out is the public one."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    expression: str = Field("", max_length=20, description="Id of an upload of yours; GDSC expression when left out.")
    response: str = Field("", max_length=20, description="Id of an upload of yours; GDSC2 responses when left out.")
    kind: str = Field("", max_length=20, description="ln_ic50 or auc, where the column does not tell.")


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api/screens", tags=["your data"])

    @router.get("")
    def screens() -> list[OwnScreen]:
        """All own screens of the workspace."""
        return [screen.model_copy(update={"made_by": ""}) for screen in services.screens.all()]

    @router.post("", status_code=201)
    async def make(request: Request, wanted: NewScreen) -> OwnScreen:
        """Make one of checked tables; a job of kind `explain` with its id as `own` then explains a drug of it."""
        made = await make_screen(
            services,
            session_of(request).user,
            name=wanted.name,
            expression=wanted.expression,
            response=wanted.response,
            kind=wanted.kind,
        )
        return made.model_copy(update={"made_by": ""})

    @router.delete("/{screen}", status_code=204)
    def delete(request: Request, screen: str) -> None:
        """Remove one that you made; what was explained from it stays."""
        services.screens.delete(screen, user=session_of(request).user)

    app.include_router(router)

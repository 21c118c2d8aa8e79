"""Routes about a user's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Query, Request

from agent.web.api.system import session_of
from agent.web.uploads import Upload

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api/uploads", tags=["your data"])

    @router.get("")
    def uploads(request: Request) -> list[Upload]:
        """My tables with what the check says of each."""
        return list(services.uploads.all(session_of(request).user))

    @router.post("", status_code=201)
    async def take(
        request: Request,
        name: str = Query(max_length=300, description="File name with its ending."),
        kind: str = Query("", max_length=20, description="ln_ic50 or auc, for a response table."),
    ) -> Upload:
        """Keep a table (the body as it is, no form) and check it as `oncobrief data check` does."""
        return await services.uploads.take(session_of(request).user, name, kind, request.stream())

    @router.delete("/{upload}", status_code=204)
    def delete(request: Request, upload: str) -> None:
        """Remove one of my tables."""
        services.uploads.delete(session_of(request).user, upload)

    app.include_router(router)

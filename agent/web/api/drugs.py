"""Routes about drugs and their bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Query

from agent.report.summary import bundle_summary
from agent.web.catalogue import DrugRow, search

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api", tags=["drugs"])

    @router.get("/drugs")
    def drugs(
        q: str = Query("", max_length=200, description="Words that name, synonyms, targets or pathway hold."),
        explained: bool = Query(False, description="Only drugs with a bundle."),
    ) -> list[DrugRow]:
        """All drugs of the screen with their state."""
        rows = search(services.catalogue.rows(), q)
        return [row for row in rows if row.card is not None or not explained]

    @router.get("/drugs/{name:path}")
    def drug(name: str) -> DrugRow:
        """One drug, by name, synonym or GDSC id."""
        return services.catalogue.find(name)

    @router.get("/bundles/{folder}")
    def bundle(folder: str) -> dict[str, Any]:
        """Everything computed for one drug, without the tables."""
        return bundle_summary(services.shelf.open(folder).bundle)

    app.include_router(router)

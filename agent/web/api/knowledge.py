"""Routes about the knowledge base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Query

from agent.web.reading import LONGEST_QUERY, Page
from knowledge.documents import DocumentKind
from knowledge.retrieve.model import EvidenceSet, SearchFilter

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api", tags=["knowledge"])

    @router.get("/search")
    def search(
        q: str = Query(max_length=LONGEST_QUERY, description="What to look for."),
        drug: str | None = Query(None, max_length=120),
        gene: str | None = Query(None, max_length=60),
        year_from: int | None = Query(None, ge=1800, le=2200),
        year_to: int | None = Query(None, ge=1800, le=2200),
        kind: list[DocumentKind] = Query([]),
        retracted: bool = Query(False, description="Show retracted documents too, marked as such."),
        k: int = Query(10, ge=1, le=50),
    ) -> EvidenceSet:
        """Passages with the reason why each was found; it abstains, and says so, where nothing is good enough."""
        wanted = SearchFilter(
            drug=drug or None,
            gene=gene or None,
            year_from=year_from,
            year_to=year_to,
            kinds=tuple(kind),
            include_retracted=retracted,
        )
        return services.reading.search(q, wanted, k)

    @router.get("/documents/{document_id:path}")
    def document(document_id: str) -> Page:
        """A whole document with the spans of its passages; the text is data, never markup."""
        return services.reading.page(document_id)

    app.include_router(router)

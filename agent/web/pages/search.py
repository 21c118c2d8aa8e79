"""Search in the knowledge base, with the reason why each passage was found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

from fastapi import Request
from nicegui import ui
from pydantic import ValidationError

from agent.errors import InputError
from agent.web.pages.elements import Markup
from agent.web.pages.layout import frame
from knowledge.documents import DocumentKind
from knowledge.errors import KnowledgeError
from knowledge.retrieve.model import SearchFilter

if TYPE_CHECKING:
    from agent.web.services import Services

_SHOWN = 12


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/search", response_timeout=60)
    async def search(
        request: Request,
        q: str = "",
        drug: str = "",
        gene: str = "",
        year_from: str = "",
        year_to: str = "",
        kind: str = "",
        retracted: str = "",
    ) -> None:
        asked = {
            "q": q, "drug": drug, "gene": gene, "year_from": year_from, "year_to": year_to, "kind": kind,
            "retracted": retracted,
        }  # fmt: skip
        found, fault = None, ""
        if q.strip():
            try:
                found = await asyncio.to_thread(services.reading.search, q, _filter(asked), _SHOWN)
            except (InputError, KnowledgeError) as error:
                fault = str(error)
        with frame("Search", "/search", request.state.session):
            Markup("search.jinja", asked=asked, kinds=get_args(DocumentKind), found=found, fault=fault)


def _filter(asked: dict[str, str]) -> SearchFilter:
    fields: dict[str, object] = {
        "drug": asked["drug"].strip() or None,
        "gene": asked["gene"].strip() or None,
        "year_from": asked["year_from"].strip() or None,
        "year_to": asked["year_to"].strip() or None,
        "kinds": (asked["kind"],) if asked["kind"] else (),
        "include_retracted": bool(asked["retracted"]),
    }
    try:
        return SearchFilter.model_validate(fields)
    except ValidationError as error:
        raise InputError(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}") from error

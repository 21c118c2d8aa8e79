"""A document of the knowledge base with the quoted span highlighted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import ui

from agent.errors import InputError
from agent.web.pages.elements import Markup
from agent.web.pages.layout import frame, not_found
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from agent.web.services import Services


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/document/{document_id:path}", response_timeout=60)
    async def document(request: Request, document_id: str, start: int = 0, end: int = 0) -> None:
        try:
            page = await asyncio.to_thread(services.reading.page, document_id)
        except (InputError, KnowledgeError) as error:
            not_found(str(error), "/search", request.state.session)
            return
        held = page.document
        with frame(held.title or held.id, "/search", request.state.session):
            inside = 0 <= start < end <= len(held.text)
            Markup("document.jinja", page=page, document=held, start=start, end=end, inside=inside)

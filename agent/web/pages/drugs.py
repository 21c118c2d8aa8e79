"""The first page: all drugs of the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import ui

from agent.web.pages.elements import Markup
from agent.web.pages.layout import frame

if TYPE_CHECKING:
    from agent.web.services import Services


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/", response_timeout=60)
    async def drugs(request: Request) -> None:
        rows = await asyncio.to_thread(services.catalogue.rows)
        with frame("Drugs", "/", request.state.session, wide=True):
            Markup("drugs.jinja", rows=rows, n_explained=sum(row.card is not None for row in rows))

"""What is shown for an address that leads nowhere, and for a page that could not be made."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import app, ui

from agent.web.pages.elements import Markup
from agent.web.pages.layout import frame, not_found

if TYPE_CHECKING:
    from agent.web.services import Services

_log = logging.getLogger(__name__)


def add(services: Services) -> None:
    """Add both; the first takes every address that no other page has, so it is added last."""

    @ui.page("/{path:path}")
    def lost(request: Request, path: str) -> None:
        not_found(f"There is no page /{path} here.", "", request.state.session)

    @app.on_page_exception
    def broken(error: Exception) -> None:
        _log.error("page failed", exc_info=error)
        with frame("Something failed", "", None):
            words = "This page could not be made; the terminal of the server says why. The rest goes on working."
            Markup("message.jinja", title="Something failed", message=words)

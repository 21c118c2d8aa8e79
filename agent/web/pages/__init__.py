"""Pages: each module adds those of one subject to NiceGUI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.web.pages import about, chat, data, document, drug, drugs, jobs, lost, review, search

if TYPE_CHECKING:
    from agent.web.services import Services


def add_pages(services: Services) -> None:
    """Add all pages, and the style sheet and script that all of them share."""
    from agent.web.pages.shared import add_shared

    add_shared()
    for module in (drugs, drug, chat, search, document, review, data, jobs, about, lost):
        module.add(services)

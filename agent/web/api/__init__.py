"""Routes of our own; each module adds those of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.web.api import chat, drugs, jobs, knowledge, leads, login, review, screens, system, uploads

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


def add_routes(app: FastAPI, services: Services) -> None:
    """Add all routes and the way errors are told."""
    system.add(app, services)
    for module in (login, leads, chat, drugs, knowledge, jobs, review, uploads, screens):
        module.add(app, services)

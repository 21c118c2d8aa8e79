"""Settings, for reading, and help."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import Request
from nicegui import ui

from agent.doctor import examine
from agent.records import current_versions
from agent.web.pages.elements import Markup
from agent.web.pages.layout import frame

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.web.services import Services

_SECRET_WORDS = ("key", "password", "secret")


def add(services: Services) -> None:
    """Add both."""

    @ui.page("/settings", response_timeout=60)
    async def settings(request: Request, check: str = "") -> None:
        findings = await asyncio.to_thread(examine, services.workspace, services.settings) if check else None
        with frame("Settings", "/settings", request.state.session):
            Markup(
                "settings.jinja",
                groups=setting_groups(services.settings),
                workspace=str(services.workspace.root),
                options=services.options,
                findings=findings,
                versions=current_versions(),
            )

    @ui.page("/help")
    def help_page(request: Request) -> None:
        with frame("Help", "/help", request.state.session):
            Markup("help.jinja")


def setting_groups(settings: BaseModel) -> dict[str, list[tuple[str, str, str]]]:
    """Every setting as group -> (variable, value, description); secrets are masked, whatever their type says."""
    groups: dict[str, list[tuple[str, str, str]]] = {"general": []}
    for name, field in type(settings).model_fields.items():
        value: Any = getattr(settings, name)
        if hasattr(type(value), "model_fields"):
            groups[name] = [
                (
                    f"ONCOBRIEF_{name.upper()}__{part.upper()}",
                    _shown(part, getattr(value, part)),
                    about.description or "",
                )
                for part, about in type(value).model_fields.items()
            ]
        else:
            groups["general"].append((f"ONCOBRIEF_{name.upper()}", _shown(name, value), field.description or ""))
    return groups


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "unset"
    secret = hasattr(value, "get_secret_value") or any(word in name.lower() for word in _SECRET_WORDS)
    return "set, not shown" if secret else str(value)

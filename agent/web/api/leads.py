"""Addresses by key that lead to the page that shows the thing: bundles and passages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi.responses import RedirectResponse, Response

from agent.errors import InputError
from agent.web.render import drug_path, passage_path

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services

_PASSAGE = re.compile(r"(?P<document>.+)#(?P<start>\d{1,9})-(?P<end>\d{1,9})", re.DOTALL)
_ANCHOR = re.compile(r"[a-z0-9-]{1,40}")


def add(app: FastAPI, services: Services) -> None:
    """Add them."""

    @app.get("/bundle/{folder}", include_in_schema=False)
    def bundle(folder: str, plot: str = "") -> Response:
        card = next((c for c in services.shelf.cards() if c.folder == folder), None)
        if card is None:
            raise InputError(f"no bundle {folder!r} in this workspace")
        anchor = f"#{plot}" if _ANCHOR.fullmatch(plot) else ""
        return RedirectResponse(f"{drug_path(card.drug)}?bundle={quote(folder, safe='')}{anchor}", 303)

    @app.get("/passage/{passage_id:path}", include_in_schema=False)
    def passage(passage_id: str) -> Response:
        found = _PASSAGE.fullmatch(passage_id)
        if found is None:
            raise InputError(f"{passage_id[:80]!r} is no passage id; they look like pmid:12345#0-120")
        return RedirectResponse(passage_path(found["document"], int(found["start"]), int(found["end"])), 303)

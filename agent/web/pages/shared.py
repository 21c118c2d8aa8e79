"""Style sheet and script of all pages, named by their content so that browsers keep them until they change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nicegui import ui

_STATIC = Path(__file__).resolve().parent.parent / "static"


def add_shared() -> None:
    """Put them into the head of every page; the theme is set before anything is drawn."""
    marks = {name: hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12] for name in ("app.css", "app.js")}
    ui.add_head_html(
        '<meta name="color-scheme" content="light dark">'
        f'<script src="/static/app.js?{marks["app.js"]}"></script>'
        f'<link rel="stylesheet" href="/static/app.css?{marks["app.css"]}">',
        shared=True,
    )

"""The application: our routes, NiceGUI's pages on the same app, the guard around both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from agent.web.api import add_routes
from agent.web.guard import Guard

if TYPE_CHECKING:
    from agent.web.services import Services

_STATIC = Path(__file__).resolve().parent / "static"


def api_app(services: Services) -> FastAPI:
    """The routes alone, without pages."""
    from oncobrief import __version__

    app = FastAPI(
        title="oncobrief",
        version=__version__,
        summary="Drug response explained, cited and reviewed.",
        description="Every route but GET needs the header X-CSRF-Token from /api/session, or the server's token.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    add_routes(app, services)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(_STATIC / "icon.svg", media_type="image/svg+xml")

    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


def web_app(services: Services) -> FastAPI:
    """Routes and pages behind the guard. NiceGUI keeps its pages by process: call it once in a process."""
    # Where NiceGUI would keep its own storage; we use none of it, so nothing is written.
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(services.workspace.root / "nicegui"))
    from nicegui import ui

    from agent.web.pages import add_pages

    app = api_app(services)
    add_pages(services)
    ui.run_with(
        app,
        title="oncobrief",
        language="en-US",
        dark=False,
        tailwind=False,
        gzip_middleware_factory=None,
        show_welcome_message=False,
        binding_refresh_interval=None,
        reconnect_timeout=30.0,
    )
    app.add_middleware(Guard, options=services.options, sessions=services.sessions, metrics=services.metrics)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    return app

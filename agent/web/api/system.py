"""Routes about the server itself: who I am, health, metrics, the page of all routes, login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from agent.database.errors import DatabaseBusyError, NotFoundError
from agent.errors import AgentError
from agent.web.metrics import CONTENT_TYPE
from agent.web.render import render
from explain_engine.errors import EngineError
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services


def session_of(request: Request) -> Any:
    """Session of a request; 401 where it has none.

    Raises
    ------
    HTTPException
        If the guard found no session.
    """
    session = getattr(request.state, "session", None)
    if session is None:
        raise HTTPException(401, "no session; open a page first, or send the token")
    return session


def add(app: FastAPI, services: Services) -> None:
    """Add them."""

    async def failed(_: Request, error: Exception) -> Response:
        if isinstance(error, NotFoundError):
            return JSONResponse({"error": str(error)}, 404)
        if isinstance(error, DatabaseBusyError):
            return JSONResponse({"error": str(error)}, 503)
        return JSONResponse({"error": str(error)}, 400 if getattr(error, "exit_code", 1) == 2 else 500)

    for kind in (AgentError, EngineError, KnowledgeError):
        app.add_exception_handler(kind, failed)

    @app.get("/api/session", tags=["server"])
    def session(request: Request) -> dict[str, str]:
        """Who I am here, and the token that requests which change something must show."""
        found = session_of(request)
        return {"user": found.user, "name": found.name, "csrf": found.csrf}

    @app.get("/health", tags=["server"])
    def health(request: Request) -> dict[str, Any]:
        """Whether the server lives; for whoever has a session also what works with less than it should."""
        told: dict[str, Any] = {"status": "degraded" if services.faults() else "ok", "warm": services.is_warm}
        if getattr(request.state, "session", None) is not None or not services.sessions.needs_login:
            told["degraded"] = services.faults()
        return told

    @app.get("/metrics", tags=["server"], include_in_schema=False)
    def metrics() -> Response:
        return Response(services.metrics.text([job.status for job in services.jobs.list()]), media_type=CONTENT_TYPE)

    @app.get("/api/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(render("api.jinja", api=app.openapi()))

"""The login page of a server that asks for a token."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.errors import InputError
from agent.web.guard import session_cookie
from agent.web.render import render
from agent.web.sessions import COOKIE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent.web.services import Services

TRIES, WITHIN_S = 20, 60.0


def add(app: FastAPI, services: Services) -> None:
    """Add it."""
    failures: deque[float] = deque(maxlen=TRIES)

    @app.get("/login", include_in_schema=False)
    def ask(next: str = "/") -> Response:
        if not services.sessions.needs_login:
            return RedirectResponse("/", 303)
        return HTMLResponse(render("login.jinja", fault="", name="", next=_local(next)))

    @app.post("/login", include_in_schema=False)
    async def login(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        given = {key: values[0] for key, values in fields.items()}
        name, target = given.get("name", "")[:80], _local(given.get("next", "/"))

        def again(fault: str, status: int) -> Response:
            return HTMLResponse(render("login.jinja", fault=fault, name=name, next=target), status)

        # One count for all: a guesser with many addresses gains nothing, and the token is far too long to guess.
        if len(failures) == TRIES and time.monotonic() - failures[0] < WITHIN_S:
            return again("Too many tries; wait a minute.", 429)
        try:
            cookie = services.sessions.login(given.get("token", ""), name)
        except InputError as error:
            return again(str(error), 400)
        if cookie is None:
            failures.append(time.monotonic())
            services.metrics.refused("token")
            return again("That is not this server's token.", 403)
        answer = RedirectResponse(target, 303)
        scheme = request.scope["scheme"]
        answer.headers.append("Set-Cookie", session_cookie(cookie, services.sessions.max_age, scheme))
        return answer

    @app.post("/api/logout", tags=["server"], status_code=204)
    def logout(response: Response) -> None:
        """Forget this browser's session."""
        response.delete_cookie(COOKIE, path="/")


def _local(target: str) -> str:
    """A path on this server; anything that a browser could take for another place becomes the first page."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain else "/"

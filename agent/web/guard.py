"""The door of the server: host, origin, session, request token, size; then headers on the way out."""

from __future__ import annotations

import hmac
import secrets
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from agent.web.headers import BRIEF, COMMON, INERT, page_policy, with_nonce
from agent.web.sessions import COOKIE, Session, program_session

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from agent.web.metrics import Metrics
    from agent.web.options import WebOptions
    from agent.web.sessions import Sessions

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = ("/static/", "/_nicegui/", "/favicon.ico", "/login", "/health")
_SOCKET = "/_nicegui_ws/"
_PLAIN_PAGES = frozenset({"/login", "/api/docs"})
# Reached from another site a SameSite=Strict cookie is not sent; loading the same page once more from here sends it.
_AGAIN = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>oncobrief</title>'
    '<meta http-equiv="refresh" content="0"><p>Opening…</p></html>'
)


class BodyTooLargeError(HTTPException):
    """More bytes arrived than the route takes; of a kind that the routes pass on as it is."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the request is larger than {limit:,} bytes")


class Guard:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, *, options: WebOptions, sessions: Sessions, metrics: Metrics) -> None:
        self._app = app
        self._options = options
        self._sessions = sessions
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, pass on, dress the answer."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        session = self._sessions.read(_cookie(headers))
        fault = self._host_fault(headers) or self._origin_fault(scope, headers, required=True)
        if fault is None and session is None:
            fault = "session"
        if fault is not None:
            self._metrics.refused(fault)
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        self._metrics.socket(1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._metrics.socket(-1)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        nonce = secrets.token_urlsafe(16)
        cookie = _cookie(headers)
        session = self._sessions.read(cookie) or self._program(headers)
        fresh: str | None = None
        refusal = self._refuse(scope, headers, session)
        if refusal is None and session is None and not self._sessions.needs_login and _wants_session(scope):
            if headers.get("sec-fetch-site") == "cross-site" and scope["method"] == "GET":
                refusal = HTMLResponse(_AGAIN)
            else:
                fresh = self._sessions.start()
                session = self._sessions.read(fresh)
        state["session"] = session
        answer = _Answer(scope, send, self._options, nonce, fresh, self._sessions.max_age)
        try:
            if refusal is not None:
                await refusal(scope, receive, answer)
            else:
                limit = self._options.max_upload if scope["path"] == "/api/uploads" else self._options.max_body
                await self._app(scope, _bounded(receive, limit), answer)
        except BodyTooLargeError:
            self._metrics.refused("size")
            await _error(413, f"the request is larger than {limit:,} bytes")(scope, receive, answer)
        finally:
            route = _route(scope, refused=refusal is not None)
            self._metrics.answered(scope["method"], route, answer.status, time.perf_counter() - started)

    def _program(self, headers: Headers) -> Session | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        return program_session() if kind.lower() == "bearer" and self._sessions.is_token(token.strip()) else None

    def _refuse(self, scope: Scope, headers: Headers, session: Session | None) -> Response | None:
        path, method = scope["path"], scope["method"]
        fault = self._host_fault(headers)
        if fault is not None:
            self._metrics.refused(fault)
            return _error(421, "this server does not answer for that host name; see --allow-host")
        changing = method not in _SAFE or path.startswith(_SOCKET)
        fault = self._origin_fault(scope, headers, required=False) if changing else None
        if fault is not None:
            self._metrics.refused(fault)
            return _error(403, "this request came from another site")
        if self._sessions.needs_login and session is None and not path.startswith(_OPEN):
            if method == "GET" and "text/html" in headers.get("accept", ""):
                asked = path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
                return RedirectResponse(f"/login?next={quote(asked)}", 303)
            self._metrics.refused("login")
            return _error(401, "log in first, or send the token as: Authorization: Bearer TOKEN")
        if method not in _SAFE and path.startswith("/api/") and not _has_token(headers, session):
            self._metrics.refused("csrf")
            return _error(403, "X-CSRF-Token is missing or wrong; GET /api/session gives it")
        size = headers.get("content-length", "0")
        limit = self._options.max_upload if path == "/api/uploads" else self._options.max_body
        if not size.isdigit() or int(size) > limit:
            self._metrics.refused("size")
            return _error(413, f"the request is larger than {limit:,} bytes")
        return None

    def _host_fault(self, headers: Headers) -> str | None:
        return None if self._options.knows_host(headers.get("host", "")) else "host"

    def _origin_fault(self, scope: Scope, headers: Headers, *, required: bool) -> str | None:
        origin = headers.get("origin")
        if origin is None:
            # A page of another site always has one; programs have none and must show a token besides.
            strange = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
            return "origin" if required or strange else None
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        return None if origin.lower() == f"{scheme}://{headers.get('host', '')}".lower() else "origin"


class _Answer:
    """Sends an answer with its headers; pages are held back until their scripts are marked."""

    def __init__(
        self, scope: Scope, send: Send, options: WebOptions, nonce: str, fresh: str | None, max_age: int
    ) -> None:
        self._scope = scope
        self._send = send
        self._nonce = nonce
        self._fresh = fresh
        self._max_age = max_age
        self._held: Message | None = None
        self._body = bytearray()
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message["headers"])
            page = headers.get("x-nicegui-content") == "page"
            self._dress(headers, page=page)
            message["headers"] = headers.raw
            if page:
                self._held = message
                return
        elif message["type"] == "http.response.body" and self._held is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            start, self._held = self._held, None
            content = with_nonce(bytes(self._body), self._nonce)
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(content))
            await self._send(start)
            message = {"type": "http.response.body", "body": content}
        await self._send(message)

    def _dress(self, headers: MutableHeaders, *, page: bool) -> None:
        for name, value in COMMON:
            headers[name] = value
        path = self._scope["path"]
        if page or path in _PLAIN_PAGES:
            scheme = "wss" if self._scope["scheme"] == "https" else "ws"
            host = Headers(scope=self._scope).get("host", "")
            headers["Content-Security-Policy"] = page_policy(self._nonce, f"{scheme}://{host}")
        else:
            headers["Content-Security-Policy"] = BRIEF if path.startswith("/briefs/") else INERT
        if not path.startswith(("/static/", "/_nicegui/", "/favicon.ico")):
            headers["Cache-Control"] = "no-store"
        if self._fresh is not None:
            headers.append("Set-Cookie", session_cookie(self._fresh, self._max_age, self._scope["scheme"]))


def session_cookie(value: str, max_age: int, scheme: str) -> str:
    """``Set-Cookie`` of a session: unreadable for scripts, never sent from another site."""
    secure = "; Secure" if scheme == "https" else ""
    return f"{COOKIE}={value}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _bounded(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLargeError(limit)
        return message

    return counted


def _has_token(headers: Headers, session: Session | None) -> bool:
    if session is None:
        return False
    if not session.csrf:
        return True
    return hmac.compare_digest(headers.get("x-csrf-token", "").encode(), session.csrf.encode())


def _wants_session(scope: Scope) -> bool:
    path = scope["path"]
    return scope["method"] in ("GET", "HEAD") and not path.startswith((*_OPEN, _SOCKET)) and path != "/metrics"


def _cookie(headers: Headers) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


def _route(scope: Scope, *, refused: bool) -> str:
    """A label out of a closed set: the pattern of the route, never the path."""
    if refused:
        return "refused"
    path = scope["path"]
    for start, label in (("/_nicegui_ws/", "socket"), ("/_nicegui/", "nicegui"), ("/static/", "static")):
        if path.startswith(start):
            return label
    pattern = getattr(scope.get("route"), "path", None)
    return str(pattern) if pattern else "unmatched"

"""Who sends a request: one cookie, from which user and request token are derived; the server keeps no list."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "oncobrief_session"
_NAME = re.compile(r"\w[\w .@'-]{0,39}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_DAY = 86_400


class Session(Record):
    """Who is there.

    Attributes
    ----------
    user
        Key under which threads and decisions are kept.
    name
        As shown to others.
    csrf
        What a request that changes something must show in ``X-CSRF-Token``.
    """

    user: str
    name: str
    csrf: str


class Sessions:
    """Makes and reads session cookies.

    Without a token the cookie is a random secret and every browser a user of its own. With a token it holds the name
    given at login and is signed with the token, so that it outlives a restart with the same token.

    Parameters
    ----------
    token
        See `agent.web.options.WebOptions.token`.
    days
        Days until a login by token ends.
    clock
        Seconds since the epoch.
    """

    def __init__(self, token: str | None, *, days: int = 14, clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._days = days
        self._clock = clock

    @property
    def needs_login(self) -> bool:
        """Whether a browser without a cookie has to log in."""
        return self._token is not None

    @property
    def max_age(self) -> int:
        """Seconds for which a browser keeps the cookie."""
        return (self._days if self.needs_login else 400) * _DAY

    def read(self, cookie: str | None) -> Session | None:
        """Session of a cookie; None where it is absent, foreign, altered or too old."""
        if not cookie:
            return None
        if self._token is None:
            if not _SECRET.fullmatch(cookie):
                return None
            mark = _digest("user", cookie)[:24]
            return Session(user=f"browser:{mark}", name=f"browser {mark[:8]}", csrf=_digest("csrf", cookie))
        payload, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return None
        coded, _, rest = payload.partition(".")
        try:
            made = int(rest.partition(".")[0])
            name = base64.urlsafe_b64decode(coded.encode()).decode()
        except (ValueError, binascii.Error):
            return None
        if self._clock() - made > self._days * _DAY:
            return None
        return Session(user=f"name:{name.casefold()}", name=name, csrf=_digest("csrf", cookie))

    def start(self) -> str:
        """Cookie of a new browser, without a token."""
        if self._token is not None:
            raise ValueError("a session needs a login here")
        return secrets.token_urlsafe(32)

    def login(self, token: str, name: str) -> str | None:
        """Cookie for whoever shows the token; None for a wrong token.

        Raises
        ------
        agent.errors.InputError
            If the name cannot be used.
        """
        if not self.is_token(token):
            return None
        clean = " ".join(name.split())
        if not _NAME.fullmatch(clean):
            raise InputError("name: give 1 to 40 letters, digits, blanks or . @ ' -, a letter or digit first")
        coded = base64.urlsafe_b64encode(clean.encode()).decode()
        payload = f"{coded}.{int(self._clock())}.{secrets.token_urlsafe(16)}"
        return f"{payload}.{self._signature(payload)}"

    def is_token(self, token: str) -> bool:
        """Whether this is the server's token, compared in constant time."""
        return self._token is not None and hmac.compare_digest(token.encode(), self._token.encode())

    def _signature(self, payload: str) -> str:
        return hmac.new(f"session:{self._token}".encode(), payload.encode(), hashlib.sha256).hexdigest()


def program_session() -> Session:
    """Session of a program that sends the token with every request; it has no cookie that a page could misuse."""
    return Session(user="name:program", name="program", csrf="")


def _digest(purpose: str, secret: str) -> str:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).hexdigest()

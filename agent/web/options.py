"""How the web server is reached: address, token, limits."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field

from agent.errors import InputError

TOKEN_VARIABLE = "ONCOBRIEF_WEB__TOKEN"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
MIN_TOKEN = 16
_ANY = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True)
class WebOptions:
    """What the server is started with.

    Attributes
    ----------
    host, port
        Address to listen at.
    token
        Whoever shows it may log in under a name; None on loopback: every browser is a user of its own.
    names
        Further names under which the server is reached; requests for any other host are refused.
    max_body
        Largest body of an ordinary request, in bytes.
    max_upload
        Largest uploaded table, in bytes.
    session_days
        Days after which a login by token ends.
    """

    host: str = "127.0.0.1"
    port: int = 8123
    token: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()
    max_body: int = 1 << 20
    max_upload: int = 1 << 29
    session_days: int = 14

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise InputError(f"--host {self.host}: an address beyond this machine needs a token; set {TOKEN_VARIABLE}")
        if self.token is not None and len(self.token) < MIN_TOKEN:
            raise InputError(f"{TOKEN_VARIABLE}: {MIN_TOKEN} characters at least; let the server make one")

    def knows_host(self, given: str) -> bool:
        """Whether a request for the host of a ``Host`` header may be answered: the guard against DNS rebinding.

        A rebinding page must use a name of its own, so an address as such is safe where all addresses are listened at.
        """
        name = host_name(given)
        if name in LOOPBACK_NAMES or name == self.host.strip("[]").lower() or name in self.names:
            return True
        return self.host in _ANY and _is_address(name)


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """A token that cannot be guessed."""
    return secrets.token_urlsafe(24)


def host_name(given: str) -> str:
    """Name or address in a ``Host`` header, without port and brackets."""
    text = given.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

"""Where the database is: a file in the workspace, or a PostgreSQL server by URL; passwords are never shown."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from agent.database.errors import DatabaseError

if TYPE_CHECKING:
    from agent.workspace import Workspace

FILE_NAME = "oncobrief.sqlite"
_VARIABLE = "ONCOBRIEF_DATABASE_URL"
_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def address_of(workspace: Workspace, url: str | None) -> URL:
    """Return the address: the workspace's file where `url` is None.

    Raises
    ------
    DatabaseError
        If the URL cannot be read, names another kind of database, or needs a driver that is not installed.
    """
    if url is None:
        return URL.create("sqlite", database=str(workspace.root / FILE_NAME))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text may hold a password, so neither it nor the parser's words are repeated.
        raise DatabaseError(
            f"{_VARIABLE}: not a database URL; give sqlite:////path/to/file or postgresql://user:password@host/name"
        ) from None
    if parsed.drivername in _POSTGRES:
        if find_spec("psycopg") is None:
            raise DatabaseError(
                f"{_VARIABLE}: PostgreSQL needs the driver psycopg; install it with: pip install 'oncobrief[postgres]'"
            )
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:") or parsed.query:
            raise DatabaseError(f"{_VARIABLE}: name a file, as in sqlite:////path/to/file, without options")
        return URL.create("sqlite", database=str(Path(str(parsed.database)).expanduser().absolute()))
    raise DatabaseError(f"{_VARIABLE}: {parsed.drivername!r} is not supported; use sqlite or postgresql")


def shown(address: URL) -> str:
    """The address for messages and records: a file's path, or the URL with its password masked and no options."""
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    return address.set(query={}).render_as_string(hide_password=True)


def without_password(text: str, address: URL) -> str:
    """Return `text` with the address's password, plain or as it stands in a URL, masked."""
    if not address.password:
        return text
    whole = address.render_as_string(hide_password=False)
    encoded = whole.split("://", 1)[1].rsplit("@", 1)[0].partition(":")[2]
    for secret in {str(address.password), encoded} - {""}:
        text = text.replace(secret, "***")
    return text

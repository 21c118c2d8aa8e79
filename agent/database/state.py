"""How a database stands, without opening it for use: nothing is made, brought forward or written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from agent.database.address import address_of, shown
from agent.database.migrations import HEAD
from agent.database.opening import check_file, revision_of
from agent.database.session import BUSY_SECONDS, translated
from agent.records import Record

if TYPE_CHECKING:
    from agent.workspace import Workspace


class DatabaseState(Record):
    """Where a database is and at which revision.

    Attributes
    ----------
    where
        Path, or address without password.
    revision
        None where there is no database yet.
    newest
        The revision of this version; an older one is brought forward when the database is next opened.
    """

    where: str
    revision: str | None
    newest: str = HEAD


def database_state(workspace: Workspace, url: str | None = None) -> DatabaseState:
    """Look at the database that `agent.database.open_database` would open.

    Raises
    ------
    agent.database.errors.DatabaseError
        If it cannot be opened: damaged, not ours, of a newer version, or a server that does not answer.
    """
    address = address_of(workspace, url)
    where = shown(address)
    if address.get_backend_name() == "sqlite":
        path = Path(where)
        if not path.exists() or (path.is_file() and path.stat().st_size == 0):
            return DatabaseState(where=where, revision=None)
        check_file(path)
        read_only = f"{path.as_uri()}?mode=ro"
        engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(read_only, uri=True), poolclass=NullPool)
    else:
        engine = create_engine(address, poolclass=NullPool, connect_args={"connect_timeout": int(BUSY_SECONDS)})
    with translated(address), engine.connect() as connection:
        return DatabaseState(where=where, revision=revision_of(connection, where))

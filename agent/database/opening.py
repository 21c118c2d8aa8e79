"""Open the database: check what is there, bring its tables up to date, refuse what this version cannot keep."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, inspect, text

from agent.database.address import address_of, shown
from agent.database.errors import DatabaseBusyError, DatabaseError
from agent.database.migrations import HEAD, REVISIONS, VERSION_TABLE
from agent.database.session import BUSY_SECONDS, WRITES, damaged, translated
from agent.database.tables import Base
from agent.workspace import require_writable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from agent.settings import Settings
    from agent.workspace import Workspace

_MAGIC = b"SQLite format 3\x00"
# Any fixed number: one migration at a time on a PostgreSQL server.
_MIGRATION_LOCK = 7_318_406_221


def database_of(workspace: Workspace, settings: Settings) -> Engine:
    """Open the database that the settings name, by default the workspace's file; see `open_database`."""
    url = settings.database_url
    return open_database(workspace, url.get_secret_value() if url is not None else None)


def open_database(workspace: Workspace, url: str | None = None) -> Engine:
    """Open the workspace's SQLite file, or a PostgreSQL server, with its tables at the newest revision.

    A file is checked whole first and is never overwritten. SQLite runs with a write-ahead log, foreign keys and
    a wait of some seconds for other writers.

    Parameters
    ----------
    url
        ``sqlite:////path`` or ``postgresql://user:password@host/name``; the workspace's ``oncobrief.sqlite`` when None.

    Raises
    ------
    agent.database.errors.DatabaseError
        If it cannot be opened, is damaged, is not ours, or was written by a newer version.
    agent.database.errors.DatabaseBusyError
        If another process holds it for too long.
    """
    address = address_of(workspace, url)
    engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _postgres(address)
    try:
        with translated(address):
            _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _sqlite(address: URL) -> Engine:
    path = Path(str(address.database))
    require_writable(path.parent, "folder", "choose another workspace with --workspace DIR")
    if path.exists():
        check_file(path)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    with translated(address):
        _write_ahead(engine)
    return engine


def check_file(path: Path) -> None:
    """Refuse a file that is no whole SQLite database, without changing it."""
    if not path.is_file():
        raise DatabaseError(f"database {path} is not a file; move it away or choose another workspace")
    if not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseError(f"database {path} cannot be read and written; check its owner and permissions")
    wal = path.with_name(path.name + "-wal")
    if path.stat().st_size == 0:
        # A writer killed at once leaves an empty file; beside a log that holds something it is a loss.
        if wal.exists() and wal.stat().st_size > 0:
            raise damaged(str(path), "the file is empty and its write-ahead log is not")
        return
    with path.open("rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise damaged(str(path), "it does not begin as an SQLite file does")
    try:
        # Read-only: closing it must not write the log back into a file that may be damaged.
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise DatabaseBusyError(f"database {path}: another process holds it; try again") from error
        raise damaged(str(path), str(error)) from error
    if found != "ok":
        raise damaged(str(path), str(found).splitlines()[0])
    if orphan is not None:
        raise damaged(str(path), f"a row of {orphan[0]} refers to one of {orphan[2]} that is gone")


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Transactions are ours to begin (see `_on_begin`), as the driver's own start too late for tables to be in them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(engine: Engine) -> None:
    """Switch the file to a write-ahead log; SQLite does not wait by itself when two processes do so at once."""
    until = time.monotonic() + BUSY_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            cursor = raw.cursor()
            try:
                cursor.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise DatabaseBusyError(f"database {shown(engine.url)}: {error}; try again") from error
                time.sleep(0.02)
            finally:
                cursor.close()
    finally:
        raw.close()


def _postgres(address: URL) -> Engine:
    return create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": int(BUSY_SECONDS)})


def _bring_up_to_date(engine: Engine) -> None:
    where = shown(engine.url)
    with engine.connect() as connection:
        if revision_of(connection, where) == HEAD:
            return
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        # Looked at again inside the lock: another process may have been quicker.
        if revision_of(connection, where) != HEAD:
            from agent.database.migrations.upgrade import upgrade

            upgrade(connection)


def revision_of(connection: Connection, where: str) -> str | None:
    """The revision the tables are at; None for an empty database.

    Raises
    ------
    DatabaseError
        If it is unknown to this version, or the tables are not ours.
    """
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        foreign = names if connection.dialect.name == "sqlite" else names & set(Base.metadata.tables)
        if foreign:
            raise DatabaseError(
                f"database {where} holds tables that are not oncobrief's ({', '.join(sorted(foreign)[:3])}); "
                "choose another one"
            )
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()
    if len(found) == 1 and found[0] in REVISIONS:
        return str(found[0])
    raise DatabaseError(
        f"database {where} is at revision {', '.join(map(str, found)) or 'none'}, this version of oncobrief knows up "
        f"to {HEAD}; nothing was changed. Update oncobrief, or choose another workspace"
    )

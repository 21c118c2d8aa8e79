"""Reading and writing: one transaction each, and driver errors turned into ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc, update
from sqlalchemy.orm import Session

from agent.database.address import shown, without_password
from agent.database.errors import DatabaseBusyError, DatabaseDamagedError, DatabaseError
from agent.database.tables import Tick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Engine

BUSY_SECONDS = 15.0
WRITES = "oncobrief_writes"
_DAMAGED = ("malformed", "not a database", "disk image")
_BUSY = ("database is locked", "lock timeout", "table is locked")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one state of the database and writes nothing."""
    with translated(engine.url), Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose work is kept whole at the end, or not at all.

    On SQLite it takes the write lock at once, so that two writers wait for each other instead of one failing late.
    """
    with (
        translated(engine.url),
        Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


def next_tick(session: Session) -> int:
    """Return the next number of the one counter; holds its row until the transaction ends.

    Ticks are therefore in the order in which transactions are kept, on PostgreSQL too.
    """
    return session.execute(
        update(Tick).where(Tick.id == 1).values(value=Tick.value + 1).returning(Tick.value)
    ).scalar_one()


@contextmanager
def translated(address: URL) -> Iterator[None]:
    """Turn the driver's errors into ours; what they say of the database is kept, a password is not.

    Raises
    ------
    DatabaseDamagedError, DatabaseBusyError, DatabaseError
        For a damaged file, a lock that was not given in time, and everything else that the server or file refuses.
    """
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.DataError):
            raise
        # Not chained: the driver's error may hold the whole address.
        raise _ours(str(error.orig), address) from None


def _ours(said: str, address: URL) -> DatabaseError | DatabaseBusyError:
    first = without_password(said.strip().splitlines()[0] if said.strip() else "no reason given", address)
    where = shown(address)
    if any(word in first for word in _DAMAGED):
        return damaged(where, first)
    if any(word in first for word in _BUSY):
        return DatabaseBusyError(
            f"database {where}: another process held it for over {BUSY_SECONDS:.0f} s; nothing was written, try again"
        )
    return DatabaseError(f"database {where}: {first}; check that it is there and can be written to")


def damaged(where: str, why: str) -> DatabaseDamagedError:
    """The one message for a damaged file: which, why, and the way out."""
    return DatabaseDamagedError(
        f"database {where} is damaged ({why}); it was left as it is. Bring your last back-up into a new workspace with "
        f"'oncobrief restore FILE', or move the file away, with its -wal and -shm files, to start with an empty one"
    )

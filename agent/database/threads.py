"""Threads of chat, each its user's own."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from sqlalchemy import delete, func, select

from agent.database.errors import NotFoundError
from agent.database.session import next_tick, reading, writing
from agent.database.tables import MessageRow, ThreadRow
from agent.database.text import plain, to_json
from agent.errors import InputError
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session

Role = Literal["user", "assistant"]
LONGEST_TITLE = 200
LONGEST_USER = 200


class Thread(Record):
    """A thread of chat.

    Attributes
    ----------
    user
        Whose it is; nobody else can see it.
    created, updated
        UTC; `updated` is when the last message came, or the thread was made.
    messages
        How many.
    """

    id: str
    user: str
    title: str
    created: datetime
    updated: datetime
    messages: int


class Message(Record):
    """One message of a thread; `number` counts from 1 in the order of writing, whatever the clock said."""

    number: int
    role: Role
    content: dict[str, Any]
    created: datetime


class ThreadStore:
    """Threads in a database opened with `agent.database.open_database`.

    Another user's thread, and one that was never there, are the same: `NotFoundError`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, user: str, title: str) -> str:
        """Begin a thread and return its id, which cannot be guessed.

        Raises
        ------
        InputError
            If user or title is empty or too long.
        """
        owner = _user(user)
        name = plain(title, "the title", longest=LONGEST_TITLE)
        now = datetime.now(UTC)
        thread = secrets.token_hex(8)
        with writing(self._engine) as session:
            session.add(
                ThreadRow(id=thread, owner=owner, title=name, created=now, updated=now, touched=next_tick(session))
            )
        return thread

    def append(self, thread: str, role: Role, content: Mapping[str, Any], *, user: str | None = None) -> int:
        """Add a message and return its number.

        Parameters
        ----------
        user
            If given, the thread must be this user's.

        Raises
        ------
        NotFoundError
            If there is no such thread.
        InputError
            If the role is unknown or the content is not plain JSON.
        """
        if role not in get_args(Role):
            raise InputError(f"role {role!r}: give one of {', '.join(get_args(Role))}")
        body = to_json(content, "the message")
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            row = _row(session, thread, user)
            # The tick's row is locked from here on, so that two writers cannot take the same number.
            tick = next_tick(session)
            last = session.scalar(select(func.max(MessageRow.number)).where(MessageRow.thread == thread))
            number = (last or 0) + 1
            session.add(MessageRow(tick=tick, thread=thread, number=number, role=role, content=body, created=now))
            row.updated, row.touched = now, tick
        return number

    def messages(self, thread: str, user: str, *, last: int | None = None) -> tuple[Message, ...]:
        """Messages of a user's thread in order: all of them, or the `last` ones."""
        with reading(self._engine) as session:
            _row(session, thread, user)
            asked = select(MessageRow).where(MessageRow.thread == thread).order_by(MessageRow.number.desc()).limit(last)
            rows = reversed(session.scalars(asked).all())
            return tuple(
                Message(
                    number=row.number,
                    role=cast("Role", row.role),
                    content=json.loads(row.content),
                    created=row.created,
                )
                for row in rows
            )

    def threads(self, user: str) -> tuple[Thread, ...]:
        """All threads of a user, the one last written to first."""
        count = select(func.count()).where(MessageRow.thread == ThreadRow.id).scalar_subquery()
        with reading(self._engine) as session:
            rows = session.execute(
                select(ThreadRow, count).where(ThreadRow.owner == _user(user)).order_by(ThreadRow.touched.desc())
            )
            return tuple(
                Thread(
                    id=row.id,
                    user=row.owner,
                    title=row.title,
                    created=row.created,
                    updated=row.updated,
                    messages=messages,
                )
                for row, messages in rows
            )

    def rename(self, thread: str, user: str, title: str) -> None:
        """Give a user's thread another title."""
        name = plain(title, "the title", longest=LONGEST_TITLE)
        with writing(self._engine) as session:
            _row(session, thread, user).title = name

    def delete(self, thread: str, user: str) -> None:
        """Delete a user's thread with its messages."""
        with writing(self._engine) as session:
            row = _row(session, thread, user)
            session.execute(delete(MessageRow).where(MessageRow.thread == thread))
            session.delete(row)


def _row(session: Session, thread: str, user: str | None) -> ThreadRow:
    row = session.get(ThreadRow, thread)
    if row is None or (user is not None and row.owner != _user(user)):
        raise NotFoundError(f"no thread {thread!r} of yours; list yours to see what there is")
    return row


def _user(user: str) -> str:
    return plain(user, "the user's name", longest=LONGEST_USER)

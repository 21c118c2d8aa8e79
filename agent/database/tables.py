"""The tables, as they are at the newest revision; the way there is in ``migrations/versions``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import DateTime, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so that it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""


class Tick(Base):
    """One row that counts every write: orders what happened whatever the clock says."""

    __tablename__ = "oncobrief_tick"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class ThreadRow(Base):
    """A thread of chat; `touched` is the tick of its last message."""

    __tablename__ = "chat_threads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcTime)
    updated: Mapped[datetime] = mapped_column(UtcTime)
    touched: Mapped[int]


class MessageRow(Base):
    """One message; `number` counts from 1 within its thread, `content` is JSON text."""

    __tablename__ = "chat_messages"
    __table_args__ = (UniqueConstraint("thread", "number"),)
    tick: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    thread: Mapped[str] = mapped_column(ForeignKey("chat_threads.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcTime)


class ItemRow(Base):
    """A hypothesis under review; `content` is JSON text, `origin`: see `agent.review.model.Origin`."""

    __tablename__ = "review_items"
    __table_args__ = (UniqueConstraint("brief", "hypothesis"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    origin: Mapped[str] = mapped_column(String(16))
    brief: Mapped[str] = mapped_column(String(64))
    hypothesis: Mapped[str] = mapped_column(String(32))
    bundle: Mapped[str] = mapped_column(String(64), index=True)
    bundle_digest: Mapped[str] = mapped_column(String(64))
    drug: Mapped[str] = mapped_column(Text, index=True)
    gene: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), index=True)
    revision: Mapped[int]
    added: Mapped[int]
    created: Mapped[datetime] = mapped_column(UtcTime)


class VersionRow(Base):
    """One wording of an item's statement; number 1 is the draft."""

    __tablename__ = "review_versions"
    item: Mapped[str] = mapped_column(ForeignKey("review_items.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcTime)


class DecisionRow(Base):
    """One decision; rows are only ever added."""

    __tablename__ = "review_decisions"
    tick: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item: Mapped[str] = mapped_column(ForeignKey("review_items.id"), index=True)
    reviewer: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    made: Mapped[int | None]
    view: Mapped[str] = mapped_column(String(16))
    blind: Mapped[bool]
    created: Mapped[datetime] = mapped_column(UtcTime)


class UnblindingRow(Base):
    """A look behind the blinded view; `item` is None for all of it."""

    __tablename__ = "review_unblindings"
    tick: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reviewer: Mapped[str] = mapped_column(Text)
    item: Mapped[str | None] = mapped_column(ForeignKey("review_items.id"))
    how: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcTime)

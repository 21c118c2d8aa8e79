"""From rows of the database to records, and the look-ups that several steps share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError
from sqlalchemy import select

from agent.database.errors import DatabaseError, NotFoundError
from agent.database.tables import DecisionRow, ItemRow, UnblindingRow, VersionRow
from agent.database.text import plain
from agent.review.content import CONTENT_SCHEMA, Content
from agent.review.model import Decision, Unblinding, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from agent.review.model import View
    from agent.review.reasons import Reason, Verb

LONGEST_NAME = 200
DRAFTER = "oncobrief"


def reviewer_name(name: str | None) -> str:
    """Return a reviewer's name fit to be kept.

    Raises
    ------
    InputError
        If it is missing, empty or too long.
    """
    return plain(name or "", "the reviewer's name", longest=LONGEST_NAME)


def not_found(item: str) -> NotFoundError:
    """The error for an item that is not there, or not to be seen in this view."""
    return NotFoundError(f"no hypothesis {item!r} under review here; 'oncobrief review list' shows the ids")


def content_of_row(row: ItemRow) -> Content:
    """Read what was kept of a draft.

    Raises
    ------
    DatabaseError
        If it is of a form that this version cannot read.
    """
    raw = json.loads(row.content)
    try:
        return Content.model_validate(raw)
    except ValidationError as error:
        version = raw.get("schema_version") if isinstance(raw, dict) else None
        raise DatabaseError(
            f"hypothesis {row.id!r} is of schema {version!r}, this version reads {CONTENT_SCHEMA} "
            f"({error.errors(include_input=False)[0]['msg']}); update oncobrief"
        ) from error


def versions_of(session: Session, items: Iterable[str]) -> dict[str, list[Version]]:
    """Item -> its wordings, the draft first."""
    found: dict[str, list[Version]] = {}
    wanted = select(VersionRow).where(VersionRow.item.in_(list(items))).order_by(VersionRow.item, VersionRow.number)
    for row in session.scalars(wanted):
        found.setdefault(row.item, []).append(
            Version(
                number=row.number,
                text=row.text,
                author=row.author,
                checked=row.number == 1,
                created=row.created,
            )
        )
    return found


def decisions_of(session: Session, items: Iterable[str] | None = None) -> dict[str, list[Decision]]:
    """Item -> its decisions in order; of all items where `items` is None."""
    wanted = select(DecisionRow).order_by(DecisionRow.tick)
    if items is not None:
        wanted = wanted.where(DecisionRow.item.in_(list(items)))
    found: dict[str, list[Decision]] = {}
    for row in session.scalars(wanted):
        found.setdefault(row.item, []).append(decision_of(row))
    return found


def decision_of(row: DecisionRow) -> Decision:
    """One decision."""
    return Decision(
        sequence=row.tick,
        item=row.item,
        reviewer=row.reviewer,
        verb=cast("Verb", row.verb),
        reason=cast("Reason", row.reason),
        note=row.note,
        version=row.version,
        made=row.made,
        view=cast("View", row.view),
        blind=row.blind,
        created=row.created,
    )


def unblinding_of(row: UnblindingRow) -> Unblinding:
    """One look behind the blinded view."""
    return Unblinding.model_validate(
        {
            "sequence": row.tick,
            "reviewer": row.reviewer,
            "item": row.item,
            "how": row.how,
            "note": row.note,
            "created": row.created,
        }
    )

"""Who sees what in the blinded view, and the record of looks behind it.

Of a draft and its decoys (`agent.review.decoys`, `agent.review.null_decoys`) a reviewer gets one, by a hash of name and
draft: each as likely, and always the same. A decision taken after a look behind the view is no blind decision.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import or_, select

from agent.database.session import next_tick, reading, writing
from agent.database.tables import DecisionRow, ItemRow, UnblindingRow
from agent.database.text import plain
from agent.review.model import DECOYS
from agent.review.rows import reviewer_name, unblinding_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session

    from agent.review.model import Unblinding

LONGEST_NOTE = 4000


def unblind(engine: Engine, reviewer: str, note: str = "") -> Unblinding:
    """Record that a reviewer asks to see what is behind the blinded view, decoys included, from now on."""
    name = reviewer_name(reviewer)
    said = plain(note, "the note", longest=LONGEST_NOTE, empty=True)
    with writing(engine) as session:
        row = _record(session, name, None, "asked", said)
        return unblinding_of(row)


def unblindings(engine: Engine) -> tuple[Unblinding, ...]:
    """All looks behind the blinded view, in order."""
    with reading(engine) as session:
        return tuple(unblinding_of(row) for row in session.scalars(select(UnblindingRow).order_by(UnblindingRow.tick)))


def look_behind(engine: Engine, reviewer: str, *, item: str | None, how: Literal["shown", "listed"]) -> bool:
    """Record a plain look where there is something to be blind to; return whether the reviewer asked to be unblinded.

    Parameters
    ----------
    item
        The item looked at; None for the whole queue.
    """
    with reading(engine) as session:
        asked = session.scalar(
            select(UnblindingRow.tick).where(UnblindingRow.reviewer == reviewer, UnblindingRow.how == "asked").limit(1)
        )
        if asked is not None:
            return True
        if has_looked(session, reviewer, item) or not _decoys(session, item):
            return False
    with writing(engine) as session:
        _record(session, reviewer, item, how, "")
    return False


def assigned(session: Session, reviewer: str) -> list[ItemRow]:
    """The items of a reviewer's blinded view: one of each draft and its twins.

    A draft without a twin is left out where others of its bundle have one, as it would be known for a draft. What the
    reviewer decided on before stays theirs, should twins be added later.
    """
    rows = list(session.scalars(select(ItemRow).order_by(ItemRow.added)))
    twins: dict[str, list[ItemRow]] = {}
    for row in rows:
        if row.origin in DECOYS:
            twins.setdefault(row.hypothesis, []).append(row)
    with_twins = {row.bundle for row in rows if row.origin in DECOYS}
    decided = session.scalars(
        select(DecisionRow.item)
        .where(DecisionRow.reviewer == reviewer, DecisionRow.view == "blinded")
        .order_by(DecisionRow.tick)
    )
    first = {item: place for place, item in reversed(list(enumerate(decided)))}
    found = []
    for row in rows:
        if row.origin in DECOYS:
            continue
        several = [row, *twins.get(row.id, [])]
        known = sorted((r for r in several if r.id in first), key=lambda r: first[r.id])
        if known:
            found.append(known[0])
        elif len(several) > 1 or row.bundle not in with_twins:
            drawn = hashlib.sha256(f"{reviewer}\n{row.id}".encode()).digest()
            found.append(several[int.from_bytes(drawn) % len(several)])
    # An order of the reviewer's own, in which drafts and decoys are mixed.
    return sorted(found, key=lambda r: hashlib.sha256(f"{reviewer}\n{r.id}".encode()).digest())


def has_looked(session: Session, reviewer: str, item: str | None) -> bool:
    """Whether the reviewer looked behind the blinded view at `item`, or at everything."""
    covers = or_(UnblindingRow.item.is_(None), UnblindingRow.item == item)
    found = select(UnblindingRow.tick).where(UnblindingRow.reviewer == reviewer, covers).limit(1)
    return session.scalar(found) is not None


def _decoys(session: Session, item: str | None) -> bool:
    """Whether decoys stand beside `item` (from the same bundle), or anywhere."""
    wanted = select(ItemRow.id).where(ItemRow.origin.in_(DECOYS)).limit(1)
    if item is not None:
        bundle = select(ItemRow.bundle).where(ItemRow.id == item).scalar_subquery()
        wanted = wanted.where(ItemRow.bundle == bundle)
    return session.scalar(wanted) is not None


def _record(session: Session, reviewer: str, item: str | None, how: str, note: str) -> UnblindingRow:
    row = UnblindingRow(
        tick=next_tick(session), reviewer=reviewer, item=item, how=how, note=note, created=datetime.now(UTC)
    )
    session.add(row)
    session.flush()
    return row

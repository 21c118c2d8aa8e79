"""Decisions: accept, reject or reword, each kept for good; an outdated view is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from agent.database.session import next_tick, writing
from agent.database.tables import DecisionRow, ItemRow, VersionRow
from agent.database.text import plain
from agent.errors import InputError
from agent.review.blinding import LONGEST_NOTE, assigned, has_looked, look_behind
from agent.review.errors import ConflictError
from agent.review.model import DECOYS, STATUS_OF
from agent.review.reasons import check_reason
from agent.review.rows import decision_of, not_found, reviewer_name

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session

    from agent.review.model import Decision
    from agent.review.reasons import Verb

LONGEST_STATEMENT = 4000


def decide(
    engine: Engine,
    item: str,
    reviewer: str,
    verb: Verb,
    reason: str,
    note: str = "",
    *,
    text: str | None = None,
    revision: int | None = None,
    blinded: bool = False,
) -> Decision:
    """Keep one decision.

    Parameters
    ----------
    text
        The new wording, for an edit: becomes a version of its own, marked as the reviewer's and unchecked.
    revision
        That of the view the decision was taken on (`QueueItem.revision`); None takes it on the newest.
    blinded
        The decision is a measurement: it does not change the status and is not seen by others in the blinded view.

    Raises
    ------
    InputError
        If the reason, note or text does not fit, or a wording is changed in the blinded view.
    NotFoundError
        If there is no such item in this view.
    ConflictError
        If there were decisions since `revision`; nothing is written.
    """
    name = reviewer_name(reviewer)
    said = plain(note, "the note", longest=LONGEST_NOTE, empty=True)
    why = check_reason(verb, reason, said)
    wording = None
    if verb == "edit":
        if blinded:
            raise InputError("a wording cannot be changed in the blinded view; reject it with a reason, or unblind")
        wording = plain(text or "", "the new wording", longest=LONGEST_STATEMENT)
    elif text is not None:
        raise InputError("a new wording goes with an edit; leave it out, or edit first and then decide")
    asked = False if blinded else look_behind(engine, name, item=item, how="shown")
    with writing(engine) as session:
        # The tick is held by one writer at a time: what is read below cannot change before it is written.
        tick = next_tick(session)
        row = session.get(ItemRow, item)
        if row is None or (row.origin in DECOYS and not blinded and not asked):
            raise not_found(item)
        if blinded and item not in {seen.id for seen in assigned(session, name)}:
            raise not_found(item)
        _check_revision(session, row, name, revision, blinded)
        looked_at = 1 if blinded else _newest(session, item).number
        now = datetime.now(UTC)
        made = None
        if wording is not None:
            made = _reword(session, item, wording, name, now)
        if not blinded:
            row.status, row.revision = STATUS_OF[verb], row.revision + 1
        kept = DecisionRow(
            tick=tick,
            item=item,
            reviewer=name,
            verb=verb,
            reason=why,
            note=said,
            version=looked_at,
            made=made,
            view="blinded" if blinded else "open",
            blind=blinded and not has_looked(session, name, item),
            created=now,
        )
        session.add(kept)
        session.flush()
        return decision_of(kept)


def _newest(session: Session, item: str) -> VersionRow:
    return session.scalars(
        select(VersionRow).where(VersionRow.item == item).order_by(VersionRow.number.desc()).limit(1)
    ).one()


def _reword(session: Session, item: str, wording: str, reviewer: str, now: datetime) -> int:
    newest = _newest(session, item)
    if newest.text == wording:
        raise InputError("the new wording is the one that is there; change it, or accept it as it is")
    session.add(VersionRow(item=item, number=newest.number + 1, text=wording, author=reviewer, created=now))
    return newest.number + 1


def _check_revision(session: Session, row: ItemRow, reviewer: str, revision: int | None, blinded: bool) -> None:
    if revision is None:
        return
    of_view = (
        select(DecisionRow)
        .where(DecisionRow.item == row.id, DecisionRow.view == ("blinded" if blinded else "open"))
        .order_by(DecisionRow.tick.desc())
    )
    if blinded:
        of_view = of_view.where(DecisionRow.reviewer == reviewer)
        current = session.scalar(select(func.count()).select_from(of_view.subquery())) or 0
    else:
        current = row.revision
    if revision == current:
        return
    last = session.scalars(of_view.limit(1)).first()
    since = f" {last.reviewer!r} decided {last.verb!r} ({last.reason}) meanwhile;" if last is not None else ""
    raise ConflictError(
        f"hypothesis {row.id!r} is at revision {current}, the view decided on was at {revision};{since} nothing was "
        "written. Look at it again and decide anew"
    )

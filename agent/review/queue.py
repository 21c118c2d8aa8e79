"""The queue: hypotheses go in once, and come out as the plain or the blinded view shows them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from agent.database.session import next_tick, reading, writing
from agent.database.tables import ItemRow, VersionRow
from agent.database.text import to_json
from agent.errors import InputError
from agent.review.blinding import assigned, look_behind
from agent.review.content import content_of
from agent.review.model import DECOYS, STATUS_OF, QueueItem, ReviewItem
from agent.review.rows import DRAFTER, content_of_row, decisions_of, not_found, reviewer_name, versions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session

    from agent.report.model import HypothesisBrief
    from agent.review.content import Content
    from agent.review.model import Decision, Origin, Status, Version


def brief_digest(brief: HypothesisBrief) -> str:
    """SHA-256 over the whole brief."""
    return hashlib.sha256(brief.model_dump_json().encode()).hexdigest()


def add_brief(engine: Engine, brief: HypothesisBrief) -> tuple[str, ...]:
    """Queue the hypotheses of a brief, each once; return their ids in the brief's order."""
    contents = {
        h.id: content_of(h, drug=brief.drug, screen=brief.screen, unit=brief.unit, references=brief.references)
        for h in brief.hypotheses
    }
    made_of = brief.provenance
    return add_items(
        engine,
        list(contents.items()),
        origin="drafted",
        brief=brief_digest(brief),
        bundle=made_of.bundle_key,
        bundle_digest=made_of.bundle_digest,
    )


def add_items(
    engine: Engine,
    contents: Sequence[tuple[str, Content]],
    *,
    origin: Origin,
    brief: str,
    bundle: str,
    bundle_digest: str,
) -> tuple[str, ...]:
    """Queue contents under names unique within `brief`; what is there already is left as it is.

    Ids are drawn at random: neither their order nor their letters tell a decoy from a draft.
    """
    now = datetime.now(UTC)
    ids: list[str] = []
    with writing(engine) as session:
        for name, content in contents:
            # First the tick, which only one writer holds: nobody can add the same between the look and the insert.
            tick = next_tick(session)
            held = session.scalar(select(ItemRow.id).where(ItemRow.brief == brief, ItemRow.hypothesis == name))
            if held is not None:
                ids.append(held)
                continue
            item = secrets.token_hex(5)
            session.add(
                ItemRow(
                    id=item,
                    origin=origin,
                    brief=brief,
                    hypothesis=name,
                    bundle=bundle,
                    bundle_digest=bundle_digest,
                    drug=content.drug,
                    gene=content.label,
                    content=to_json(content.model_dump(mode="json"), "the hypothesis"),
                    status="open",
                    revision=0,
                    added=tick,
                    created=now,
                )
            )
            session.flush()
            session.add(VersionRow(item=item, number=1, text=content.statement, author=DRAFTER, created=now))
            ids.append(item)
    return tuple(ids)


def queue(
    engine: Engine,
    *,
    status: Status | None = None,
    drug: str | None = None,
    blinded: bool = False,
    reviewer: str | None = None,
) -> tuple[QueueItem, ...]:
    """List the queue: the plain view oldest first, without decoys; the blinded view as `assigned` gives it.

    Parameters
    ----------
    drug
        As it is spelt in the brief, whatever its case.
    reviewer
        Needed for the blinded view; where there are decoys, a plain look of theirs is recorded as one behind it.

    Raises
    ------
    InputError
        If a blinded view is asked for without a reviewer.
    """
    viewer = _viewer(blinded, reviewer)
    if not blinded and viewer is not None:
        look_behind(engine, viewer, item=None, how="listed")
    with reading(engine) as session:
        if blinded and viewer is not None:
            rows = assigned(session, viewer)
        else:
            wanted = select(ItemRow).where(ItemRow.origin == "drafted").order_by(ItemRow.added)
            rows = list(session.scalars(wanted))
        rows = [row for row in rows if drug is None or row.drug.casefold() == drug.casefold()]
        versions = versions_of(session, [row.id for row in rows])
        decisions = decisions_of(session, [row.id for row in rows]) if blinded else {}
        items = [
            _blinded_line(row, versions[row.id][0], _own(decisions.get(row.id, []), viewer))
            if blinded
            else _plain_line(row, versions[row.id][-1])
            for row in rows
        ]
    return tuple(item for item in items if status is None or item.status == status)


def show(engine: Engine, item: str, *, blinded: bool = False, reviewer: str | None = None) -> ReviewItem:
    """One hypothesis with its history; see `queue` for the two views.

    Raises
    ------
    NotFoundError
        If there is none, or not in this view: a decoy in the plain one, unless the reviewer asked to be unblinded; what
        is not assigned to the reviewer in the blinded one.
    """
    viewer = _viewer(blinded, reviewer)
    asked = False
    if not blinded and viewer is not None:
        asked = look_behind(engine, viewer, item=item, how="shown")
    with reading(engine) as session:
        row = session.get(ItemRow, item)
        if row is None or (row.origin in DECOYS and not blinded and not asked):
            raise not_found(item)
        if blinded and item not in {seen.id for seen in assigned(session, str(viewer))}:
            raise not_found(item)
        versions = versions_of(session, [item])[item]
        decisions = decisions_of(session, [item]).get(item, [])
        if blinded:
            own = _own(decisions, viewer)
            content = content_of_row(row)
            return ReviewItem(
                item=_blinded_line(row, versions[0], own),
                content=content.model_copy(update={"rating": None}),
                versions=(versions[0].model_copy(update={"created": None}),),
                decisions=tuple(own),
                origin=None,
            )
        return plain_item(row, versions, decisions).model_copy(update={"same_pair": _same_pair(session, row)})


def plain_item(row: ItemRow, versions: Sequence[Version], decisions: Sequence[Decision]) -> ReviewItem:
    """One hypothesis as the plain view shows it."""
    return ReviewItem(
        item=_plain_line(row, versions[-1]),
        content=content_of_row(row),
        versions=tuple(versions),
        decisions=tuple(decisions),
        origin=cast("Origin", row.origin),
    )


def drafts_by_bundle(engine: Engine, drug: str | None = None) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """Drug and bundle -> id of each of its drafts -> kind and label."""
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    with reading(engine) as session:
        for row in session.scalars(select(ItemRow).where(ItemRow.origin == "drafted").order_by(ItemRow.added)):
            if drug is None or row.drug.casefold() == drug.casefold():
                content = content_of_row(row)
                found.setdefault((row.drug, row.bundle), {})[row.id] = (content.kind, content.label)
    return found


def _viewer(blinded: bool, reviewer: str | None) -> str | None:
    if blinded and reviewer is None:
        raise InputError("the blinded view needs to know whose it is; give a reviewer")
    return reviewer_name(reviewer) if reviewer is not None else None


def _own(decisions: Sequence[Decision], viewer: str | None) -> list[Decision]:
    return [d for d in decisions if d.reviewer == viewer and d.view == "blinded"]


def _plain_line(row: ItemRow, newest: Version) -> QueueItem:
    content = content_of_row(row)
    return QueueItem(
        id=row.id,
        drug=row.drug,
        screen=content.screen,
        kind=content.kind,
        label=content.label,
        gene=content.gene,
        statement=newest.text,
        version=newest.number,
        checked=newest.checked,
        status=cast("Status", row.status),
        revision=row.revision,
        verdict=content.verdict,
        novelty=content.novelty,
        blinded=False,
        brief=row.brief,
        hypothesis=row.hypothesis,
        bundle=row.bundle,
        rating=content.rating,
        added=row.created,
    )


def _blinded_line(row: ItemRow, draft: Version, own: Sequence[Decision]) -> QueueItem:
    """Only what a draft and a decoy have alike."""
    content = content_of_row(row)
    return QueueItem(
        id=row.id,
        drug=row.drug,
        screen=content.screen,
        kind=content.kind,
        label=content.label,
        gene=content.gene,
        statement=draft.text,
        version=1,
        checked=True,
        status=STATUS_OF[own[-1].verb] if own else "open",
        revision=len(own),
        verdict=content.verdict,
        novelty=content.novelty,
        blinded=True,
    )


def _same_pair(session: Session, row: ItemRow) -> tuple[str, ...]:
    others = select(ItemRow.id).where(
        ItemRow.drug == row.drug, ItemRow.gene == row.gene, ItemRow.origin == "drafted", ItemRow.id != row.id
    )
    return tuple(session.scalars(others.order_by(ItemRow.added)))

"""From the decisions in the database to what agreement and calibration are worked out over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from agent.database.session import reading
from agent.database.tables import ItemRow
from agent.review.agreement import agreement_of
from agent.review.calibration import TIERS, Judged, calibration_of, rates_of
from agent.review.model import DECOYS
from agent.review.rows import content_of_row, decisions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.engine import Engine

    from agent.review.agreement import Agreement
    from agent.review.calibration import Calibration, Rates
    from agent.review.content import Content
    from agent.review.model import Decision
    from agent.review.reasons import Verb

Scope = Literal["all", "blind"]
OFF_RECORD = "nothing found"


def agreement(engine: Engine, *, scope: Scope = "all", drug: str | None = None, seed: int = 0) -> Agreement:
    """Agreement of reviewers on drafted hypotheses, each reviewer's last decision on the draft counting.

    Parameters
    ----------
    scope
        ``blind``: only decisions taken in the blinded view by reviewers who had not looked behind it.
    """
    rows, decisions = _load(engine, drug)
    return agreement_of(
        {
            row.id: _last(d for d in decisions.get(row.id, []) if scope == "all" or d.blind)
            for row in rows
            if row.origin == "drafted"
        },
        seed=seed,
    )


def calibration(engine: Engine, *, drug: str | None = None, seed: int = 0) -> Calibration:
    """Calibration of our ratings against the majority of reviewers, and the share of decoys accepted."""
    rows, decisions = _load(engine, drug)
    contents = {row.id: content_of_row(row) for row in rows}
    judged, edited, tied, unrated = [], 0, 0, 0
    for row in rows:
        if row.origin != "drafted":
            continue
        verbs = list(_last(decisions.get(row.id, [])).values())
        balance = verbs.count("accept") - verbs.count("reject")
        rating = contents[row.id].rating
        if not verbs:
            continue
        if balance == 0:
            edited, tied = (edited, tied + 1) if "accept" in verbs else (edited + 1, tied)
        elif rating is None or rating.tier not in TIERS:
            unrated += 1
        else:
            judged.append(
                Judged(
                    item=row.id,
                    brief=row.brief,
                    tier=rating.tier,
                    score=rating.score.estimate,
                    accepted=balance > 0,
                )
            )
    rates = _rates(rows, decisions, contents)
    return calibration_of(judged, rates, edited=edited, tied=tied, unrated=unrated, seed=seed)


def _load(engine: Engine, drug: str | None) -> tuple[list[ItemRow], dict[str, list[Decision]]]:
    with reading(engine) as session:
        rows = list(session.scalars(select(ItemRow).order_by(ItemRow.added)))
        if drug is not None:
            rows = [row for row in rows if row.drug.casefold() == drug.casefold()]
        return rows, decisions_of(session)


def _last(decisions: Iterable[Decision]) -> dict[str, Verb]:
    """Reviewer -> last decision on the draft; what was decided on a reviewer's own wording says nothing of ours."""
    return {d.reviewer: d.verb for d in decisions if d.version == 1}


def _rates(
    rows: Sequence[ItemRow], decisions: Mapping[str, Sequence[Decision]], contents: Mapping[str, Content]
) -> Rates:
    given: dict[str, list[bool]] = {"decoy": [], "null_decoy": [], "drafted": [], "off record": []}
    not_blind = 0
    for row in rows:
        viewed = [d for d in decisions.get(row.id, []) if d.view == "blinded"]
        not_blind += len({d.reviewer for d in viewed if not d.blind})
        accepted = [verb == "accept" for verb in _last(d for d in viewed if d.blind).values()]
        given["decoy" if row.origin in DECOYS else row.origin] += accepted
        if row.origin == "null_decoy":
            given["null_decoy"] += accepted
        rating = contents[row.id].rating
        if row.origin == "drafted" and rating is not None and rating.literature == OFF_RECORD:
            given["off record"] += accepted
    return rates_of(
        given["decoy"], given["drafted"], given["off record"], from_null=given["null_decoy"], not_blind=not_blind
    )

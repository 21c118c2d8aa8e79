"""Ranking by plain arithmetic on two separate axes: data support and literature support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.records import Record
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE = (
    "Order: sum of the rank by data score and the rank by literature tier, equal scores sharing a rank; "
    "equal sums share a place and are listed by data score. A data score is what a standard deviation of the candidate "
    "(expression, activity, product of a pair, meeting a rule) goes with in the response, shrunk by how reliably it "
    "was found. The interval of a place lets the candidate's own data score run over its interval while the other "
    "scores stay."
)


class Place(Record):
    """Where a candidate stands.

    Attributes
    ----------
    place, place_low, place_high
        Position from 1 (ties share it) and its interval.
    data_rank, literature_rank
        Dense ranks on each axis from 1.
    popularity_rank
        Dense rank by number of passages of any drug that name the gene: the order that fame alone would give.
    """

    id: str
    place: int
    place_low: int
    place_high: int
    data_rank: int
    literature_rank: int
    popularity_rank: int


class Entry(Record):
    """What ranking needs of a candidate."""

    id: str
    data: Interval
    literature: int
    popularity: int = 0


class LeftOut(Record):
    """A candidate that is not among the hypotheses shown, with the reason."""

    id: str
    label: str
    reason: str


def rank(entries: Sequence[Entry]) -> tuple[Place, ...]:
    """Return the places of all entries, best first; see `RULE`."""
    data = _dense([e.data.estimate for e in entries])
    literature = _dense([float(e.literature) for e in entries])
    popularity = _dense([float(e.popularity) for e in entries])
    sums = [d + lit for d, lit in zip(data, literature, strict=True)]
    places = []
    for i, entry in enumerate(entries):
        spread = [_place_with(entries, literature, i, value) for value in (entry.data.high, entry.data.low)]
        nominal = 1 + sum(s < sums[i] for s in sums)
        places.append(
            Place(
                id=entry.id,
                place=nominal,
                place_low=min(nominal, *spread),
                place_high=max(nominal, *spread),
                data_rank=data[i],
                literature_rank=literature[i],
                popularity_rank=popularity[i],
            )
        )
    score = {e.id: e.data.estimate for e in entries}
    return tuple(sorted(places, key=lambda p: (p.place, -score[p.id], p.id)))


def _dense(scores: Sequence[float]) -> list[int]:
    order = {value: place for place, value in enumerate(sorted(set(scores), reverse=True), start=1)}
    return [order[value] for value in scores]


def _place_with(entries: Sequence[Entry], literature: Sequence[int], i: int, value: float) -> int:
    """Place of entry `i` if its data score were `value`."""
    scores = [value if j == i else e.data.estimate for j, e in enumerate(entries)]
    sums = [d + lit for d, lit in zip(_dense(scores), literature, strict=True)]
    return 1 + sum(s < sums[i] for s in sums)

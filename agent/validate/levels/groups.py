"""Group level: where the group of correlated genes that holds a wanted gene stands among all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate.compare import exact_interval
from agent.validate.ranks import CUTS, tail_of_hits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.cases import Case


class GroupRow(Record):
    """One ranking of groups over all drugs.

    Attributes
    ----------
    hits, expected, p
        Cut -> drugs with a wanted gene in one of the first groups; the number that as many genes drawn at random would
        give (larger groups hold more of them, which this takes into account); exact tail.
    """

    ranking: str
    n_drugs: int
    hits: dict[int, int]
    interval: dict[int, tuple[float, float]]
    expected: dict[int, float]
    p: dict[int, float]
    median_rank: float


class GroupLevel(Record):
    """Groups of one gold standard; per drug the best group's id and rank."""

    title: str
    rows: tuple[GroupRow, ...]
    drugs: dict[str, tuple[str, float]]


def group_level(title: str, cases: Sequence[Case], wanted: Mapping[str, Sequence[str]]) -> GroupLevel | None:
    """Evaluate one gold standard; None where no drug has a measured wanted gene."""
    chosen = [c for c in cases if c.places(wanted.get(c.name, ())) and "group_rank" in c.table]
    if not chosen:
        return None
    names = {"consensus": "group_rank", "consensus, tissue taken out": "group_adjusted_rank"}
    best = {}
    for case in chosen:
        places = case.places(wanted[case.name])
        ranks = np.asarray(case.table["group_rank"], dtype=np.float64)[places]
        place = places[int(ranks.argmin())]
        best[case.name] = (str(case.table["group"].iloc[place]), float(ranks.min()))
    return GroupLevel(
        title=title,
        rows=tuple(
            _row(label, column, chosen, wanted)
            for label, column in names.items()
            if all(column in c.table for c in chosen)
        ),
        drugs=best,
    )


def _row(label: str, column: str, cases: Sequence[Case], wanted: Mapping[str, Sequence[str]]) -> GroupRow:
    hits = dict.fromkeys(CUTS, 0)
    chances: dict[int, list[float]] = {k: [] for k in CUTS}
    ranks = []
    for case in cases:
        places = case.places(wanted[case.name])
        of_genes = np.asarray(case.table[column], dtype=np.float64)
        best = float(of_genes[places].min())
        ranks.append(best)
        for k in CUTS:
            hits[k] += best <= k
            chances[k].append(_by_chance(len(of_genes), int((of_genes <= k).sum()), len(places)))
    return GroupRow(
        ranking=label,
        n_drugs=len(cases),
        hits=hits,
        interval={k: exact_interval(h, len(cases)) for k, h in hits.items()},
        expected={k: float(np.sum(v)) for k, v in chances.items()},
        p={k: tail_of_hits(chances[k], hits[k]) for k in CUTS},
        median_rank=float(np.median(ranks)),
    )


def _by_chance(m: int, inside: int, t: int) -> float:
    """P(at least one of `t` random genes lies in the first groups, which hold `inside` of the `m` genes)."""
    missed = 1.0
    for i in range(t):
        missed *= max(m - inside - i, 0) / (m - i)
    return 1 - missed

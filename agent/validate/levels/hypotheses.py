"""Hypothesis level: is a known mechanism among the first hypotheses of the brief, and is a known one called new?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate.compare import Mean, bootstrap_mean, exact_interval
from agent.validate.ranks import chance_hits, tail_of_hits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.cases import Case

CUTS = (1, 3, 6)
_NEW = frozenset({"not found", "not covered"})


class HypothesisLine(Record):
    """One hypothesis of a brief, as far as validation needs it.

    Attributes
    ----------
    gene, genes
        The leading gene, and all that the hypothesis names: both of a pair, the leading ones of a group or module.
    """

    gene: str
    genes: tuple[str, ...]
    tier: str
    verdict: str
    novelty: str


class BriefSummary(Record):
    """Order and labels of one brief.

    Attributes
    ----------
    shown
        Hypotheses in the brief's order.
    orders
        Order that each axis alone would give: genes, best first.
    snapshot, bundle
        What the brief was made of.
    """

    drug: str
    snapshot: str
    bundle: str
    shown: tuple[HypothesisLine, ...]
    orders: dict[str, tuple[str, ...]]
    seconds: float


class OrderRow(Record):
    """One order of candidates over all drugs.

    Attributes
    ----------
    expected
        Cut -> drugs that as many genes drawn at random would hit.
    """

    order: str
    hits: dict[int, int]
    expected: dict[int, float]
    interval: dict[int, tuple[float, float]]
    reciprocal: Mean


class HypothesisLevel(Record):
    """One gold standard at the level of the brief.

    Attributes
    ----------
    n_drugs
        Drugs with a brief and a measured known gene.
    expected, p
        Cut -> drugs that genes drawn at random would hit; exact tail, both for the brief's own order by leading genes.
    n_known, called_new
        Hypotheses shown that the gold standard knows, and how many of them the brief calls new to its sources.
    agrees, contradicts
        Hypotheses shown whose direction the records agree with, or contradict.
    """

    title: str
    n_drugs: int
    rows: tuple[OrderRow, ...]
    expected: dict[int, float]
    p: dict[int, float]
    n_known: int
    called_new: tuple[str, ...]
    n_shown: int
    agrees: int
    contradicts: int
    tiers: dict[str, int]


def hypothesis_level(
    title: str, cases: Sequence[Case], briefs: Mapping[str, BriefSummary], wanted: Mapping[str, Sequence[str]]
) -> HypothesisLevel | None:
    """Evaluate one gold standard; None where no brief belongs to a drug with a measured known gene."""
    chosen = [c for c in cases if c.name in briefs and c.places(wanted.get(c.name, ()))]
    if not chosen:
        return None
    chance = {k: [chance_hits(len(c.table), len(c.places(wanted[c.name])), k) for c in chosen] for k in CUTS}
    own = _order("as in the brief", [[(h.gene,) for h in briefs[c.name].shown] for c in chosen], chosen, wanted)
    named = _order(
        "as in the brief, any gene named", [[h.genes for h in briefs[c.name].shown] for c in chosen], chosen, wanted
    )
    names = sorted({name for c in chosen for name in briefs[c.name].orders})
    alone = [
        _order(n, [[(gene,) for gene in briefs[c.name].orders.get(n, ())] for c in chosen], chosen, wanted)
        for n in names
    ]
    rows = (own, named, *alone)
    shown = [(c, h) for c in chosen for h in briefs[c.name].shown]
    known = [(c, h) for c, h in shown if h.gene in set(wanted[c.name])]
    return HypothesisLevel(
        title=title,
        n_drugs=len(chosen),
        rows=rows,
        expected={k: float(np.sum(v)) for k, v in chance.items()},
        p={k: tail_of_hits(v, own.hits[k]) for k, v in chance.items()},
        n_known=len(known),
        called_new=tuple(f"{c.name} - {h.gene}" for c, h in known if h.novelty in _NEW),
        n_shown=len(shown),
        agrees=sum(h.verdict == "agrees" for _, h in shown),
        contradicts=sum(h.verdict == "contradicts" for _, h in shown),
        tiers={tier: sum(h.tier == tier for _, h in shown) for tier in ("confident", "suggestive", "weak")},
    )


def _order(
    name: str, orders: Sequence[Sequence[Sequence[str]]], cases: Sequence[Case], wanted: Mapping[str, Sequence[str]]
) -> OrderRow:
    """`orders`: of each case, the genes that each candidate names, best candidate first."""
    places = []
    expected = dict.fromkeys(CUTS, 0.0)
    for case, order in zip(cases, orders, strict=True):
        known = set(wanted[case.name])
        places.append(next((i for i, genes in enumerate(order, start=1) if known.intersection(genes)), 0))
        for k in CUTS:
            drawn = len({gene for genes in order[:k] for gene in genes})
            expected[k] += chance_hits(len(case.table), len(case.places(known)), drawn) if drawn else 0.0
    hits = {k: sum(0 < p <= k for p in places) for k in CUTS}
    return OrderRow(
        order=name,
        hits=hits,
        expected=expected,
        interval={k: exact_interval(h, len(places)) for k, h in hits.items()},
        reciprocal=bootstrap_mean([1 / p if p else 0.0 for p in places]),
    )

"""Gene level: where the wanted genes stand, by every ranking, beside exact chance; comparisons over the same drugs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate import methods
from agent.validate.compare import Comparison, Mean, bootstrap_mean, compare, exact_interval, families_of, holm
from agent.validate.ranks import (
    CUTS,
    Recovery,
    chance_hits,
    chance_reciprocal,
    recovery,
    tail_of_hits,
    tail_of_reciprocals,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.cases import Case, Rankings

COMPARED_CUT = 50


class MethodRow(Record):
    """One ranking over all drugs.

    Attributes
    ----------
    hits, hits_interval
        Cut -> number of drugs with a wanted gene at most there; share with its exact interval.
    p_hits, p_mrr
        Against genes drawn at random: Poisson-binomial for hits@50 (exact), Monte Carlo for the mean reciprocal rank.
    """

    method: str
    n_drugs: int
    mrr: Mean
    auroc: Mean
    median_rank: float
    hits: dict[int, int]
    hits_interval: dict[int, tuple[float, float]]
    p_hits: float
    p_mrr: float


class DrugRow(Record):
    """The best wanted gene of one drug by every ranking."""

    drug: str
    in_paper: bool
    genes: tuple[str, ...]
    not_measured: tuple[str, ...]
    n_lines: int
    ranks: dict[str, float]


class GeneLevel(Record):
    """One gold standard at the gene level.

    Attributes
    ----------
    title
        Gold standard and selection of drugs.
    chance_hits, chance_mrr
        Exact expectation for genes drawn at random.
    comparisons
        Our ranking against each baseline on MRR and hits@50; Holm over all of them.
    """

    title: str
    n_genes: int
    rows: tuple[MethodRow, ...]
    chance_hits: dict[int, float]
    chance_mrr: float
    comparisons: tuple[Comparison, ...]
    drugs: tuple[DrugRow, ...]


def gene_level(
    title: str, rankings: Rankings, wanted: Mapping[str, Sequence[str]], cases: Sequence[Case] | None = None
) -> GeneLevel | None:
    """Evaluate one gold standard.

    Parameters
    ----------
    wanted
        Drug -> wanted genes; drugs without a measured one do not count, and are told of elsewhere.
    cases
        A selection of the drugs; all by default.

    Returns
    -------
    GeneLevel
        None where no drug has a measured wanted gene.
    """
    chosen = [c for c in (cases if cases is not None else rankings.cases) if c.places(wanted.get(c.name, ()))]
    if not chosen:
        return None
    places = [c.places(wanted[c.name]) for c in chosen]
    sizes = [(len(c.table), len(p)) for c, p in zip(chosen, places, strict=True)]
    found = {
        method: {
            i: recovery(rankings.ranks(c, method), p)
            for i, (c, p) in enumerate(zip(chosen, places, strict=True))
            if rankings.has(c, method)
        }
        for method in rankings.names
    }
    found = {method: values for method, values in found.items() if values}
    by_chance = {k: [chance_hits(m, t, k) for m, t in sizes] for k in CUTS}
    reciprocal = [chance_reciprocal(m, t) for m, t in sizes]
    families = families_of([frozenset(wanted[c.name]) for c in chosen])
    return GeneLevel(
        title=title,
        n_genes=len(chosen[0].table),
        rows=tuple(
            _row(
                method,
                list(values.values()),
                [sizes[i] for i in values],
                [by_chance[COMPARED_CUT][i] for i in values],
            )
            for method, values in found.items()
        ),
        chance_hits={k: float(np.sum(v)) for k, v in by_chance.items()},
        chance_mrr=float(np.mean(reciprocal)),
        comparisons=_comparisons(found, by_chance[COMPARED_CUT], reciprocal, families),
        drugs=tuple(
            DrugRow(
                drug=c.name,
                in_paper=c.drug.in_paper,
                genes=tuple(str(c.table.index[j]) for j in p),
                not_measured=tuple(g for g in dict.fromkeys(wanted[c.name]) if g not in c.position),
                n_lines=c.run.n_lines,
                ranks={method: values[i].rank for method, values in found.items() if i in values},
            )
            for i, (c, p) in enumerate(zip(chosen, places, strict=True))
        ),
    )


def _row(
    method: str, values: Sequence[Recovery], sizes: Sequence[tuple[int, int]], hit_chance: Sequence[float]
) -> MethodRow:
    n = len(values)
    hits = {k: sum(v.hits[k] for v in values) for k in CUTS}
    mean = float(np.mean([v.reciprocal for v in values]))
    return MethodRow(
        method=method,
        n_drugs=n,
        mrr=bootstrap_mean([v.reciprocal for v in values]),
        auroc=bootstrap_mean([v.auroc for v in values]),
        median_rank=float(np.median([v.rank for v in values])),
        hits=hits,
        hits_interval={k: exact_interval(h, n) for k, h in hits.items()},
        p_hits=tail_of_hits(hit_chance, hits[COMPARED_CUT]),
        p_mrr=tail_of_reciprocals(sizes, mean),
    )


def _comparisons(
    found: Mapping[str, Mapping[int, Recovery]],
    hit_chance: Sequence[float],
    reciprocal_chance: Sequence[float],
    families: Sequence[int],
) -> tuple[Comparison, ...]:
    """Our default ranking against every other, chance included, on both measures of the bar.

    Over the drugs that both have: a costly baseline may have been run on some only.
    """
    own = found.get(methods.CONSENSUS, {})
    out = []
    for measure, chance in (("MRR", reciprocal_chance), (f"hits@{COMPARED_CUT}", hit_chance)):
        mine = {i: _measured(v, measure) for i, v in own.items()}
        others: dict[str, dict[int, float]] = {
            method: {i: _measured(v, measure) for i, v in values.items()}
            for method, values in found.items()
            if method not in (methods.CONSENSUS, methods.ADJUSTED)
        }
        others[methods.CHANCE] = dict(enumerate(chance))
        for method, theirs in others.items():
            shared = [i for i in mine if i in theirs]
            if len(shared) > 1:
                first = (methods.CONSENSUS, [mine[i] for i in shared])
                second = (method, [theirs[i] for i in shared])
                out.append(compare(measure, first, second, [families[i] for i in shared]))
    return holm(out)


def _measured(value: Recovery, measure: str) -> float:
    return value.reciprocal if measure == "MRR" else float(value.hits[COMPARED_CUT])

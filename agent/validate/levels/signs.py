"""Sign: does the effect of expression point where expression-visible biomarkers say it should?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate import methods
from agent.validate.compare import exact_interval
from agent.validate.gold.model import is_visible
from agent.validate.ranks import tail_of_hits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.validate.cases import Case
    from knowledge.mechanisms.model import KnownMechanism

# Ranking -> column whose sign is its direction; positive means that a higher level goes with resistance.
SIGNS = {
    "consensus": "effect",
    "consensus, tissue taken out": "adjusted_effect",
    "correlation": methods.SIGNED,
    "correlation within tissues": "within_sign",
}


# Parts of the ranking, both ends included: the cut of the gene level first.
STRATA = ((1, 50), (51, 500), (501, None))


class SignRow(Record):
    """Sign agreement of one method.

    Attributes
    ----------
    expected
        Agreements that genes drawn at random from the same drugs would give.
    p
        P(at least so many agreements) for such genes, exact (Poisson-binomial).
    """

    method: str
    n_pairs: int
    agree: int
    low: float
    high: float
    expected: float
    p: float


class SignStratum(Record):
    """Agreement of the consensus among pairs whose gene stands in one part of the ranking.

    Attributes
    ----------
    expected, p
        As in `SignRow`, of genes of the same drugs in the same part of the ranking.
    """

    ranks: str
    n_pairs: int
    agree: int
    low: float
    high: float
    expected: float
    p: float


class SignPair(Record):
    """One drug-gene pair of the gold standard."""

    drug: str
    gene: str
    direction: str
    sources: tuple[str, ...]
    pmids: tuple[str, ...]
    effect: float
    rank: float
    clear: bool
    agrees: bool


class SignLevel(Record):
    """Sign agreement with one gold standard.

    Attributes
    ----------
    contested
        Pairs on which the sources state both directions; they are listed and not counted.
    clear
        Agreement of the pairs whose effect has an interval clear of zero.
    strata
        Agreement by rank: a gene that the model does not use has a sign by accident.
    """

    title: str
    rows: tuple[SignRow, ...]
    strata: tuple[SignStratum, ...]
    clear: tuple[int, int]
    pairs: tuple[SignPair, ...]
    contested: tuple[str, ...]


def sign_level(title: str, cases: Sequence[Case], facts: Mapping[str, Iterable[KnownMechanism]]) -> SignLevel | None:
    """Compare the directions; None where no measured pair states one."""
    kept: list[tuple[Case, str, str, list[KnownMechanism]]] = []
    contested = []
    for case in cases:
        by_gene: dict[str, list[KnownMechanism]] = {}
        for fact in facts.get(case.name, ()):
            if is_visible(fact) and fact.entity in case.position:
                by_gene.setdefault(fact.entity, []).append(fact)
        for gene, rows in by_gene.items():
            directions = {r.direction for r in rows}
            if len(directions) > 1:
                contested.append(f"{case.name} - {gene}")
            else:
                kept.append((case, gene, next(iter(directions)), rows))
    if not kept:
        return None
    pairs = tuple(_pair(case, gene, direction, rows) for case, gene, direction, rows in kept)
    clear = [p for p in pairs if p.clear]
    return SignLevel(
        title=title,
        rows=tuple(
            _row(method, column, kept) for method, column in SIGNS.items() if all(column in k[0].table for k in kept)
        ),
        strata=tuple(x for part in STRATA if (x := _stratum(part, kept)) is not None),
        clear=(sum(p.agrees for p in clear), len(clear)),
        pairs=pairs,
        contested=tuple(contested),
    )


def _row(method: str, column: str, kept: Sequence[tuple[Case, str, str, list[KnownMechanism]]]) -> SignRow:
    chances, agree = [], 0
    for case, gene, direction, _ in kept:
        want = -1.0 if direction == "higher_sensitises" else 1.0
        values = np.asarray(case.table[column], dtype=np.float64)
        agree += bool(values[case.position[gene]] * want > 0)
        chances.append(float((values * want > 0).mean()))
    low, high = exact_interval(agree, len(kept))
    return SignRow(
        method=method,
        n_pairs=len(kept),
        agree=agree,
        low=low,
        high=high,
        expected=float(np.sum(chances)),
        p=tail_of_hits(chances, agree),
    )


def _stratum(
    part: tuple[int, int | None], kept: Sequence[tuple[Case, str, str, list[KnownMechanism]]]
) -> SignStratum | None:
    low_rank, high_rank = part
    chances, agree = [], 0
    for case, gene, direction, _ in kept:
        ranks = -np.asarray(case.table["consensus"], dtype=np.float64)
        inside = (ranks >= low_rank) & (ranks <= (np.inf if high_rank is None else high_rank))
        if not inside[case.position[gene]]:
            continue
        values = np.asarray(case.table["effect"], dtype=np.float64) * (
            -1.0 if direction == "higher_sensitises" else 1.0
        )
        agree += bool(values[case.position[gene]] > 0)
        chances.append(float((values[inside] > 0).mean()))
    if not chances:
        return None
    low, high = exact_interval(agree, len(chances))
    return SignStratum(
        ranks=f"{low_rank} to {high_rank}" if high_rank is not None else f"from {low_rank} on",
        n_pairs=len(chances),
        agree=agree,
        low=low,
        high=high,
        expected=float(np.sum(chances)),
        p=tail_of_hits(chances, agree),
    )


def _pair(case: Case, gene: str, direction: str, rows: Sequence[KnownMechanism]) -> SignPair:
    row = {str(k): v for k, v in case.table.loc[[gene]].iloc[0].items()}
    effect = float(row["effect"])
    want = -1.0 if direction == "higher_sensitises" else 1.0
    return SignPair(
        drug=case.name,
        gene=gene,
        direction=direction,
        sources=tuple(dict.fromkeys(r.source for r in rows)),
        pmids=tuple(dict.fromkeys(r.pmid for r in rows if r.pmid)),
        effect=effect,
        rank=-float(row["consensus"]),
        clear=bool(row["effect_low"] > 0 or row["effect_high"] < 0),
        agrees=effect * want > 0,
    )

"""Why a target is found or missed: one row a drug and target, with the numbers to argue with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from agent.records import Record
from agent.validate import methods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.cases import Case, Rankings

Why = Literal[
    "recovered",
    "recovered as a group",
    "explained by lineage",
    "family member instead",
    "pathway member instead",
    "target not measured",
    "target does not vary",
    "model not clearly better than tissue",
    "signal elsewhere",
]
WHY_ORDER: tuple[Why, ...] = (
    "recovered",
    "recovered as a group",
    "family member instead",
    "pathway member instead",
    "explained by lineage",
    "model not clearly better than tissue",
    "signal elsewhere",
    "target does not vary",
    "target not measured",
)
_CODES: dict[str, Why] = {
    "recovered": "recovered",
    "recovered_as_group": "recovered as a group",
    "explained_by_lineage": "explained by lineage",
    "not_measured": "target not measured",
    "not_varying": "target does not vary",
    "no_signal": "signal elsewhere",
}
TOP = 50
ALPHA = 0.05
LARGEST_PATHWAY = 60


class TargetRow(Record):
    """One target of one drug.

    Attributes
    ----------
    why
        The engine's verdict; a target that it calls unfound is looked at further: the model may predict no better than
        tissue, or a member of the target's family or pathway may stand among the first 50 where few would by chance.
    instead, instead_p
        That member with its rank, and the chance that genes drawn at random put as many members there.
    within, treeshap
        Rank by correlation within tissues and by single TreeSHAP.
    """

    drug: str
    target: str
    why: Why
    rank: float | None = None
    adjusted_rank: float | None = None
    group: str | None = None
    group_rank: float | None = None
    effect: float | None = None
    correlation: float | None = None
    within: float | None = None
    treeshap: float | None = None
    n_lines: int = 0
    spearman: float | None = None
    tissue_spearman: float | None = None
    instead: str | None = None
    instead_p: float | None = None
    words: str = ""


def target_rows(
    rankings: Rankings, families: Mapping[str, Sequence[str]], pathways: Mapping[str, Sequence[str]]
) -> tuple[TargetRow, ...]:
    """Verdicts on all annotated targets of the finished drugs."""
    small = {n: tuple(g) for n, g in pathways.items() if len(g) <= LARGEST_PATHWAY}
    return tuple(
        _row(case, rankings, verdict.gene, _CODES[verdict.code], verdict.why, families, small)
        for case in rankings.cases
        for verdict in case.run.verdicts
    )


def _row(
    case: Case,
    rankings: Rankings,
    target: str,
    why: Why,
    words: str,
    families: Mapping[str, Sequence[str]],
    pathways: Mapping[str, Sequence[str]],
) -> TargetRow:
    base = TargetRow(
        drug=case.name,
        target=target,
        why=why,
        n_lines=case.run.n_lines,
        spearman=case.run.spearman,
        tissue_spearman=case.run.tissue_spearman,
        words=words,
    )
    found: dict[str, object] = {}
    if why in ("signal elsewhere", "explained by lineage", "target not measured", "target does not vary"):
        found = _instead(case, rankings, target, families, pathways, why)
    if target not in case.position:
        return base.model_copy(update=found)
    if why == "signal elsewhere" and not found and case.run.gain_low is not None and case.run.gain_low <= 0:
        found = {"why": "model not clearly better than tissue"}
    row = {str(k): v for k, v in case.table.loc[[target]].iloc[0].items()}

    def rank(name: str) -> float | None:
        return float(rankings.ranks(case, name)[case.position[target]]) if rankings.has(case, name) else None

    return base.model_copy(
        update={
            "rank": rank(methods.CONSENSUS),
            "adjusted_rank": rank(methods.ADJUSTED),
            "group": str(row["group"]),
            "group_rank": float(row["group_rank"]),
            "effect": float(row["effect"]),
            "correlation": float(row["correlation"]),
            "within": rank(methods.WITHIN),
            "treeshap": rank(methods.TREESHAP),
            **found,
        }
    )


def _instead(
    case: Case,
    rankings: Rankings,
    target: str,
    families: Mapping[str, Sequence[str]],
    pathways: Mapping[str, Sequence[str]],
    why: Why,
) -> dict[str, object]:
    """The first family, then the first pathway, with more members among the top 50 than chance explains.

    The chance level is divided among the sets that are looked at (Bonferroni). A target that cannot be seen keeps its
    reason; the member is told beside it.
    """
    ranks = rankings.ranks(case, methods.CONSENSUS)
    for label, collection in (("family member instead", families), ("pathway member instead", pathways)):
        sets = [
            (name, [j for j in case.places(genes) if case.table.index[j] != target])
            for name, genes in collection.items()
            if target in genes
        ]
        sets = [(name, places) for name, places in sets if places]
        best: tuple[float, str, int] | None = None
        for name, places in sets:
            inside = [j for j in places if ranks[j] <= TOP]
            if not inside:
                continue
            p = _tail(len(ranks), TOP, len(places), len(inside)) * len(sets)
            if p < ALPHA and (best is None or p < best[0]):
                best = (p, name, min(inside, key=lambda j: ranks[j]))
        if best is not None:
            p, name, j = best
            out: dict[str, object] = {
                "instead": f"{case.table.index[j]} (rank {ranks[j]:.0f}, {name})",
                "instead_p": min(1.0, p),
            }
            if why in ("signal elsewhere", "explained by lineage"):
                out["why"] = label
            return out
    return {}


def _tail(m: int, k: int, t: int, observed: int) -> float:
    """P(at least `observed` of `t` random genes among the first `k` of `m`)."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(observed - 1, m, k, t))


def counts(rows: Sequence[TargetRow]) -> dict[str, int]:
    """Number of targets by reason, in a fixed order."""
    return {why: int(np.sum([r.why == why for r in rows])) for why in WHY_ORDER}

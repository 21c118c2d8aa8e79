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
    "high rank, not firm",
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
    "high rank, not firm",
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
# What each reason means and what would speak against it, for a reader who wants to argue.
MEANING: dict[Why, tuple[str, str]] = {
    "recovered": (
        "among the first 50, with tissue taken out too, selected by half of the models, interval of the effect clear "
        "of zero (or q at most 0.05 where null runs were made)",
        "a look-alike gene in its group; the screen of another laboratory",
    ),
    "recovered as a group": (
        "the same holds of the group of correlated genes that the target is in, not of the target alone",
        "perturbing the members one by one",
    ),
    "high rank, not firm": (
        "among the first 50, but the interval of the effect holds zero, too few models select it, or it leaves the "
        "first 50 once tissue is taken out",
        "more bags or null runs (--bags 20, --parts null); a second screen",
    ),
    "family member instead": (
        "members of the target's protein family are among the first 50, more than chance puts there",
        "the drug's affinity for that member; a paralogue may carry the effect",
    ),
    "pathway member instead": (
        "members of a pathway of the target (at most 60 genes) are among the first 50, more than chance puts there",
        "whether the pathway is upstream or downstream of the drug; resistance by bypass looks like this",
    ),
    "explained by lineage": (
        "among the first 50 until tissue and leading expression components are taken out, or the model predicts no "
        "better than tissue alone",
        "the drug in one lineage alone: a target that is a lineage marker cannot be told from its lineage",
    ),
    "model not clearly better than tissue": (
        "the interval of the gain over the tissue mean holds zero: nothing can be said of single genes",
        "more lines, another response measure (--kind auc)",
    ),
    "signal elsewhere": (
        "the model predicts, the target is measured and varies; it is beyond the first 50, its group is not found, and "
        "no more of its family or pathway are among the first 50 than chance puts there",
        "protein level, mutation or copy number in place of expression; most inhibitors act on an enzyme whose "
        "amount does not limit the effect",
    ),
    "target does not vary": ("its spread is among the lowest 2 % of the genes", "a panel of lines in which it varies"),
    "target not measured": ("it is not in the expression matrix", "an expression matrix that holds it"),
}
TOP = 50
ALPHA = 0.05
_COLUMNS = {
    "effect_low": "effect_low",
    "effect_high": "effect_high",
    "selection": "selection_frequency",
    "spread": "spread",
}
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
    effect_low, effect_high, selection, spread
        Interval of the effect; share of the models that have it among their first 50; place of its spread among all
        genes, in [0, 1].
    """

    drug: str
    target: str
    why: Why
    rank: float | None = None
    adjusted_rank: float | None = None
    group: str | None = None
    group_rank: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    selection: float | None = None
    spread: float | None = None
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
    ranks = rankings.ranks(case, methods.CONSENSUS)
    found: dict[str, object] = {}
    if why == "signal elsewhere" and target in case.position and ranks[case.position[target]] <= TOP:
        # A reader who sees rank 1 beside "signal elsewhere" is right to laugh: the rules ask for more than a rank.
        why, found = "high rank, not firm", {"why": "high rank, not firm"}
    elif why in ("signal elsewhere", "explained by lineage", "target not measured", "target does not vary"):
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
            **{name: _value(row, column) for name, column in _COLUMNS.items()},
            "correlation": _value(row, methods.SIGNED),
            "within": rank(methods.WITHIN),
            "treeshap": rank(methods.TREESHAP),
            **found,
        }
    )


def _value(row: Mapping[str, object], column: str) -> float | None:
    value = row.get(column)
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None


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


def counts(rows: Sequence[TargetRow]) -> dict[Why, int]:
    """Number of targets by reason, in a fixed order."""
    return {why: int(np.sum([r.why == why for r in rows])) for why in WHY_ORDER}

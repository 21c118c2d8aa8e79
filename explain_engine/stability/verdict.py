"""Verdicts: can these data tell that a gene matters for the drug, and if not, why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from explain_engine.record import Record
from explain_engine.stability.records import Verdict, VerdictCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from explain_engine.bundle import ExplanationBundle


class VerdictRules(Record):
    """Thresholds of the verdicts; they travel in each verdict's numbers."""

    q: float = Field(0.05, gt=0, lt=1, description="largest q against the null runs that counts as found")
    top: int = Field(50, ge=1, description="where no null was run: largest rank that counts as found")
    selection: float = Field(0.5, ge=0, le=1, description="where no null was run: smallest selection frequency")
    varying: float = Field(0.02, ge=0, lt=1, description="genes whose spread is below this quantile do not vary")


def verdicts(
    bundle: ExplanationBundle,
    genes: pd.DataFrame,
    groups: pd.DataFrame,
    spread: pd.Series[float],
    targets: Sequence[str],
    rules: VerdictRules | None = None,
) -> tuple[Verdict, ...]:
    """One verdict for each gene asked about, in the order given.

    Parameters
    ----------
    genes, groups
        The bundle's tables of the same names; columns ``p`` and ``q`` are used where a null was run.
    spread
        Standard deviation of each gene's expression over the lines, as measured.
    targets
        Genes to judge, for example the drug's annotated targets.
    """
    rules = rules or VerdictRules()
    by_gene = genes.set_index("gene")
    by_group = groups.set_index("id")
    quantile = spread.rank(pct=True)
    return tuple(_verdict(gene, bundle, by_gene, by_group, quantile, rules) for gene in targets)


def _verdict(
    gene: str,
    bundle: ExplanationBundle,
    genes: pd.DataFrame,
    groups: pd.DataFrame,
    quantile: pd.Series[float],
    rules: VerdictRules,
) -> Verdict:
    if gene not in genes.index:
        return Verdict(gene=gene, code="not_measured", why=f"{gene} is not among the {len(genes)} genes of the matrix")
    row = _row(genes, gene)
    group = _row(groups, str(row["group"]))
    numbers = _numbers(row, group, float(quantile[gene]))
    if numbers["spread_quantile"] < rules.varying:
        why = f"expression of {gene} varies less than that of {1 - numbers['spread_quantile']:.0%} of the genes"
        return Verdict(gene=gene, code="not_varying", why=why, numbers=numbers)
    code, why = _judge(gene, bundle, row, group, rules)
    return Verdict(gene=gene, code=code, why=why, numbers=numbers)


def _row(table: pd.DataFrame, name: str) -> dict[str, Any]:
    return {str(k): v for k, v in table.loc[[name]].iloc[0].items()}


def _judge(
    gene: str, bundle: ExplanationBundle, row: dict[str, Any], group: dict[str, Any], rules: VerdictRules
) -> tuple[VerdictCode, str]:
    found, why = _found(row, rules)
    if found:
        return "recovered", f"{gene}: {why}"
    found, why = _found(group, rules)
    if found:
        return "recovered_as_group", f"{gene} alone is not, its group {row['group']} is: {why}"
    gain = bundle.fit.gain_over_tissue
    if "adjusted_rank" in row:
        before = min(float(row["rank"]), float(group["rank"]))
        after = min(float(row["adjusted_rank"]), float(group["adjusted_rank"]))
        if before <= rules.top < after:
            return (
                "explained_by_lineage",
                f"rank {row['rank']:.0f} (group {group['rank']:.0f}) becomes {row['adjusted_rank']:.0f} "
                f"(group {group['adjusted_rank']:.0f}) once tissue and leading expression components are taken out",
            )
    if gain is not None and gain.high <= 0:
        return "explained_by_lineage", f"the model predicts no better than tissue alone (gain {gain.estimate:+.2f})"
    return (
        "no_signal",
        f"{gene}: rank {row['rank']:.0f}, correlation {row['correlation']:+.2f}; neither it nor its group stands out "
        f"({why})",
    )


def _found(row: dict[str, Any], rules: VerdictRules) -> tuple[bool, str]:
    """Whether a gene or group counts as found, and on what grounds."""
    q = row.get("q")
    if q is not None and np.isfinite(q):
        return bool(q <= rules.q), f"q = {q:.3g} against responses permuted within tissue, rank {row['rank']:.0f}"
    place = row.get("adjusted_rank", row["rank"])
    clear = row["effect_low"] > 0 or row["effect_high"] < 0
    found = max(row["rank"], place) <= rules.top and row["selection_frequency"] >= rules.selection and bool(clear)
    return bool(found), (
        f"rank {row['rank']:.0f} ({place:.0f} with tissue taken out), among the top in "
        f"{row['selection_frequency']:.0%} of the models (no null was run)"
    )


def _numbers(row: dict[str, Any], group: dict[str, Any], quantile: float) -> dict[str, float]:
    wanted = ("rank", "adjusted_rank", "importance", "effect", "selection_frequency", "correlation", "p", "q")
    out = {name: float(row[name]) for name in wanted if name in row and np.isfinite(row[name])}
    out |= {f"group_{name}": float(group[name]) for name in ("rank", "adjusted_rank", "p", "q") if name in group}
    return {**{k: v for k, v in out.items() if np.isfinite(v)}, "spread_quantile": quantile}

"""A null report in words and as JSON: what is beyond chance, and how many null runs got as far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.hypotheses.numbers import show_number

if TYPE_CHECKING:
    import pandas as pd

    from explain_engine.bundle import ExplanationBundle

LEVELS = (0.05, 0.10)
SHOWN = 10


def below(table: pd.DataFrame) -> dict[str, int]:
    """Number of rows with q at most each of `LEVELS`, by the level as text; zeros where no null was run."""
    if "q" not in table.columns:
        return {f"{level:.2f}": 0 for level in LEVELS}
    return {f"{level:.2f}": int((table["q"] <= level).sum()) for level in LEVELS}


def leading(table: pd.DataFrame, key: str, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The rows with the smallest q, of those at most the largest of `LEVELS`, then by rank."""
    kept = table[table["q"] <= max(LEVELS)].sort_values(["q", "p", "rank"], kind="stable").head(limit)
    return [
        {key: str(row[key]), "rank": int(row["rank"]), "p": float(row["p"]), "q": float(row["q"])}
        for row in kept.to_dict("records")
    ]


def null_summary(bundle: ExplanationBundle, genes: pd.DataFrame, groups: pd.DataFrame) -> dict[str, Any]:
    """Drug, null report, and for genes and groups the numbers below each q with the leading ones.

    Parameters
    ----------
    genes, groups
        The bundle's tables, which hold ``p`` and ``q`` once a null was run.
    """
    if bundle.null is None:
        raise InputError(f"{bundle.drug}: no null was run for this bundle; run oncobrief null")
    return {
        "drug": bundle.drug,
        "screen": bundle.screen,
        "n_lines": bundle.fit.n_lines,
        "digest": bundle.digest,
        "null": bundle.null.model_dump(mode="json"),
        "genes": {"tested": len(genes), "q_at_most": below(genes), "leading": leading(genes, "gene")},
        "groups": {"tested": len(groups), "q_at_most": below(groups), "leading": leading(groups, "id")},
    }


def null_text(bundle: ExplanationBundle, genes: pd.DataFrame, groups: pd.DataFrame) -> str:
    """The same in words."""
    found = null_summary(bundle, genes, groups)
    null = bundle.null
    if null is None:
        raise InputError(f"{bundle.drug}: no null was run for this bundle; run oncobrief null")
    out = [
        f"{bundle.drug}: {null.n_reached} of {null.n_runs} null runs reached this: the strongest gene group's "
        f"agreement with the response, tissue and leading components taken out (p = {show_number(null.p, 'p')})",
        f"  statistic: {null.statistic}",
        f"  observed {show_number(null.observed, '.3g')}; largest of the null runs "
        f"{show_number(max(null.null_max), '.3g')}",
        f"  null: {null.scheme}",
        "",
    ]
    for what, key in (("genes", "gene"), ("groups", "id")):
        counts = found[what]["q_at_most"]
        said = ", ".join(f"{count} with q at most {level}" for level, count in counts.items())
        out.append(f"{what}: {said}, of {found[what]['tested']:,d}")
        for row in found[what]["leading"]:
            p, q = show_number(row["p"], "p"), show_number(row["q"], "p")
            out.append(f"  {row[key]:<24} rank {row['rank']:>5}  p {p}  q {q}")
    return "\n".join(out)

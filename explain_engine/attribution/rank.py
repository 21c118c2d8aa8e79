"""From bagged attributions to ranked genes and groups with intervals.

Standard errors come from the bags themselves. Values over bags share lines, so their variance S^2 is scaled as Nadeau &
Bengio (2003, doi:10.1023/A:1024068626366) do for repeated hold-out: (1 / J + outside / inside) S^2 for J bags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from explain_engine.attribution.pair_evidence import pair_evidence
from explain_engine.attribution.result import Attribution, Direction, GeneAttribution, GroupAttribution
from explain_engine.attribution.sharing import Sharing
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.attribution.consensus import BaggedAttribution
    from explain_engine.attribution.groups import GeneGroups

_RANK_DRAWS = 200


def resampled_error(over_bags: NDArray[np.floating], n_folds: int) -> NDArray[np.float64]:
    """Standard error of the mean over bags (bags x items) of a statistic, with the Nadeau-Bengio correction."""
    variance = np.asarray(over_bags, dtype=np.float64).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((1.0 / len(over_bags) + 1.0 / (n_folds - 1)) * variance))


def positions(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Rank from 1 of each item, largest value first; ties in item order."""
    rank = np.empty(len(values), dtype=np.intp)
    rank[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return rank


def rank_interval(
    over_bags: NDArray[np.floating],
    seed: int,
    level: float,
    score: Callable[[NDArray[np.float32]], NDArray[np.float64]],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Percentile interval of each item's rank when the bags are drawn anew with replacement and scored as they were."""
    rng = np.random.default_rng([seed, 93])
    n_bags = len(over_bags)
    weights = rng.multinomial(n_bags, np.full(n_bags, 1.0 / n_bags), size=_RANK_DRAWS) / n_bags
    means = score(weights.astype(np.float32) @ np.asarray(over_bags, dtype=np.float32))
    ranks = np.stack([positions(row) for row in means])
    low, high = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2], axis=0, method="nearest")
    return low.astype(np.intp), high.astype(np.intp)


def selection_frequency(over_bags: NDArray[np.floating], top: int) -> NDArray[np.float64]:
    """Share of bags in which each item is among the `top` largest and not zero."""
    top = min(top, over_bags.shape[1])
    cut = -np.partition(-over_bags, top - 1, axis=1)[:, top - 1 : top]
    return np.asarray(((over_bags >= cut) & (over_bags > 0)).mean(axis=0))


def direction(effect: Interval) -> Direction:
    """Sign of an effect on the response (low is sensitive); ``mixed`` where the interval holds zero."""
    if effect.low > 0:
        return "higher_resists"
    return "higher_sensitises" if effect.high < 0 else "mixed"


def gene_scores(
    result: BaggedAttribution,
    Z: NDArray[np.float64],
    alike: NDArray[np.float64],
    residual: NDArray[np.float64],
    sharing: float,
) -> tuple[Sharing, NDArray[np.float64]]:
    """How credit is shared, and what pairs of genes add: all that is needed to score any resampling of the bags.

    Parameters
    ----------
    alike
        Expression that tells which genes look alike: with tissue and leading components taken out, so that credit
        does not pass from a driver to all genes of its tissue.
    residual
        Response (what was fitted of it) minus out-of-bag prediction.
    """
    return Sharing(alike, result.strength, sharing), pair_evidence(Z, residual)


def gene_table(
    result: BaggedAttribution,
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    genes: list[str],
    groups: GeneGroups,
    *,
    alike: NDArray[np.float64],
    residual: NDArray[np.float64],
    sharing: float,
    n_folds: int,
    top: int,
    seed: int,
    level: float,
) -> pd.DataFrame:
    """Whole ranking, one row a gene, best first.

    Columns: ``gene, rank, rank_low, rank_high, score, pairs, importance, importance_low, importance_high, effect,
    effect_low, effect_high, selection_frequency, correlation, group``.
    """
    from explain_engine.attribution.consensus import slopes

    importance, effect = result.importance, slopes(result.phi, Z)
    shared, pairs = gene_scores(result, Z, alike, residual, sharing)
    score = shared.score(result.strength, pairs)
    low, high = rank_interval(result.bag_strength, seed, level, lambda rows: shared.score(rows, pairs))
    ranks = np.argsort(np.argsort(Z, axis=0), axis=0).astype(np.float64)
    ry = rankdata(y)
    ranks -= ranks.mean(axis=0)
    correlation = (ry - ry.mean()) @ ranks / np.sqrt((ranks**2).sum(axis=0) * ((ry - ry.mean()) ** 2).sum())
    table = _with_errors(
        score,
        importance,
        effect,
        result.bag_importance,
        result.bag_effect,
        selection_frequency(result.bag_strength, top),
        n_folds=n_folds,
        level=level,
    )
    table.insert(0, "gene", genes)
    table["pairs"] = pairs
    table["rank_low"] = np.minimum(low, table["rank"])
    table["rank_high"] = np.maximum(high, table["rank"])
    table["correlation"] = correlation
    table["group"] = [groups.names[g] for g in groups.label]
    return table.sort_values("rank", ignore_index=True)


def group_table(
    result: BaggedAttribution,
    Z: NDArray[np.float64],
    groups: GeneGroups,
    *,
    n_folds: int,
    top: int,
    level: float,
) -> pd.DataFrame:
    """Whole ranking of groups, best first; ``position`` points into ``groups.members``."""
    from explain_engine.attribution.consensus import slopes

    summed = groups.sums(result.phi)
    importance, effect = np.abs(summed).mean(axis=0), slopes(summed, groups.scores(Z))
    table = _with_errors(
        result.group_strength,
        importance,
        effect,
        result.bag_group_importance,
        result.bag_group_effect,
        selection_frequency(result.bag_group_strength, top),
        n_folds=n_folds,
        level=level,
    )
    table.insert(0, "id", list(groups.names))
    table.insert(1, "position", np.arange(len(table)))
    return table.sort_values("rank", ignore_index=True)


def _with_errors(
    score: NDArray[np.float64],
    importance: NDArray[np.float64],
    effect: NDArray[np.float64],
    bag_importance: NDArray[np.floating],
    bag_effect: NDArray[np.floating],
    frequency: NDArray[np.float64],
    *,
    n_folds: int,
    level: float,
) -> pd.DataFrame:
    z = float(norm.ppf((1 + level) / 2))
    wide, steep = z * resampled_error(bag_importance, n_folds), z * resampled_error(bag_effect, n_folds)
    return pd.DataFrame(
        {
            "rank": positions(score),
            "score": score,
            "importance": importance,
            "importance_low": np.maximum(importance - wide, 0.0),
            "importance_high": importance + wide,
            "effect": effect,
            "effect_low": effect - steep,
            "effect_high": effect + steep,
            "selection_frequency": frequency,
        }
    )


def attribution(
    genes: pd.DataFrame,
    groups_table: pd.DataFrame,
    groups: GeneGroups,
    names: list[str],
    *,
    method: str,
    doi: str | None,
    listed: int,
    level: float,
) -> Attribution:
    """Records of the `listed` best genes and groups of the tables, adjusted columns included where present."""
    how = "normal interval over bags, Nadeau-Bengio variance"

    def interval(row: dict[str, float], name: str) -> Interval:
        return Interval(estimate=row[name], low=row[f"{name}_low"], high=row[f"{name}_high"], level=level, method=how)

    gene_rows = [{str(k): v for k, v in row.items()} for row in genes.head(listed).to_dict("records")]
    group_rows = [{str(k): v for k, v in row.items()} for row in groups_table.head(listed).to_dict("records")]
    return Attribution(
        method=method,
        doi=doi,
        genes=tuple(
            GeneAttribution(
                gene=row["gene"],
                rank=row["rank"],
                rank_low=row["rank_low"],
                rank_high=row["rank_high"],
                importance=interval(row, "importance"),
                effect=interval(row, "effect"),
                direction=direction(interval(row, "effect")),
                selection_frequency=row["selection_frequency"],
                correlation=row["correlation"],
                group=row["group"],
                adjusted_rank=row.get("adjusted_rank"),
                adjusted_effect=interval(row, "adjusted_effect") if "adjusted_effect" in row else None,
            )
            for row in gene_rows
        ),
        groups=tuple(
            GroupAttribution(
                id=row["id"],
                members=tuple(names[j] for j in groups.members[row["position"]]),
                rank=row["rank"],
                importance=interval(row, "importance"),
                effect=interval(row, "effect"),
                direction=direction(interval(row, "effect")),
                selection_frequency=row["selection_frequency"],
                adjusted_rank=row.get("adjusted_rank"),
            )
            for row in group_rows
        ),
    )

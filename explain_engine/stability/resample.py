"""Stability report: the chain re-run under changes that should not matter, and how far the rankings agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.attribution.adjust import nuisance, residual_expression
from explain_engine.attribution.consensus import BaggedAttribution, bagged_attribution
from explain_engine.attribution.local import Neighbourhood
from explain_engine.attribution.rank import gene_scores
from explain_engine.engine import prepare
from explain_engine.errors import InputError
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees
from explain_engine.record import Interval
from explain_engine.settings import ExplainSettings
from explain_engine.stability.agreement import (
    jaccard,
    kuncheva,
    mean_pairwise,
    nogueira,
    rank_biased_overlap,
    spearman,
    top_set,
)
from explain_engine.stability.local_measures import cosine
from explain_engine.stability.records import Agreement, StabilityReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.attribution.groups import GeneGroups
    from explain_engine.data.dataset import ResponseDataset

SUBSAMPLE = 0.8
TOP_GROUPS = 10


@dataclass(frozen=True, eq=False)
class Rankings:
    """Scores of repeated runs under one kind of change: repeats x genes, repeats x groups."""

    perturbation: str
    genes: NDArray[np.float64]
    groups: NDArray[np.float64]


def stability_report(
    dataset: ResponseDataset,
    settings: ExplainSettings | None = None,
    *,
    repeats: int = 5,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[StabilityReport, tuple[Rankings, ...]]:
    """Re-run the raw ranking under re-training, 80 % subsamples and bootstraps of the lines, and between neighbours.

    The chain has no explainer seed of its own (TreeSHAP and the additive model are exact), so that there is nothing to
    vary there. A bootstrap keeps the distinct lines it drew (about 63 %): a line twice in the data would be on both
    sides of a fold.

    Parameters
    ----------
    repeats
        Runs a perturbation, at least 3; each costs about as much as one explanation without the adjusted view.

    Raises
    ------
    InputError
        If there are fewer than three repeats, or the dataset cannot be explained.
    """
    if repeats < 3:
        raise InputError(f"agreement over {repeats} repeats has no interval; ask for at least 3")
    settings = settings or ExplainSettings()
    data = prepare(dataset, settings)
    n = len(data.y)
    rng = np.random.default_rng([settings.seed, 6151])
    kinds: dict[str, list[tuple[NDArray[np.intp], int]]] = {
        "re-training": [(np.arange(n), settings.seed + 1000 + k) for k in range(repeats)],
        "80 % subsamples": [
            (np.sort(rng.choice(n, int(SUBSAMPLE * n), replace=False)), settings.seed) for _ in range(repeats)
        ],
        "bootstrap (distinct lines)": [(np.unique(rng.integers(0, n, n)), settings.seed) for _ in range(repeats)],
    }
    done, total = 0, repeats * len(kinds)
    rankings, local = [], []
    for kind, runs in kinds.items():
        genes, groups = [], []
        for rows, seed in runs:
            score, by_group, result = _ranking(
                data.Z[rows], data.y[rows], data.codes[rows], data.groups, settings, seed
            )
            genes.append(score)
            groups.append(by_group)
            if kind == "re-training":
                local.append(_neighbour_agreement(result.phi, data.Z))
            done += 1
            if progress is not None:
                progress(f"{kind}, {done} of {total}", done / total)
        rankings.append(Rankings(kind, np.stack(genes), np.stack(groups)))
    agreements = [a for r in rankings for a in _agreements(r, settings)]
    agreements.append(_neighbours(np.array(local), settings.level))
    return StabilityReport(agreements=tuple(agreements)), tuple(rankings)


def _ranking(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    codes: NDArray[np.intp],
    groups: GeneGroups,
    settings: ExplainSettings,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], BaggedAttribution]:
    spread = X.std(axis=0)
    Z = np.asarray((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
    result = bagged_attribution(
        SharedTrees(Z, settings.trees),
        Z,
        y,
        draw_bags(len(y), settings.folds, settings.repeats, seed),
        groups,
        seed=seed,
        n_effects=settings.effects,
    )
    alike = residual_expression(Z, nuisance(Z, codes, settings.components))
    sharing, pairs = gene_scores(result, Z, alike, y - result.prediction, settings.sharing)
    return sharing.score(result.strength, pairs), result.group_strength, result


def _agreements(rankings: Rankings, settings: ExplainSettings) -> list[Agreement]:
    out = []
    for level, scores, k in (
        ("gene", rankings.genes, min(settings.top, rankings.genes.shape[1] - 1)),
        ("group", rankings.groups, min(TOP_GROUPS, rankings.groups.shape[1] - 1)),
    ):
        if k < 1:
            continue
        values: dict[str, Interval] = {
            "spearman": mean_pairwise(scores, spearman, settings.level),
            f"jaccard@{k}": mean_pairwise(scores, partial(jaccard, k=k), settings.level),
            f"kuncheva@{k}": mean_pairwise(scores, partial(kuncheva, k=k), settings.level),
            f"nogueira@{k}": nogueira(np.stack([top_set(row, k) for row in scores]), settings.level),
            "rank-biased overlap": mean_pairwise(scores, rank_biased_overlap, settings.level),
        }
        out += [
            Agreement(
                perturbation=rankings.perturbation,
                measure=name,
                level="gene" if level == "gene" else "group",
                value=value,
                n_repeats=len(scores),
            )
            for name, value in values.items()
        ]
    return out


def _neighbour_agreement(phi: NDArray[np.floating], Z: NDArray[np.float64]) -> float:
    """Mean cosine of a line's attributions with those of its nearest other line."""
    near = Neighbourhood.of(Z).nearest(Z, 2)
    other = np.where(near[:, 0] == np.arange(len(Z)), near[:, 1], near[:, 0])
    return float(cosine(phi)[np.arange(len(Z)), other].mean())


def _neighbours(values: NDArray[np.float64], level: float) -> Agreement:
    from scipy.stats import t

    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    estimate = float(values.mean())
    return Agreement(
        perturbation="neighbouring lines",
        measure="cosine",
        level="gene",
        value=Interval(
            estimate=estimate, low=estimate - half, high=estimate + half, level=level, method="t over re-trainings"
        ),
        n_repeats=len(values),
    )

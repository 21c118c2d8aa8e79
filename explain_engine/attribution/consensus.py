"""Bagged consensus: out-of-bag TreeSHAP values averaged over models, and how far each number varies over bags.

A line is only ever explained by models that have not seen it. TreeSHAP: doi:10.1038/s42256-019-0138-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.predict.trees import SharedTrees

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.attribution.groups import GeneGroups
    from explain_engine.predict.bags import Bags

DOI = "10.1038/s42256-019-0138-9"


@dataclass(frozen=True, eq=False)
class BaggedAttribution:
    """Out-of-bag attributions of one response.

    Attributes
    ----------
    phi
        Lines x genes, in units of the response: mean over repeats of the TreeSHAP value from the model that did not
        see the line. With `base` it sums to `prediction`.
    base
        Mean base value a line.
    prediction
        Mean out-of-bag prediction a line.
    bag_importance, bag_effect
        Bags x genes: mean absolute value and slope on standardised expression, over the lines outside that bag.
    bag_group_importance, bag_group_effect
        Bags x groups: the same for the summed attributions of a group, the slope on the group's score.
    """

    phi: NDArray[np.float32]
    base: NDArray[np.float64]
    prediction: NDArray[np.float64]
    bag_importance: NDArray[np.float32]
    bag_effect: NDArray[np.float32]
    bag_group_importance: NDArray[np.float32]
    bag_group_effect: NDArray[np.float32]

    @property
    def importance(self) -> NDArray[np.float64]:
        """Mean absolute out-of-bag attribution a gene."""
        return np.asarray(np.abs(self.phi).mean(axis=0, dtype=np.float64))


def bagged_attribution(
    trees: SharedTrees,
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    bags: Bags,
    groups: GeneGroups,
    *,
    seed: int,
    offset: NDArray[np.float64] | None = None,
    progress: Callable[[float], None] | None = None,
) -> BaggedAttribution:
    """Train one model a bag and explain the lines outside it.

    Parameters
    ----------
    trees
        Matrix the models see, binned once.
    Z
        Standardised expression, lines x genes, that slopes are taken on.
    y
        Response, one value a line.
    offset
        Bags x lines: what is taken from the response before fitting in each bag (learned inside that bag).
    progress
        Called with the share done, in (0, 1].
    """
    n, m = Z.shape
    phi = np.zeros((n, m), dtype=np.float32)
    base, prediction = np.zeros(n), np.zeros(n)
    importance = np.zeros((bags.n_bags, m), dtype=np.float32)
    effect = np.zeros((bags.n_bags, m), dtype=np.float32)
    group_importance = np.zeros((bags.n_bags, len(groups.names)), dtype=np.float32)
    group_effect = np.zeros_like(group_importance)
    scores = groups.scores(Z)
    for b, (inside, outside) in enumerate(bags):
        target = y if offset is None else y - offset[b]
        booster = trees.fit(target, inside, seed=_model_seed(seed, b))
        values = trees.contributions(booster, outside)
        genes, rest = values[:, :-1], values[:, -1]
        used = np.flatnonzero(np.abs(genes).max(axis=0))
        own = genes[:, used]
        phi[np.ix_(outside, used)] += own.astype(np.float32)
        base[outside] += rest
        prediction[outside] += values.sum(axis=1)
        importance[b, used] = np.abs(own).mean(axis=0)
        effect[b, used] = slopes(own, Z[np.ix_(outside, used)])
        summed = groups.sums(genes)
        group_importance[b] = np.abs(summed).mean(axis=0)
        group_effect[b] = slopes(summed, scores[outside])
        if progress is not None:
            progress((b + 1) / bags.n_bags)
    phi /= bags.n_repeats
    return BaggedAttribution(
        phi,
        base / bags.n_repeats,
        prediction / bags.n_repeats,
        importance,
        effect,
        group_importance,
        group_effect,
    )


def slopes(phi: NDArray[np.floating], Z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slope of each gene's attribution on its standardised expression: response units a standard deviation."""
    centred = Z - Z.mean(axis=0)
    return np.asarray((phi * centred).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-12))


def _model_seed(seed: int, bag: int) -> int:
    return int(np.random.SeedSequence([seed, bag]).generate_state(1)[0] >> 1)

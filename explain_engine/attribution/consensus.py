"""Bagged consensus of two learners: out-of-bag attributions averaged over models, and how they vary over bags.

Each bag holds an additive model (single effects over a background) and boosted trees; the prediction and the
attributions are their plain averages, so that base value and attributions add to the prediction. A line is only ever
explained by models that have not seen it. TreeSHAP: doi:10.1038/s42256-019-0138-9; additive model:
doi:10.1038/s41588-023-01597-3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.predict.additive import Rotation, additive_effects
from explain_engine.predict.trees import SharedTrees

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.attribution.groups import GeneGroups
    from explain_engine.predict.bags import Bags

DOI = "10.1038/s42256-019-0138-9"
# Trees spread small attributions over many genes by chance, the additive model does not: in the ranking (not in the
# prediction or the attributions) theirs count for less. Chosen on simulated cohorts.
TREE_RANK_WEIGHT = 0.25


@dataclass(frozen=True, eq=False)
class BaggedAttribution:
    """Out-of-bag attributions of one response.

    Attributes
    ----------
    phi
        Lines x genes, in units of the response: mean over repeats of the attribution by the two models that did not see
        the line. With `base` it sums to `prediction`.
    base
        Mean base value a line.
    prediction
        Mean out-of-bag prediction a line.
    bag_strength
        Bags x genes: mean absolute attribution by the additive model plus a quarter of that by the trees, over the
        lines outside that bag; what the ranking starts from.
    bag_importance, bag_effect
        Bags x genes: mean absolute value and slope on standardised expression, over the lines outside that bag.
    bag_group_strength, bag_group_importance, bag_group_effect
        Bags x groups: the same for the summed attributions of a group, the slope on the group's score.
    """

    phi: NDArray[np.float32]
    base: NDArray[np.float64]
    prediction: NDArray[np.float64]
    bag_strength: NDArray[np.float32]
    bag_importance: NDArray[np.float32]
    bag_effect: NDArray[np.float32]
    bag_group_strength: NDArray[np.float32]
    bag_group_importance: NDArray[np.float32]
    bag_group_effect: NDArray[np.float32]

    @property
    def strength(self) -> NDArray[np.float64]:
        """Mean of `bag_strength` over bags, one value a gene."""
        return np.asarray(self.bag_strength.mean(axis=0, dtype=np.float64))

    @property
    def group_strength(self) -> NDArray[np.float64]:
        """Mean of `bag_group_strength` over bags, one value a group."""
        return np.asarray(self.bag_group_strength.mean(axis=0, dtype=np.float64))

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
    n_effects: int = 15,
    offset: NDArray[np.float64] | None = None,
    progress: Callable[[float], None] | None = None,
) -> BaggedAttribution:
    """Train both learners on each bag and explain the lines outside it.

    Parameters
    ----------
    trees
        Matrix the models see, binned once.
    Z
        Standardised expression, lines x genes, that slopes are taken on.
    y
        Response, one value a line.
    n_effects
        Single effects of the additive model, over its background; 0 leaves the trees alone.
    offset
        Bags x lines: what is taken from the response before fitting in each bag (learned inside that bag).
    progress
        Called with the share done, in (0, 1].
    """
    n, m = Z.shape
    phi = np.zeros((n, m), dtype=np.float32)
    base, prediction = np.zeros(n), np.zeros(n)
    strength = np.zeros((bags.n_bags, m), dtype=np.float32)
    importance, effect = np.zeros_like(strength), np.zeros_like(strength)
    group_importance = np.zeros((bags.n_bags, len(groups.names)), dtype=np.float32)
    group_effect, group_strength = np.zeros_like(group_importance), np.zeros_like(group_importance)
    scores = groups.scores(Z)
    z32 = np.asarray(Z, dtype=np.float32)
    for b, (inside, outside) in enumerate(bags):
        target = y if offset is None else y - offset[b]
        by_trees, base_trees = _by_trees(trees, target, inside, outside, _model_seed(seed, b))
        if n_effects > 0:
            by_effects = _by_effects(z32, target, inside, outside, n_effects)
            own = ((by_trees + by_effects) / 2).astype(np.float32)
            level = (base_trees + target[inside].mean()) / 2
            strength[b] = np.abs(by_effects).mean(axis=0) + TREE_RANK_WEIGHT * np.abs(by_trees).mean(axis=0)
            group_strength[b] = np.abs(groups.sums(by_effects + TREE_RANK_WEIGHT * by_trees)).mean(axis=0)
        else:
            own, level = by_trees.astype(np.float32), base_trees
            strength[b] = np.abs(by_trees).mean(axis=0)
            group_strength[b] = np.abs(groups.sums(by_trees)).mean(axis=0)
        phi[outside] += own
        base[outside] += level
        prediction[outside] += level + own.sum(axis=1, dtype=np.float64)
        importance[b] = np.abs(own).mean(axis=0)
        effect[b] = slopes(own, Z[outside])
        summed = groups.sums(own)
        group_importance[b] = np.abs(summed).mean(axis=0)
        group_effect[b] = slopes(summed, scores[outside])
        if progress is not None:
            progress((b + 1) / bags.n_bags)
    phi /= bags.n_repeats
    return BaggedAttribution(
        phi,
        base / bags.n_repeats,
        prediction / bags.n_repeats,
        strength,
        importance,
        effect,
        group_strength,
        group_importance,
        group_effect,
    )


def _by_trees(
    trees: SharedTrees, y: NDArray[np.float64], inside: NDArray[np.intp], outside: NDArray[np.intp], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = trees.contributions(trees.fit(y, inside, seed), outside)
    return values[:, :-1], values[:, -1]


def _by_effects(
    Z: NDArray[np.float32],
    y: NDArray[np.float64],
    inside: NDArray[np.intp],
    outside: NDArray[np.intp],
    n_effects: int,
) -> NDArray[np.float32]:
    rotation = Rotation.of(Z[inside])
    return np.asarray((Z[outside] - rotation.centre) * additive_effects(rotation, y[inside], n_effects).coefficient)


def slopes(phi: NDArray[np.floating], Z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slope of each gene's attribution on its standardised expression: response units a standard deviation."""
    centred = Z - Z.mean(axis=0)
    return np.asarray((phi * centred).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-12))


def _model_seed(seed: int, bag: int) -> int:
    return int(np.random.SeedSequence([seed, bag]).generate_state(1)[0] >> 1)

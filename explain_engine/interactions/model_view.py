"""What the model uses: out-of-bag TreeSHAP interactions over bags, summed to pairs of gene groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.interactions.treeshap import SparseInteractions, mean_interactions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from explain_engine.predict.bags import Bags
    from explain_engine.predict.trees import SharedTrees


@dataclass(frozen=True, eq=False)
class ModelPairs:
    """Pairs of groups that the model uses together, strongest first.

    Attributes
    ----------
    groups
        Group labels, pairs x 2, first below second.
    strength
        Mean absolute summed interaction over lines, in units of the response.
    """

    groups: NDArray[np.intp]
    strength: NDArray[np.float64]

    def ranks(self) -> dict[tuple[int, int], int]:
        """Rank from 1 of each pair of groups."""
        return {(int(a), int(b)): k + 1 for k, (a, b) in enumerate(self.groups)}


def bagged_interactions(
    trees: SharedTrees, Z: NDArray[np.float64], y: NDArray[np.float64], bags: Bags, seed: int
) -> SparseInteractions:
    """Train one model a bag and average its exact interactions over the lines it has not seen."""
    inside_of, use = [], []
    for inside, outside in bags:
        inside_of.append(inside)
        mask = np.zeros(len(y), dtype=bool)
        mask[outside] = True
        use.append(mask)

    def models() -> Iterator[Any]:
        for number, inside in enumerate(inside_of):
            yield trees.fit(y, inside, seed + number)

    return mean_interactions(models(), Z, use)


def group_pairs(found: SparseInteractions, label: NDArray[np.intp]) -> ModelPairs:
    """Sum gene pairs to pairs of groups; pairs within a group are left out."""
    ends = np.sort(label[found.pairs], axis=1)
    between = ends[:, 0] != ends[:, 1]
    n_groups = int(label.max()) + 1
    keys, place = np.unique(ends[between, 0] * n_groups + ends[between, 1], return_inverse=True)
    sums = np.zeros((len(keys), found.values.shape[1]))
    np.add.at(sums, place, np.nan_to_num(found.values[between]))
    strength = np.abs(sums).mean(axis=1)
    order = np.argsort(-strength, kind="stable")
    groups = np.column_stack([keys // n_groups, keys % n_groups]).astype(np.intp)
    return ModelPairs(groups[order], strength[order])

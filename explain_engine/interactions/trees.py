"""The trees of a fitted LightGBM model as flat arrays, and the paths to their leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.errors import InputError

_CATEGORICAL = 1
_MISSING_TYPE = 0b1100
_ZERO_IS_MISSING = 0b0100


@dataclass(frozen=True)
class Leaf:
    """One leaf, seen through the distinct features on its path.

    Attributes
    ----------
    features
        Distinct feature indices on the path, shape (d,), in the order in which they are met.
    low, high
        The leaf holds lines with ``low < x <= high`` in each of those features, shape (d,).
    reach
        For each feature the share of training lines that its splits let through, shape (d,), in (0, 1].
    value
        Output of the leaf, in units of the model's raw prediction.
    """

    features: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reach: NDArray[np.float64]
    value: float


@dataclass(frozen=True)
class Tree:
    """A binary tree; child indices below zero are leaves, leaf ``k`` being written ``~k``."""

    feature: NDArray[np.intp]
    threshold: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    node_count: NDArray[np.float64]
    leaf_value: NDArray[np.float64]
    leaf_count: NDArray[np.float64]

    def leaves(self) -> list[Leaf]:
        """Every leaf with the box and the shares of its path, left to right."""
        found: list[Leaf] = []
        # feature -> (low, high, share); the dictionary keeps the order in which features are met
        stack: list[tuple[int, dict[int, tuple[float, float, float]]]] = [(0 if self.feature.size else ~0, {})]
        while stack:
            node, path = stack.pop()
            if node < 0:
                names = np.fromiter(path, dtype=np.intp, count=len(path))
                box = np.array(list(path.values()), dtype=np.float64).reshape(len(path), 3)
                found.append(Leaf(names, box[:, 0], box[:, 1], box[:, 2], float(self.leaf_value[~node])))
                continue
            split, cut, count = int(self.feature[node]), float(self.threshold[node]), float(self.node_count[node])
            low, high, share = path.get(split, (-np.inf, np.inf, 1.0))
            for child, bounds in (
                (int(self.right[node]), (max(low, cut), high)),
                (int(self.left[node]), (low, min(high, cut))),
            ):
                below = float(self.leaf_count[~child] if child < 0 else self.node_count[child])
                stack.append((child, {**path, split: (*bounds, share * below / count)}))
        return found


def read_trees(booster: Any, num_iteration: int | None = None) -> list[Tree]:
    """Take the trees out of a LightGBM ``Booster``.

    Parameters
    ----------
    booster
        A ``lightgbm.Booster``, or a fitted scikit-learn style model that has one as ``booster_``.
    num_iteration
        Only the first so many trees; None takes the best iteration, or all.

    Raises
    ------
    InputError
        For models with several outputs, categorical splits, linear leaves or zeros read as missing: their Shapley
        values would need another value function.
    """
    booster = getattr(booster, "booster_", booster)
    if not hasattr(booster, "model_to_string"):
        raise InputError(
            f"{type(booster).__name__!r} is not a LightGBM model; pass a Booster or a fitted LGBM estimator"
        )
    if booster.num_model_per_iteration() != 1:
        raise InputError(
            "the model has several outputs; explain one single-output model (regression or binary) at a time"
        )
    text = booster.model_to_string(num_iteration=num_iteration, importance_type="split")
    return [_parse(block) for block in text.split("\nTree=")[1:]]


def _parse(block: str) -> Tree:
    body = block.split("\nend of trees")[0]
    fields = dict(line.split("=", 1) for line in body.splitlines()[1:] if "=" in line)
    if fields.get("is_linear", "0") != "0":
        raise InputError("the model has linear leaves (linear_tree=True); fit it with constant leaves")
    if int(fields["num_leaves"]) == 1:
        none, empty = np.empty(0, np.intp), np.empty(0)
        return Tree(none, empty, none, none, empty, _numbers(fields["leaf_value"]), np.ones(1))
    kinds = _numbers(fields["decision_type"]).astype(np.intp)
    if np.any(kinds & _CATEGORICAL):
        raise InputError("the model splits on categorical features; encode them as numbers and fit again")
    if np.any((kinds & _MISSING_TYPE) == _ZERO_IS_MISSING):
        raise InputError("the model reads zeros as missing values; fit it with zero_as_missing=False")
    return Tree(
        feature=_numbers(fields["split_feature"]).astype(np.intp),
        threshold=_numbers(fields["threshold"]),
        left=_numbers(fields["left_child"]).astype(np.intp),
        right=_numbers(fields["right_child"]).astype(np.intp),
        node_count=_numbers(fields["internal_count"]),
        leaf_value=_numbers(fields["leaf_value"]),
        leaf_count=_numbers(fields["leaf_count"]),
    )


def _numbers(text: str) -> NDArray[np.float64]:
    return np.array(text.split(), dtype=np.float64)

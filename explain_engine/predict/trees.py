"""Boosted trees over one shared binned matrix, with exact TreeSHAP on lines outside the bag.

Binning is done once for all bags and all permuted responses: only bin edges are shared, no response is seen by it.
LightGBM: Ke et al. 2017 (NeurIPS). TreeSHAP: Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from explain_engine.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TreeSettings(Record):
    """Hyperparameters of one boosted model; the defaults were chosen on simulated cohorts, not on any drug."""

    rounds: int = Field(120, ge=1, description="trees a model")
    learning_rate: float = Field(0.05, gt=0, le=1, description="shrinkage of each tree")
    leaves: int = Field(4, ge=2, description="leaves a tree; small trees rank genes more stably")
    min_lines_leaf: int = Field(10, ge=1, description="fewest lines in a leaf")
    feature_fraction: float = Field(0.05, gt=0, le=1, description="share of genes each tree may use")
    l2: float = Field(1.0, ge=0, description="L2 penalty of leaf values")
    max_bin: int = Field(63, ge=3, le=255, description="bins a gene")


class SharedTrees:
    """A matrix binned once, from which any number of models on subsets of its lines are trained.

    Parameters
    ----------
    X
        Lines x genes, finite.
    settings
        Hyperparameters of every model.
    """

    def __init__(self, X: NDArray[np.floating[Any]], settings: TreeSettings) -> None:
        import lightgbm as lgb

        self._X = np.ascontiguousarray(X)
        self._params: dict[str, Any] = {
            "objective": "regression",
            "num_threads": 1,
            "verbosity": -1,
            "deterministic": True,
            "force_col_wise": True,
            "feature_pre_filter": False,
            # looking for genes that are never on together takes half of the binning, and expression has none
            "enable_bundle": False,
            "boost_from_average": True,
            "max_bin": settings.max_bin,
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.leaves,
            "min_data_in_leaf": settings.min_lines_leaf,
            "feature_fraction": settings.feature_fraction,
            "lambda_l2": settings.l2,
        }
        self._rounds = settings.rounds
        self._whole = lgb.Dataset(self._X, params=self._params, free_raw_data=False).construct()

    def fit(self, y: NDArray[np.float64], inside: NDArray[np.intp], seed: int) -> Any:
        """Train on the lines `inside` (sorted positions) of response `y` (all lines); return the booster."""
        import lightgbm as lgb

        bag = self._whole.subset(inside.tolist(), params=self._params)
        # The label goes onto the subset, so that one binned matrix serves every response.
        bag.construct()
        bag.set_label(np.ascontiguousarray(y[inside]))
        return lgb.train({**self._params, "seed": seed}, bag, num_boost_round=self._rounds)

    def contributions(self, booster: Any, lines: NDArray[np.intp]) -> NDArray[np.float64]:
        """Exact TreeSHAP values, len(lines) x (genes + 1); the last column is the base value.

        Rows sum to the prediction.
        """
        return np.asarray(booster.predict(self._X[lines], pred_contrib=True))

    def predict(self, booster: Any, lines: NDArray[np.intp]) -> NDArray[np.float64]:
        """Predicted response of the given lines."""
        return np.asarray(booster.predict(self._X[lines]))

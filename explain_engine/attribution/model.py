"""The model behind the model-agnostic methods: the given one, or boosted trees fitted to all training lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.predict.trees import SharedTrees, TreeSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explain_engine.attribution.problem import Problem


@dataclass(frozen=True, eq=False)
class BoosterPredictor:
    """A LightGBM booster with the plain ``predict`` the methods ask for."""

    booster: Any

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the response of the given lines, on one thread."""
        return np.asarray(self.booster.predict(X, num_threads=1))


def given_or_trees(problem: Problem) -> Problem:
    """Return the problem with a predictor in it."""
    if problem.predictor is not None:
        return problem
    booster = SharedTrees(problem.Z, TreeSettings()).fit(problem.y, np.arange(len(problem.y)), problem.seed)
    return replace(problem, predictor=BoosterPredictor(booster))

"""TreeSHAP of one model fitted to all training lines: the usual practice, and a baseline to beat.

Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9.
"""

from __future__ import annotations

import numpy as np

from explain_engine.attribution.problem import Explained, Problem
from explain_engine.errors import InputError
from explain_engine.predict.trees import SharedTrees, TreeSettings

DOI = "10.1038/s42256-019-0138-9"


def explain_treeshap(problem: Problem, settings: TreeSettings | None = None) -> Explained:
    """Exact TreeSHAP values; of our own boosted trees, or of a given tree model that the shap package knows.

    Raises
    ------
    InputError
        If a given predictor is no tree model.
    """
    if problem.predictor is None:
        both = np.vstack([problem.Z, problem.explained])
        trees = SharedTrees(both, settings or TreeSettings())
        n = len(problem.Z)
        target = np.concatenate([problem.y, np.full(len(problem.explained), problem.y.mean())])
        booster = trees.fit(target, np.arange(n), problem.seed)
        phi = trees.contributions(booster, np.arange(n, len(both)))[:, :-1]
    else:
        import shap

        try:
            phi = np.asarray(shap.TreeExplainer(problem.predictor).shap_values(problem.explained), dtype=np.float64)
        except (shap.utils._exceptions.InvalidModelError, AttributeError, TypeError) as error:
            raise InputError(
                f"{type(problem.predictor).__name__} is no tree model ({error}); use 'lime' or 'kernel shap'"
            ) from error
    return Explained(importance=np.abs(phi).mean(axis=0), phi=phi)

"""Linear attribution: coefficient times deviation from the mean, of ridge regression or a given linear model.

Ridge: Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634; penalty by generalised cross-validation (Golub, Heath &
Wahba 1979, doi:10.1080/00401706.1979.10489751).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.attribution.problem import Explained, Problem
from explain_engine.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOI = "10.1080/00401706.1970.10488634"
# Penalties as multiples of the mean eigenvalue of the Gram matrix.
PENALTIES = (0.1, 0.3, 1.0, 3.0, 10.0)


def ridge_coefficients(Z: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ridge coefficients in the dual form, so that the cost grows with lines and not with genes; one value a gene."""
    level, centre = y.mean(), Z.mean(axis=0)
    values, vectors = np.linalg.eigh((Z - centre) @ (Z - centre).T)
    values = np.maximum(values, 0.0)
    turned = vectors.T @ (y - level)
    best, chosen = np.inf, 1.0
    for penalty in PENALTIES:
        shrink = values / (values + penalty * values.mean())
        error = float((((1 - shrink) * turned) ** 2).sum() / (1 - shrink.mean()) ** 2)
        if error < best:
            best, chosen = error, penalty
    dual = vectors @ (turned / (values + chosen * values.mean()))
    return np.asarray((Z - centre).T @ dual)


def explain_linear(problem: Problem) -> Explained:
    """Contribution of each gene to a linear prediction, relative to the mean training line.

    Raises
    ------
    InputError
        If a given predictor has no ``coef_`` of one value a gene.
    """
    if problem.predictor is None:
        coefficient = ridge_coefficients(problem.Z, problem.y)
    else:
        coefficient = np.asarray(getattr(problem.predictor, "coef_", np.empty(0)), dtype=np.float64).ravel()
        if len(coefficient) != problem.Z.shape[1]:
            raise InputError(
                f"{type(problem.predictor).__name__} has no coef_ with {problem.Z.shape[1]} values; use 'lime' instead"
            )
    phi = (problem.explained - problem.Z.mean(axis=0)) * coefficient
    return Explained(importance=np.abs(coefficient), phi=phi)

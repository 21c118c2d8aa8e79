"""The additive model that interactions must go beyond: a cross-fitted lasso on genes, strata taken out.

Tibshirani 1996, doi:10.1111/j.2517-6161.1996.tb02080.x. A lasso leaves a smaller residual than ridge, stumps or their
mean on the planted cohorts, and what it leaves has no additive part that a product of two genes could borrow.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FOLDS = 8
_INNER = 4
_PENALTIES = 12
_SMALLEST = 0.1


@dataclass(frozen=True, eq=False)
class AdditiveFit:
    """Additive fit of one response.

    Attributes
    ----------
    residual
        Response less strata means and the cross-fitted additive prediction, one value a line.
    coefficient
        Coefficients of the fit to all lines, one a gene, in units of the response a standard deviation.
    residual_in_sample
        What that fit leaves on its own lines; strata means taken out.
    """

    residual: NDArray[np.float64]
    coefficient: NDArray[np.float64]
    residual_in_sample: NDArray[np.float64]


def centre_within(values: NDArray[np.float64], strata: NDArray[np.intp]) -> NDArray[np.float64]:
    """Values less the mean of their stratum; a vector or a matrix with lines as rows."""
    out = np.array(values, dtype=np.float64)
    for s in range(int(strata.max()) + 1):
        rows = strata == s
        out[rows] -= out[rows].mean(axis=0)
    return out


def additive_fit(Z: NDArray[np.float64], y: NDArray[np.float64], strata: NDArray[np.intp], seed: int) -> AdditiveFit:
    """Cross-fit a lasso; each line's residual comes from a fit that has not seen it.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    y
        Response, one value a line.
    """
    from sklearn.linear_model import LassoCV
    from sklearn.model_selection import KFold

    inner, target = centre_within(Z, strata), centre_within(y, strata)
    left_out = np.zeros(len(y))
    with warnings.catch_warnings():
        from sklearn.exceptions import ConvergenceWarning

        # the smallest penalties may stop early; they are never the ones that cross-validation picks
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole = LassoCV(cv=_INNER, alphas=_PENALTIES, eps=_SMALLEST, max_iter=1000, tol=1e-3).fit(inner, target)
        # one penalty for all folds: a single number chosen on all lines tells a fold nothing about its lines
        for inside, outside in KFold(_FOLDS, shuffle=True, random_state=seed).split(inner):
            left_out[outside] = _lasso(inner[inside], target[inside], whole.alpha_).predict(inner[outside])
    return AdditiveFit(
        residual=centre_within(target - left_out, strata),
        coefficient=np.asarray(whole.coef_, dtype=np.float64),
        residual_in_sample=np.asarray(target - inner @ whole.coef_, dtype=np.float64),
    )


def _lasso(X: NDArray[np.float64], y: NDArray[np.float64], alpha: float) -> Any:
    from sklearn.linear_model import Lasso

    return Lasso(alpha=alpha, max_iter=1000, tol=1e-3).fit(X, y)

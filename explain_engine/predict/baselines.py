"""Naive predictors that any model must beat, fitted on the same bags as the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explain_engine.predict.bags import Bags

# A tissue mean is drawn towards the overall mean as if this many more lines had it: small tissues predict better so,
# which makes the baseline harder to beat.
PRIOR_LINES = 2.0


def mean_prediction(y: NDArray[np.float64], bags: Bags) -> NDArray[np.float64]:
    """Out-of-bag mean of the response, one value a line."""
    total = np.zeros(bags.n_lines)
    for inside, outside in bags:
        total[outside] += y[inside].mean()
    return total / bags.n_repeats


def tissue_mean_prediction(y: NDArray[np.float64], codes: NDArray[np.intp], bags: Bags) -> NDArray[np.float64]:
    """Out-of-bag mean response of the line's tissue, drawn slightly towards the overall mean.

    Parameters
    ----------
    y
        Response, one value a line.
    codes
        Tissue of each line as an integer from 0.
    """
    total = np.zeros(bags.n_lines)
    for inside, outside in bags:
        total[outside] += tissue_means(y[inside], codes[inside], int(codes.max()) + 1)[codes[outside]]
    return total / bags.n_repeats


def tissue_means(y: NDArray[np.float64], codes: NDArray[np.intp], n_tissues: int) -> NDArray[np.float64]:
    """Shrunken mean of each tissue; the overall mean where the tissue has no line."""
    count = np.bincount(codes, minlength=n_tissues)
    sums = np.bincount(codes, weights=y, minlength=n_tissues)
    return np.asarray((sums + PRIOR_LINES * y.mean()) / (count + PRIOR_LINES))

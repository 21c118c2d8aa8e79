"""What modules must go beyond: strata of lines and the few components that tower over all others.

Tissue position and quality move thousands of genes at once and glue unrelated groups together. Only components whose
variance stands far above the following fifty are taken out: block factors of ordinary size stay.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explain_engine.interactions.additive import centre_within

_RATIO = 2.5
_MOST = 15
_FOLLOWING = 50
# In a small panel a handful of groups are the leading components: taking them out would take out the modules.
_FEWEST_GENES = 500


def broad_components(inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leading left singular vectors of the expression that stand out, lines x k with k from 0 to 15.

    None below 500 genes.

    Parameters
    ----------
    inner
        Expression with strata means taken out. No response is seen.
    """
    if inner.shape[1] < _FEWEST_GENES:
        return np.empty((len(inner), 0))
    values, vectors = np.linalg.eigh(inner @ inner.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    following = values[_MOST : _MOST + _FOLLOWING]
    if not len(following):
        return np.empty((len(inner), 0))
    count = int(np.argmin(np.append(values[:_MOST] > _RATIO * np.median(following), False)))
    return np.asarray(vectors[:, :count])


def take_out(
    values: NDArray[np.float64], strata: NDArray[np.intp], components: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values less strata means and less their projection on the components; a vector or lines x anything."""
    inner = centre_within(values, strata)
    return np.asarray(inner - components @ (components.T @ inner))

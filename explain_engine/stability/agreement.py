"""Agreement of rankings and of selected sets, each with its source.

A ranking is given as scores (larger is better); ties are broken by position, so equal inputs give equal sets.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm, rankdata

from explain_engine.errors import InputError
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RBO_PERSISTENCE = 0.98


def top_set(scores: NDArray[np.floating], k: int) -> NDArray[np.bool_]:
    """Mask of the `k` largest scores."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:k]] = True
    return chosen


def spearman(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Rank correlation of two score vectors, in [-1, 1]; 0 where one of them is constant."""
    ra, rb = rankdata(a) - (len(a) + 1) / 2, rankdata(b) - (len(b) + 1) / 2
    norms = np.sqrt((ra @ ra) * (rb @ rb))
    return float(ra @ rb / norms) if norms > 0 else 0.0


def jaccard(a: NDArray[np.floating], b: NDArray[np.floating], k: int) -> float:
    """Shared share of the two top-`k` sets, in [0, 1]."""
    first, second = top_set(a, k), top_set(b, k)
    return float((first & second).sum() / (first | second).sum())


def kuncheva(a: NDArray[np.floating], b: NDArray[np.floating], k: int) -> float:
    """Overlap of the two top-`k` sets corrected for chance, 1 at best, 0 for random sets (Kuncheva 2007, AIA, 421-427).

    Raises
    ------
    InputError
        If `k` is not below the number of items.
    """
    m = len(a)
    if not 0 < k < m:
        raise InputError(f"the corrected overlap needs 0 < k < {m} items, got k={k!r}")
    shared = int((top_set(a, k) & top_set(b, k)).sum())
    return float((shared * m - k * k) / (k * (m - k)))


def rank_biased_overlap(
    a: NDArray[np.floating], b: NDArray[np.floating], persistence: float = RBO_PERSISTENCE
) -> float:
    """Top-weighted agreement of two whole rankings, extrapolated, in [0, 1] (Webber 2010, doi:10.1145/1852102.1852106).

    A reader looks at each next rank with probability `persistence`; at 0.98 the first 50 ranks carry most weight.
    """
    if not 0 < persistence < 1:
        raise InputError(f"persistence {persistence!r} must lie in (0, 1)")
    m = len(a)
    place_a, place_b = np.empty(m, dtype=np.intp), np.empty(m, dtype=np.intp)
    place_a[np.argsort(-a, kind="stable")] = np.arange(m)
    place_b[np.argsort(-b, kind="stable")] = np.arange(m)
    # An item is shared from the depth at which the later of its two places is reached.
    shared = np.cumsum(np.bincount(np.maximum(place_a, place_b), minlength=m))
    depth = np.arange(1, m + 1)
    agreement = shared / depth
    weight = persistence**depth
    return float(agreement[-1] * weight[-1] + (1 - persistence) / persistence * (agreement * weight).sum())


def nogueira(selected: NDArray[np.bool_], level: float = 0.95) -> Interval:
    """Stability of repeated selections, chance-corrected, with its interval (Nogueira et al. 2018, JMLR 18(174)).

    Parameters
    ----------
    selected
        Repeats x items. Set sizes may differ; with equal sizes the value is the mean pairwise Kuncheva index.

    Raises
    ------
    InputError
        If there are fewer than two repeats, or everything or nothing is ever selected.
    """
    n_repeats, m = selected.shape
    if n_repeats < 2:
        raise InputError("stability of selections needs at least two repeats")
    Z = selected.astype(np.float64)
    sizes, frequency = Z.sum(axis=1), Z.mean(axis=0)
    mean_size = float(sizes.mean())
    scale = mean_size / m * (1 - mean_size / m)
    if scale == 0:
        raise InputError("stability of selections is undefined when nothing or everything is selected")
    value = 1 - n_repeats / (n_repeats - 1) * float((frequency * (1 - frequency)).mean()) / scale
    each = (
        (Z @ frequency) / m
        - sizes * mean_size / m**2
        - value / 2 * (2 * mean_size * sizes / m**2 - sizes / m - mean_size / m + 1)
    ) / scale
    error = np.sqrt(4 / n_repeats**2 * float(((each - each.mean()) ** 2).sum()))
    half = float(norm.ppf((1 + level) / 2)) * error
    return Interval(
        estimate=value, low=value - half, high=min(1.0, value + half), level=level, method="asymptotic normal"
    )


def mean_pairwise(
    scores: NDArray[np.floating],
    measure: Callable[[NDArray[np.floating], NDArray[np.floating]], float],
    level: float = 0.95,
) -> Interval:
    """Mean of `measure` over all pairs of rows, interval by the jackknife over rows (Efron & Stein 1981).

    Pairs share rows, so the spread over pairs would make the interval too narrow.
    """
    n = len(scores)
    if n < 2:
        raise InputError("agreement needs at least two rankings")
    value = np.zeros((n, n))
    for i, j in combinations(range(n), 2):
        value[i, j] = value[j, i] = measure(scores[i], scores[j])
    total = value.sum() / 2
    estimate = total / (n * (n - 1) / 2)
    if n == 2:
        return Interval(estimate=estimate, low=-1.0, high=1.0, level=level, method="two rankings: range of the measure")
    left_out = (total - value.sum(axis=1)) / ((n - 1) * (n - 2) / 2)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    half = float(norm.ppf((1 + level) / 2)) * float(error)
    return Interval(
        estimate=float(estimate),
        low=float(estimate) - half,
        high=float(estimate) + half,
        level=level,
        method=f"jackknife over {n} rankings",
    )

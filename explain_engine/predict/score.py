"""Scores of out-of-bag predictions with bootstrap intervals over lines (Efron 1979, doi:10.1214/aos/1176344552)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from explain_engine.predict.report import Score
from explain_engine.record import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray


def line_weights(n_lines: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Bootstrap draws as weights: draws x n_lines, each row sums to n_lines."""
    rng = np.random.default_rng([seed, 71])
    return rng.multinomial(n_lines, np.full(n_lines, 1.0 / n_lines), size=draws).astype(np.float64)


def weighted_correlation(
    weights: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pearson correlation of `a` and `b` under each row of weights."""
    total = weights.sum(axis=1)
    mean_a, mean_b = weights @ a / total, weights @ b / total
    cov = weights @ (a * b) / total - mean_a * mean_b
    var_a = weights @ (a * a) / total - mean_a**2
    var_b = weights @ (b * b) / total - mean_b**2
    return np.asarray(cov / np.sqrt(var_a * var_b))


def score(
    model: str,
    y: NDArray[np.float64],
    prediction: NDArray[np.float64],
    weights: NDArray[np.float64],
    level: float = 0.95,
) -> Score:
    """Score a prediction of lines the model has not seen.

    Intervals are percentiles over the bootstrap draws `weights`; for Spearman the ranks of the whole set are
    resampled, which is the usual approximation where values tie.

    Correlations are None where the prediction does not vary.
    """
    r2 = _interval(_r2(y, prediction), _weighted_r2(weights, y, prediction), weights, level)
    if np.ptp(prediction) <= 1e-12 * max(1.0, float(np.abs(prediction).max())) or np.ptp(y) == 0:
        return Score(model=model, pearson=None, spearman=None, r2=r2)
    ry, rp = rankdata(y), rankdata(prediction)
    one = np.ones((1, len(y)))
    return Score(
        model=model,
        pearson=_interval(
            float(weighted_correlation(one, y, prediction)[0]),
            weighted_correlation(weights, y, prediction),
            weights,
            level,
        ),
        spearman=_interval(
            float(weighted_correlation(one, ry, rp)[0]), weighted_correlation(weights, ry, rp), weights, level
        ),
        r2=r2,
    )


def gain(
    y: NDArray[np.float64],
    prediction: NDArray[np.float64],
    baseline: NDArray[np.float64],
    weights: NDArray[np.float64],
    level: float = 0.95,
) -> Interval | None:
    """Spearman of the model minus that of the baseline, paired over the same draws; None if either is undefined."""
    if min(np.ptp(y), np.ptp(prediction), np.ptp(baseline)) == 0:
        return None
    ry, rp, rb = rankdata(y), rankdata(prediction), rankdata(baseline)
    one = np.ones((1, len(y)))
    estimate = float((weighted_correlation(one, ry, rp) - weighted_correlation(one, ry, rb))[0])
    draws = weighted_correlation(weights, ry, rp) - weighted_correlation(weights, ry, rb)
    return _interval(estimate, draws, weights, level)


def _r2(y: NDArray[np.float64], prediction: NDArray[np.float64]) -> float:
    return float(_weighted_r2(np.ones((1, len(y))), y, prediction)[0])


def _weighted_r2(
    weights: NDArray[np.float64], y: NDArray[np.float64], prediction: NDArray[np.float64]
) -> NDArray[np.float64]:
    total = weights.sum(axis=1)
    mean = weights @ y / total
    return np.asarray(1.0 - (weights @ (y - prediction) ** 2) / (weights @ (y * y) - total * mean**2))


def _interval(estimate: float, draws: NDArray[np.float64], weights: NDArray[np.float64], level: float) -> Interval:
    finite = draws[np.isfinite(draws)]
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return Interval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        level=level,
        method=f"percentile bootstrap over lines, {len(weights)} draws",
    )

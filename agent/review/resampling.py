"""Intervals for what reviewers decided: Wilson's for a share, a bootstrap over items for everything else."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRAWS = 2000
LEVEL = 0.95
_Z = 1.959963984540054


def wilson(successes: int, n: int) -> Interval:
    """Share of successes with Wilson's score interval (DOI 10.1080/01621459.1927.10502953).

    Raises
    ------
    ValueError
        If `n` is 0 or `successes` is not in 0 … `n`.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes of {n} is no share")
    share = successes / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(estimate=share, low=low, high=high, level=LEVEL, method=f"Wilson score interval, n = {n}")


def resampled_weights(groups: Sequence[str], *, seed: int, draws: int = DRAWS) -> NDArray[np.float64]:
    """How often each item is drawn, by draw (draws x items), when whole groups are drawn with replacement.

    Parameters
    ----------
    groups
        The group of each item; items of one group stay together.
    """
    names, place = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return np.asarray(drawn[:, place], dtype=np.float64)


def percentile_interval(estimate: float, values: NDArray[np.float64], over: str) -> Interval | None:
    """Percentile interval over the draws in which the value is defined; None where fewer than half are.

    Parameters
    ----------
    values
        One a draw, NaN where undefined.
    over
        What was drawn, for the method's name.
    """
    defined = values[np.isfinite(values)]
    if len(defined) * 2 < len(values):
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    left_out = f", {len(values) - len(defined)} undefined ones left out" if len(defined) < len(values) else ""
    return Interval(
        estimate=float(estimate),
        low=float(low),
        high=float(high),
        level=LEVEL,
        method=f"percentile bootstrap over {over}, {len(values)} draws{left_out}",
    )

"""Falsification sheet: which lines to test, what to expect, how many it takes, and what would kill the hypothesis."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.records import Record
from explain_engine.attribution.result import Direction
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    # A lineage with the positions of its lines, ascending in expression.
    _Ordered = tuple[str, NDArray[np.int64]]

MIN_LINEAGE = 6
DRAWS = 1000
MAX_ARM = 2000


class LinePair(Record):
    """A high and a low line of one lineage, chosen by expression alone; responses as measured."""

    lineage: str
    high_line: str
    high_expression: float
    high_response: float
    low_line: str
    low_expression: float
    low_response: float


class FalsificationSheet(Record):
    """A test of "expression of the gene goes with the response", within lineages.

    Attributes
    ----------
    expected
        Mean response of lines in the top third of expression minus that of the bottom third, within lineage, lineages
        weighted by the size of their arms; bootstrap over lines within arms, its deviations scaled by
        sqrt(k / (k - 1)) in an arm of k lines. In units of the response.
    sd
        Standard deviation of the response within arms, in the same unit.
    direction, opposed
        What the hypothesis says of higher expression (where the model leaves it open, the sign of `expected`), and
        whether the difference within lineages points the other way.
    n_per_arm, n_per_arm_cautious
        Lines an arm (a corner, of a pair) for `power` at two-sided `alpha` (t test) at the estimate and at the
        interval's end nearest to zero; None where above 2,000, where the interval holds zero, or where the difference
        is opposed.
    kill
        Difference that a new interval must reach for the hypothesis to live: the interval's end nearest to zero, half
        the estimate where the interval holds zero, zero where the difference is opposed.
    pairs
        Up to three pairs, widest gap in expression (z-scores) first.
    scale
        What the pairs' ``expression`` is, where it is not that of the gene.
    """

    gene: str
    n_lines: int
    n_lineages: int
    expected: Interval
    sd: float
    direction: Direction
    opposed: bool
    power: float = 0.8
    alpha: float = 0.05
    n_per_arm: int | None
    n_per_arm_cautious: int | None
    kill: float
    pairs: tuple[LinePair, ...]
    scale: str = "expression"


def falsification_sheet(
    gene: str,
    direction: Direction,
    expression: pd.Series[float],
    y: pd.Series[float],
    lineage: pd.Series[str],
    *,
    seed: int = 0,
) -> FalsificationSheet | None:
    """Work out the sheet from expression, response and lineage of the same lines.

    Returns
    -------
    FalsificationSheet or None
        None where no lineage of known name has at least six lines: nothing can then be said within lineages.
    """
    frame = lineage_frame(expression, y, lineage)
    ordered = _by_lineage(frame)
    arms = _arms(frame, ordered)
    return sheet_of_arms(gene, direction, arms, _pairs(frame, ordered), seed=seed) if arms else None


def sheet_of_arms(
    gene: str,
    direction: Direction,
    arms: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    pairs: tuple[LinePair, ...],
    *,
    seed: int = 0,
    scale: str = "expression",
) -> FalsificationSheet:
    """The sheet of responses of high and of low lines, one pair of arms a lineage, each of at least two lines.

    Lineages are weighted by ``a * b / (a + b)`` of their arms' sizes.
    """
    import numpy as np

    picks = iter(_picks(tuple(arm.size for pair in arms for arm in pair), seed))
    weights = np.array([high.size * low.size / (high.size + low.size) for high, low in arms], dtype=float)
    gaps = np.array([high.mean() - low.mean() for high, low in arms])
    estimate = float(weights @ gaps / weights.sum())
    drawn = np.stack([_resampled(high, next(picks)) - _resampled(low, next(picks)) for high, low in arms])
    draws = weights @ drawn / weights.sum()
    low, high = (float(v) for v in np.percentile(draws, [2.5, 97.5]))
    expected = Interval(
        estimate=estimate, low=low, high=high, method=f"bootstrap over lines within arms, {DRAWS} draws"
    )
    spread = [(a - a.mean()) for pair in arms for a in pair]
    freedom = sum(a.size - 1 for a in spread)
    sd = math.sqrt(sum(float((a**2).sum()) for a in spread) / freedom)
    if direction == "mixed":
        direction = "higher_sensitises" if estimate < 0.0 else "higher_resists"
    opposed = estimate > 0.0 if direction == "higher_sensitises" else estimate < 0.0
    holds_zero = low <= 0.0 <= high
    near = low if estimate > 0 else high
    return FalsificationSheet(
        gene=gene,
        n_lines=sum(a.size + b.size for a, b in arms),
        n_lineages=len(arms),
        expected=expected,
        sd=sd,
        direction=direction,
        opposed=opposed,
        n_per_arm=None if opposed else lines_per_arm(estimate, sd),
        n_per_arm_cautious=None if holds_zero or opposed else lines_per_arm(near, sd),
        kill=0.0 if opposed else (estimate / 2 if holds_zero else near),
        pairs=pairs,
        scale=scale,
    )


def lines_per_arm(difference: float, sd: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """Smallest number of lines an arm with which a two-sided t test sees `difference` with `power`.

    Uses the noncentral t distribution; None above 2,000 an arm.
    """
    if difference == 0.0 or sd <= 0.0 or _power(MAX_ARM, abs(difference) / sd, alpha) < power:
        return None
    low, high = 1, MAX_ARM
    while high - low > 1:
        middle = (low + high) // 2
        if _power(middle, abs(difference) / sd, alpha) >= power:
            high = middle
        else:
            low = middle
    return high


def _power(n: int, effect: float, alpha: float) -> float:
    """Power of a two-sided t test with `n` lines an arm; `effect` in standard deviations."""
    from scipy import special

    freedom = 2 * n - 2
    if freedom < 2:
        return 0.0
    shift = effect * math.sqrt(n / 2)
    bar = float(special.stdtrit(freedom, 1 - alpha / 2))
    reached = 1.0 - float(special.nctdtr(freedom, shift, bar)) + float(special.nctdtr(freedom, shift, -bar))
    # Far out the noncentral t loses its digits; there the normal limit is exact to all that is shown.
    return reached if math.isfinite(reached) else float(special.ndtr(shift - bar))


def lineage_frame(expression: pd.Series[float], y: pd.Series[float], lineage: pd.Series[str]) -> pd.DataFrame:
    """Standardised expression, response and lineage of lines in lineages of known name with at least six lines."""
    import numpy as np
    import pandas as pd

    z = (expression - expression.mean()) / expression.std(ddof=0)
    frame = pd.DataFrame({"z": z, "y": y, "lineage": lineage}).sort_index()
    names = frame["lineage"].to_numpy(dtype=str)
    _, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
    known: NDArray[np.bool_] = (sizes[codes] >= MIN_LINEAGE) & (names != "unknown")
    return frame[known]


def _arms(frame: pd.DataFrame, ordered: list[_Ordered]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    y = frame["y"].to_numpy(dtype=float)
    arms = []
    for _, rows in ordered:
        third = rows.size // 3
        arms.append((y[rows[-third:]], y[rows[:third]]))
    return arms


def _by_lineage(frame: pd.DataFrame) -> list[_Ordered]:
    """Each lineage by name with the positions of its lines, ascending in expression; ties stay in order."""
    import numpy as np

    names, codes, sizes = np.unique(frame["lineage"].to_numpy(dtype=str), return_inverse=True, return_counts=True)
    order = np.lexsort((frame["z"].to_numpy(dtype=float), codes))
    ends = sizes.cumsum()
    return [(str(name), order[end - size : end]) for name, size, end in zip(names, sizes, ends, strict=True)]


@lru_cache(maxsize=4)
def _picks(sizes: tuple[int, ...], seed: int) -> tuple[NDArray[np.unsignedinteger], ...]:
    """Places drawn with replacement in arms of these sizes, each (`DRAWS`, size): the same for all genes of a drug."""
    import numpy as np

    rng = np.random.default_rng(seed)
    # In the smallest type that holds them: a tenth of the memory to walk through for each gene.
    return tuple(rng.integers(0, size, size=(DRAWS, size)).astype(np.min_scalar_type(size)) for size in sizes)


def _resampled(values: NDArray[np.float64], picks: NDArray[np.unsignedinteger]) -> NDArray[np.float64]:
    """Means of the picked values, as far from the arm's mean as a sample's mean is from the truth.

    Values drawn from k lines vary by (k - 1) / k of the variance that k lines estimate without bias: half of it in an
    arm of two. Deviations are therefore scaled by sqrt(k / (k - 1)).
    """
    mean = values.mean()
    scaled = mean + (values - mean) * math.sqrt(values.size / (values.size - 1))
    means: NDArray[np.float64] = scaled.take(picks).mean(axis=1)
    return means


def line_pairs(frame: pd.DataFrame, limit: int = 3) -> tuple[LinePair, ...]:
    """The highest and the lowest line of each lineage, widest gap first."""
    return _pairs(frame, _by_lineage(frame), limit)


def _pairs(frame: pd.DataFrame, ordered: list[_Ordered], limit: int = 3) -> tuple[LinePair, ...]:
    z, y = frame["z"].to_numpy(dtype=float), frame["y"].to_numpy(dtype=float)
    ends = [(name, int(rows[0]), int(rows[-1])) for name, rows in ordered]
    ends.sort(key=lambda end: (z[end[1]] - z[end[2]], end[0]))
    return tuple(
        LinePair(
            lineage=name,
            high_line=str(frame.index[high]),
            high_expression=float(z[high]),
            high_response=float(y[high]),
            low_line=str(frame.index[low]),
            low_expression=float(z[low]),
            low_response=float(y[low]),
        )
        for name, low, high in ends[:limit]
    )

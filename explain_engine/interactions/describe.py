"""What a called pair looks like: corners, strength, kind, response surface, confirmation on held-out lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain_engine.interactions.calls import Calls, Candidate, single_gene_effects
from explain_engine.interactions.forms import CUTS, FORMS
from explain_engine.interactions.records import InteractionKind, Surface
from explain_engine.record import Interval

_DRAWS = 500
_GRID = 5
_CLEAR = 2.0
CONFIRM_LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Corners:
    """Which corner of a 2x2 table each line is in: 0 both low, 1 only first high, 2 only second high, 3 both high."""

    corner: NDArray[np.intp]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Lines in each corner."""
        a, b, c, d = np.bincount(self.corner, minlength=4).tolist()
        return a, b, c, d

    def means(self, values: NDArray[np.float64]) -> tuple[float, float, float, float]:
        """Mean of `values` in each corner, 0 where no line is."""
        total = np.bincount(self.corner, weights=values, minlength=4)
        a, b, c, d = (total / np.maximum(np.bincount(self.corner, minlength=4), 1)).tolist()
        return a, b, c, d


def corners(shares: NDArray[np.float64], form: str) -> Corners:
    """Corner of each line, from the two genes' shares (lines x 2); graded products are cut at the median."""
    high = shares > CUTS.get(form, 0.5)
    return Corners((high[:, 0] + 2 * high[:, 1]).astype(np.intp))


def contrast(table: Corners, values: NDArray[np.float64], seed: int, level: float = 0.95) -> Interval:
    """Both high less only first less only second plus neither, with a percentile bootstrap interval over lines."""
    n = len(values)
    inside = (table.corner[:, None] == np.arange(4)).astype(np.float64)
    sign = np.array([1.0, -1.0, -1.0, 1.0])

    def value(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        count = np.maximum(weight @ inside, 1e-9)
        return np.asarray((weight @ (inside * values[:, None]) / count) @ sign)

    rng = np.random.default_rng([seed, 17])
    draws = value(rng.multinomial(n, np.full(n, 1.0 / n), size=_DRAWS).astype(np.float64))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(
        estimate=float(value(np.ones((1, n)))[0]),
        low=float(low),
        high=float(high),
        level=level,
        method=f"bootstrap over lines, {_DRAWS} draws",
    )


def pair_response(
    calls: Calls, call: Candidate, Z: NDArray[np.float64], label: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Response less strata and every additive effect but those of the two groups: what the pair has to explain.

    Parameters
    ----------
    Z
        Expression the additive fit was made on, strata means taken out.
    """
    own = np.isin(label, call.groups) & (calls.fit.coefficient != 0.0)
    return np.asarray(calls.residual + Z[:, own] @ calls.fit.coefficient[own])


def classify(response: NDArray[np.float64], shares: NDArray[np.float64]) -> InteractionKind:
    """Kind of a pair by the Bayesian information criterion over simple shapes.

    One corner that stands out (4 corners x 3 cuts), diagonals that differ (3 cuts), and graded products with or without
    single-gene slopes.

    Parameters
    ----------
    response
        As `pair_response` gives it.
    shares
        Shares of the two genes, lines x 2.
    """
    from scipy.special import ndtri

    n = len(response)
    a, b = ndtri(shares[:, 0]), ndtri(shares[:, 1])

    def score(columns: list[NDArray[np.float64]], searched: int) -> tuple[float, NDArray[np.float64], float]:
        design = np.column_stack([np.ones(n), *columns])
        beta, *_ = np.linalg.lstsq(design, response, rcond=None)
        rss = max(float(((response - design @ beta) ** 2).sum()), 1e-12)
        value = n * np.log(rss / n) + len(columns) * np.log(n) + 2.0 * np.log(searched)
        return float(value), np.asarray(beta, dtype=np.float64), rss

    best = np.inf
    kind: InteractionKind = "synergy"
    for cut in CUTS.values():
        high = shares > cut
        for first in (True, False):
            for second in (True, False):
                corner = ((high[:, 0] == first) & (high[:, 1] == second)).astype(np.float64)
                if 0 < corner.sum() < n and (value := score([corner], 12)[0]) < best:
                    best, kind = value, "and" if first or second else "or"
        if (value := score([(high[:, 0] == high[:, 1]).astype(np.float64)], 3)[0]) < best:
            best, kind = value, "xor"
    if (value := score([a * b], 1)[0]) < best:
        best, kind = value, "synergy"
    value, beta, rss = score([a, b, a * b], 1)
    if value < best:
        slopes = beta[1:3] * np.sqrt(n / (rss / n))
        lead = float(slopes[np.abs(slopes).argmax()])
        kind = "redundancy" if abs(lead) > _CLEAR and lead * float(beta[3]) < 0 else "synergy"
    return kind


def surface(response: NDArray[np.float64], Z: NDArray[np.float64]) -> Surface:
    """Mean response over quintiles of the two genes (lines x 2)."""
    edges = [np.quantile(Z[:, k], np.linspace(0, 1, _GRID + 1)) for k in (0, 1)]
    cell = [np.clip(np.searchsorted(edges[k], Z[:, k], side="right") - 1, 0, _GRID - 1) for k in (0, 1)]
    flat = cell[0] * _GRID + cell[1]
    count = np.bincount(flat, minlength=_GRID * _GRID).reshape(_GRID, _GRID)
    total = np.bincount(flat, weights=response, minlength=_GRID * _GRID).reshape(_GRID, _GRID)
    return Surface(
        first_edges=tuple(edges[0].tolist()),
        second_edges=tuple(edges[1].tolist()),
        mean=tuple(
            tuple(float(t / c) if c else None for t, c in zip(ts, cs, strict=True))
            for ts, cs in zip(total, count, strict=True)
        ),
        count=tuple(tuple(row) for row in count.tolist()),
    )


def held_out_p(
    forms: dict[str, NDArray[np.float64]],
    found: dict[str, NDArray[np.float64]],
    call: Candidate,
    residual: NDArray[np.float64],
    found_residual: NDArray[np.float64],
) -> float:
    """One-sided p of a call on held-out lines, in the direction in which it was found.

    Parameters
    ----------
    forms, residual
        Transforms and additive residual of the held-out lines.
    found, found_residual
        The same of the lines searched, for the sign.
    """
    from scipy.stats import t as student

    def statistic(table: dict[str, NDArray[np.float64]], values: NDArray[np.float64]) -> tuple[float, int]:
        design = single_gene_effects({k: table[k] for k in FORMS}, call.first, call.second)
        term = table[call.form][:, call.first] * table[call.form][:, call.second]
        basis, size, _ = np.linalg.svd(design, full_matrices=False)
        basis = basis[:, size > 1e-8 * size[0]]
        term = term - basis @ (basis.T @ term)
        rest = values - basis @ (basis.T @ values)
        free = len(values) - basis.shape[1] - 1
        length = float(term @ term)
        if free < 3 or length < 1e-9:
            return 0.0, max(free, 1)
        beta = float(term @ rest) / length
        error = np.sqrt(max(float(((rest - beta * term) ** 2).sum()), 1e-12) / free / length)
        return beta / error, free

    there, _ = statistic(found, found_residual)
    here, free = statistic(forms, residual)
    return float(student.sf(np.sign(there) * here, free))

"""Counterfactuals: the smallest plausible change of expression that moves a prediction across the threshold.

After Wachter, Mittelstadt & Russell 2018 (doi:10.2139/ssrn.3063289): fewest genes first, then the smallest change.
Plausible means within the range of the training lines and within three standard deviations of what the gene's closest
partners predict. The model itself is asked again before anything is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.rules.boxes import LeafBoxes
from explain_engine.rules.records import Counterfactual

_Floats = NDArray[np.float64]
_PARTNERS = 10
_RIDGE = 10.0
_WIDTH = 3.0
_TAILS = (0.01, 0.99)
_MOST_GENES = 8
_STEP = 0.02


@dataclass(frozen=True, eq=False)
class Plausible:
    """What values a gene may take in a line, given the line's other genes; learnt on training lines.

    Attributes
    ----------
    partners, slope
        For each gene (row) its closest partners and their ridge coefficients.
    spread
        Standard deviation of what they leave.
    low, high
        Range of the training lines (1st and 99th percentile).
    """

    genes: NDArray[np.intp]
    partners: NDArray[np.intp]
    slope: _Floats
    spread: _Floats
    low: _Floats
    high: _Floats

    def limits(self, x: _Floats) -> tuple[_Floats, _Floats]:
        """Lowest and highest plausible value of each gene in `genes`; the line's own value is always allowed."""
        expected = (x[self.partners] * self.slope).sum(axis=1)
        own = x[self.genes]
        low = np.maximum(self.low, expected - _WIDTH * self.spread)
        high = np.minimum(self.high, expected + _WIDTH * self.spread)
        return np.minimum(low, own), np.maximum(high, own)


def learn_plausible(Z: NDArray[np.floating[Any]], genes: NDArray[np.intp]) -> Plausible:
    """Learn ranges and partners of `genes` on the training lines `Z` (lines x genes, standardised)."""
    keep = min(_PARTNERS, Z.shape[1] - 1)
    partners = np.empty((len(genes), keep), dtype=np.intp)
    slope, spread = np.empty((len(genes), keep)), np.empty(len(genes))
    for row, gene in enumerate(genes):
        r = np.abs(Z[:, gene] @ Z)
        r[gene] = -1.0
        near = np.argpartition(-r, keep - 1)[:keep]
        part = np.asarray(Z[:, near], dtype=np.float64)
        beta = np.linalg.solve(part.T @ part + _RIDGE * np.eye(keep), part.T @ Z[:, gene])
        partners[row], slope[row] = near, beta
        spread[row] = np.sqrt(((Z[:, gene] - part @ beta) ** 2).mean())
    low, high = np.quantile(Z[:, genes], _TAILS, axis=0)
    return Plausible(genes, partners, slope, spread, low, high)


def counterfactual(
    x: _Floats,
    line: str,
    boxes: LeafBoxes,
    plausible: Plausible,
    predict: Callable[[_Floats], _Floats],
    threshold: float,
    genes: Sequence[str],
) -> Counterfactual | None:
    """Search one line; None where no plausible change of at most eight genes flips the model.

    Parameters
    ----------
    x
        Standardised expression of the line, all genes.
    plausible
        Learnt for ``boxes.genes``.
    predict
        The black box: lines x genes to predictions.
    """
    before = float(predict(x[None])[0])
    toward = -1.0 if before > threshold else 1.0
    new = x.copy()
    changed: list[int] = []
    low, high = plausible.limits(x)
    value = before
    while len(changed) < _MOST_GENES:
        move = _best_move(new, x, boxes, low, high, toward, threshold - value)
        if move is None:
            return None
        row, target, gain = move
        new[boxes.genes[row]] = target
        if row not in changed:
            changed.append(row)
        value += gain
        if _crossed(value, threshold, toward):
            break
    for row in changed[:-1]:
        trial = new.copy()
        trial[boxes.genes[row]] = x[boxes.genes[row]]
        if _crossed(boxes.predict(trial), threshold, toward):
            new = trial
    after = float(predict(new[None])[0])
    if not _crossed(after, threshold, toward):
        return None
    moved = np.flatnonzero(new != x)
    return Counterfactual(
        line=line,
        changes=tuple((genes[j], float(x[j]), float(new[j])) for j in moved.tolist()),
        prediction_before=before,
        prediction_after=after,
        threshold=threshold,
        size=float(np.abs(new - x).sum()),
    )


def _crossed(value: float, threshold: float, toward: float) -> bool:
    """At or below the threshold counts as sensitive."""
    return value <= threshold if toward < 0 else value > threshold


def _best_move(
    new: _Floats, x: _Floats, boxes: LeafBoxes, low: _Floats, high: _Floats, toward: float, missing: float
) -> tuple[int, float, float] | None:
    """Smallest single move that closes the gap, or else the move that closes most of it; None where none helps."""
    delta = boxes.profile(new) * toward
    row, left, right = boxes.row, boxes.left, boxes.right
    own = new[boxes.genes][row]
    # the point of each segment nearest to where the gene is now
    inset = np.minimum(_STEP, 0.5 * (right - left))
    place = np.where(own <= left, left + inset, np.where(own > right, right - 0.5 * inset, own))
    allowed = (place >= low[row]) & (place <= high[row]) & (delta > 1e-12)
    if not allowed.any():
        return None
    cost = np.abs(place - x[boxes.genes][row])
    closing = allowed & (delta > missing * toward)
    if closing.any():
        k = int(np.where(closing, cost, np.inf).argmin())
    else:
        # much gain for little change, but never so little that eight genes could not do it
        k = int(np.where(allowed, delta / np.sqrt(0.25 + cost), -np.inf).argmax())
    return int(row[k]), float(place[k]), float(delta[k] * toward)

"""What TreeSHAP says of a gene by the gene's own expression: one straight line and one bent line a gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray, IntArray

# Outermost knots, as quantiles of the training lines; beyond them a curve is flat around its straight line.
_EDGE = 0.02
# Genes handled at once when the normal equations are set up.
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class GeneCurves:
    """Contribution of gene j at expression x: slope_j x + a linear interpolation of ``heights`` between ``knots``.

    Attributes
    ----------
    slope
        (m,) least-squares slope of the TreeSHAP values on standardised expression.
    knots
        (q, m) quantiles of expression, ascending.
    heights
        (q, m) deviation from the straight line at the knots, in units of the prediction.
    """

    slope: FloatArray
    knots: FloatArray
    heights: FloatArray

    def contributions(self, standard: FloatArray) -> FloatArray:
        """(n, m) expression in standard units -> (n, m) contributions."""
        place, share = _place(standard, self.knots)
        columns = np.arange(standard.shape[1])
        low, high = self.heights[place, columns], self.heights[place + 1, columns]
        return np.asarray(self.slope * standard + low + share * (high - low))


def _place(standard: FloatArray, knots: FloatArray) -> tuple[IntArray, FloatArray]:
    """Interval of every value and how far along it lies, in [0, 1]: two (n, m)."""
    count = knots.shape[0]
    place = np.zeros(standard.shape, dtype=np.int64)
    for knot in knots[1:-1]:
        place += standard >= knot
    columns = np.arange(standard.shape[1])
    low, high = knots[place, columns], knots[np.minimum(place + 1, count - 1), columns]
    gap = high - low
    share = np.where(gap > 0, (standard - low) / np.where(gap > 0, gap, 1.0), 0.0)
    return place, np.clip(share, 0.0, 1.0)


def straight_slopes(standard: FloatArray, phi: FloatArray) -> FloatArray:
    """Slope through the origin of each gene's TreeSHAP values on its expression: (m,)."""
    return np.asarray((phi * standard).sum(axis=0) / np.maximum((standard**2).sum(axis=0), 1e-12))


def fit_curves(standard: FloatArray, phi: FloatArray, *, n_knots: int, penalty: float) -> GeneCurves:
    """Ridge fit of every gene's curve.

    Parameters
    ----------
    standard, phi
        (n, m) expression in standard units and TreeSHAP values.
    n_knots
        q, at least 2.
    penalty
        Pulls the heights to zero, that is towards the straight line; in lines.
    """
    slope = straight_slopes(standard, phi)
    knots = np.quantile(standard, np.linspace(_EDGE, 1.0 - _EDGE, n_knots), axis=0)
    heights = np.empty_like(knots)
    eye = penalty * np.eye(n_knots)
    for start in range(0, standard.shape[1], _CHUNK):
        genes = slice(start, start + _CHUNK)
        place, share = _place(standard[:, genes], knots[:, genes])
        hats = np.zeros((*place.shape, n_knots))
        np.put_along_axis(hats, place[:, :, None], 1.0 - share[:, :, None], axis=2)
        np.put_along_axis(hats, place[:, :, None] + 1, share[:, :, None], axis=2)
        hats = hats.transpose(1, 2, 0)
        rest = (phi[:, genes] - slope[genes] * standard[:, genes]).T
        normal = hats @ hats.transpose(0, 2, 1) + eye
        heights[:, genes] = np.linalg.solve(normal, hats @ rest[:, :, None])[:, :, 0].T
    return GeneCurves(slope, knots, heights)

"""Local explanations that are smooth and faithful at once.

A TreeSHAP value jumps from line to line because trees have steps. Divided by expression it is a slope, unstable where
expression is near zero; so each line's slope is drawn towards the gene's overall slope (empirical Bayes), and averaged
over the training lines of most similar prediction: how the genes act at that level of response. Contributions are the
slope times the line's expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KAPPA = 2.0
NEIGHBOURS = 100
COMPONENTS = 20


def smooth_slopes(phi: NDArray[np.floating], Z: NDArray[np.float64], kappa: float = KAPPA) -> NDArray[np.float64]:
    """Slope of each attribution a line, drawn towards the gene's overall slope; lines x genes.

    Parameters
    ----------
    phi
        Out-of-bag attributions of the training lines, lines x genes.
    Z
        Their standardised expression.
    kappa
        Weight of the overall slope, in squared standard deviations of expression.
    """
    overall = (phi * Z).sum(axis=0) / np.maximum((Z**2).sum(axis=0), 1e-12)
    return np.asarray((phi * Z + kappa * overall) / (Z**2 + kappa))


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Training lines in the space of their leading components.

    Attributes
    ----------
    axes
        Genes x components.
    position
        Training lines x components.
    """

    axes: NDArray[np.float64]
    position: NDArray[np.float64]

    @classmethod
    def of(cls, Z: NDArray[np.float64], components: int = COMPONENTS) -> Neighbourhood:
        """Leading components of the training lines, from the Gram matrix of the lines."""
        values, vectors = np.linalg.eigh(Z @ Z.T)
        order = np.argsort(-values)[: min(components, len(Z) - 1)]
        axes = Z.T @ (vectors[:, order] / np.sqrt(np.maximum(values[order], 1e-12)))
        return cls(axes=np.asarray(axes), position=np.asarray(Z @ axes))

    def nearest(self, X: NDArray[np.float64], count: int = NEIGHBOURS) -> NDArray[np.intp]:
        """Positions of the nearest training lines of each line of `X`, lines x count."""
        here = X @ self.axes
        distance = (here**2).sum(axis=1)[:, None] + (self.position**2).sum(axis=1)[None, :] - 2 * here @ self.position.T
        count = min(count, len(self.position))
        return np.asarray(np.argpartition(distance, count - 1, axis=1)[:, :count], dtype=np.intp)


def local_slopes(
    phi: NDArray[np.floating],
    Z: NDArray[np.float64],
    fitted: NDArray[np.float64],
    predicted: NDArray[np.float64],
    *,
    kappa: float = KAPPA,
    neighbours: int = NEIGHBOURS,
) -> NDArray[np.float64]:
    """Smooth slopes of lines, lines x genes; times their expression (standardised like `Z`): contributions.

    Parameters
    ----------
    phi, Z
        Attributions and standardised expression of the training lines.
    fitted, predicted
        Prediction of the explained model for the training lines, and for the lines to explain.
    kappa
        See `smooth_slopes`.
    neighbours
        Training lines, nearest in prediction, whose slopes are averaged.
    """
    slopes = smooth_slopes(phi, Z, kappa)
    order = np.argsort(fitted, kind="stable")
    count = min(neighbours, len(order))
    sums = np.vstack([np.zeros(Z.shape[1]), np.cumsum(slopes[order], axis=0)])
    return np.stack(
        [(sums[start + count] - sums[start]) / count for start in _windows(fitted[order], predicted, count)]
    )


def _windows(ordered: NDArray[np.float64], wanted: NDArray[np.float64], count: int) -> list[int]:
    """Start of the `count` neighbours in a row of ordered values that lie nearest to each wanted value."""
    starts = []
    for value in wanted:
        # The best window's far end is the last at which moving right no longer brings it nearer.
        gain = (value - ordered[: len(ordered) - count]) > (ordered[count:] - value)
        starts.append(int(gain.sum()))
    return starts

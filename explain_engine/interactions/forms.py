"""Forms in which two genes may act together, as products of one standardised transform of each gene.

A product of centred step functions is the pure interaction of a 2x2 table: AND, OR and XOR all leave one, whatever
corner they favour. Four transforms: normal scores (graded products), and steps at the median, the upper and the lower
third (XOR and AND, OR and rarer corners).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMS: tuple[str, ...] = ("product", "median", "upper", "lower")
CUTS: dict[str, float] = {"median": 0.5, "upper": 2.0 / 3.0, "lower": 1.0 / 3.0}


@dataclass(frozen=True, eq=False)
class Forms:
    """Transforms of expression learnt on some lines, applicable to others.

    Attributes
    ----------
    reference
        Expression of the lines they were learnt on, each gene sorted, lines x genes.
    """

    reference: NDArray[np.float64]

    def shares(self, X: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Share of reference lines below each value (ties halved), in (0, 1), lines x genes."""
        n = len(self.reference)
        out = np.empty(X.shape)
        for j in range(X.shape[1]):
            below = np.searchsorted(self.reference[:, j], X[:, j], side="left")
            upto = np.searchsorted(self.reference[:, j], X[:, j], side="right")
            out[:, j] = 0.5 * (below + upto)
        return np.clip(out / n, 0.5 / n, 1.0 - 0.5 / n)

    def transform(self, X: NDArray[np.floating[Any]]) -> dict[str, NDArray[np.float64]]:
        """Each form's transform of `X`, standardised over the rows given; constant columns become zero."""
        from scipy.special import ndtri

        share = self.shares(X)
        raw = {"product": ndtri(share)} | {name: (share > cut).astype(np.float64) for name, cut in CUTS.items()}
        return {name: standardise(raw[name]) for name in FORMS}


def learn_forms(X: NDArray[np.floating[Any]]) -> Forms:
    """Learn the transforms on the lines `X` (lines x genes)."""
    return Forms(np.sort(np.asarray(X, dtype=np.float64), axis=0))


def standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns to mean 0 and variance 1; constant columns become zero."""
    centred = values - values.mean(axis=0)
    scale = centred.std(axis=0)
    return np.asarray(centred / np.where(scale > 1e-9, scale, np.inf))

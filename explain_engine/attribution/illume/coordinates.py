"""Standardised genes, or their coordinates on the right singular vectors of the training lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from explain_engine.attribution.illume.arrays import FloatArray

# Squared singular values below this share of the largest are rounding, not data.
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Coordinates:
    """How lines are shown to the encoder.

    Attributes
    ----------
    mean, scale
        (m,) of the training lines; zeros and ones where the caller's data are taken as they are.
    lift
        (m, d) orthonormal columns spanning the standardised training lines, d < n; None: the genes themselves.
    """

    mean: FloatArray
    scale: FloatArray
    lift: FloatArray | None

    def standardise(self, values: FloatArray) -> FloatArray:
        """(n, m) in the caller's units -> standard units."""
        return (values - self.mean) / self.scale

    def project(self, standard: FloatArray) -> FloatArray:
        """(n, m) in standard units -> (n, d)."""
        return standard if self.lift is None else standard @ self.lift

    def to_genes(self, basis: FloatArray) -> FloatArray:
        """Basis rows of the coordinates -> basis rows of the genes."""
        return basis if self.lift is None else self.lift @ basis


def fit_coordinates(values: FloatArray, *, standardise: bool, reduce: bool) -> Coordinates:
    """Learn the standardisation and, where asked for, the singular vectors.

    Only A x, B' x and products of A, B with themselves occur in the objective, and gradients of A and B stay in the
    span of the lines, so training in these coordinates is training in gene space with A, B and c confined to that
    span: its cost no longer depends on the number of genes.

    Parameters
    ----------
    values
        (n, m) training lines.
    standardise
        Subtract the mean and divide by the standard deviation (no gene may be constant).
    reduce
        Use singular vectors when m > n.
    """
    n, m = values.shape
    mean = values.mean(axis=0) if standardise else np.zeros(m)
    scale = values.std(axis=0) if standardise else np.ones(m)
    lift: FloatArray | None = None
    if reduce and m > n:
        standard = (values - mean) / scale
        square, left = linalg.eigh(standard @ standard.T, check_finite=False)
        kept = square > _RANK_TOLERANCE * square[-1]
        order = np.flatnonzero(kept)[::-1]
        lift = standard.T @ (left[:, order] / np.sqrt(square[order]))
    return Coordinates(mean, scale, lift)

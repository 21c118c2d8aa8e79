"""The additive model: a few single effects standing out from a background to which every gene adds a little.

Single effects over an infinitesimal background (Cui et al. 2024, doi:10.1038/s41588-023-01597-3). The background is
what lines that look alike in all genes share (tissue, growth rate, batch): with it in the model, a gene that merely
marks tissue has nothing left to explain.
The variance components are those of greatest likelihood in the eigenvectors of the lines' Gram matrix, as in the mixed
models of genetics that this follows (Astle & Balding 2009, doi:10.1214/09-STS307); the eigenvectors do not depend on
the response and are made once a bag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.predict.single_effects import single_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shares of the variance given to the background that are tried; the best likelihood wins.
_SHARES = np.linspace(0.02, 0.95, 40)


@dataclass(frozen=True, eq=False)
class Rotation:
    """Lines of one bag, centred and turned to the eigenvectors of their Gram matrix; serves any number of responses.

    Attributes
    ----------
    centre
        Mean expression of the lines, one value a gene.
    values
        Eigenvalues of the Gram matrix over the number of genes, scaled to mean 1; one a line.
    turn
        Eigenvectors, lines x lines.
    lines
        Turned expression, lines x genes.
    scale
        Mean eigenvalue before scaling.
    """

    centre: NDArray[np.float32]
    values: NDArray[np.float64]
    turn: NDArray[np.float32]
    lines: NDArray[np.float32]
    scale: float

    @classmethod
    def of(cls, Z: NDArray[np.float32]) -> Rotation:
        """Turn the given lines x genes (float32)."""
        centre = Z.mean(axis=0)
        centred = Z - centre
        values, vectors = np.linalg.eigh((centred @ centred.T / Z.shape[1]).astype(np.float64))
        values = np.maximum(values, 0.0)
        scale = max(float(values.mean()), 1e-12)
        turn = vectors.astype(np.float32)
        return cls(centre=centre, values=values / scale, turn=turn, lines=turn.T @ centred, scale=scale)


@dataclass(frozen=True, eq=False)
class AdditiveEffects:
    """A fitted additive model: the prediction is `level` plus coefficients times expression minus its mean.

    Attributes
    ----------
    sparse, background
        Coefficients of the single effects and of the background, one value a gene, response units a unit of expression.
    level
        Mean response of the lines it was fitted on.
    share
        Share of the response's variance, beyond its mean, that was given to the background before any single effect.
    """

    sparse: NDArray[np.float32]
    background: NDArray[np.float32]
    level: float
    share: float

    @property
    def coefficient(self) -> NDArray[np.float32]:
        """Sum of the two."""
        return self.sparse + self.background


def additive_effects(rotation: Rotation, y: NDArray[np.floating], n_effects: int) -> AdditiveEffects:
    """Fit the model to one response of the rotation's lines.

    Parameters
    ----------
    y
        Response, one value a line; its mean is taken out.
    n_effects
        Number of single effects.
    """
    level = float(y.mean())
    turned = rotation.turn.T @ np.asarray(y - level, dtype=np.float32)
    share, variance = background_share(rotation.values, turned.astype(np.float64))
    white = (1.0 / np.sqrt(variance)).astype(np.float32)
    sparse = single_effects(rotation.lines * white[:, None], turned * white, n_effects)
    rest = (turned - rotation.lines @ sparse) * white**2
    m = rotation.lines.shape[1]
    background = np.float32(share / (rotation.scale * m)) * (rest @ rotation.lines)
    return AdditiveEffects(sparse=sparse, background=background, level=level, share=share)


def background_share(values: NDArray[np.float64], turned: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Share of variance the background takes at the greatest likelihood, and the variance of each turned line then.

    Parameters
    ----------
    values
        Eigenvalues of mean 1.
    turned
        Response without its mean, in the eigenvectors.
    """
    variances = _SHARES[:, None] * values[None, :] + (1.0 - _SHARES[:, None])
    size = np.maximum((turned**2 / variances).mean(axis=1), 1e-300)
    loss = len(turned) * np.log(size) + np.log(variances).sum(axis=1)
    best = int(loss.argmin())
    return float(_SHARES[best]), np.asarray(variances[best])

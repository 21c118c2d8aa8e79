"""Loss terms that depend on the latents alone, the weights of all terms, and the record of their values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the five terms; a term of weight zero is not evaluated.

    Attributes
    ----------
    kld
        Alignment of the neighbourhoods of inputs, latents, slopes and predictions (nats).
    jac
        Squared part of dz/dx that is not W, per latent and gene.
    orth
        Mean square of |W||W|' - I: rows that share no gene.
    corr
        Mean square of |corr(Z)| - I over the minibatch.
    rec
        Mean square error of the decoder x_hat = U' z.
    """

    kld: float = 1.0
    jac: float = 0.1
    orth: float = 0.0
    corr: float = 0.0
    rec: float = 0.0


@dataclass(slots=True)
class LossValue:
    """Value of every evaluated term (unweighted) and their weighted sum."""

    total: float = 0.0
    kld: float = 0.0
    jac: float = 0.0
    orth: float = 0.0
    corr: float = 0.0
    rec: float = 0.0


def latent_correlation(z: FloatArray) -> tuple[float, FloatArray]:
    """Mean over (k, k) of (|corr(Z)| - I)^2 and its gradient (b, k); a constant latent has correlation zero."""
    k = z.shape[1]
    centred = z - z.mean(axis=0)
    length = np.sqrt((centred * centred).sum(axis=0))
    # Rounding leaves a constant column a length of about eps: such a column carries no correlation.
    alive = length > 1e3 * np.finfo(z.dtype).eps * (1.0 + np.abs(z).max(axis=0))
    zeta = np.where(alive, centred / np.where(alive, length, 1.0), 0.0)
    corr = zeta.T @ zeta
    gap = np.abs(corr) - np.eye(k, dtype=z.dtype)
    upstream = 2.0 / k**2 * gap * np.sign(corr)
    grad = zeta @ (upstream + upstream.T)
    grad = (grad - zeta * (zeta * grad).sum(axis=0)) / np.where(alive, length, 1.0)
    grad = np.where(alive, grad, 0.0)
    return float((gap * gap).mean()), grad - grad.mean(axis=0)


def overlap(rows: FloatArray) -> tuple[float, FloatArray]:
    """Mean over (b, k, k) of (|W||W|' - I)^2 and its gradient in W (b, k, m)."""
    lines, k, _ = rows.shape
    size = np.abs(rows)
    gap = size @ size.transpose(0, 2, 1) - np.eye(k, dtype=rows.dtype)
    grad = (4.0 / (lines * k * k)) * (gap @ size) * np.sign(rows)
    return float((gap * gap).mean()), grad

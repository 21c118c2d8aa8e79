"""Exact value and gradient of the dense objective in the Gram form.

With omega_l = (A_l x, 1)/|u_l|, G = basis' basis and p = basis' x everything the objective needs has r + 1 entries:
w_l = basis omega_l, z_l = omega_l' p, <w_l(x), w_l(y)> = omega_l(x)' G omega_l(y), and the part of dz_l/dx that
is not w_l is A_l' t_l with t_l = first r entries of (p - z_l G omega_l)/|u_l|. The Jacobian term is therefore exact,
without random projections and without differentiating twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray
from explain_engine.attribution.illume.encoder import Encoder, Forward, Gradient, forward, pull_back
from explain_engine.attribution.illume.similarity import (
    Bandwidths,
    alignment_loss,
    cosine_and_pullback,
    cosine_gradient,
)
from explain_engine.attribution.illume.terms import LossValue, LossWeights, latent_correlation, overlap


@dataclass(frozen=True, slots=True)
class Batch:
    """One minibatch.

    Attributes
    ----------
    x
        (b, d) coordinates of the lines.
    log_sx, log_sy
        (b, b) log kernels of the inputs and of the predictions (None: no prediction term).
    square
        (b,) squared length of the lines in gene space.
    genes
        (b, m) lines in gene space; needed by the top-K form alone.
    """

    x: FloatArray
    log_sx: FloatArray
    log_sy: FloatArray | None
    square: FloatArray
    genes: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What stays fixed through a fit.

    Attributes
    ----------
    weights, widths
        Weights of the terms and kernel widths.
    n_genes
        m, the number of genes behind the coordinates.
    stop_gradient
        True: W is a constant inside the Jacobian term, as published; False: the term's true gradient.
    lift
        (m, d) from coordinates to genes, where the coordinates are not the genes; needed by the overlap term.
    """

    weights: LossWeights
    widths: Bandwidths
    n_genes: int
    stop_gradient: bool = False
    lift: FloatArray | None = None


class _Adjoint:
    """Sums of the gradients that reach each intermediate of a forward pass."""

    __slots__ = ("a_hat", "basis", "gram", "inverse_norm", "maps", "omega", "p_hat", "z")

    def __init__(self, encoder: Encoder, fwd: Forward) -> None:
        self.omega = np.zeros_like(fwd.omega)
        self.a_hat = np.zeros_like(fwd.a_hat)
        self.z = np.zeros_like(fwd.z)
        self.gram = np.zeros_like(fwd.gram)
        self.p_hat = np.zeros_like(fwd.p_hat)
        self.inverse_norm = np.zeros_like(fwd.inverse_norm)
        self.basis = np.zeros_like(encoder.basis)
        self.maps = np.zeros_like(encoder.maps)


def _outer_sum(left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum over all leading axes of left right': (..., p), (..., q) -> (p, q)."""
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


def _align(fwd: Forward, batch: Batch, recipe: Recipe, adjoint: _Adjoint) -> float:
    lines, k, width = fwd.omega.shape
    cos_z, unit, length = cosine_and_pullback(fwd.z)
    flat_omega, flat_gamma = fwd.omega.reshape(lines, -1), fwd.gamma.reshape(lines, -1)
    cos_w = flat_omega @ flat_gamma.T / k
    value, grad_z, grad_w = alignment_loss(batch.log_sx, batch.log_sy, cos_z, cos_w, recipe.widths)
    scale = recipe.weights.kld
    adjoint.z += scale * cosine_gradient(grad_z, unit, length)
    grad_w = scale / k * grad_w
    adjoint.omega += ((grad_w + grad_w.T) @ flat_gamma).reshape(lines, k, width)
    adjoint.gram += _outer_sum(fwd.omega, (grad_w @ flat_omega).reshape(lines, k, width))
    return float(value)


def _jacobian(encoder: Encoder, batch: Batch, fwd: Forward, recipe: Recipe, adjoint: _Adjoint) -> float:
    lines, k, _ = fwd.omega.shape
    r = encoder.rank
    residual = fwd.p_hat[:, None, :r] - fwd.z[:, :, None] * fwd.gamma[:, :, :r]
    t = residual * fwd.inverse_norm[:, :, None]
    maps = encoder.maps.reshape(k, r, -1)
    t_by_latent = t.transpose(1, 0, 2)
    squares = maps @ maps.transpose(0, 2, 1)
    pushed = t_by_latent @ squares
    norm = 1.0 / (k * recipe.n_genes * lines)
    value = norm * float((pushed * t_by_latent).sum())
    scale = 2.0 * norm * recipe.weights.jac
    adjoint.maps += (scale * (t_by_latent.transpose(0, 2, 1) @ t_by_latent) @ maps).reshape(adjoint.maps.shape)
    t_bar = scale * pushed.transpose(1, 0, 2)
    scaled = t_bar * fwd.inverse_norm[:, :, None]
    adjoint.p_hat[:, :r] += scaled.sum(axis=1)
    adjoint.z -= (scaled * fwd.gamma[:, :, :r]).sum(axis=2)
    adjoint.inverse_norm += (t_bar * residual).sum(axis=2)
    gamma_bar = -scaled * fwd.z[:, :, None]
    adjoint.omega += gamma_bar @ fwd.gram[:r]
    adjoint.gram[:, :r] += _outer_sum(fwd.omega, gamma_bar)
    if recipe.stop_gradient:
        # J - stop(W): the gradient keeps <J - W, dW>, which in the true gradient is cancelled by -dW.
        omega_by_latent = fwd.omega.transpose(1, 0, 2)
        bridge = maps @ encoder.basis
        adjoint.omega += scale * (t_by_latent @ bridge).transpose(1, 0, 2)
        cross = t_by_latent.transpose(0, 2, 1) @ omega_by_latent
        adjoint.basis += scale * encoder.maps.T @ cross.reshape(k * r, r + 1)
    return float(value)


def _overlap(encoder: Encoder, fwd: Forward, recipe: Recipe, adjoint: _Adjoint) -> float:
    lines = fwd.omega.shape[0]
    basis = encoder.basis if recipe.lift is None else recipe.lift @ encoder.basis
    grad_basis = np.zeros_like(basis)
    value = 0.0
    for i in range(lines):  # one line at a time: the term needs |w| gene by gene, k m numbers a line
        part, grad = overlap((fwd.omega[i] @ basis.T)[None])
        scaled = recipe.weights.orth / lines * grad[0]
        adjoint.omega[i] += scaled @ basis
        grad_basis += scaled.T @ fwd.omega[i]
        value += part / lines
    adjoint.basis += grad_basis if recipe.lift is None else recipe.lift.T @ grad_basis
    return float(value)


def _decode(batch: Batch, fwd: Forward, recipe: Recipe, adjoint: _Adjoint) -> float:
    lines = fwd.z.shape[0]
    code = (fwd.z[:, :, None] * fwd.a_hat).sum(axis=1)
    image = code @ fwd.gram
    norm = 1.0 / (lines * recipe.n_genes)
    value = norm * float(((image - 2.0 * fwd.p_hat) * code).sum() + batch.square.sum())
    scale = norm * recipe.weights.rec
    code_bar = 2.0 * scale * (image - fwd.p_hat)
    adjoint.gram += scale * code.T @ code
    adjoint.p_hat -= 2.0 * scale * code
    adjoint.z += (fwd.a_hat @ code_bar[:, :, None])[:, :, 0]
    adjoint.a_hat += fwd.z[:, :, None] * code_bar[:, None, :]
    return float(value)


def _pull_back(encoder: Encoder, batch: Batch, fwd: Forward, adjoint: _Adjoint) -> Gradient:
    omega_bar = adjoint.omega + adjoint.z[:, :, None] * fwd.p_hat[:, None, :]
    p_bar = adjoint.p_hat + (adjoint.z[:, :, None] * fwd.omega).sum(axis=1)
    through = pull_back(
        encoder,
        batch.x,
        fwd,
        omega_bar,
        inverse_norm=adjoint.inverse_norm,
        a_hat=adjoint.a_hat,
        gram=adjoint.gram,
    )
    return Gradient(adjoint.maps + through.maps, adjoint.basis + through.basis + batch.x.T @ p_bar)


def dense_objective(encoder: Encoder, batch: Batch, recipe: Recipe) -> tuple[LossValue, Gradient]:
    """Value of every weighted term and the gradient of their sum.

    Parameters
    ----------
    encoder
        Parameters in the coordinates of ``batch.x``.
    batch
        b lines.
    recipe
        Weights, kernel widths and the number of genes.

    Returns
    -------
    tuple of LossValue and Gradient
        Cost b k r d + k r^2 d; memory b k r. The overlap term, if weighted, adds b k^2 m.
    """
    fwd = forward(encoder, batch.x)
    adjoint = _Adjoint(encoder, fwd)
    weights, loss = recipe.weights, LossValue()
    if weights.kld:
        loss.kld = _align(fwd, batch, recipe, adjoint)
    if weights.jac:
        loss.jac = _jacobian(encoder, batch, fwd, recipe, adjoint)
    if weights.orth:
        loss.orth = _overlap(encoder, fwd, recipe, adjoint)
    if weights.corr:
        loss.corr, grad_z = latent_correlation(fwd.z)
        adjoint.z += weights.corr * grad_z
    if weights.rec:
        loss.rec = _decode(batch, fwd, recipe, adjoint)
    loss.total = weighted_sum(loss, weights)
    return loss, _pull_back(encoder, batch, fwd, adjoint)


def weighted_sum(loss: LossValue, weights: LossWeights) -> float:
    """Sum of the terms times their weights."""
    return (
        weights.kld * loss.kld
        + weights.jac * loss.jac
        + weights.orth * loss.orth
        + weights.corr * loss.corr
        + weights.rec * loss.rec
    )

"""Exact value and gradient of the top-K objective: only the K largest entries of every slope are kept.

The mask differs from line to line and latent to latent, so the Gram form does not apply; with the mask M frozen
dz/dx - w = A' t still holds, with t = B' M (x - z w) / |M u|, and everything else needs the kept entries alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray
from explain_engine.attribution.illume.encoder import Encoder, Gradient, hidden
from explain_engine.attribution.illume.gram import Batch, Recipe, weighted_sum
from explain_engine.attribution.illume.similarity import alignment_loss, cosine_and_pullback, cosine_gradient
from explain_engine.attribution.illume.support import Support, choose_support
from explain_engine.attribution.illume.terms import LossValue, latent_correlation


@dataclass(frozen=True, slots=True)
class SparseForward:
    """Forward pass of the top-K encoder; E entries are kept of every slope.

    Attributes
    ----------
    a_hat
        (b, k, r + 1): (A_l x, 1).
    support
        Which entries are kept.
    raw
        (b, k, E): kept entries of u_l.
    inverse_norm
        (b, k): 1 / |M u_l|.
    w
        (b, k, E): kept entries of the unit slope.
    inputs
        Expression at the kept genes, broadcastable to (b, k, E).
    z
        (b, k): latents.
    """

    a_hat: FloatArray
    support: Support
    raw: FloatArray
    inverse_norm: FloatArray
    w: FloatArray
    inputs: FloatArray
    z: FloatArray


def sparse_forward(encoder: Encoder, x: FloatArray, genes: FloatArray, count: int) -> SparseForward:
    """Forward pass with the ``count`` largest entries of every slope.

    Parameters
    ----------
    encoder
        ``maps`` in the coordinates of x (d), ``basis`` in gene space (m).
    x, genes
        (b, d) coordinates and (b, m) expression of the same lines.
    count
        K, 1 to m.
    """
    a_hat = hidden(encoder, x)
    full = a_hat @ encoder.basis.T
    support = choose_support(full, count)
    raw = support.take(full)
    inverse_norm = 1.0 / np.sqrt(np.maximum((raw * raw).sum(axis=2), np.finfo(x.dtype).tiny))
    w = raw * inverse_norm[:, :, None]
    inputs = support.inputs(genes)
    return SparseForward(a_hat, support, raw, inverse_norm, w, inputs, (w * inputs).sum(axis=2))


def sparse_objective(encoder: Encoder, batch: Batch, recipe: Recipe, count: int) -> tuple[LossValue, Gradient]:
    """Value of every weighted term and the gradient of their sum, with K = ``count``.

    The counterpart of :func:`explain_engine.attribution.illume.gram.dense_objective`.
    """
    if batch.genes is None:
        raise ValueError("the top-K objective needs the lines in gene space")
    x, r = batch.x, encoder.rank
    fwd = sparse_forward(encoder, x, batch.genes, count)
    lines, k, _ = fwd.a_hat.shape
    m = encoder.basis.shape[0]
    weights, loss, support = recipe.weights, LossValue(), fwd.support
    w_bar, z_bar = np.zeros_like(fwd.w), np.zeros_like(fwd.z)
    rho_bar, a_bar = np.zeros_like(fwd.inverse_norm), np.zeros_like(fwd.a_hat)
    basis_bar, maps_bar = np.zeros_like(encoder.basis), np.zeros_like(encoder.maps)

    if weights.kld:
        cos_z, unit, length = cosine_and_pullback(fwd.z)
        products, token = support.line_products(fwd.w, m)
        loss.kld, grad_z, grad_w = alignment_loss(batch.log_sx, batch.log_sy, cos_z, products / k, recipe.widths)
        z_bar += weights.kld * cosine_gradient(grad_z, unit, length)
        grad_w = weights.kld / k * (grad_w + grad_w.T)
        w_bar += support.line_products_back(grad_w, token, (lines, k, m))
    if weights.jac:
        left = fwd.inputs - fwd.z[:, :, None] * fwd.w
        left = left * (fwd.raw != 0)  # outside a mask the residual is not part of the slope
        tau = support.mix(left, encoder.basis[:, :r])
        t = (tau * fwd.inverse_norm[:, :, None]).transpose(1, 0, 2)
        maps = encoder.maps.reshape(k, r, -1)
        pushed = t @ (maps @ maps.transpose(0, 2, 1))
        norm = 1.0 / (k * m * lines)
        loss.jac = norm * float((pushed * t).sum())
        scale = 2.0 * norm * weights.jac
        maps_bar += (scale * (t.transpose(0, 2, 1) @ t) @ maps).reshape(maps_bar.shape)
        t_bar = scale * pushed.transpose(1, 0, 2)
        tau_bar = t_bar * fwd.inverse_norm[:, :, None]
        rho_bar += (t_bar * tau).sum(axis=2)
        left_bar = support.dot(tau_bar, encoder.basis[:, :r])
        basis_bar[:, :r] += support.spread(left, tau_bar, m)
        z_bar -= (left_bar * fwd.w).sum(axis=2)
        w_bar -= left_bar * fwd.z[:, :, None]
        if recipe.stop_gradient:
            jac_rows = (t @ maps).transpose(1, 0, 2)
            w_bar += scale * (support.take(jac_rows) if recipe.lift is None else support.dot(jac_rows, recipe.lift))
    if weights.orth:
        loss.orth, grad = support.overlap(fwd.w)
        w_bar += weights.orth * grad
    if weights.corr:
        loss.corr, grad = latent_correlation(fwd.z)
        z_bar += weights.corr * grad
    if weights.rec:
        # The decoder uses the full slopes, only its code z is sparse.
        code = (fwd.z[:, :, None] * fwd.a_hat).sum(axis=1)
        image = code @ encoder.basis.T - batch.genes
        norm = 1.0 / (lines * m)
        loss.rec = norm * float((image * image).sum())
        scale = 2.0 * norm * weights.rec
        basis_bar += scale * image.T @ code
        code_bar = scale * image @ encoder.basis
        z_bar += (fwd.a_hat @ code_bar[:, :, None])[:, :, 0]
        a_bar += fwd.z[:, :, None] * code_bar[:, None, :]

    w_bar += z_bar[:, :, None] * fwd.inputs
    rho_bar += (w_bar * fwd.raw).sum(axis=2)
    raw_bar = w_bar * fwd.inverse_norm[:, :, None] - (fwd.inverse_norm**3 * rho_bar)[:, :, None] * fwd.raw
    raw_bar *= fwd.raw != 0
    basis_bar += support.spread(raw_bar, fwd.a_hat, m)
    a_bar += support.mix(raw_bar, encoder.basis)
    maps_bar += a_bar[:, :, :r].reshape(lines, k * r).T @ x
    loss.total = weighted_sum(loss, weights)
    return loss, Gradient(maps_bar, basis_bar)

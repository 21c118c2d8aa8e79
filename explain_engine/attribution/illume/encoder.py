"""The meta-encoder: every cell line gets its own linear map from genes to latents (arXiv:2607.00931, 2504.20667)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Encoder:
    """Parameters of u_l(x) = B A_l x + c, w_l = u_l / |u_l|, z_l = <w_l, x>.

    Attributes
    ----------
    maps
        (k * r, d): A_1 .. A_k below each other; d coordinates of the input.
    basis
        (d', r + 1): B with c as its last column. d' is d, or the number of genes in the top-K form.
    """

    maps: FloatArray
    basis: FloatArray

    @property
    def rank(self) -> int:
        """Number r of columns of B."""
        return int(self.basis.shape[1]) - 1

    @property
    def n_latents(self) -> int:
        """Number k of latent coordinates."""
        return int(self.maps.shape[0]) // self.rank

    def astype(self, dtype: type[np.floating]) -> Encoder:
        """The same encoder in another precision."""
        return Encoder(self.maps.astype(dtype), self.basis.astype(dtype))

    def copy(self) -> Encoder:
        """An independent copy."""
        return Encoder(self.maps.copy(), self.basis.copy())


@dataclass(frozen=True, slots=True)
class Gradient:
    """Gradient of a scalar in the two arrays of an :class:`Encoder`."""

    maps: FloatArray
    basis: FloatArray


@dataclass(frozen=True, slots=True)
class Forward:
    """What a dense forward pass leaves behind; every array is free of the number of genes.

    Attributes
    ----------
    a_hat
        (b, k, r + 1): (A_l x, 1).
    p_hat
        (b, r + 1): basis' x.
    gram
        (r + 1, r + 1): basis' basis.
    inverse_norm
        (b, k): 1 / |u_l|.
    omega
        (b, k, r + 1): a_hat / |u_l|, so that w_l = basis @ omega_l.
    gamma
        (b, k, r + 1): omega @ gram.
    z
        (b, k): latents.
    """

    a_hat: FloatArray
    p_hat: FloatArray
    gram: FloatArray
    inverse_norm: FloatArray
    omega: FloatArray
    gamma: FloatArray
    z: FloatArray


def draw_encoder(
    rng: np.random.Generator, *, n_latents: int, rank: int, n_genes: int, n_inputs: int, n_outputs: int, dtype: str
) -> Encoder:
    """Uniform start within +-1/sqrt(fan-in).

    The fan-in of A is the number of genes whatever coordinates are used: a rotation keeps the variance of A x.
    """
    bound_a, bound_b = 1.0 / np.sqrt(n_genes), 1.0 / np.sqrt(rank)
    maps = rng.uniform(-bound_a, bound_a, size=(n_latents * rank, n_inputs))
    basis = rng.uniform(-bound_b, bound_b, size=(n_outputs, rank + 1))
    return Encoder(maps.astype(dtype), basis.astype(dtype))


def hidden(encoder: Encoder, x: FloatArray) -> FloatArray:
    """(A_l x, 1) for every line and latent: (b, d) -> (b, k, r + 1)."""
    lines, k, r = x.shape[0], encoder.n_latents, encoder.rank
    a_hat = np.empty((lines, k, r + 1), dtype=x.dtype)
    a_hat[:, :, :r] = (x @ encoder.maps.T).reshape(lines, k, r)
    a_hat[:, :, r] = 1.0
    return a_hat


def forward(encoder: Encoder, x: FloatArray, outputs: FloatArray | None = None) -> Forward:
    """Dense forward pass in the Gram form; costs b k r d and never forms a slope of d entries.

    Parameters
    ----------
    encoder
        Parameters.
    x
        (b, d) coordinates of the lines.
    outputs
        (b, d') the lines in the space of the basis, where that is not x.
    """
    a_hat = hidden(encoder, x)
    p_hat = (x if outputs is None else outputs) @ encoder.basis
    gram = encoder.basis.T @ encoder.basis
    square = ((a_hat @ gram) * a_hat).sum(axis=2)
    inverse_norm = 1.0 / np.sqrt(np.maximum(square, np.finfo(x.dtype).tiny))
    omega = a_hat * inverse_norm[:, :, None]
    gamma = omega @ gram
    z = (omega @ p_hat[:, :, None])[:, :, 0]
    return Forward(a_hat, p_hat, gram, inverse_norm, omega, gamma, z)


def pull_back(
    encoder: Encoder,
    x: FloatArray,
    fwd: Forward,
    omega: FloatArray,
    *,
    inverse_norm: FloatArray | float = 0.0,
    a_hat: FloatArray | float = 0.0,
    gram: FloatArray | float = 0.0,
) -> Gradient:
    """Carry gradients in the intermediates of a forward pass back to the parameters.

    Parameters
    ----------
    omega
        (b, k, r + 1) gradient in omega, with z = omega p_hat already folded in.
    inverse_norm, a_hat, gram
        Direct gradients in 1 / |u_l| (b, k), a_hat (b, k, r + 1) and gram (r + 1, r + 1), beside those through omega.
    """
    lines, k, _ = fwd.omega.shape
    r = encoder.rank
    rho = fwd.inverse_norm
    rho_bar = inverse_norm + (omega * fwd.a_hat).sum(axis=2)
    square_bar = -0.5 * rho**3 * rho_bar
    a_bar = a_hat + omega * rho[:, :, None] + 2.0 * (square_bar / rho)[:, :, None] * fwd.gamma
    weighted = (square_bar[:, :, None] * fwd.a_hat).reshape(-1, r + 1)
    gram_bar = gram + weighted.T @ fwd.a_hat.reshape(-1, r + 1)
    maps = a_bar[:, :, :r].reshape(lines, k * r).T @ x
    return Gradient(maps, encoder.basis @ (gram_bar + gram_bar.T))


def combine_slopes(encoder: Encoder, omega: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over latents of weight_l w_l(x): (b, d'), through r + 1 numbers a line.

    Parameters
    ----------
    omega
        (b, k, r + 1) of a forward pass.
    weights
        (k,) for all lines or (b, k).
    """
    mixed = np.einsum("bkr,bk->br", omega, np.broadcast_to(weights, omega.shape[:2]))
    return np.asarray(mixed @ encoder.basis.T)

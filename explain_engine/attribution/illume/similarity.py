"""Row-normalised Gaussian kernels of distances and the three divergences that tie them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Bandwidths:
    """Kernel widths in units of the distances.

    Attributes
    ----------
    cosine
        For the inputs, the latents and the slopes, whose distances are 1 - cosine, in [0, 2].
    prediction
        For the predictions; Euclidean distance of probabilities, or absolute difference of a continuous prediction.
    """

    cosine: float = 1.0
    prediction: float = 1.0


def log_kernel(distance: FloatArray, width: float) -> FloatArray:
    """Logarithm of the row-normalised Gaussian kernel, diagonal included.

    Parameters
    ----------
    distance
        (b, b), non-negative.
    width
        Standard deviation of the kernel, > 0.
    """
    logits = -0.5 * (distance / width) ** 2
    # Off the diagonal every logit is <= 0 and the diagonal is 0 up to rounding, so no row shift is needed.
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


def unit_rows(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows divided by their length, and the lengths; a zero row stays zero."""
    length = np.sqrt((values * values).sum(axis=1, keepdims=True))
    length = np.maximum(length, np.finfo(values.dtype).tiny)
    return values / length, length


def cosine_distance(values: FloatArray) -> FloatArray:
    """1 - cosine of every pair of rows: (b, d) -> (b, b)."""
    unit, _ = unit_rows(values)
    return 1.0 - unit @ unit.T


def prediction_distance(predictions: FloatArray) -> FloatArray:
    """Euclidean distance of every pair of rows: (b, c) -> (b, b)."""
    gap = predictions[:, None, :] - predictions[None, :, :]
    return np.asarray(np.sqrt((gap * gap).sum(axis=2)))


def _divergence(
    log_p: FloatArray, p: FloatArray, log_q: FloatArray, q: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """KL(P || Q) averaged over rows, and its gradients in the logits of P and of Q."""
    lines = p.shape[0]
    gap = log_p - log_q
    per_row = (p * gap).sum(axis=1, keepdims=True)
    return float(per_row.mean()), p * (gap - per_row) / lines, (q - p) / lines


def alignment_loss(
    log_sx: FloatArray, log_sy: FloatArray | None, cos_z: FloatArray, cos_w: FloatArray, widths: Bandwidths
) -> tuple[float, FloatArray, FloatArray]:
    """KL(S^x || S^z) + KL(S^z || S^w) + KL(S^y || S^z).

    Parameters
    ----------
    log_sx, log_sy
        (b, b) log kernels of inputs and predictions; the last term is left out where ``log_sy`` is None.
    cos_z, cos_w
        (b, b) cosines of the latents, and mean over latents of the cosines of the slopes.

    Returns
    -------
    tuple
        The loss in nats, and its gradients with respect to ``cos_z`` and ``cos_w`` (b, b each).
    """
    distance_z, distance_w = 1.0 - cos_z, 1.0 - cos_w
    log_sz, log_sw = log_kernel(distance_z, widths.cosine), log_kernel(distance_w, widths.cosine)
    sx, sz, sw = np.exp(log_sx), np.exp(log_sz), np.exp(log_sw)
    value, _, grad_z = _divergence(log_sx, sx, log_sz, sz)
    value_w, more_z, grad_w = _divergence(log_sz, sz, log_sw, sw)
    value, grad_z = value + value_w, grad_z + more_z
    if log_sy is not None:
        value_y, _, more_z = _divergence(log_sy, np.exp(log_sy), log_sz, sz)
        value, grad_z = value + value_y, grad_z + more_z
    # logit = -(1 - cosine)^2 / (2 width^2), so d logit / d cosine = distance / width^2.
    square = widths.cosine**2
    return value, grad_z * distance_z / square, grad_w * distance_w / square


def cosine_and_pullback(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cosines of all pairs of rows with what :func:`cosine_gradient` needs: (cosines, unit rows, lengths)."""
    unit, length = unit_rows(values)
    return unit @ unit.T, unit, length


def cosine_gradient(upstream: FloatArray, unit: FloatArray, length: FloatArray) -> FloatArray:
    """Gradient in the rows of the gradient ``upstream`` (b, b) in their cosines."""
    grad = (upstream + upstream.T) @ unit
    return np.asarray((grad - (grad * unit).sum(axis=1, keepdims=True) * unit) / length)

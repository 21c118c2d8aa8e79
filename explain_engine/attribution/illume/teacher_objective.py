"""Value and gradient of what the taught encoder minimises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray
from explain_engine.attribution.illume.encoder import Encoder, Gradient, forward, pull_back


@dataclass(frozen=True, slots=True)
class TaughtBatch:
    """Lines of one drug with what the encoder is to add to the gene curves.

    Attributes
    ----------
    x, genes
        (b, d) coordinates and (b, m) standardised expression.
    phi
        (b, m) TreeSHAP values less the contributions of the gene curves.
    prediction
        (b,) the black box's prediction less its base and the sum of the gene curves.
    """

    x: FloatArray
    genes: FloatArray
    phi: FloatArray
    prediction: FloatArray


@dataclass(frozen=True, slots=True)
class TaughtScale:
    """Units of the loss, so that drugs count alike.

    Attributes
    ----------
    phi
        Mean over lines of the sum of squares of the TreeSHAP values.
    prediction
        Variance of the black box's prediction.
    shrinkage
        kappa of the empirical-Bayes slope: weight of the squared slope itself, in squared standard deviations.
    prediction_weight
        Weight of the prediction error beside the error of the attributions.
    """

    phi: float
    prediction: float
    shrinkage: float
    prediction_weight: float


def taught_objective(
    encoder: Encoder, loadings: FloatArray, batch: TaughtBatch, scale: TaughtScale
) -> tuple[float, Gradient, FloatArray]:
    """Squared error of contributions and prediction, with an empirical-Bayes pull of the slopes to the curves.

    With e(x) = sum_l loading_l w_l(x) the loss of a line is
    [sum_j (phi_j - x_j e_j)^2 + shrinkage sum_j e_j^2] / scale.phi
    + prediction_weight (prediction - e(x)' x)^2 / scale.prediction,
    whose minimum over free e_j, without the second term, is the empirical-Bayes slope of the TreeSHAP values.

    Parameters
    ----------
    encoder
        ``maps`` in coordinates, ``basis`` in gene space (m, r + 1): the gene programmes.
    loadings
        (k,) of the drug.

    Returns
    -------
    tuple of float, Gradient and ndarray
        Mean loss of the batch; gradient in the encoder; gradient in the loadings.
    """
    lines = batch.x.shape[0]
    fwd = forward(encoder, batch.x, batch.genes)
    mixed = np.einsum("bkr,k->br", fwd.omega, loadings)
    slopes = mixed @ encoder.basis.T
    contribution = slopes * batch.genes
    miss = contribution - batch.phi
    gap = contribution.sum(axis=1) - batch.prediction
    per_phi, per_prediction = 1.0 / (lines * scale.phi), scale.prediction_weight / (lines * scale.prediction)
    value = per_phi * (float((miss * miss).sum()) + scale.shrinkage * float((slopes * slopes).sum()))
    value += per_prediction * float((gap * gap).sum())
    slopes_bar = 2.0 * per_phi * (miss * batch.genes + scale.shrinkage * slopes)
    slopes_bar += (2.0 * per_prediction) * gap[:, None] * batch.genes
    mixed_bar = slopes_bar @ encoder.basis
    loadings_bar = np.einsum("bkr,br->k", fwd.omega, mixed_bar)
    through = pull_back(encoder, batch.x, fwd, loadings[None, :, None] * mixed_bar[:, None, :])
    return value, Gradient(through.maps, through.basis + slopes_bar.T @ mixed), loadings_bar

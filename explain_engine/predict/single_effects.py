"""A sparse additive model for correlated genes: the sum of a few single effects, each spread over look-alike genes.

Iterative Bayesian stepwise selection of Wang, Sarkar, Carbonetto & Stephens 2020, doi:10.1111/rssb.12388. Each effect
is one gene, which one is a probability: genes that cannot be told apart share it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Prior variance of one effect, as a share of the variance of the response.
_PRIOR_SHARE = 0.03
# The error variance is not estimated below this share: it keeps early effects from taking all.
_LEAST_ERROR = 0.2
_SWEEPS = 12
_TOLERANCE = 0.01
_NEGLIGIBLE = 1e-5
_FEW = 40
# Genes beyond this many, by marginal association, are left out (sure screening, Fan & Lv 2008,
# doi:10.1111/j.1467-9868.2008.00674.x): the matrix then stays in the processor's cache.
_SCREENED = 1500


def single_effects(Z: NDArray[np.float32], target: NDArray[np.floating], n_effects: int) -> NDArray[np.float32]:
    """Posterior mean coefficients of the additive model, one value a gene.

    Parameters
    ----------
    Z
        Lines x genes, float32; no intercept is fitted, so columns and target are centred (or whitened) beforehand.
    target
        Response, one value a line.
    n_effects
        Number of single effects; more than are needed spread thinly and do little harm.
    """
    n, m = Z.shape
    if m > _SCREENED:
        marginal = np.abs(np.asarray(target, dtype=np.float32) @ Z) / np.sqrt(
            np.maximum(np.einsum("ij,ij->j", Z, Z), 1e-6)
        )
        kept = np.sort(np.argsort(-marginal, kind="stable")[:_SCREENED])
        whole = np.zeros(m, dtype=np.float32)
        whole[kept] = single_effects(np.ascontiguousarray(Z[:, kept]), target, n_effects)
        return whole
    target = np.asarray(target, dtype=np.float32)
    variance = float((target**2).mean())
    if variance == 0:
        return np.zeros(m, dtype=np.float32)
    prior, error = _PRIOR_SHARE * variance, variance
    energy = np.maximum(np.einsum("ij,ij->j", Z, Z), 1e-6)
    coefficient = np.zeros((n_effects, m), dtype=np.float32)
    fitted = np.zeros((n_effects, n), dtype=np.float32)
    for _ in range(_SWEEPS):
        before = fitted.sum(axis=0)
        for k in range(n_effects):
            rest = target - (fitted.sum(axis=0) - fitted[k])
            slope = (rest @ Z) / energy
            noise = error / energy
            shrink = prior / (prior + noise)
            evidence = 0.5 * np.log(1 - shrink) + 0.5 * slope**2 / noise * shrink
            weight = np.exp(evidence - evidence.max())
            weight /= weight.sum()
            coefficient[k] = weight * shrink * slope
            # Once nearly all the weight is on a few genes, picking them is cheaper than a whole product.
            held = np.flatnonzero(weight > _NEGLIGIBLE * weight.max())
            few = len(held) < _FEW
            fitted[k] = Z[:, held] @ coefficient[k, held] if few else Z @ coefficient[k]
        now = fitted.sum(axis=0)
        error = max(float(((target - now) ** 2).mean()), _LEAST_ERROR * variance)
        if float(np.abs(now - before).max()) < _TOLERANCE * np.sqrt(variance):
            break
    return np.asarray(coefficient.sum(axis=0))

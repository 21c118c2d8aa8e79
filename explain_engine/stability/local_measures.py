"""Measures of local explanations: the two of the ILLUME papers, and what happens when the named genes are taken away.

Faithfulness and robustness as in Piaggesi et al., arXiv:2504.20667. Both reward smoothness (a constant vector has
robustness 1), so they are only read beside the ablation ratio and the controls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.stability.agreement import spearman

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_MAX_PAIRS = 50_000


def cosine(E: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of all pairs of rows; 0 where a row is zero."""
    norm = np.linalg.norm(E, axis=1)
    unit = E / np.where(norm > 0, norm, 1.0)[:, None]
    return np.asarray(unit @ unit.T)


def faithfulness(E: NDArray[np.floating], prediction: NDArray[np.float64], seed: int = 0) -> float:
    """How well explanations differ where predictions do: max(0, -Spearman(cosine, distance of predictions)), in [0, 1].

    Parameters
    ----------
    E
        Explanations, lines x genes.
    prediction
        Of the explained model, one number or class probabilities a line.
    """
    P = prediction.reshape(len(prediction), -1)
    i, j = np.triu_indices(len(E), 1)
    if len(i) > _MAX_PAIRS:
        chosen = np.random.default_rng([seed, 31]).choice(len(i), _MAX_PAIRS, replace=False)
        i, j = i[chosen], j[chosen]
    return max(0.0, -spearman(cosine(E)[i, j], np.linalg.norm(P[i] - P[j], axis=1)))


def robustness(E: NDArray[np.floating], X: NDArray[np.float64], label: NDArray[np.intp], largest: int = 20) -> float:
    """Least agreement with the nearest lines of the same predicted class, averaged over 2 to `largest` neighbours.

    Distance of two lines is half the variance of their difference over the sum of their variances; the line itself
    counts among its neighbours, as published. In [0, 1].
    """
    agree = np.maximum(cosine(E), 0.0)
    centred = X - X.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1)
    covariance = centred @ centred.T / X.shape[1]
    total = variance[:, None] + variance[None, :]
    distance = 0.5 * (total - 2 * covariance) / np.maximum(total, 1e-12)
    distance[label[:, None] != label[None, :]] = np.inf
    order = np.argsort(distance, axis=1, kind="stable")
    least = np.minimum.accumulate(np.take_along_axis(agree, order, axis=1), axis=1)
    reachable = np.isfinite(np.take_along_axis(distance, order, axis=1)).sum(axis=1)
    values = [least[np.arange(len(E)), np.minimum(k, reachable) - 1].mean() for k in range(2, largest + 1)]
    return float(np.mean(values))


def ablation_ratio(
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    X: NDArray[np.float64],
    contribution: NDArray[np.floating],
    *,
    top: int = 10,
    draws: int = 5,
    seed: int = 0,
) -> float:
    """How many times as much the prediction moves when each line's `top` genes go to the mean as when random ones do.

    Parameters
    ----------
    X
        Standardised expression of the lines; zero is the training mean.
    contribution
        What picks the genes, by absolute value, lines x genes.
    """
    rng = np.random.default_rng([seed, 37])
    before = predict(X)
    named = X.copy()
    np.put_along_axis(named, np.argpartition(-np.abs(contribution), top - 1, axis=1)[:, :top], 0.0, axis=1)
    moved = float(np.abs(predict(named) - before).mean())
    by_chance = []
    for _ in range(draws):
        blank = X.copy()
        picks = np.stack([rng.choice(X.shape[1], top, replace=False) for _ in range(len(X))])
        np.put_along_axis(blank, picks, 0.0, axis=1)
        by_chance.append(float(np.abs(predict(blank) - before).mean()))
    return moved / max(float(np.mean(by_chance)), 1e-12)

"""The measures, as the papers define them and as we do; all take (n, m) explanations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import spearmanr


def cosines(values: np.ndarray) -> np.ndarray:
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    unit = np.divide(values, length, out=np.zeros_like(values, dtype=float), where=length > 0)
    return unit @ unit.T


def paper_faithfulness(explanation: np.ndarray, prediction: np.ndarray) -> float:
    """max(0, -Spearman(cosine of explanations, distance of predictions)) over all pairs of lines; n <= 300."""
    upper = np.triu_indices(len(explanation), 1)
    gap = prediction[:, None, :] - prediction[None, :, :]
    distance = np.sqrt((gap**2).sum(axis=2))[upper]
    alike = cosines(explanation)[upper]
    # A constant explanation has the same cosine everywhere: no association.
    if np.ptp(alike) < 1e-12:
        return 0.0
    return max(0.0, -float(spearmanr(alike, distance).statistic))


def paper_robustness(explanation: np.ndarray, x: np.ndarray, label: np.ndarray, largest: int = 20) -> float:
    """Worst cosine among the K nearest lines of the same label, itself included; mean over lines and K = 2..20."""
    alike = np.maximum(0.0, cosines(explanation))
    spread = x.var(axis=1)
    out = []
    for i in range(len(x)):
        peers = np.flatnonzero(label == label[i])
        gap = (x[peers] - x[i]).var(axis=1)
        order = peers[np.argsort(0.5 * gap / (spread[peers] + spread[i]), kind="stable")]
        worst = np.minimum.accumulate(alike[i, order[:largest]])
        out.append(np.mean([worst[min(k, worst.size) - 1] for k in range(2, largest + 1)]))
    return float(np.mean(out))


def ablation_ratio(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    score: np.ndarray,
    seed: int,
    top: int = 10,
    draws: int = 5,
) -> float:
    """How many times as much the prediction moves when each line's top genes are set to the mean than ten random ones.

    x is in standard units, so the mean is zero; random genes are drawn from all genes, ``draws`` times.
    """
    rng = np.random.default_rng(seed)
    base = predict(x)

    def moved(index: np.ndarray) -> float:
        changed = x.copy()
        np.put_along_axis(changed, index, 0.0, axis=1)
        return float(np.abs(predict(changed) - base).mean())

    best = np.argsort(-np.abs(score), axis=1, kind="stable")[:, :top]
    random = [moved(np.argsort(rng.random(x.shape), axis=1)[:, :top]) for _ in range(draws)]
    return moved(best) / float(np.mean(random))


def seed_agreement(rankings: list[np.ndarray], top: int = 50) -> tuple[float, float]:
    """Mean pairwise Spearman of global rankings, and mean pairwise Jaccard of their top genes."""
    rho, jaccard = [], []
    tops = [set(np.argsort(-ranking, kind="stable")[:top].tolist()) for ranking in rankings]
    for i in range(len(rankings)):
        for j in range(i):
            constant = np.ptp(rankings[i]) == 0 or np.ptp(rankings[j]) == 0
            rho.append(np.nan if constant else float(spearmanr(rankings[i], rankings[j]).statistic))
            jaccard.append(len(tops[i] & tops[j]) / len(tops[i] | tops[j]))
    return float(np.mean(rho)), float(np.mean(jaccard))


def correctness(explanation: np.ndarray, truth: np.ndarray) -> float:
    """Mean over lines of max(0, cosine with the true explanation)."""
    top = (explanation * truth).sum(axis=1)
    size = np.sqrt((explanation**2).sum(axis=1) * (truth**2).sum(axis=1))
    return float(np.mean(np.maximum(0.0, np.divide(top, size, out=np.zeros_like(top), where=size > 0))))


def lime_slopes(
    predict: Callable[[np.ndarray], np.ndarray], lines: np.ndarray, seed: int, samples: int = 1000
) -> np.ndarray:
    """LIME for standardised columns without discretisation (doi:10.1145/2939672.2939778).

    Samples are drawn from the marginals, weighted by exp(-d^2 / width^2) around each line with the package's width
    0.75 sqrt(m), and a ridge regression (penalty 1) of the prediction is read off.
    """
    rng = np.random.default_rng(seed)
    m = lines.shape[1]
    drawn = rng.standard_normal((samples, m))
    answers = predict(drawn)
    own = predict(lines)
    width = 0.75 * np.sqrt(m)
    out = np.empty(lines.shape)
    for i, line in enumerate(lines):
        data, target = np.vstack([line, drawn]), np.concatenate([own[i : i + 1], answers])
        weight = np.sqrt(np.exp(-((data - line) ** 2).sum(axis=1) / width**2))
        centre = (weight[:, None] * data).sum(axis=0) / weight.sum()
        level = (weight * target).sum() / weight.sum()
        root = np.sqrt(weight)[:, None]
        design, goal = root * (data - centre), root[:, 0] * (target - level)
        if m <= samples:
            out[i] = np.linalg.solve(design.T @ design + np.eye(m), design.T @ goal)
        else:
            out[i] = design.T @ np.linalg.solve(design @ design.T + np.eye(len(design)), goal)
    return out

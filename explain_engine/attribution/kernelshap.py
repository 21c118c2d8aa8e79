"""Kernel SHAP: Shapley values by weighted regression over random coalitions of genes, one line at a time.

Lundberg & Lee 2017, arXiv:1705.07874; paired coalitions as in Covert & Lee 2021 (AISTATS). Absent genes take the mean
training value. With fewer coalitions than genes the answer is an approximation and is documented as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.attribution.model import given_or_trees
from explain_engine.attribution.problem import Explained, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOI = "10.48550/arXiv.1705.07874"
_RIDGE = 1e-6


def explain_kernel_shap(problem: Problem, *, coalitions: int | None = None) -> Explained:
    """Shapley values of a single-reference game, lines x genes.

    Parameters
    ----------
    coalitions
        Coalitions a line, drawn in complementary pairs; 2 genes + 2048 by default.
    """
    problem = given_or_trees(problem)
    m = problem.Z.shape[1]
    centre = problem.Z.mean(axis=0)
    draws = coalition_masks(m, coalitions or 2 * m + 2048, problem.seed)
    base = float(problem.predict(centre[None])[0])
    # Each pair is drawn with the Shapley kernel's probability, so all have equal weight in the regression.
    design = draws[:, :-1].astype(np.float64) - draws[:, -1:]
    gram = design.T @ design
    gram[np.diag_indices(m - 1)] += _RIDGE * len(design)
    factor = np.linalg.inv(gram)
    phi = np.empty(problem.explained.shape)
    for i, line in enumerate(problem.explained):
        values = problem.predict(np.where(draws, line, centre)) - base
        total = float(problem.predict(line[None])[0]) - base
        # Efficiency is built in: the last gene takes what is left.
        phi[i, :-1] = factor @ (design.T @ (values - draws[:, -1] * total))
        phi[i, -1] = total - phi[i, :-1].sum()
    return Explained(importance=np.abs(phi).mean(axis=0), phi=phi)


def coalition_masks(m: int, count: int, seed: int) -> NDArray[np.bool_]:
    """Coalitions with sizes drawn by the Shapley kernel, each followed by its complement; count x m."""
    rng = np.random.default_rng([seed, 29])
    sizes = np.arange(1, m)
    weight = 1.0 / (sizes * (m - sizes))
    chosen = rng.choice(sizes, size=max(1, count // 2), p=weight / weight.sum())
    masks = np.zeros((2 * len(chosen), m), dtype=bool)
    for i, size in enumerate(chosen):
        masks[2 * i, rng.choice(m, size=size, replace=False)] = True
        masks[2 * i + 1] = ~masks[2 * i]
    return masks

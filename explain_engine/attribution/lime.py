"""LIME for expression: a weighted ridge regression on Gaussian draws around the training mean, one line at a time.

Ribeiro, Singh & Guestrin 2016, doi:10.1145/2939672.2939778; without discretisation, as the tabular variant allows.
"""

from __future__ import annotations

import numpy as np

from explain_engine.attribution.model import given_or_trees
from explain_engine.attribution.problem import Explained, Problem

DOI = "10.1145/2939672.2939778"
SAMPLES = 1000
_RIDGE = 1.0


def explain_lime(problem: Problem, *, samples: int = SAMPLES) -> Explained:
    """Local slopes times the line's own expression, in units of the response.

    Parameters
    ----------
    samples
        Draws a line; with fewer draws than genes the slopes rest on the ridge penalty, as in the published tool.
    """
    problem = given_or_trees(problem)
    rng = np.random.default_rng([problem.seed, 23])
    n, m = problem.explained.shape
    spread, centre = problem.Z.std(axis=0), problem.Z.mean(axis=0)
    width = 0.75 * np.sqrt(m)
    slopes = np.empty((n, m))
    for i, line in enumerate(problem.explained):
        draws = rng.standard_normal((samples, m))
        draws[0] = (line - centre) / np.where(spread > 0, spread, 1.0)
        answers = problem.predict(draws * spread + centre)
        weight = np.exp(-((draws - draws[0]) ** 2).sum(axis=1) / width**2 / 2)
        weight = np.sqrt(weight / weight.max())
        total = (weight**2).sum()
        mean_x, mean_y = (weight**2) @ draws / total, (weight**2) @ answers / total
        A, b = (draws - mean_x) * weight[:, None], (answers - mean_y) * weight
        # Dual form: samples are fewer than genes in most screens.
        dual = np.linalg.solve(A @ A.T + _RIDGE * np.eye(samples), b)
        slopes[i] = A.T @ dual
    phi = slopes * (problem.explained - centre) / np.where(spread > 0, spread, 1.0)
    return Explained(importance=np.abs(phi).mean(axis=0), phi=phi)

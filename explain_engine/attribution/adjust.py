"""The lineage-adjusted view: tissue and the strongest expression components are taken out of genes and response.

In a screen tissue moves both expression and response, so a gene can rank high for where it is expressed. Both views are
always reported: where nothing confounds, the adjusted one loses a little power.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explain_engine.predict.bags import Bags

# Ridge on the nuisance design when it is fitted to the response: small tissues must not be fitted exactly.
_RIDGE_LINES = 2.0


def nuisance(Z: NDArray[np.float64], codes: NDArray[np.intp], n_components: int) -> NDArray[np.float64]:
    """Nuisance design of the given lines: tissue indicators and leading expression components.

    Returns
    -------
    ndarray
        Lines x q, orthonormal columns, the constant among them. No response is seen.
    """
    n = len(Z)
    columns = [np.ones((n, 1))]
    if codes.max() > 0:
        columns.append((codes[:, None] == np.arange(codes.max() + 1)).astype(np.float64))
    if n_components > 0:
        gram = Z @ Z.T
        values, vectors = np.linalg.eigh(gram)
        columns.append(vectors[:, np.argsort(-values)[:n_components]])
    q, s, _ = np.linalg.svd(np.hstack(columns), full_matrices=False)
    return np.asarray(q[:, s > 1e-8 * s[0]])


def residual_expression(Z: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expression with the nuisance design projected out, standardised again; constant genes become zero."""
    R = Z - design @ (design.T @ Z)
    scale = R.std(axis=0)
    return np.asarray(R / np.where(scale > 1e-8, scale, np.inf))


def response_offsets(y: NDArray[np.float64], design: NDArray[np.float64], bags: Bags) -> NDArray[np.float64]:
    """Part of the response the nuisance design predicts, fitted inside each bag alone: bags x lines."""
    offsets = np.zeros((bags.n_bags, bags.n_lines))
    for b, (inside, _) in enumerate(bags):
        offsets[b] = nuisance_fit(y, design, inside)
    return offsets


def nuisance_fit(y: NDArray[np.float64], design: NDArray[np.float64], inside: NDArray[np.intp]) -> NDArray[np.float64]:
    """Ridge prediction of `y` from the design, for all lines, fitted on the lines `inside`."""
    n = len(y)
    D = design[inside] * np.sqrt(n)
    centre = D.mean(axis=0)
    level = y[inside].mean()
    gram = (D - centre).T @ (D - centre) + _RIDGE_LINES * np.eye(D.shape[1])
    weight = np.linalg.solve(gram, (D - centre).T @ (y[inside] - level))
    return np.asarray(level + (design * np.sqrt(n) - centre) @ weight)

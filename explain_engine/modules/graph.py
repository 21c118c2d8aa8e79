"""Signed graph of genes: who runs with whom across lines, beyond tissue, and who was called to interact.

Edges join each gene to its strongest partners; the weight is |r|^4 (soft threshold of Zhang & Horvath 2005,
doi:10.2202/1544-6115.1128), the sign that of r. No response is seen, except through interaction edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_POWER = 4
_BLOCK = 1024
# Correlations below this are noise at a few hundred lines and only blur communities.
_WEAKEST = 0.2


@dataclass(frozen=True, eq=False)
class GeneGraph:
    """Sparse symmetric graph.

    Attributes
    ----------
    weight
        Scipy CSR matrix genes x genes of weights in [0, 1].
    sign
        The same pattern with +1 where the two genes rise together and -1 where one falls.
    """

    weight: Any
    sign: Any

    @property
    def degree(self) -> NDArray[np.float64]:
        """Summed weights of each gene."""
        return np.asarray(self.weight.sum(axis=1), dtype=np.float64).ravel()


def gene_graph(
    Z: NDArray[np.floating[Any]], neighbours: int = 15, interactions: Sequence[tuple[int, int]] = ()
) -> GeneGraph:
    """Join each gene with its `neighbours` strongest partners.

    Parameters
    ----------
    Z
        Expression with tissue means taken out, lines x genes.
    interactions
        Called gene pairs; each adds an edge as strong as the strongest of the two genes' own.
    """
    from scipy.sparse import coo_matrix

    unit = np.asarray(Z, dtype=np.float32)
    unit = unit - unit.mean(axis=0)
    size = np.sqrt((unit**2).sum(axis=0))
    unit = unit / np.where(size > 1e-9, size, np.inf)
    m = unit.shape[1]
    keep = min(neighbours, m - 1)
    rows, columns, values = [], [], []
    for start in range(0, m, _BLOCK):
        r = unit[:, start : start + _BLOCK].T @ unit
        r[np.arange(len(r)), start + np.arange(len(r))] = 0.0
        near = np.argpartition(-np.abs(r), keep - 1, axis=1)[:, :keep]
        rows.append(np.repeat(start + np.arange(len(r)), keep))
        columns.append(near.ravel())
        values.append(np.take_along_axis(r, near, axis=1).ravel())
    i, j, r = np.concatenate(rows), np.concatenate(columns), np.concatenate(values).astype(np.float64)
    strong = np.abs(r) >= _WEAKEST
    i, j, r = i[strong], j[strong], r[strong]
    signed = coo_matrix((np.abs(r) ** _POWER, (i, j)), shape=(m, m)).tocsr()
    weight = signed.maximum(signed.T)
    direction = coo_matrix((np.sign(r), (i, j)), shape=(m, m)).tocsr()
    sign = (direction + direction.T).sign()
    if interactions:
        ends = np.array(interactions, dtype=np.intp)
        own = np.asarray(weight.max(axis=1).todense(), dtype=np.float64).ravel()
        extra = np.maximum(own[ends[:, 0]], own[ends[:, 1]])
        both = coo_matrix((extra, (ends[:, 0], ends[:, 1])), shape=(m, m)).tocsr()
        weight = weight.maximum(both).maximum(both.T)
        sign = sign.maximum(both.sign()).maximum(both.T.sign())
    return GeneGraph(weight.tocsr(), sign.tocsr())


def communities(graph: GeneGraph, seed: int, resolution: float = 1.0) -> NDArray[np.intp]:
    """Leiden communities (Traag, Waltman & van Eck 2019, doi:10.1038/s41598-019-41695-z), one label a gene.

    Genes without edges are communities of their own.
    """
    from sknetwork.clustering import Leiden

    m = graph.weight.shape[0]
    if graph.weight.nnz == 0:
        return np.arange(m, dtype=np.intp)
    found = Leiden(resolution=resolution, random_state=seed).fit_predict(graph.weight)
    return np.asarray(found, dtype=np.intp)

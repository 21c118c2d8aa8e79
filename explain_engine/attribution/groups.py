"""Groups of correlated genes: average linkage on 1 - |r| of expression, cut at a fixed height. Deterministic.

Genes of a group carry nearly the same information, so a model is free to swap them; what is said of the group stands.
Average linkage: Sokal & Michener 1958; fast form by Müllner 2013, doi:10.18637/jss.v053.i09.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Above this many genes the condensed distances (4 m^2 bytes) are too large: genes are first gathered around leaders.
_DIRECT_LIMIT = 9000
_LEADER_CHUNK = 1500


@dataclass(frozen=True, eq=False)
class GeneGroups:
    """A partition of the genes.

    Attributes
    ----------
    label
        Group number a gene, numbered by first appearance in gene order.
    names
        Group id: hub gene, and ``+<n others>`` where there are others.
    members
        Gene positions a group, hub first, then by falling correlation with the hub.
    """

    label: NDArray[np.intp]
    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]

    def sums(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sum the last axis within groups: (..., genes) -> (..., groups)."""
        order = np.argsort(self.label, kind="stable")
        starts = np.flatnonzero(np.diff(self.label[order], prepend=-1))
        return np.asarray(np.add.reduceat(values[..., order], starts, axis=-1, dtype=np.float64))

    def scores(self, Z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Activity of each group a line: mean of the members turned to run with the hub, standardised; n x groups."""
        score = np.empty((len(Z), len(self.members)))
        for g, part in enumerate(self.members):
            columns = Z[:, part]
            centred = columns - columns.mean(axis=0)
            turn = np.where(centred.T @ centred[:, 0] < 0, -1.0, 1.0)
            score[:, g] = centred @ turn
        spread = score.std(axis=0)
        return np.asarray(score / np.where(spread > 1e-12, spread, 1.0))


def group_genes(
    X: NDArray[np.float64], genes: list[str], *, codes: NDArray[np.intp] | None = None, cut: float = 0.7
) -> GeneGroups:
    """Group genes whose expression runs together across lines, beyond what tissue explains.

    Parameters
    ----------
    X
        Lines x genes; expression alone, so that all lines may be given where no response is involved.
    codes
        Tissue of each line as an integer from 0; tissue means are taken out first. None: nothing is taken out.
    cut
        Height at which the average-linkage tree is cut, in (0, 1): 0.7 joins genes of mean |r| above 0.3.
    """
    Z = _within_tissue(X, codes)
    m = Z.shape[1]
    if m <= _DIRECT_LIMIT:
        label = _average_linkage(np.abs(Z.T @ Z), cut)
    else:
        label = _gathered(Z, cut)
    return _describe(Z, _renumber(label), genes)


def _within_tissue(X: NDArray[np.float64], codes: NDArray[np.intp] | None) -> NDArray[np.float32]:
    """Unit-norm columns after tissue means are taken out, so that a product of columns is a correlation."""
    Z = np.array(X, dtype=np.float32)
    groups = [np.arange(len(Z))] if codes is None else [np.flatnonzero(codes == c) for c in np.unique(codes)]
    for rows in groups:
        Z[rows] -= Z[rows].mean(axis=0)
    return np.asarray(Z / np.maximum(np.sqrt((Z**2).sum(axis=0)), 1e-12), dtype=np.float32)


def _average_linkage(similarity: NDArray[np.floating], cut: float) -> NDArray[np.intp]:
    from scipy.cluster.hierarchy import fcluster, linkage

    m = len(similarity)
    if m == 1:
        return np.zeros(1, dtype=np.intp)
    distance = np.empty(m * (m - 1) // 2)
    start = 0
    for row in range(m - 1):
        distance[start : start + m - 1 - row] = similarity[row, row + 1 :]
        start += m - 1 - row
    np.clip(np.subtract(1.0, distance, out=distance), 0.0, 1.0, out=distance)
    return np.asarray(fcluster(linkage(distance, "average"), t=cut, criterion="distance"), dtype=np.intp)


def _gathered(Z: NDArray[np.float32], cut: float) -> NDArray[np.intp]:
    """Average linkage within coarse cells of genes around leaders, for matrices too wide for all pairs at once."""
    m = Z.shape[1]
    leaders = np.arange(0, m, max(1, m // 64))
    cell = np.abs(Z[:, leaders].T @ Z).argmax(axis=0)
    label = np.empty(m, dtype=np.intp)
    offset = 0
    for c in np.unique(cell):
        inside = np.flatnonzero(cell == c)
        for start in range(0, len(inside), _LEADER_CHUNK):
            part = inside[start : start + _LEADER_CHUNK]
            own = _average_linkage(np.abs(Z[:, part].T @ Z[:, part]), cut)
            label[part] = own + offset
            offset += int(own.max()) + 1
    return label


def _renumber(label: NDArray[np.intp]) -> NDArray[np.intp]:
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return np.asarray(rank[inverse], dtype=np.intp)


def _describe(Z: NDArray[np.float32], label: NDArray[np.intp], genes: list[str]) -> GeneGroups:
    order = np.argsort(label, kind="stable")
    bounds = np.flatnonzero(np.diff(label[order], prepend=-1))
    names, members = [], []
    for part in np.split(order, bounds[1:]):
        close = np.abs(Z[:, part].T @ Z[:, part])
        hub = int(close.sum(axis=1).argmax())
        ranked = part[np.argsort(-close[hub], kind="stable")]
        ranked = np.concatenate([[part[hub]], ranked[ranked != part[hub]]])
        members.append(tuple(int(j) for j in ranked))
        names.append(genes[part[hub]] + (f"+{len(part) - 1}" if len(part) > 1 else ""))
    return GeneGroups(label=label, names=tuple(names), members=tuple(members))

"""The K largest entries of every slope, kept as a mask (K large) or as an index list (K small)."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from scipy import sparse

from explain_engine.attribution.illume.arrays import BoolArray, FloatArray, IntArray

# Below this share of the genes the index list is cheaper than arrays of all b * k * m entries.
_SPARSE_SHARE = 0.125
# Up to here repeated argmax beats a partial sort of every row.
_FEW = 4


class Support(Protocol):
    """Which entries of (b, k, m) are kept, and the products that touch only those. E is m or K."""

    def take(self, full: FloatArray) -> FloatArray:
        """Kept entries of (b, k, m): (b, k, E)."""

    def inputs(self, genes: FloatArray) -> FloatArray:
        """Expression at the kept genes: (b, m) -> broadcastable to (b, k, E)."""

    def dot(self, left: FloatArray, basis: FloatArray) -> FloatArray:
        """<left, basis row of the gene>: (b, k, q), (m, q) -> (b, k, E)."""

    def mix(self, values: FloatArray, basis: FloatArray) -> FloatArray:
        """Sum over kept genes of value times basis row: (b, k, E), (m, q) -> (b, k, q)."""

    def spread(self, values: FloatArray, left: FloatArray, n_genes: int) -> FloatArray:
        """Sum over lines and latents of value times left: (b, k, E), (b, k, q) -> (m, q)."""

    def line_products(self, values: FloatArray, n_genes: int) -> tuple[FloatArray, Any]:
        """Inner products of all pairs of lines (b, b), and a token for :meth:`line_products_back`."""

    def line_products_back(self, upstream: FloatArray, token: Any, shape: tuple[int, int, int]) -> FloatArray:
        """Product of upstream (b, b) and the rows behind the token, at the kept entries: (b, k, E)."""

    def overlap(self, values: FloatArray) -> tuple[float, FloatArray]:
        """Mean of (|W||W|' - I)^2 and its gradient: (b, k, E)."""

    def dense(self, values: FloatArray, n_genes: int) -> FloatArray:
        """Kept entries in their places, zeros elsewhere: (b, k, m)."""


class MaskSupport:
    """All m entries, those not kept set to zero."""

    def __init__(self, keep: BoolArray) -> None:
        self._keep = keep

    def take(self, full: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return full * self._keep

    def inputs(self, genes: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return genes[:, None, :]

    def dot(self, left: FloatArray, basis: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return self.take(left @ basis.T)

    def mix(self, values: FloatArray, basis: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return values @ basis

    def spread(self, values: FloatArray, left: FloatArray, n_genes: int) -> FloatArray:
        """See :class:`Support`."""
        return values.reshape(-1, n_genes).T @ left.reshape(-1, left.shape[2])

    def line_products(self, values: FloatArray, n_genes: int) -> tuple[FloatArray, Any]:
        """See :class:`Support`."""
        flat = values.reshape(values.shape[0], -1)
        return flat @ flat.T, flat

    def line_products_back(self, upstream: FloatArray, token: Any, shape: tuple[int, int, int]) -> FloatArray:
        """See :class:`Support`."""
        return self.take((upstream @ token).reshape(shape))

    def overlap(self, values: FloatArray) -> tuple[float, FloatArray]:
        """See :class:`Support`."""
        lines, k, _ = values.shape
        total, grad = 0.0, np.empty_like(values)
        for i in range(lines):  # one line at a time keeps the memory at k m
            size = np.abs(values[i])
            gap = size @ size.T - np.eye(k, dtype=values.dtype)
            grad[i] = (4.0 / (lines * k * k)) * (gap @ size) * np.sign(values[i])
            total += float((gap * gap).mean()) / lines
        return total, grad

    def dense(self, values: FloatArray, n_genes: int) -> FloatArray:
        """See :class:`Support`."""
        return values


class EntrySupport:
    """Index lists of K genes a row; products through compressed sparse rows."""

    def __init__(self, index: IntArray) -> None:
        self._index = index

    def _rows(self, values: FloatArray, n_genes: int) -> sparse.csr_matrix:
        lines, k, entries = self._index.shape
        pointer = np.arange(0, lines * k * entries + 1, entries)
        return sparse.csr_matrix((values.ravel(), self._index.ravel(), pointer), shape=(lines * k, n_genes))

    def take(self, full: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return np.take_along_axis(full, self._index, axis=2)

    def inputs(self, genes: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        return genes[np.arange(genes.shape[0])[:, None, None], self._index]

    def dot(self, left: FloatArray, basis: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        if self._index.shape[2] <= _FEW:
            return np.asarray((basis[self._index] @ left[:, :, :, None])[:, :, :, 0])
        return self.take(left @ basis.T)

    def mix(self, values: FloatArray, basis: FloatArray) -> FloatArray:
        """See :class:`Support`."""
        lines, k, _ = values.shape
        return np.asarray(self._rows(values, basis.shape[0]) @ basis).reshape(lines, k, -1)

    def spread(self, values: FloatArray, left: FloatArray, n_genes: int) -> FloatArray:
        """See :class:`Support`."""
        return np.asarray(self._rows(values, n_genes).T @ left.reshape(-1, left.shape[2]))

    def line_products(self, values: FloatArray, n_genes: int) -> tuple[FloatArray, Any]:
        """See :class:`Support`."""
        lines, k, entries = self._index.shape
        columns = self._index + (np.arange(k) * n_genes)[None, :, None]
        pointer = np.arange(0, lines * k * entries + 1, k * entries)
        rows = sparse.csr_matrix((values.ravel(), columns.ravel(), pointer), shape=(lines, k * n_genes))
        return np.asarray((rows @ rows.T).toarray()), rows

    def line_products_back(self, upstream: FloatArray, token: Any, shape: tuple[int, int, int]) -> FloatArray:
        """See :class:`Support`."""
        # token' @ upstream' is sparse times dense: no (b, k m) array is multiplied densely.
        full = np.asarray(token.T @ upstream.T).T
        return self.take(full.reshape(shape))

    def overlap(self, values: FloatArray) -> tuple[float, FloatArray]:
        """See :class:`Support`."""
        lines, k, entries = values.shape
        total, grad = 0.0, np.empty_like(values)
        eye = np.eye(k, dtype=values.dtype)
        for i in range(lines):
            genes = self._index[i].ravel()
            used, local = np.unique(genes, return_inverse=True)
            size = np.zeros((k, used.size), dtype=values.dtype)
            rows = np.repeat(np.arange(k), entries)
            size[rows, local] = np.abs(values[i]).ravel()
            gap = size @ size.T - eye
            full = (4.0 / (lines * k * k)) * (gap @ size)
            grad[i] = full[rows, local].reshape(k, entries) * np.sign(values[i])
            total += float((gap * gap).mean()) / lines
        return total, grad

    def dense(self, values: FloatArray, n_genes: int) -> FloatArray:
        """See :class:`Support`."""
        out = np.zeros((*values.shape[:2], n_genes), dtype=values.dtype)
        np.put_along_axis(out, self._index, values, axis=2)
        return out


def largest(full: FloatArray, count: int) -> IntArray:
    """Sorted positions of the ``count`` largest absolute entries of every row: (b, k, m) -> (b, k, count)."""
    size = np.abs(full)
    if count <= _FEW:
        index = np.empty((*full.shape[:2], count), dtype=np.int64)
        for position in range(count):
            best = size.argmax(axis=2)
            index[:, :, position] = best
            np.put_along_axis(size, best[:, :, None], -1.0, axis=2)
    else:
        index = np.argpartition(size, full.shape[2] - count, axis=2)[:, :, full.shape[2] - count :]
    return np.sort(index, axis=2)


def choose_support(full: FloatArray, count: int) -> Support:
    """Support of the ``count`` largest entries, in the cheaper of the two forms."""
    n_genes = full.shape[2]
    if count >= n_genes:
        return MaskSupport(np.ones(full.shape, dtype=bool))
    index = largest(full, count)
    if count <= _SPARSE_SHARE * n_genes:
        return EntrySupport(index)
    keep = np.zeros(full.shape, dtype=bool)
    np.put_along_axis(keep, index, True, axis=2)
    return MaskSupport(keep)

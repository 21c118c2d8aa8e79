"""Exhaustive pair screens in blocks: one matrix product tests a block of genes against all others.

For transforms a, b of two genes (standardised) and a residual r, the statistic of the pair is the correlation of the
product ab with r times the square root of the number of lines. Only the upper triangle is visited, nothing of size
genes x genes is kept, and the denominators of a block are shared by all residuals (the observed one and its
permutations).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.errors import InputError

_BLOCK = 512
_FLAT = 1e-3


@dataclass(frozen=True, eq=False)
class TopPairs:
    """The strongest pairs of a screen, strongest first.

    Attributes
    ----------
    first, second
        Gene positions, first below second.
    score
        Signed statistic of each pair.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    score: NDArray[np.float64]


def pair_scores(
    A: NDArray[np.floating[Any]], residuals: NDArray[np.floating[Any]], rows: slice
) -> NDArray[np.floating[Any]]:
    """Statistics of the genes `rows` against all genes from ``rows.start`` on.

    Parameters
    ----------
    A
        One transform, lines x genes, columns of mean 0 and variance 1 (or 0).
    residuals
        Lines x runs.

    Returns
    -------
    ndarray
        Runs x rows x (genes - rows.start), in the dtype of `A`; 0 where a product does not vary.
    """
    n = A.shape[0]
    left, right = A[:, rows], A[:, rows.start :]
    mean = left.T @ right / A.dtype.type(n)
    spread = (left * left).T @ (right * right) / A.dtype.type(n) - mean * mean
    flat = spread < _FLAT
    spread[flat] = 1.0
    scale = 1.0 / np.sqrt(spread)
    scale[flat] = 0.0
    R = residuals - residuals.mean(axis=0)
    size = R.std(axis=0)
    R = (R / (np.where(size > 0, size, np.inf) * np.sqrt(n))).astype(A.dtype)
    out = np.empty((R.shape[1], *mean.shape), dtype=A.dtype)
    for k in range(R.shape[1]):
        np.matmul((left * R[:, k : k + 1]).T, right, out=out[k])
        out[k] *= scale
    return out


def product_screen(
    Z: NDArray[np.floating[Any]],
    residual: NDArray[np.float64],
    top: int = 1000,
    *,
    dtype: type[np.floating[Any]] = np.float32,
    block: int = _BLOCK,
) -> TopPairs:
    """The `top` gene pairs whose product goes with the residual, out of all pairs.

    Parameters
    ----------
    Z
        Lines x genes. Standardised here.
    residual
        What the additive model leaves, one value a line.
    dtype
        ``numpy.float64`` for exactness to 1e-12, ``numpy.float32`` for speed (1e-5).

    Raises
    ------
    InputError
        If shapes do not match or there are fewer than two genes.
    """
    if Z.ndim != 2 or Z.shape[1] < 2 or residual.shape != (Z.shape[0],):
        raise InputError(f"Z {Z.shape} and residual {residual.shape} must be (lines, genes >= 2) and (lines,)")
    A = np.empty(Z.shape, dtype=dtype)
    for start in range(0, Z.shape[1], block):
        part = np.asarray(Z[:, start : start + block], dtype=np.float64)
        spread = part.std(axis=0)
        A[:, start : start + block] = (part - part.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    best = _Best(top)
    for rows in _blocks(A.shape[1], block):
        score = pair_scores(A, residual[:, None], rows)[0]
        score[np.tril_indices(score.shape[0], 0, score.shape[1])] = 0.0
        best.offer(score, rows.start)
    return best.result()


@dataclass(frozen=True, eq=False)
class GroupScreen:
    """Transforms ordered by gene group, for screens whose unit is the pair of groups.

    Attributes
    ----------
    forms
        Transforms, each lines x genes with genes ordered by group.
    order
        Gene position of each ordered column.
    starts
        First ordered column of each group.
    """

    forms: tuple[NDArray[np.float32], ...]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Column slices of about 512 genes that hold whole groups, and the groups they hold."""
        bounds = np.append(self.starts, len(self.order))
        first = 0
        while first < len(self.starts):
            last = max(first + 1, int(np.searchsorted(bounds, bounds[first] + _BLOCK, side="right")) - 1)
            yield slice(int(bounds[first]), int(bounds[last])), slice(first, last)
            first = last

    def evidence(
        self, residuals: NDArray[np.float64], log_weight: LogWeight
    ) -> Iterator[tuple[slice, slice, NDArray[np.float32]]]:
        """Evidence of each pair, block by block: half the largest squared statistic over forms plus its log weight.

        Yields
        ------
        tuple
            Columns, groups, evidence (runs x block genes x genes from the block on); pairs within a group and pairs
            seen before get minus infinity.
        """
        label = np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.order))))
        for columns, groups in self.blocks():
            best: NDArray[np.float32] | None = None
            for form in self.forms:
                score = pair_scores(form, residuals, columns)
                np.abs(score, out=score)
                best = score if best is None else np.maximum(best, score, out=best)
            if best is None:
                raise InputError("no form was given to the screen")
            best *= best
            best *= np.float32(0.5)
            best += log_weight.block(self.order[columns], self.order[columns.start :])
            best[:, label[columns][:, None] >= label[columns.start :][None, :]] = -np.inf
            yield columns, groups, best

    def group_maxima(self, evidence: NDArray[np.float32], columns: slice, groups: slice) -> NDArray[np.float32]:
        """Largest evidence of each pair of groups of a block: runs x block groups x groups from the block on."""
        later = self.starts[groups.start :] - columns.start
        wide = np.maximum.reduceat(evidence, later, axis=2)
        return np.asarray(np.maximum.reduceat(wide, self.starts[groups] - columns.start, axis=1))


@dataclass(frozen=True, eq=False)
class LogWeight:
    """Log prior weight of each pair: ``log(1 - share + share * pairs * h_i * h_j)``, averaging about 1 before the log.

    Attributes
    ----------
    mass
        h, one value a gene, summing to 1: how likely this gene is one whose partner also acts alone.
    share
        Share of the prior given to such pairs, in [0, 1).
    """

    mass: NDArray[np.float64]
    share: float

    def block(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Log weights of rows x columns."""
        if self.share == 0.0:
            return np.zeros((len(rows), len(columns)), dtype=np.float32)
        pairs = 0.5 * len(self.mass) ** 2
        left = (self.share * pairs * self.mass[rows]).astype(np.float32)
        return np.asarray(np.log(np.float32(1.0 - self.share) + np.outer(left, self.mass[columns].astype(np.float32))))


def order_by_group(forms: Sequence[NDArray[np.float64]], label: NDArray[np.intp]) -> GroupScreen:
    """Order transforms (lines x genes each) by the group label of the genes."""
    order = np.argsort(label, kind="stable").astype(np.intp)
    starts = np.flatnonzero(np.diff(label[order], prepend=label[order[0]] - 1)).astype(np.intp)
    return GroupScreen(tuple(np.ascontiguousarray(f[:, order], dtype=np.float32) for f in forms), order, starts)


def _blocks(m: int, block: int) -> Iterator[slice]:
    for start in range(0, m, block):
        yield slice(start, min(m, start + block))


class _Best:
    """Keeps the largest absolute entries of a stream of blocks."""

    def __init__(self, top: int) -> None:
        self._top, self._bar = top, 0.0
        self._first, self._second = np.empty(0, np.intp), np.empty(0, np.intp)
        self._score = np.empty(0)

    def offer(self, score: NDArray[np.floating[Any]], start: int) -> None:
        """Offer a block whose rows and columns both begin at gene `start`."""
        size = np.abs(score)
        rows, columns = np.nonzero(size > self._bar)
        if rows.size > 4 * self._top:
            bar = np.partition(size[rows, columns], -self._top)[-self._top]
            keep = size[rows, columns] >= bar
            rows, columns = rows[keep], columns[keep]
        self._first = np.concatenate([self._first, rows + start])
        self._second = np.concatenate([self._second, columns + start])
        self._score = np.concatenate([self._score, score[rows, columns].astype(np.float64)])
        order = np.argsort(-np.abs(self._score), kind="stable")[: self._top]
        self._first, self._second, self._score = self._first[order], self._second[order], self._score[order]
        if len(self._score) == self._top:
            self._bar = float(abs(self._score[-1]))

    def result(self) -> TopPairs:
        return TopPairs(self._first, self._second, self._score)

"""Exhaustive pair screens in blocks: one matrix product tests a block of genes against all others.

For transforms a, b of two genes (standardised) and a residual r, the statistic of the pair is the correlation of the
product ab with r times the square root of the number of lines. Only the upper triangle is visited, nothing of size
genes x genes is kept, and what a block costs without any residual (its denominators) is worked out once for the
observed residual and all its permutations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.errors import InputError

# a block of genes against all others then stays in the processor's outer cache
_BLOCK = 128
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


def _over_spread(left: NDArray[np.floating[Any]], right: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """One over the standard deviation of each product of a column of `left` and one of `right`; 0 where it is flat."""
    n = left.dtype.type(len(left))
    mean = left.T @ right / n
    spread = (left * left).T @ (right * right) / n - mean * mean
    flat = spread < _FLAT
    spread[flat] = 1.0
    out = 1.0 / np.sqrt(spread)
    out[flat] = 0.0
    return np.asarray(out)


def _unit(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Residual of mean 0, so scaled that its sum with a product of variance 1 is the pair's statistic."""
    centred = residual - residual.mean()
    size = centred.std()
    return np.asarray(centred / ((size if size > 0 else np.inf) * np.sqrt(len(residual))))


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
    unit = _unit(residual).astype(dtype)
    for rows in _blocks(A.shape[1], block):
        left, right = A[:, rows], A[:, rows.start :]
        score = (left * unit[:, None]).T @ right * _over_spread(left, right)
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

    def blocks(self, log_weight: LogWeight) -> Iterator[Block]:
        """Blocks of about 128 genes that hold whole groups, each against all genes from its first on."""
        if not self.forms:
            raise InputError("no form was given to the screen")
        bounds = np.append(self.starts, len(self.order))
        label = np.repeat(np.arange(len(self.starts)), np.diff(bounds))
        first = 0
        while first < len(self.starts):
            last = max(first + 1, int(np.searchsorted(bounds, bounds[first] + _BLOCK, side="right")) - 1)
            yield Block.of(self, label, int(bounds[first]), int(bounds[last]), log_weight)
            first = last


@dataclass(frozen=True, eq=False)
class Block:
    """Genes of a few whole groups against all genes from the first of them on, ready for any residual.

    Attributes
    ----------
    left, right
        Transforms of the block's genes and of all genes from its first on, lines x genes, one pair a form.
    scale
        One over the standard deviation of each product, rows x later, one a form.
    log_weight
        Log prior weight of each pair; minus infinity within a group and where the pair was seen the other way round.
    rows, later
        Gene positions of the block's genes and of all genes from its first on.
    row_group, later_group
        Groups of the same, numbered in their order.
    """

    left: tuple[NDArray[np.float32], ...]
    right: tuple[NDArray[np.float32], ...]
    scale: tuple[NDArray[np.float32], ...]
    log_weight: NDArray[np.float32]
    rows: NDArray[np.intp]
    later: NDArray[np.intp]
    row_group: NDArray[np.intp]
    later_group: NDArray[np.intp]

    @classmethod
    def of(cls, screen: GroupScreen, label: NDArray[np.intp], start: int, stop: int, log_weight: LogWeight) -> Block:
        """The block of the ordered columns `start` to `stop`."""
        left = tuple(form[:, start:stop] for form in screen.forms)
        right = tuple(form[:, start:] for form in screen.forms)
        rows, later = screen.order[start:stop], screen.order[start:]
        weight = log_weight.block(rows, later)
        width = stop - start
        # genes stand in the order of their groups: only within the block itself can a pair be excluded
        weight[:, :width][label[start:stop][:, None] >= label[None, start:stop]] = -np.inf
        return cls(
            left=left,
            right=right,
            scale=tuple(_over_spread(a, b) for a, b in zip(left, right, strict=True)),
            log_weight=weight,
            rows=rows,
            later=later,
            row_group=label[start:stop],
            later_group=label[start:],
        )

    def evidence(self, residual: NDArray[np.float64]) -> NDArray[np.float32]:
        """Half the largest squared statistic over forms plus the log weight, rows x later."""
        unit = _unit(residual).astype(np.float32)[:, None]
        best = np.zeros(self.log_weight.shape, dtype=np.float32)
        for left, right, scale in zip(self.left, self.right, self.scale, strict=True):
            score = (left * unit).T @ right
            score *= scale
            score *= score
            np.maximum(best, score, out=best)
        best *= np.float32(0.5)
        best += self.log_weight
        return best

    def strongest(
        self, evidence: NDArray[np.float32], bar: float
    ) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
        """Of each pair of groups with evidence above `bar`: the largest evidence, and the two genes that have it."""
        flat = evidence.ravel()
        place = np.flatnonzero(flat > bar)
        row, later = place // len(self.later), place % len(self.later)
        key = self.row_group[row] * (int(self.later_group[-1]) + 1) + self.later_group[later]
        # strongest first within a pair of groups, the first of equals first
        order = np.lexsort((place, -flat[place], key))
        first = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
        return flat[place[first]], self.rows[row[first]], self.later[later[first]]


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

"""A bag of boosted trees as leaf boxes: what changing one gene of a line would do, for all genes at once.

A leaf counts for a line when the line meets all its bounds. Seen from one gene, it counts exactly on an interval of
that gene's values if the line meets the bounds on all others, and never otherwise: one pass over the leaves gives the
prediction as a step function of every single gene.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.errors import InputError
from explain_engine.interactions.trees import read_trees

_Floats = NDArray[np.float64]


class LeafBoxes:
    """Mean prediction of several LightGBM models in a form that answers single-gene questions fast.

    Parameters
    ----------
    models
        Fitted LightGBM boosters with one output and the same columns.

    Attributes
    ----------
    genes
        Positions of the genes that some tree uses, ascending.
    n_segments, row
        Number of segments of all these genes' axes, numbered in one row; the entry of `genes` each belongs to.
    left, right
        Bounds of each segment, which holds values above `left` up to and with `right`.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        if not models:
            raise InputError("no model was given; pass at least one fitted LightGBM model")
        leaves = [leaf for model in models for tree in read_trees(model) for leaf in tree.leaves()]
        split = [leaf for leaf in leaves if leaf.features.size]
        self.constant = sum(leaf.value for leaf in leaves if not leaf.features.size) / len(models)
        self._value = np.array([leaf.value for leaf in split]) / len(models)
        sizes = np.array([leaf.features.size for leaf in split], dtype=np.intp)
        self._leaf = np.repeat(np.arange(len(split)), sizes)
        empty = np.empty(0)
        self._gene = np.concatenate([leaf.features for leaf in split]) if split else np.empty(0, np.intp)
        self._low = np.concatenate([leaf.low for leaf in split]) if split else empty
        self._high = np.concatenate([leaf.high for leaf in split]) if split else empty
        self._segments()

    def _segments(self) -> None:
        """Cut each gene's axis at all its bounds; number the segments of all genes in one row."""
        self.genes = np.unique(self._gene)
        edges: list[_Floats] = []
        first, offset = np.empty(len(self._gene), np.intp), 0
        last = np.empty(len(self._gene), np.intp)
        starts = []
        order, empty = np.argsort(self._gene, kind="stable"), np.empty(0)
        for slots in np.split(order, np.flatnonzero(np.diff(self._gene[order])) + 1) if len(order) else []:
            bounds = np.concatenate([self._low[slots], self._high[slots]])
            cuts = np.unique(bounds[np.isfinite(bounds)])
            starts.append(offset)
            # segment k of a gene is (cut k-1, cut k], the outer ones unbounded
            first[slots] = offset + np.searchsorted(cuts, self._low[slots], side="right") * np.isfinite(
                self._low[slots]
            )
            last[slots] = offset + np.where(
                np.isfinite(self._high[slots]), np.searchsorted(cuts, self._high[slots], side="left"), len(cuts)
            )
            edges.append(cuts)
            offset += len(cuts) + 1
        self._first, self._last, self.n_segments = first, last, offset
        self.starts = np.array(starts, dtype=np.intp)
        sizes = np.diff(np.append(self.starts, offset))
        self.row = np.repeat(np.arange(len(sizes)), sizes)
        below, above = np.array([-np.inf]), np.array([np.inf])
        self.left = np.concatenate([part for cuts in edges for part in (below, cuts)] or [empty])
        self.right = np.concatenate([part for cuts in edges for part in (cuts, above)] or [empty])

    def predict(self, x: _Floats) -> float:
        """Mean raw prediction of one line (all genes)."""
        inside = (x[self._gene] > self._low) & (x[self._gene] <= self._high)
        missed = np.bincount(self._leaf, weights=~inside, minlength=len(self._value))
        return float(self.constant + self._value[missed == 0].sum())

    def profile(self, x: _Floats) -> _Floats:
        """Change of the prediction when one gene moves into each segment, all others staying; one value a segment."""
        inside = (x[self._gene] > self._low) & (x[self._gene] <= self._high)
        missed = np.bincount(self._leaf, weights=~inside, minlength=len(self._value))
        others_met = missed[self._leaf] == ~inside
        value = self._value[self._leaf[others_met]]
        steps = np.bincount(self._first[others_met], weights=value, minlength=self.n_segments + 1)
        steps -= np.bincount(self._last[others_met] + 1, weights=value, minlength=self.n_segments + 1)
        level = np.cumsum(steps)[: self.n_segments]
        # the cumulative sum returns to zero at the end of each gene, as every interval closes within its gene
        return np.asarray(level - level[self.current(x)][self.row])

    def current(self, x: _Floats) -> NDArray[np.intp]:
        """Segment in which each used gene of the line lies."""
        own = x[self.genes][self.row]
        return np.flatnonzero((own > self.left) & (own <= self.right))

"""Bags: which lines each model is trained on. Repeated folds, so that every line is outside a bag in each repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Bags:
    """Repeated folds over cell lines.

    Attributes
    ----------
    fold
        n_repeats x n_lines; in repeat r, line i is outside the bag ``fold[r, i]`` and inside all others of the repeat.
    n_folds
        Folds a repeat; two make complementary half samples.
    seed
        Seed the folds were drawn with.
    """

    fold: NDArray[np.intp]
    n_folds: int
    seed: int

    @property
    def n_lines(self) -> int:
        """Number of cell lines."""
        return int(self.fold.shape[1])

    @property
    def n_repeats(self) -> int:
        """Number of times every line is left out."""
        return int(self.fold.shape[0])

    @property
    def n_bags(self) -> int:
        """Number of models."""
        return self.n_repeats * self.n_folds

    @property
    def fraction(self) -> float:
        """Share of the lines inside a bag."""
        return 1.0 - 1.0 / self.n_folds

    def __iter__(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yield (inside, outside) line positions, repeat by repeat, fold by fold."""
        for assignment in self.fold:
            for k in range(self.n_folds):
                yield np.flatnonzero(assignment != k), np.flatnonzero(assignment == k)


def draw_bags(n_lines: int, n_folds: int, n_repeats: int, seed: int) -> Bags:
    """Draw repeated folds of nearly equal size.

    Raises
    ------
    InputError
        If there are fewer than two folds, no repeat, or fewer than ten lines a fold.
    """
    if n_folds < 2 or n_repeats < 1:
        raise InputError(f"bags need at least 2 folds and 1 repeat, got {n_folds!r} and {n_repeats!r}")
    if n_lines < 10 * n_folds:
        raise InputError(f"{n_lines} lines are too few for {n_folds} folds; use fewer folds or more lines")
    rng = np.random.default_rng([seed, n_folds])
    labels = np.arange(n_lines) % n_folds
    fold = np.stack([rng.permutation(labels) for _ in range(n_repeats)])
    return Bags(fold=fold, n_folds=n_folds, seed=seed)

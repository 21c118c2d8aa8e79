"""Comparison of methods over the same drugs: paired bootstrap, over drugs and over families of drugs, and Holm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

DRAWS = 10_000
LEVEL = 0.95


class Mean(Record):
    """A mean over drugs with a percentile interval of the bootstrap over drugs."""

    value: float
    low: float
    high: float


class Comparison(Record):
    """One method against another on one measure.

    Attributes
    ----------
    difference
        Mean of the paired differences, positive where the first is better.
    p
        Two-sided, paired bootstrap over drugs; never below what turning the signs of the differences could reach
        (``2 / 2^k`` for k drugs that differ), as the bootstrap of a handful of drugs is far too sure.
    p_families
        The same with drugs that share a target drawn together: drugs of one target are no independent tries.
    p_holm
        `p` after Holm's correction over the comparisons of the report (Holm 1979); None until that is known.
    """

    measure: str
    first: str
    second: str
    n_drugs: int
    n_families: int
    difference: Mean
    p: float
    p_families: float
    p_holm: float | None = None


def bootstrap_mean(values: Sequence[float] | NDArray[np.float64], *, draws: int = DRAWS, seed: int = 0) -> Mean:
    """Mean and percentile interval; the interval is the point itself for a single value."""
    sample = np.asarray(values, dtype=np.float64)
    means = _means(sample, np.arange(len(sample)), draws, seed)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Mean(value=float(sample.mean()), low=float(low), high=float(high))


def compare(
    measure: str,
    first: tuple[str, Sequence[float]],
    second: tuple[str, Sequence[float]],
    families: Sequence[Hashable],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """Paired comparison over drugs.

    Parameters
    ----------
    first, second
        Name and one value a drug, in the same order of drugs.
    families
        A label a drug; drugs with equal labels are drawn together in the second bootstrap.
    """
    gap = np.asarray(first[1], dtype=np.float64) - np.asarray(second[1], dtype=np.float64)
    labels = {label: i for i, label in enumerate(dict.fromkeys(families))}
    codes = np.array([labels[label] for label in families], dtype=np.intp)
    return Comparison(
        measure=measure,
        first=first[0],
        second=second[0],
        n_drugs=len(gap),
        n_families=len(labels),
        difference=bootstrap_mean(gap, draws=draws, seed=seed),
        p=_two_sided(gap, np.arange(len(gap)), draws, seed),
        p_families=_two_sided(gap, codes, draws, seed + 1),
    )


def holm(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The same comparisons with `p_holm` filled in, in the order given."""
    order = sorted(range(len(comparisons)), key=lambda i: comparisons[i].p)
    adjusted: dict[int, float] = {}
    worst = 0.0
    for step, i in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - step) * comparisons[i].p))
        adjusted[i] = worst
    return tuple(c.model_copy(update={"p_holm": adjusted[i]}) for i, c in enumerate(comparisons))


def families_of(targets: Sequence[frozenset[str]]) -> list[int]:
    """Label drugs so that any two that share a target, directly or through others, have the same label."""
    labels = list(range(len(targets)))
    owner: dict[str, int] = {}

    def root(i: int) -> int:
        while labels[i] != i:
            i = labels[i]
        return i

    for i, genes in enumerate(targets):
        for gene in genes:
            other = owner.setdefault(gene, i)
            labels[root(i)] = root(other)
    return [root(i) for i in range(len(targets))]


def exact_interval(successes: int, tries: int, level: float = LEVEL) -> tuple[float, float]:
    """Clopper-Pearson interval of a share (1934, doi:10.1093/biomet/26.4.404)."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, tries - successes + 1))
    high = 1.0 if successes == tries else float(beta.ppf(1 - tail, successes + 1, tries - successes))
    return low, high


def _means(values: NDArray[np.float64], codes: NDArray[np.intp], draws: int, seed: int) -> NDArray[np.float64]:
    """Means over drawn groups; a group brings all its drugs, so the divisor varies with the draw."""
    rng = np.random.default_rng([seed, 2671])
    n_groups = int(codes.max()) + 1
    sums = np.bincount(codes, weights=values, minlength=n_groups)
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float64)
    out = np.empty(draws)
    for start in range(0, draws, 1000):
        stop = min(start + 1000, draws)
        weights = rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=stop - start)
        out[start:stop] = (weights @ sums) / (weights @ sizes)
    return out


def _two_sided(values: NDArray[np.float64], codes: NDArray[np.intp], draws: int, seed: int) -> float:
    """Achieved level: twice the smaller tail at zero, zeros counted on both sides, the observed draw counted in."""
    means = _means(values, codes, draws, seed)
    # A mean of equal values may miss zero by rounding.
    below, above = int((means <= 1e-12).sum()), int((means >= -1e-12).sum())
    differing = int((np.abs(np.bincount(codes, weights=values)) > 1e-12).sum())
    return float(min(1.0, max(2 * (min(below, above) + 1) / (draws + 1), 2.0 ** (1 - differing))))

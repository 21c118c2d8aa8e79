"""Where wanted genes stand in a ranking, and what chance alone gives, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CUTS = (10, 20, 50, 100)


class Recovery(Record):
    """How well a ranking brings up the wanted genes of one drug.

    Attributes
    ----------
    rank
        Rank of the best wanted gene, from 1; equal scores share their mean rank.
    reciprocal
        ``1 / rank``.
    hits
        Cut -> whether the best rank is at most that.
    auroc
        Probability that a wanted gene outranks another one, ties counted half.
    """

    rank: float
    reciprocal: float
    hits: dict[int, bool]
    auroc: float


def midranks(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from 1, largest score first; equal scores share their mean rank.

    Raises
    ------
    ValueError
        If a score is missing: a gap would rank as anything.
    """
    from scipy.stats import rankdata

    values = np.asarray(scores, dtype=np.float64)
    if np.isnan(values).any():
        raise ValueError(f"{int(np.isnan(values).sum())} of {values.size} scores are missing; fill them before ranking")
    return np.asarray(rankdata(-values), dtype=np.float64)


def recovery(ranks: NDArray[np.float64], places: Sequence[int], cuts: Sequence[int] = CUTS) -> Recovery:
    """Set the ranks of the wanted genes beside those of the others.

    Parameters
    ----------
    ranks
        Rank of every gene, from `midranks`.
    places
        Positions of the wanted genes, at least one.
    """
    m, t = len(ranks), len(places)
    wanted = ranks[list(places)]
    best = float(wanted.min())
    above = (float(wanted.sum()) - t * (t + 1) / 2) / (t * (m - t)) if t < m else 0.5
    return Recovery(rank=best, reciprocal=1 / best, hits={k: best <= k for k in cuts}, auroc=1 - above)


def best_rank_distribution(m: int, t: int) -> NDArray[np.float64]:
    """P(best rank = 1), ..., P(best rank = m) of `t` genes drawn at random among `m`, without repetition.

    Raises
    ------
    ValueError
        Unless ``1 <= t <= m``.
    """
    if not 1 <= t <= m:
        raise ValueError(f"{t} genes cannot be drawn among {m}")
    ranks = np.arange(m, dtype=np.float64)
    # P(best > r) = C(m - r, t) / C(m, t), as a product of t ratios: exact in doubles for any m of interest.
    beyond = np.ones(m + 1)
    for i in range(t):
        beyond[:-1] *= np.maximum(m - ranks - i, 0) / (m - i)
    beyond[-1] = 0.0
    return np.asarray(beyond[:-1] - beyond[1:])


def chance_hits(m: int, t: int, k: int) -> float:
    """P(at least one of `t` random genes is among the first `k` of `m`): hypergeometric."""
    return float(best_rank_distribution(m, t)[:k].sum())


def chance_reciprocal(m: int, t: int) -> float:
    """Expected reciprocal of the best rank of `t` random genes among `m`."""
    return float((best_rank_distribution(m, t) / np.arange(1, m + 1)).sum())


def tail_of_hits(probabilities: Sequence[float], observed: int) -> float:
    """P(at least `observed` hits) where drug i hits by chance with its own probability: Poisson-binomial, exact."""
    counts = np.zeros(len(probabilities) + 1)
    counts[0] = 1.0
    for p in probabilities:
        counts[1:] = counts[1:] * (1 - p) + counts[:-1] * p
        counts[0] *= 1 - p
    return float(min(counts[observed:].sum(), 1.0))


def tail_of_reciprocals(
    sizes: Sequence[tuple[int, int]], observed: float, *, draws: int = 20_000, seed: int = 0
) -> float:
    """P(mean reciprocal rank at least `observed`) when every drug's best rank is drawn by chance; Monte Carlo.

    Parameters
    ----------
    sizes
        Genes and wanted genes of each drug.
    draws
        Draws; the observed value is counted among them, so that the smallest p is ``1 / (draws + 1)``.
    """
    rng = np.random.default_rng([seed, 8117])
    total = np.zeros(draws)
    for m, t in sizes:
        edges = np.cumsum(best_rank_distribution(m, t))
        total += 1.0 / (np.minimum(np.searchsorted(edges, rng.random(draws), side="right"), m - 1) + 1)
    reached = int((total / len(sizes) >= observed - 1e-12).sum())
    return (reached + 1) / (draws + 1)

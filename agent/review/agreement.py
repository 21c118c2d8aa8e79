"""Agreement of reviewers beyond chance: Cohen's kappa for two, Fleiss' kappa for more."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, get_args

import numpy as np

from agent.records import Record
from agent.review.reasons import Verb
from agent.review.resampling import percentile_interval, resampled_weights
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CATEGORIES: tuple[Verb, ...] = get_args(Verb)
LEAST_ITEMS = 10


class PairAgreement(Record):
    """Two reviewers on the items that both decided.

    Attributes
    ----------
    observed
        Share of items with the same decision, 0 to 1.
    kappa
        Cohen's, with its interval; None where it is not given, for the reason in `missing`.
    """

    reviewers: tuple[str, str]
    items: int
    observed: float | None
    kappa: Interval | None
    missing: str | None = None


class Agreement(Record):
    """How far reviewers agree on drafted hypotheses.

    Attributes
    ----------
    items
        Items decided by at least two reviewers.
    decisions
        Reviewer -> decision -> how many items.
    pairs
        Every two reviewers.
    fleiss, fleiss_items
        For three reviewers or more, over the items that all of them decided.
    missing
        Why there is no kappa at all, with what would be needed; None where there is one.
    """

    reviewers: tuple[str, ...]
    items: int
    decisions: dict[str, dict[str, int]]
    pairs: tuple[PairAgreement, ...]
    fleiss: Interval | None = None
    fleiss_items: int = 0
    missing: str | None = None


def cohen_kappa(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's kappa of square tables of counts (… x k x k); NaN where chance alone agrees always.

    DOI 10.1177/001316446002000104.
    """
    total = table.sum(axis=(-2, -1))
    observed = np.trace(table, axis1=-2, axis2=-1) / total
    expected = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1) / total**2
    return _beyond_chance(observed, expected)


def fleiss_kappa(counts: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Fleiss' kappa; NaN where chance alone agrees always.

    DOI 10.1037/h0031619.

    Parameters
    ----------
    counts
        Items x categories: how many raters chose the category; the same number of raters, at least 2, in every row.
    weights
        Draws x items, how often each item counts; once each, in one draw, when None.

    Returns
    -------
    One value a draw.
    """
    raters = counts.sum(axis=1)
    if counts.ndim != 2 or not np.all(raters == raters[0]) or raters[0] < 2:
        raise ValueError("Fleiss' kappa needs the same number of raters, two or more, for every item")
    n = raters[0]
    times = np.ones((1, len(counts))) if weights is None else weights
    agreeing = ((counts**2).sum(axis=1) - n) / (n * (n - 1))
    total = times.sum(axis=1)
    shares = (times @ counts) / (total * n)[:, None]
    return _beyond_chance(times @ agreeing / total, (shares**2).sum(axis=1))


def _beyond_chance(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    room = 1.0 - np.asarray(expected, dtype=np.float64)
    given = room > 1e-12
    return np.where(given, (observed - expected) / np.where(given, room, 1.0), np.nan)


def agreement_of(ratings: Mapping[str, Mapping[str, Verb]], *, seed: int = 0) -> Agreement:
    """Agreement over all items.

    Parameters
    ----------
    ratings
        Item -> reviewer -> decision.
    seed
        Of the bootstrap.
    """
    reviewers = tuple(sorted({name for given in ratings.values() for name in given}))
    shared = {item: given for item, given in ratings.items() if len(given) > 1}
    decisions = {
        name: {verb: sum(given.get(name) == verb for given in ratings.values()) for verb in CATEGORIES}
        for name in reviewers
    }
    pairs = tuple(_pair(ratings, a, b, seed) for a, b in combinations(reviewers, 2))
    missing = None
    if len(reviewers) < 2:
        missing = f"not enough decisions: {len(reviewers)} reviewer(s) so far, agreement needs two"
    elif all(pair.kappa is None for pair in pairs):
        best = max(pairs, key=lambda pair: pair.items)
        missing = best.missing
    whole = {item: given for item, given in ratings.items() if len(given) == len(reviewers)}
    fleiss = None
    if len(reviewers) > 2 and len(whole) >= LEAST_ITEMS:
        fleiss = _fleiss(list(whole.values()), seed)
    return Agreement(
        reviewers=reviewers,
        items=len(shared),
        decisions=decisions,
        pairs=pairs,
        fleiss=fleiss,
        fleiss_items=len(whole) if len(reviewers) > 2 else 0,
        missing=missing,
    )


def _pair(ratings: Mapping[str, Mapping[str, Verb]], a: str, b: str, seed: int) -> PairAgreement:
    both = [(given[a], given[b]) for given in ratings.values() if a in given and b in given]
    if not both:
        return PairAgreement(
            reviewers=(a, b),
            items=0,
            observed=None,
            kappa=None,
            missing=f"not enough decisions: {a!r} and {b!r} share no item, agreement needs {LEAST_ITEMS}",
        )
    observed = sum(x == y for x, y in both) / len(both)
    if len(both) < LEAST_ITEMS:
        why = f"not enough decisions: {a!r} and {b!r} share {len(both)} item(s), agreement needs {LEAST_ITEMS}"
        return PairAgreement(reviewers=(a, b), items=len(both), observed=observed, kappa=None, missing=why)
    kappa = _cohen(both, seed)
    why_not = None if kappa is not None else "kappa is undefined: chance alone would agree (nearly) always here"
    return PairAgreement(reviewers=(a, b), items=len(both), observed=observed, kappa=kappa, missing=why_not)


def _cohen(both: Sequence[tuple[Verb, Verb]], seed: int) -> Interval | None:
    k = len(CATEGORIES)
    cells = np.zeros((len(both), k * k))
    for row, (x, y) in enumerate(both):
        cells[row, CATEGORIES.index(x) * k + CATEGORIES.index(y)] = 1.0
    estimate = float(cohen_kappa(cells.sum(axis=0).reshape(k, k)))
    if not np.isfinite(estimate):
        return None
    weights = resampled_weights([str(i) for i in range(len(both))], seed=seed)
    drawn = cohen_kappa((weights @ cells).reshape(-1, k, k))
    return percentile_interval(estimate, drawn, f"{len(both)} items")


def _fleiss(whole: Sequence[Mapping[str, Verb]], seed: int) -> Interval | None:
    counts = np.array([[sum(v == verb for v in given.values()) for verb in CATEGORIES] for given in whole], float)
    estimate = float(fleiss_kappa(counts)[0])
    if not np.isfinite(estimate):
        return None
    weights = resampled_weights([str(i) for i in range(len(whole))], seed=seed)
    return percentile_interval(estimate, fleiss_kappa(counts, weights), f"{len(whole)} items")

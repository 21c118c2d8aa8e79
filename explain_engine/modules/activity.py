"""Activity of modules a line, their effect on the response, and the nulls they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.interactions.strata import permute_within
from explain_engine.modules.background import take_out
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RUNS = 400
_RANDOM = 200
_BINS = 10
_DRAWS = 500


def activity(Z: NDArray[np.float64], members: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean of the members, each turned to run with their first principal component, standardised; one value a line."""
    from scipy.linalg import eigh

    part = Z[:, members] - Z[:, members].mean(axis=0)
    # the leading component from the smaller side: genes x genes, or lines x lines for a module of more genes than lines
    wide = part.shape[1] > part.shape[0]
    gram = part @ part.T if wide else part.T @ part
    lead = eigh(gram, subset_by_index=[len(gram) - 1, len(gram) - 1])[1][:, 0]
    if wide:
        lead = lead @ part
    lead = lead * (1.0 if lead.sum() >= 0 else -1.0)
    score = part @ np.where(lead < 0, -1.0, 1.0)
    size = score.std()
    return np.asarray(score / size if size > 1e-12 else score)


@dataclass(frozen=True, eq=False)
class EffectTest:
    """Modules whose activity goes with the response, in the order in which they were called.

    Attributes
    ----------
    called
        Module numbers.
    p
        Of each called module, over all modules' null values, stronger modules taken out.
    q
        Estimated share of false modules among it and the calls before it.
    """

    called: tuple[int, ...]
    p: tuple[float, ...]
    q: tuple[float, ...]


def call_modules(
    activities: NDArray[np.float64],
    target: NDArray[np.float64],
    strata: NDArray[np.intp],
    components: NDArray[np.float64],
    fdr: float,
    seed: int,
) -> EffectTest:
    """Call modules one at a time against targets permuted within strata.

    After each call its activity is taken out of the response and of all other activities, so that a module is not
    called for what it shares with a stronger one. The first whose expected share of false calls exceeds `fdr` ends
    the list; without signal, the share of cohorts with any call is therefore at most `fdr`.

    Parameters
    ----------
    activities
        Lines x modules, strata and broad components taken out.
    target
        Response with the same taken out.
    components
        Broad components, lines x k. They are taken out of every permuted response again: without that a permuted
        response has less of its variance where activities lie than the observed one.
    """
    n = len(target)
    size = activities.std(axis=0)
    A = activities / np.where(size > 1e-9, size, np.inf)
    rng = np.random.default_rng([seed, 41])
    runs = np.column_stack([permute_within(target, strata, rng) for _ in range(_RUNS)])
    runs = take_out(runs, strata, components)
    pooled = np.sort(np.abs(A.T @ (runs / np.maximum(runs.std(axis=0), 1e-12)) / np.sqrt(n)).ravel())
    left, open_ = target.copy(), np.ones(A.shape[1], dtype=bool)
    called: list[int] = []
    p: list[float] = []
    q: list[float] = []
    while open_.any():
        z = np.where(open_, np.abs(A.T @ left) / (np.sqrt(n) * max(float(left.std()), 1e-12)), -1.0)
        k = int(z.argmax())
        reached = 1.0 + len(pooled) - np.searchsorted(pooled, z[k], side="left")
        rate = reached / _RUNS / (len(called) + 1)
        if rate > fdr:
            break
        called.append(k)
        p.append(float(reached / (1.0 + len(pooled))))
        q.append(float(max([rate, *q])))
        own = A[:, k] / np.sqrt(n)
        left = left - own * (own @ left)
        A = A - np.outer(own, own @ A)
        length = A.std(axis=0)
        open_ &= length > 0.3
        A = A / np.where(length > 1e-6, length, np.inf)
    return EffectTest(tuple(called), tuple(p), tuple(q))


def effect_interval(
    score: NDArray[np.float64], target: NDArray[np.float64], seed: int, level: float = 0.95
) -> Interval:
    """Slope of the target on activity (a standard deviation), percentile bootstrap over lines."""
    a = (score - score.mean()) / max(float(score.std()), 1e-12)
    n = len(target)
    rng = np.random.default_rng([seed, 43])
    weight = rng.multinomial(n, np.full(n, 1.0 / n), size=_DRAWS).astype(np.float64)

    def slope(w: NDArray[np.float64]) -> NDArray[np.float64]:
        ma, mt = w @ a / n, w @ target / n
        return np.asarray((w @ (a * target) / n - ma * mt) / np.maximum(w @ (a * a) / n - ma**2, 1e-12))

    low, high = np.quantile(slope(weight), [(1 - level) / 2, (1 + level) / 2])
    return Interval(
        estimate=float(slope(np.ones((1, n)))[0]),
        low=float(low),
        high=float(high),
        level=level,
        method=f"bootstrap over lines, {_DRAWS} draws",
    )


def random_share(
    Z: NDArray[np.float64],
    degree: NDArray[np.float64],
    members: NDArray[np.intp],
    target: NDArray[np.float64],
    seed: int,
) -> float:
    """Share of random modules of equal size and degree (gene by gene, in tenths) with as strong an effect.

    Strata must have been taken out of `Z` and `target`, so that tissue alone cannot make a module special.
    """
    rng = np.random.default_rng([seed, 47])
    place = np.argsort(np.argsort(degree, kind="stable"), kind="stable") * _BINS // len(degree)
    pools: Sequence[NDArray[np.intp]] = [np.flatnonzero(place == b) for b in range(_BINS)]

    def strength(genes: NDArray[np.intp]) -> float:
        a = activity(Z, genes)
        return abs(float(a @ target)) / max(float(np.sqrt(a @ a)), 1e-12)

    observed = strength(members)
    reached = 0
    for _ in range(_RANDOM):
        drawn = np.array([rng.choice(pools[b]) for b in place[members]], dtype=np.intp)
        reached += strength(np.unique(drawn)) >= observed
    return (1.0 + reached) / (1.0 + _RANDOM)

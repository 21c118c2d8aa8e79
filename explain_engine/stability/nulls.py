"""The observed chain against the same chain on responses permuted within tissue.

The null keeps what tissue and the leading expression components explain of the response and permutes only the rest,
within tissue (Freedman & Lane 1983, doi:10.1080/07350015.1983.10509354). A gene that rides on tissue gains nothing.

What makes many runs cheap, without changing the answer: expression does not change, so residual expression, its bins,
the folds, their rotations and the gene groups are made once; observed and null chains are the same small chain (one
repeat of the folds). Genes enter with equal variance, so their statistics are pooled over genes (over groups of like
size); the observed run is counted among the runs (Hemerik & Goeman 2018, doi:10.1007/s11749-017-0571-1). The family p
is exact where tissue and components are all that ties expression to the response; the pooled p also needs genes to be
alike. No q is therefore below the p of the gate, the better of the two family p held against the same of every null
run: where no gene acts, anything at all is reported at q < a in at most a share a of screens, whatever the genes are.
Per-gene standardisation was tried and left: a gene used once in all runs then looks as extreme as a gene can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explain_engine.attribution.adjust import nuisance_fit, response_offsets
from explain_engine.attribution.groups import GeneGroups
from explain_engine.engine import prepare
from explain_engine.errors import InputError
from explain_engine.predict.additive import Rotation, additive_effects
from explain_engine.predict.bags import Bags, draw_bags
from explain_engine.settings import ExplainSettings
from explain_engine.stability.records import NullReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.data.dataset import ResponseDataset

SCHEME = "rest of the response permuted within tissue, tissue and leading expression components kept"
STATISTIC = "largest covariance, over gene groups, of out-of-bag attribution with the response, in its units"
MIN_RUNS = 19


@dataclass(frozen=True, eq=False)
class NullResult:
    """A null report with the tables it summarises.

    Attributes
    ----------
    genes, groups
        Columns ``gene`` (``id``), ``statistic``, ``p`` (pooled), ``q`` (Benjamini-Hochberg, at least `gate`),
        ``p_family`` (against the largest statistic of each run).
    maxima
        Largest gene statistic and largest group statistic of each run, the observed one first; runs x 2.
    """

    report: NullReport
    genes: pd.DataFrame
    groups: pd.DataFrame
    maxima: NDArray[np.float64]

    @property
    def gate(self) -> float:
        """P of the observed run's best gene or group among all runs; no q is below it."""
        return gate(self.maxima)


class NullChain:
    """All that null runs of one dataset share."""

    def __init__(self, dataset: ResponseDataset, settings: ExplainSettings) -> None:
        data = prepare(dataset, settings)
        self.genes, self.groups, self.codes, self.y = data.genes, data.groups, data.codes, data.y
        self.seed, self.settings = settings.seed, settings
        self._design = data.design
        self._R = data.residual
        self._R32 = np.asarray(self._R, dtype=np.float32)
        self._trees = data.residual_trees
        self._bags: Bags = draw_bags(len(data.y), settings.folds, 1, settings.seed + 7919)
        self._rotations = [Rotation.of(self._R32[inside]) for inside, _ in self._bags] if settings.effects > 0 else []
        everyone = np.arange(len(data.y))
        self._kept = nuisance_fit(data.y, self._design, everyone)

    def statistics(self, y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Agreement of out-of-bag attributions with the response, for genes and for groups.

        Covariance of a gene's (a group's summed) attribution, by the trees and the single effects, with the response
        that tissue leaves, over the spread of the latter: positive where it says something about unseen lines.
        """
        offsets = response_offsets(y, self._design, self._bags)
        gene = np.zeros(len(self.genes))
        group = np.zeros(len(self.groups.names))
        for b, (inside, outside) in enumerate(self._bags):
            target = y - offsets[b]
            booster = self._trees.fit(target, inside, self.seed + b)
            phi = self._trees.contributions(booster, outside)[:, :-1]
            if self.settings.effects > 0:
                # The background is left out: it gives every gene that runs with a driver a little true covariance.
                slope = additive_effects(self._rotations[b], target[inside], self.settings.effects).sparse
                phi = phi + (self._R32[outside] - self._rotations[b].centre) * slope
            rest = target[outside] - target[outside].mean()
            rest = rest / max(float(rest.std()), 1e-12)
            gene += rest @ phi / len(outside)
            group += rest @ self.groups.sums(phi) / len(outside)
        return gene / self._bags.n_bags, group / self._bags.n_bags

    def permuted(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the response with what tissue and components leave permuted within tissue."""
        rest = self.y - self._kept
        for code in np.unique(self.codes):
            rows = np.flatnonzero(self.codes == code)
            rest[rows] = rest[rng.permutation(rows)]
        return np.asarray(self._kept + rest)


def null_run(
    dataset: ResponseDataset,
    settings: ExplainSettings | None = None,
    n_runs: int = 100,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> NullResult:
    """Run the chain on the response and on `n_runs` permuted ones.

    Parameters
    ----------
    n_runs
        Null runs, at least 19 (the smallest p is 1 / (n_runs + 1) for the family).

    Raises
    ------
    InputError
        If there are too few runs, or the dataset cannot be explained.
    """
    if n_runs < MIN_RUNS:
        raise InputError(f"{n_runs} null runs cannot reach p = 0.05; ask for at least {MIN_RUNS}")
    from threadpoolctl import threadpool_limits

    settings = settings or ExplainSettings()
    with threadpool_limits(1):
        chain = NullChain(dataset, settings)
        rng = np.random.default_rng([settings.seed, 4057])
        runs = [chain.statistics(chain.y)]
        for k in range(n_runs):
            runs.append(chain.statistics(chain.permuted(rng)))
            if progress is not None:
                progress(f"null run {k + 1} of {n_runs}", (k + 1) / n_runs)
    return summarise(
        np.stack([r[0] for r in runs]), np.stack([r[1] for r in runs]), chain.genes, chain.groups, settings.seed
    )


def summarise(
    genes: NDArray[np.float64], groups: NDArray[np.float64], names: list[str], partition: GeneGroups, seed: int
) -> NullResult:
    """P and q from statistics of all runs (runs x genes, runs x groups), the observed run first."""
    maxima = np.column_stack([genes.max(axis=1), groups.max(axis=1)])
    best = maxima[:, 1]
    n_runs = len(best) - 1
    reached = int((best[1:] >= best[0]).sum())
    report = NullReport(
        n_runs=n_runs,
        scheme=SCHEME,
        statistic=STATISTIC,
        observed=float(best[0]),
        null_max=tuple(float(v) for v in best[1:]),
        n_reached=reached,
        p=(1 + reached) / (1 + n_runs),
        seed=seed,
    )
    return NullResult(
        report=report,
        genes=_table(genes, maxima, 0, "gene", names, np.zeros(len(names), dtype=np.intp)),
        groups=_table(groups, maxima, 1, "id", list(partition.names), _size_class(partition)),
        maxima=maxima,
    )


def gate(maxima: NDArray[np.float64]) -> float:
    """P that no gene and no group acts: smaller of the two family p, held against that of every run (Tippett's rule).

    Parameters
    ----------
    maxima
        Largest gene and largest group statistic of each run, the observed one first; runs x 2.
    """
    reached = (maxima[None, :, :] >= maxima[:, None, :]).mean(axis=1)
    best = reached.min(axis=1)
    return float((best <= best[0]).mean())


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p (Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q


def _size_class(partition: GeneGroups) -> NDArray[np.intp]:
    """Power of two below the group's size, 16 at most: larger groups reach larger sums by chance."""
    sizes = np.array([len(part) for part in partition.members])
    return np.asarray(np.minimum(np.floor(np.log2(sizes)), 4), dtype=np.intp)


def _table(
    values: NDArray[np.float64],
    maxima: NDArray[np.float64],
    column: int,
    key: str,
    names: list[str],
    pool: NDArray[np.intp],
) -> pd.DataFrame:
    """P of each item among all items of its pool in all runs, the observed run counted."""
    p = np.empty(values.shape[1])
    for code in np.unique(pool):
        inside = pool == code
        pooled = np.sort(values[:, inside], axis=None)
        p[inside] = (len(pooled) - np.searchsorted(pooled, values[0, inside], side="left")) / len(pooled)
    family = (maxima[None, :, column] >= values[0][:, None]).mean(axis=1)
    q = np.maximum(benjamini_hochberg(p), gate(maxima))
    table = pd.DataFrame({key: names, "statistic": values[0], "p": p, "q": q, "p_family": family})
    return table.sort_values("statistic", ascending=False, ignore_index=True)

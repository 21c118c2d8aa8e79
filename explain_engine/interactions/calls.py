"""Which pairs of gene groups interact: exhaustive evidence, a null within strata, calls one at a time.

The unit is the pair of groups, because block-mates of a planted gene carry its signal. Evidence of a pair is the
largest over its gene pairs and forms. The null permutes the residual within strata and gives the number of group pairs
expected to reach any evidence. Calls are made greedily: after each, its term is taken out of residual and candidates,
so that a strong pair neither hides others nor is called twice through its relatives; the first candidate whose expected
number of false calls exceeds the allowed share ends the list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain_engine.interactions.additive import AdditiveFit, additive_fit, centre_within
from explain_engine.interactions.forms import FORMS, learn_forms
from explain_engine.interactions.screen import GroupScreen, LogWeight, order_by_group
from explain_engine.interactions.strata import permute_within
from explain_engine.interactions.weights import gene_mass, main_effects

# null exceedances a run that the tail is fitted to
_TAIL = 3.0
_CANDIDATES = 400
_MAX_CALLS = 30


@dataclass(frozen=True)
class CallSettings:
    """How pairs are called.

    Attributes
    ----------
    fdr
        Allowed share of false calls where no line is held out: below 0.05, so that the realised share stays under it.
    search_fdr
        Allowed share of false ones among what the search hands to confirmation. Held-out lines let one in twenty of
        those through, so the list may be generous here and is still stricter in the end.
    permutations, search_permutations
        Null runs without and with lines held out; their group pairs are pooled. Where nothing confirms a call, its
        expected number of false ones is read far out in the tail, which takes more runs.
    share
        Prior share of pairs whose partners also act alone, in [0, 1); 0 weighs all pairs alike.
    seed
        Of folds and permutations.
    """

    fdr: float = 0.03
    search_fdr: float = 0.2
    permutations: int = 20
    search_permutations: int = 8
    share: float = 0.6
    seed: int = 0

    def null_runs(self, held_out: bool, first: bool = False) -> int:
        """Null runs of a search that held-out lines will confirm, or of one that stands alone.

        The first of the two searches only says what to take out of the additive fit before the second: where lines
        confirm, half the runs do for it.
        """
        if not held_out:
            return self.permutations
        return max(1, self.search_permutations // 2) if first else self.search_permutations


@dataclass(frozen=True, eq=False)
class Candidate:
    """A pair of groups, by its strongest gene pair.

    Attributes
    ----------
    groups
        Group labels of the two genes.
    first, second
        Gene positions.
    form
        Name of the strongest form.
    evidence
        Half the squared statistic, single-gene effects of both genes and earlier calls taken out, plus log weight.
    expected
        Number of null group pairs expected to reach this evidence.
    """

    groups: tuple[int, int]
    first: int
    second: int
    form: str
    evidence: float
    expected: float


@dataclass(frozen=True, eq=False)
class Calls:
    """Outcome of the search.

    Attributes
    ----------
    called
        Calls in the order in which they were made, with q beside each.
    q
        Largest estimated share of false calls up to and including each call.
    ranking
        Candidates not called, strongest first, called terms taken out.
    residual
        Additive residual in which the last stage searched (called terms still inside).
    fit
        The additive fit of the last stage.
    n_group_pairs
        Number of group pairs that were screened.
    tail, weight
        The null and the prior weights of the last stage.
    """

    called: tuple[Candidate, ...]
    q: tuple[float, ...]
    ranking: tuple[Candidate, ...]
    residual: NDArray[np.float64]
    fit: AdditiveFit
    n_group_pairs: int
    tail: NullTail
    weight: LogWeight


@dataclass(frozen=True, eq=False)
class NullTail:
    """Number of null group pairs expected to reach an evidence: counted, and exponential beyond the last few."""

    values: NDArray[np.float64]
    runs: int
    start: float
    scale: float

    def expected(self, evidence: float) -> float:
        """Expected number of group pairs of one null run with at least this evidence."""
        if evidence > self.start:
            return float(_TAIL * np.exp(-(evidence - self.start) / self.scale))
        return float(len(self.values) - np.searchsorted(self.values, evidence, side="left")) / self.runs


def search(
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    strata: NDArray[np.intp],
    label: NDArray[np.intp],
    settings: CallSettings,
    *,
    held_out: bool,
) -> Calls:
    """Search all pairs of groups, twice: the second time what the first found is taken out of the additive fit.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    y
        Response.
    strata, label
        Stratum of each line; group of each gene.
    held_out
        Whether lines are held out on which what is found will be confirmed.
    """
    forms = learn_forms(Z).transform(Z)
    screen = order_by_group([forms[name] for name in FORMS], label)
    found = _stage(forms, screen, Z, y, np.empty((len(y), 0)), strata, label, settings, held_out)
    if found.called:
        terms = np.column_stack([forms[c.form][:, c.first] * forms[c.form][:, c.second] for c in found.called])
        found = _stage(
            forms, screen, Z, y, centre_within(terms, strata), strata, label, settings, held_out, first=found
        )
    return found


def _stage(
    forms: dict[str, NDArray[np.float64]],
    screen: GroupScreen,
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    known: NDArray[np.float64],
    strata: NDArray[np.intp],
    label: NDArray[np.intp],
    settings: CallSettings,
    held_out: bool,
    first: Calls | None = None,
) -> Calls:
    """One search; `known` terms (lines x k) stay out of the additive fit and the null, but not out of the search."""
    target = centre_within(y, strata)
    joint = np.zeros(len(y))
    if first is not None:
        # the terms' share is estimated beside the first additive fit, so that neither takes the other's
        joint = known @ np.linalg.lstsq(known, first.residual, rcond=None)[0]
    fit = additive_fit(Z, target - joint, strata, settings.seed)
    residual = fit.residual + joint
    effect = main_effects(forms, fit, centre_within(Z, strata), label)
    weight = LogWeight(gene_mass(effect, label), settings.share)
    rng = np.random.default_rng([settings.seed, 5, int(first is not None)])
    runs = [permute_within(fit.residual, strata, rng) for _ in range(settings.null_runs(held_out, first is None))]
    fdr = settings.search_fdr if held_out else settings.fdr
    candidates, tail, n_pairs = _screen(screen, residual, runs, weight)
    return _greedy(forms, candidates, tail, residual, strata, label, weight, fit, n_pairs, fdr)


def _screen(
    screen: GroupScreen, residual: NDArray[np.float64], runs: list[NDArray[np.float64]], weight: LogWeight
) -> tuple[list[tuple[int, int]], NullTail, int]:
    """Gene pairs (positions) of the strongest group pairs of the residual, the null tail, the number of group pairs."""
    n_groups = len(screen.starts)
    n_pairs = n_groups * (n_groups - 1) // 2
    keep = int(_TAIL * 4 * len(runs)) + 1
    null = _Largest(keep)
    found = _Largest(_CANDIDATES)
    genes = np.empty((0, 2), dtype=np.intp)
    for block in screen.blocks(weight):
        value, first, second = block.strongest(block.evidence(residual), found.bar)
        genes = np.vstack([genes, np.column_stack([first, second])])[found.offer(value)]
        for run in runs:
            null.offer(block.strongest(block.evidence(run), null.bar)[0])
    values = null.values[::-1].astype(np.float64)
    last = min(int(_TAIL * len(runs)), max(len(values) - 1, 1))
    start = float(values[-last - 1]) if len(values) > last else float("inf")
    scale = float(np.mean(values[-last:] - start)) if len(values) > last else 1.0
    return [(int(a), int(b)) for a, b in genes], NullTail(values, len(runs), start, max(scale, 1e-6)), n_pairs


class _Largest:
    """Keeps the largest of a stream of values, falling; `bar` is what a new one must exceed."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.values = np.empty(0, dtype=np.float32)
        self.bar = -np.inf

    def offer(self, values: NDArray[np.float32]) -> NDArray[np.intp]:
        """Take what is large enough; returns which of the values held before and the new ones are held now."""
        every = np.concatenate([self.values, values])
        order = np.argsort(-every, kind="stable")[: self._keep]
        self.values = every[order]
        if len(order) == self._keep:
            self.bar = float(self.values[-1])
        return order


def single_gene_effects(forms: dict[str, NDArray[np.float64]], i: int, j: int) -> NDArray[np.float64]:
    """All forms of both genes and the constant: what a pair must go beyond, lines x 9."""
    ones = np.ones(len(forms[FORMS[0]]))
    return np.column_stack([ones, *(forms[name][:, g] for g in (i, j) for name in FORMS)])


def _greedy(
    forms: dict[str, NDArray[np.float64]],
    pairs: list[tuple[int, int]],
    tail: NullTail,
    residual: NDArray[np.float64],
    strata: NDArray[np.intp],
    label: NDArray[np.intp],
    weight: LogWeight,
    fit: AdditiveFit,
    n_pairs: int,
    fdr: float,
) -> Calls:
    n = len(residual)
    terms, names, log_weight = _terms(forms, pairs, residual, strata, weight)
    left, open_ = residual.copy(), np.ones(len(pairs), dtype=bool)
    called: list[Candidate] = []
    q: list[float] = []

    def evidence() -> NDArray[np.float64]:
        size = max(float(left.std()), 1e-12)
        return np.asarray(0.5 * (terms.T @ left / (size * np.sqrt(n))) ** 2 + log_weight)

    def candidate(k: int, value: float) -> Candidate:
        i, j = pairs[k]
        return Candidate((int(label[i]), int(label[j])), i, j, names[k], value, tail.expected(value))

    now = evidence()
    while open_.any() and len(called) < _MAX_CALLS:
        k = int(np.where(open_, now, -np.inf).argmax())
        best = candidate(k, float(now[k]))
        rate = best.expected / (len(called) + 1)
        if rate > fdr:
            break
        called.append(best)
        q.append(max([rate, *q]))
        open_[k] = False
        own = terms[:, k] / np.sqrt(n)
        left = left - own * (own @ left)
        # what the call explains is taken out of the other candidates, which are then on the same footing again
        terms = terms - np.outer(own, own @ terms)
        length = np.sqrt((terms**2).mean(axis=0))
        open_ &= length > 0.3
        terms = terms / np.where(length > 1e-6, length, np.inf)
        now = evidence()
    rest = [candidate(int(k), float(now[k])) for k in np.argsort(-now, kind="stable") if open_[k]]
    return Calls(tuple(called), tuple(q), tuple(rest), residual, fit, n_pairs, tail, weight)


def _terms(
    forms: dict[str, NDArray[np.float64]],
    pairs: list[tuple[int, int]],
    residual: NDArray[np.float64],
    strata: NDArray[np.intp],
    weight: LogWeight,
) -> tuple[NDArray[np.float64], list[str], NDArray[np.float64]]:
    """Strongest term of each gene pair beyond single-gene effects, of unit variance; its form; its log weight."""
    columns, names, weights = [], [], []
    for i, j in pairs:
        raw = centre_within(np.column_stack([forms[name][:, i] * forms[name][:, j] for name in FORMS]), strata)
        basis, values, _ = np.linalg.svd(single_gene_effects(forms, i, j), full_matrices=False)
        basis = basis[:, values > 1e-8 * values[0]]
        rest = raw - basis @ (basis.T @ raw)
        length = np.sqrt((rest**2).mean(axis=0))
        rest = rest / np.where(length > 1e-6, length, np.inf)
        best = int(np.abs(rest.T @ residual).argmax())
        columns.append(rest[:, best])
        names.append(FORMS[best])
        weights.append(float(weight.block(np.array([i]), np.array([j]))[0, 0]))
    return np.column_stack(columns), names, np.array(weights)

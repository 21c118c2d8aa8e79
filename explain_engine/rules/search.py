"""Box search on the black box: short conjunctions of gene bounds under which the model keeps one answer.

Candidate bounds are deciles of the training lines for the genes the model uses most. A beam of conjunctions grows by
one bound at a time and is judged by the lower Wilson bound of its precision on lines the model is asked about: the
training lines and rotations of pairs of them, which keep all means and correlations. Held-out lines are only scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
# asked lines made at a time: their rows stay in the cache
_ROWS = 256
_LEVELS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True)
class RuleSettings:
    """How rules are searched.

    Attributes
    ----------
    conditions
        Most bounds of a rule.
    least_coverage, least_coverage_drug
        Share of the asked lines that a rule of one line, or of the drug, must cover.
    genes
        Most genes to take bounds from.
    beam
        Conjunctions kept from one length to the next.
    asked
        Number of lines the model is asked about.
    listed
        Rules reported for each outcome.
    seed
        Of the rotations.
    """

    conditions: int = 4
    least_coverage: float = 0.03
    least_coverage_drug: float = 0.08
    genes: int = 40
    beam: int = 12
    asked: int = 12000
    listed: int = 3
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Bounds:
    """Candidate bounds and which asked lines meet them.

    Attributes
    ----------
    gene, above, threshold
        One entry a bound: position of the gene, whether the bound is ``>``, its value.
    met
        Bounds x asked lines.
    """

    gene: NDArray[np.intp]
    above: NDArray[np.bool_]
    threshold: _Floats
    met: NDArray[np.bool_]

    def of(self, X: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
        """Which lines of `X` (lines x genes) meet each bound: bounds x lines."""
        values = X[:, self.gene].T
        return np.asarray((values > self.threshold[:, None]) == self.above[:, None])


def asked_lines(Z: NDArray[np.floating[Any]], count: int, seed: int) -> _Floats:
    """Rotations cos(t) a + sin(t) b of random pairs of centred training lines.

    They keep all means and correlations, and the model has seen none of them: on its own training lines its answers are
    more extreme than they will be on new ones.
    """
    rng = np.random.default_rng([seed, 61])
    centre = Z.mean(axis=0)
    first, second = rng.integers(0, len(Z), (2, count))
    angle = rng.uniform(np.pi / 8, 3 * np.pi / 8, count)[:, None]
    centred = np.asarray(Z - centre, dtype=np.float64)
    out = np.empty((count, Z.shape[1]))
    for start in range(0, count, _ROWS):
        rows = slice(start, start + _ROWS)
        part = np.cos(angle[rows]) * centred[first[rows]]
        part += np.sin(angle[rows]) * centred[second[rows]]
        np.add(part, centre, out=out[rows])
    return out


def candidate_bounds(Z: NDArray[np.floating[Any]], asked: _Floats, genes: NDArray[np.intp]) -> Bounds:
    """Bounds at the deciles of the training lines `Z`, both directions."""
    cuts = np.quantile(Z[:, genes], _LEVELS, axis=0)
    gene = np.repeat(np.repeat(genes, len(_LEVELS)), 2)
    threshold = np.repeat(cuts.T.ravel(), 2)
    above = np.tile([True, False], len(gene) // 2)
    values = np.asarray(asked[:, gene].T)
    return Bounds(gene, above, threshold, (values > threshold[:, None]) == above[:, None])


def wilson(
    hits: NDArray[np.floating[Any]], count: NDArray[np.floating[Any]], z: float = 1.96
) -> tuple[_Floats, _Floats]:
    """Wilson score interval of a share (doi:10.1080/01621459.1927.10502953); 0 and 1 where nothing was counted."""
    n = np.maximum(np.asarray(count, dtype=np.float64), 1e-12)
    share = np.asarray(hits, dtype=np.float64) / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    empty = np.asarray(count) == 0
    low, high = np.where(empty, 0.0, centre - half), np.where(empty, 1.0, centre + half)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def best_boxes(
    bounds: Bounds,
    outcome: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    settings: RuleSettings,
    least_coverage: float,
) -> list[tuple[int, ...]]:
    """Beam search for conjunctions of allowed bounds that hold the outcome, best first, at most one a set of genes.

    Parameters
    ----------
    outcome
        Whether the model gives the outcome, one value an asked line.
    allowed
        Which bounds may be used (for the rule of one line: those it meets).
    least_coverage
        Share of the asked lines that a rule must cover.
    """
    usable = np.flatnonzero(allowed)
    met = bounds.met[usable].astype(np.float32)
    hit = met * outcome.astype(np.float32)
    least = least_coverage * len(outcome)
    beam: list[tuple[float, tuple[int, ...], NDArray[np.float32]]] = [(-1.0, (), np.ones(len(outcome), np.float32))]
    found: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}
    for _ in range(settings.conditions):
        covers = np.stack([cover for _, _, cover in beam])
        count, hits = covers @ met.T, covers @ hit.T
        score = np.where(count >= least, wilson(hits, count)[0], -1.0)
        grown: dict[tuple[int, ...], tuple[float, tuple[int, ...], NDArray[np.float32]]] = {}
        for flat in np.argsort(-score, axis=None, kind="stable")[: settings.beam * 20].tolist():
            row, column = divmod(flat, score.shape[1])
            parent, chosen, cover = beam[row]
            value, bound = float(score[row, column]), int(usable[column])
            # a longer rule must earn its length
            if value <= parent + 1e-9 or bounds.gene[bound] in bounds.gene[list(chosen)]:
                continue
            rule = tuple(sorted((*chosen, bound)))
            key = tuple(sorted(bounds.gene[list(rule)].tolist()))
            if key not in grown:
                grown[key] = (value, rule, cover * met[column])
            if len(grown) == settings.beam:
                break
        if not grown:
            break
        for key, (value, rule, _) in grown.items():
            found[key] = (value, rule)
        beam = list(grown.values())
    return [rule for _, rule in sorted(found.values(), key=lambda entry: (-entry[0], len(entry[1]), entry[1]))]

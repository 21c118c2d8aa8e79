"""Mechanism class level: do drugs of one mechanism have similar explanations, more than similar responses?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate.compare import Comparison, Mean, bootstrap_mean, compare, holm
from agent.validate.methods import SIGNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from agent.validate.cases import Case

EXPLANATION = "explanation"
ADJUSTED = "explanation, tissue taken out"
UNIVARIATE = "correlation profile"
RESPONSE = "response profile"
RESPONSE_WITHIN = "response profile within tissues"
BLIND = "tissue means, blind to expression"
CHANCE = "random order"
MIN_SHARED = 50
DRAWS = 500


class ClassRow(Record):
    """Retrieval of drugs of the query's class by one similarity: mean average precision over query drugs."""

    similarity: str
    map: Mean


class ClassLevel(Record):
    """One classification of drugs.

    Attributes
    ----------
    n_queries, n_classes
        Drugs with at least one other of their class among the finished drugs, and classes of at least two.
    """

    title: str
    n_drugs: int
    n_queries: int
    n_classes: int
    rows: tuple[ClassRow, ...]
    comparisons: tuple[Comparison, ...]


def class_level(title: str, cases: Sequence[Case], classes: Mapping[str, str], *, seed: int = 0) -> ClassLevel | None:
    """Evaluate one classification; None where fewer than two classes have two finished drugs.

    Parameters
    ----------
    classes
        Drug -> class; drugs without one are in the retrieved lists of nobody and ask nothing.
    """
    chosen = [c for c in cases if c.name in classes]
    labels = np.array([classes[c.name] for c in chosen])
    same = labels[:, None] == labels[None, :]
    np.fill_diagonal(same, False)
    queries = np.flatnonzero(same.any(axis=1))
    n_classes = len({labels[i] for i in queries})
    if n_classes < 2:
        return None
    precision = {name: _average_precision(s, same, queries) for name, s in similarities(chosen).items()}
    rng = np.random.default_rng([seed, 1511])
    by_chance = np.mean([_average_precision(rng.random(same.shape), same, queries) for _ in range(DRAWS)], axis=0)
    families = [str(labels[i]) for i in queries]
    values = {**{name: list(v) for name, v in precision.items()}, CHANCE: list(by_chance)}
    ours = [name for name in (EXPLANATION, ADJUSTED) if name in values]
    pairs = [(ours[0], ours[1])] if len(ours) > 1 else []
    pairs += [(mine, other) for mine in ours for other in values if other not in ours]
    return ClassLevel(
        title=title,
        n_drugs=len(chosen),
        n_queries=len(queries),
        n_classes=n_classes,
        rows=tuple(ClassRow(similarity=name, map=bootstrap_mean(v)) for name, v in values.items()),
        comparisons=holm([compare("MAP", (a, values[a]), (b, values[b]), families) for a, b in pairs]),
    )


def similarities(cases: Sequence[Case]) -> dict[str, NDArray[np.float64]]:
    """Similarity of drugs, drugs x drugs, by what is compared."""
    found = {EXPLANATION: _cosine(np.stack([np.sign(c.table["effect"]) * c.table["score"] for c in cases]))}
    if all(SIGNED in c.table for c in cases):
        found[UNIVARIATE] = _cosine(np.stack([np.asarray(c.table[SIGNED]) for c in cases]))
    if all("adjusted_effect" in c.table for c in cases):
        found[ADJUSTED] = _cosine(np.stack([np.asarray(c.table["adjusted_effect"]) for c in cases]))
    found[RESPONSE] = _response(cases, within=False)
    found[RESPONSE_WITHIN] = _response(cases, within=True)
    found[BLIND] = _tissue_means(cases)
    return found


def _cosine(profiles: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(profiles, dtype=np.float64)
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit.T)


def _response(cases: Sequence[Case], *, within: bool) -> NDArray[np.float64]:
    """Correlation of responses over shared lines; least similar where fewer than 50 lines are shared."""
    import pandas as pd

    columns = {}
    for case in cases:
        y = case.lines["y"]
        if within:
            y = y - y.groupby(case.lines["tissue"]).transform("mean")
        columns[case.name] = y[~y.index.duplicated()]
    return np.asarray(pd.DataFrame(columns).corr(min_periods=MIN_SHARED).fillna(-1.0), dtype=np.float64)


def _tissue_means(cases: Sequence[Case]) -> NDArray[np.float64]:
    import pandas as pd

    means = pd.DataFrame({c.name: c.lines.groupby("tissue")["y"].mean() for c in cases})
    return np.asarray(means.corr(min_periods=5).fillna(-1.0), dtype=np.float64)


def _average_precision(
    similarity: NDArray[np.float64], same: NDArray[np.bool_], queries: NDArray[np.intp]
) -> NDArray[np.float64]:
    out = np.empty(len(queries))
    for place, q in enumerate(queries):
        others = np.flatnonzero(np.arange(len(same)) != q)
        order = others[np.argsort(-similarity[q, others], kind="stable")]
        hit = same[q, order]
        out[place] = float((np.cumsum(hit)[hit] / (np.flatnonzero(hit) + 1)).mean())
    return out

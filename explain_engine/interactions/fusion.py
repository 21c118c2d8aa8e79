"""One ranking of gene pairs from the two views: what the data support and what the model uses.

The screen finds products and XOR, which trees hardly use; bagged trees find AND and OR, whose single-gene effects they
split on. Ranks are fused by reciprocals (Cormack, Clarke & Buettcher 2009, doi:10.1145/1571941.1572114), the model's
damped, so that its first pair does not outrank the first of the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain_engine.interactions.additive import centre_within
from explain_engine.interactions.calls import Calls
from explain_engine.interactions.forms import FORMS
from explain_engine.interactions.screen import order_by_group
from explain_engine.interactions.treeshap import SparseInteractions

_DAMPING = 100.0


@dataclass(frozen=True, eq=False)
class PairRanking:
    """Gene pairs, strongest first.

    Attributes
    ----------
    pairs
        Gene positions, pairs x 2, first below second.
    score
        Evidence or fused score, falling.
    """

    pairs: NDArray[np.intp]
    score: NDArray[np.float64]


def data_ranking(
    calls: Calls,
    forms: dict[str, NDArray[np.float64]],
    strata: NDArray[np.intp],
    label: NDArray[np.intp],
    top: int = 5000,
) -> PairRanking:
    """The `top` gene pairs by evidence; every found pair is judged with the other found pairs taken out.

    Parameters
    ----------
    forms, strata, label
        As in the search that gave `calls`.
    """
    screen = order_by_group([forms[name] for name in FORMS], label)
    found = [forms[c.form][:, c.first] * forms[c.form][:, c.second] for c in calls.called]
    runs = [_without(calls.residual, found, strata)]
    runs += [_without(calls.residual, found[:k] + found[k + 1 :], strata) for k in range(len(found))]
    own = {(min(c.groups), max(c.groups)): k + 1 for k, c in enumerate(calls.called)}
    keys, scores = np.empty(0, dtype=np.intp), np.empty(0)
    m = len(label)
    for block in screen.blocks(calls.weight):
        rows, later = block.rows, block.later
        score = block.evidence(runs[0])
        for (a, b), k in own.items():
            row, column = np.flatnonzero(label[rows] == a), np.flatnonzero(label[later] == b)
            if row.size and column.size:
                inside = np.ix_(row, column)
                score[inside] = block.evidence(runs[k])[inside]
        flat = score.ravel()
        best = np.argpartition(-flat, top)[:top] if flat.size > top else np.arange(flat.size)
        best = best[np.isfinite(flat[best])]
        i, j = rows[best // len(later)], later[best % len(later)]
        keys = np.concatenate([keys, np.minimum(i, j) * m + np.maximum(i, j)])
        scores = np.concatenate([scores, flat[best].astype(np.float64)])
        order = np.argsort(-scores, kind="stable")[:top]
        keys, scores = keys[order], scores[order]
    return PairRanking(np.column_stack([keys // m, keys % m]), scores)


def model_ranking(found: SparseInteractions, y: NDArray[np.float64], label: NDArray[np.intp]) -> PairRanking:
    """Pairs in different groups by the covariance of their out-of-bag interaction values with the response."""
    between = label[found.pairs[:, 0]] != label[found.pairs[:, 1]]
    strength = np.abs(np.nan_to_num(found.values[between]) @ (y - y.mean())) / len(y)
    order = np.argsort(-strength, kind="stable")
    return PairRanking(found.pairs[between][order], strength[order])


def fuse(data: PairRanking, model: PairRanking, n_genes: int) -> PairRanking:
    """Reciprocal-rank fusion; a pair absent from a view gets nothing from it."""
    score: dict[int, float] = {}
    for ranking, damping in ((data, 0.0), (model, _DAMPING)):
        for rank, (i, j) in enumerate(ranking.pairs.tolist(), start=1):
            score[i * n_genes + j] = score.get(i * n_genes + j, 0.0) + 1.0 / (damping + rank)
    keys = np.array(sorted(score, key=lambda key: (-score[key], key)), dtype=np.intp)
    return PairRanking(
        np.column_stack([keys // n_genes, keys % n_genes]).astype(np.intp), np.array([score[k] for k in keys.tolist()])
    )


def _without(
    residual: NDArray[np.float64], terms: list[NDArray[np.float64]], strata: NDArray[np.intp]
) -> NDArray[np.float64]:
    if not terms:
        return residual
    design = centre_within(np.column_stack(terms), strata)
    return np.asarray(residual - design @ np.linalg.lstsq(design, residual, rcond=None)[0])

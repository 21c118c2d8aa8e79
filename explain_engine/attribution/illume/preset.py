"""What the estimator's parameters mean for m genes: the published choices, and ours where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray
from explain_engine.attribution.illume.similarity import Bandwidths, cosine_distance, prediction_distance
from explain_engine.attribution.illume.terms import LossWeights

# Published presets: dense attributions, and top-K rules.
_DENSE, _TOP_K = LossWeights(kld=1.0, jac=0.1), LossWeights(kld=1.0, jac=1.0, orth=1.0)
_LATENTS, _RANK_CAP = 96, 32
# Lines from which the median distances are taken.
_MEDIAN_LINES = 2000


@dataclass(frozen=True, slots=True)
class Preset:
    """Resolved choices of one fit.

    Attributes
    ----------
    n_latents, rank
        k and r.
    weights
        Loss weights.
    reduce
        Train in singular-vector coordinates when m > n.
    """

    n_latents: int
    rank: int
    weights: LossWeights
    reduce: bool


def resolve(
    n_genes: int,
    *,
    n_latents: int | None,
    rank: int | None,
    sparsity: int | None,
    given: dict[str, float | None],
    coordinates: str,
    paper_faithful: bool,
) -> Preset:
    """Fill in defaults.

    k defaults to 96 (or m, if smaller); r to floor(sqrt(m)) as published, capped at 32 unless ``paper_faithful``:
    beyond that rank the cost grows with m and nothing measured improved.
    """
    base = _DENSE if sparsity is None else _TOP_K
    names = ("kld", "jac", "orth", "corr", "rec")
    values = {name: getattr(base, name) if given[name] is None else float(given[name] or 0.0) for name in names}
    free = int(np.sqrt(n_genes))
    return Preset(
        n_latents=n_latents if n_latents is not None else min(_LATENTS, n_genes),
        rank=rank if rank is not None else max(1, free if paper_faithful else min(free, _RANK_CAP)),
        weights=LossWeights(**values),
        reduce=coordinates == "svd" or (coordinates == "auto" and not paper_faithful),
    )


def _median_off_diagonal(distance: FloatArray) -> float:
    middle = float(np.median(distance[np.triu_indices(distance.shape[0], 1)]))
    return middle if middle > 0 else 1.0


def bandwidths(x: FloatArray, predictions: FloatArray, choice: str) -> Bandwidths:
    """Kernel widths.

    ``"unit"`` is published: width 1 for distances of which the predictions' are mostly below 0.5, so that the kernel
    is nearly uniform and the black box hardly enters. ``"median"`` takes the median distance between training lines.

    Parameters
    ----------
    x
        (n, d) lines.
    predictions
        (n, c).
    choice
        ``"unit"`` or ``"median"``.
    """
    if choice == "unit":
        return Bandwidths()
    step = max(1, x.shape[0] // _MEDIAN_LINES)
    return Bandwidths(
        cosine=_median_off_diagonal(cosine_distance(x[::step])),
        prediction=_median_off_diagonal(prediction_distance(predictions[::step])),
    )

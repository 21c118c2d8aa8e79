"""From standardised lines and black-box output to a fitted model: training, surrogate, agreeing lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.coordinates import Coordinates
from explain_engine.attribution.illume.encoder import Encoder, draw_encoder
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.gram import Recipe
from explain_engine.attribution.illume.preset import Preset
from explain_engine.attribution.illume.refine import Agreeing
from explain_engine.attribution.illume.similarity import Bandwidths
from explain_engine.attribution.illume.surrogate import (
    Surrogate,
    fit_class_surrogate,
    fit_published_surrogate,
    fit_ridge,
)
from explain_engine.attribution.illume.terms import LossWeights
from explain_engine.attribution.illume.training import History, Schedule, as_lines, keep_schedule, train_encoder


@dataclass(frozen=True, slots=True)
class Part:
    """Lines with the black box's output on them.

    Attributes
    ----------
    lines
        (n, m) in standard units.
    predictions
        (n, C) probabilities or (n, 1) continuous predictions.
    label
        (n,) 1 where the black box gives the target class; zeros in the regression head.
    """

    lines: FloatArray
    predictions: FloatArray
    label: IntArray


def train(
    coordinates: Coordinates,
    fitted: Part,
    held_out: Part,
    preset: Preset,
    widths: Bandwidths,
    schedule: Schedule,
    *,
    sparsity: int | None,
    paper_faithful: bool,
    dtype: str,
    draw_start: np.random.Generator,
    draw_order: np.random.Generator,
) -> tuple[Encoder, History]:
    """Train the encoder; a top-K encoder starts from a dense one, whose basis is carried into gene space.

    Returns
    -------
    tuple of Encoder and History
        ``basis`` is in coordinates (dense) or in gene space (top-K).
    """
    x, x_held = coordinates.project(fitted.lines), coordinates.project(held_out.lines)
    m = fitted.lines.shape[1]
    lift = None if coordinates.lift is None else coordinates.lift.astype(dtype)
    keep_genes = sparsity is not None
    lines = as_lines(x, fitted.lines, fitted.predictions, dtype, keep_genes=keep_genes, exact=True)
    checked = as_lines(x_held, held_out.lines, held_out.predictions, dtype, keep_genes=keep_genes, exact=False)
    start = draw_encoder(
        draw_start,
        n_latents=preset.n_latents,
        rank=preset.rank,
        n_genes=m,
        n_inputs=x.shape[1],
        n_outputs=x.shape[1],
        dtype=dtype,
    )
    weights = preset.weights
    if sparsity is None:
        recipe = Recipe(weights, widths, m, paper_faithful, lift)
        return train_encoder(start, lines, checked, recipe, schedule, draw_order)
    # Published warm start: same weights. Ours leaves out the overlap of rows, which is meant for sparse rows and
    # costs more than all other terms together on dense ones.
    dense_weights = weights if paper_faithful else LossWeights(weights.kld, weights.jac, 0.0, weights.corr, weights.rec)
    dense, _ = train_encoder(
        start, lines, checked, Recipe(dense_weights, widths, m, paper_faithful, lift), schedule, draw_order
    )
    start = Encoder(dense.maps, coordinates.to_genes(dense.basis).astype(dtype))
    plan = keep_schedule(m, sparsity, schedule.max_epochs, published=paper_faithful)
    stepwise = Schedule(
        schedule.learning_rate,
        schedule.batch_size,
        schedule.max_epochs,
        schedule.patience,
        plan,
        schedule.keep_remainder,
    )
    return train_encoder(start, lines, checked, Recipe(weights, widths, m, paper_faithful, lift), stepwise, draw_order)


def fit_surrogate(
    encoder: FittedEncoder,
    fitted: Part,
    held_out: Part,
    *,
    kind: str,
    head: str,
    paper_faithful: bool,
    seed: int,
) -> Surrogate:
    """Surrogate on the latents of the training lines.

    Default: chosen by cross-validation over all training lines; ``paper_faithful``: by F1 on the held-out lines.
    """
    z = encoder.latents(fitted.lines)
    if head == "regression":
        return fit_ridge(z, fitted.predictions[:, 0])
    name = "tree" if kind == "tree" else "logistic"
    if paper_faithful:
        return fit_published_surrogate(name, z, fitted.label, encoder.latents(held_out.lines), held_out.label, seed)
    return fit_class_surrogate(name, z, fitted.label, seed)


def agreeing_lines(encoder: FittedEncoder, surrogate: Surrogate, fitted: Part, head: str) -> tuple[Agreeing, IntArray]:
    """Training lines on which surrogate and black box agree, and their rows; none in the regression head."""
    z = encoder.latents(fitted.lines)
    rows = np.flatnonzero(surrogate.label(z) == fitted.label) if head == "class" else np.zeros(0, dtype=np.int64)
    return Agreeing(fitted.lines[rows], z[rows], fitted.label[rows]), rows

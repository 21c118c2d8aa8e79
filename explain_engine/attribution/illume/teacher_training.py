"""Training of the encoder that several taught drugs share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import BoolArray, FloatArray, IntArray
from explain_engine.attribution.illume.encoder import Encoder, combine_slopes, draw_encoder, forward
from explain_engine.attribution.illume.teacher_objective import TaughtBatch, TaughtScale, taught_objective
from explain_engine.attribution.illume.training import Adam
from explain_engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Rest:
    """What the gene curves leave over of one drug.

    Attributes
    ----------
    rows
        (n_d,) lines of the drug.
    phi, prediction
        (n_d, m) TreeSHAP values and (n_d,) predictions less the curves' contributions.
    scale
        Units of the loss.
    energy
        Sum of squares of the drug's TreeSHAP values on the held-out lines.
    """

    rows: IntArray
    phi: FloatArray
    prediction: FloatArray
    scale: TaughtScale
    energy: float


@dataclass(frozen=True, slots=True)
class Course:
    """Settings of the training; see :class:`explain_engine.attribution.illume.IllumeTeacher`."""

    n_latents: int
    rank: int
    learning_rate: float
    batch_size: int
    max_epochs: int
    patience: int


def train_taught(
    x: FloatArray,
    standard: FloatArray,
    rests: list[Rest],
    aside: BoolArray,
    course: Course,
    rng: np.random.Generator,
) -> tuple[Encoder | None, FloatArray, list[float]]:
    """Shared encoder and loadings of the epoch with the least held-out loss.

    Parameters
    ----------
    x, standard
        (n, d) coordinates and (n, m) standardised expression of all lines.
    rests
        One a drug.
    aside
        (n,) lines held out.
    course, rng
        Settings, and the only source of chance.

    Returns
    -------
    tuple
        Encoder, or None if none beats silence; loadings (drugs, k), then all zero; gain in the share of the held-out
        TreeSHAP values explained, one a drug.

    Raises
    ------
    EngineError
        If training diverges.
    """
    silent = np.zeros((len(rests), max(course.n_latents, 1)))
    if course.n_latents == 0:
        return None, silent, [0.0] * len(rests)
    m = standard.shape[1]
    x32, genes = x.astype(np.float32), standard.astype(np.float32)
    targets = [(rest.phi.astype(np.float32), rest.prediction.astype(np.float32)) for rest in rests]
    encoder = draw_encoder(
        rng,
        n_latents=course.n_latents,
        rank=course.rank,
        n_genes=m,
        n_inputs=x.shape[1],
        n_outputs=m,
        dtype="float32",
    )
    # Columns of unit length: a unit loading then means a unit slope spread over the programme's genes.
    encoder.basis[:] /= np.sqrt((encoder.basis**2).sum(axis=0))
    loadings = np.zeros(silent.shape, dtype=np.float32)
    arrays = (encoder.maps, encoder.basis, loadings)
    adam = Adam(arrays, course.learning_rate)
    inside = [np.flatnonzero(~aside[rest.rows]) for rest in rests]
    outside = [np.flatnonzero(aside[rest.rows]) for rest in rests]

    def batch(drug: int, local: IntArray) -> TaughtBatch:
        rows = rests[drug].rows[local]
        phi, prediction = targets[drug]
        return TaughtBatch(x32[rows], genes[rows], phi[local], prediction[local])

    def held_out() -> float:
        losses = [
            taught_objective(encoder, loadings[drug], batch(drug, local), rests[drug].scale)[0]
            for drug, local in enumerate(outside)
        ]
        return float(np.mean(losses))

    best_value, waited = held_out(), 0
    best: Encoder | None = None
    best_loadings = silent
    for epoch in range(course.max_epochs):
        steps = []
        for drug, local in enumerate(inside):
            count = max(1, round(local.size / course.batch_size))
            steps += [(drug, part) for part in np.array_split(rng.permutation(local), count)]
        for step in rng.permutation(len(steps)):
            drug, part = steps[step]
            _, gradient, own = taught_objective(encoder, loadings[drug], batch(drug, part), rests[drug].scale)
            loadings_bar = np.zeros_like(loadings)
            loadings_bar[drug] = own
            adam.update(arrays, (gradient.maps, gradient.basis, loadings_bar))
        value = held_out()
        if not np.isfinite(value):
            raise EngineError(f"training of the taught encoder diverged in epoch {epoch}; lower learning_rate")
        if value < best_value:
            best_value, waited = value, 0
            best, best_loadings = encoder.astype(np.float64), loadings.astype(np.float64)
        else:
            waited += 1
            if waited >= course.patience:
                break
    if best is None:
        return None, silent, [0.0] * len(rests)
    gains = [_gain(best, best_loadings[drug], x, standard, rests[drug], local) for drug, local in enumerate(outside)]
    return best, best_loadings, gains


def _gain(
    encoder: Encoder, loadings: FloatArray, x: FloatArray, standard: FloatArray, rest: Rest, local: IntArray
) -> float:
    rows, phi = rest.rows[local], rest.phi[local]
    added = standard[rows] * combine_slopes(encoder, forward(encoder, x[rows], standard[rows]).omega, loadings)
    return float((phi**2).sum() - ((phi - added) ** 2).sum()) / rest.energy

"""Minibatch training of a meta-encoder: Adam, K schedule, early stopping; deterministic to the bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.encoder import Encoder, Gradient
from explain_engine.attribution.illume.gram import Batch, Recipe, dense_objective
from explain_engine.attribution.illume.similarity import log_kernel, prediction_distance, unit_rows
from explain_engine.attribution.illume.terms import LossValue
from explain_engine.attribution.illume.topk import sparse_objective
from explain_engine.errors import EngineError

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
# Epochs the default K schedule spends on each halving of K.
_EPOCHS_PER_HALVING = 5
# Published schedule: epochs per gene dropped, and the share of epochs added at the final K.
_PUBLISHED_EPOCHS_PER_GENE, _PUBLISHED_TAIL = 30, 0.3


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines to train on or to validate on.

    Attributes
    ----------
    x
        (n, d) coordinates.
    unit
        (n, any) unit vectors whose products are the cosines of the lines in gene space.
    square
        (n,) squared lengths in gene space.
    predictions
        (n, c) of the black box, or None.
    genes
        (n, m); top-K form only.
    """

    x: FloatArray
    unit: FloatArray
    square: FloatArray
    predictions: FloatArray | None
    genes: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and in what steps to train.

    Attributes
    ----------
    learning_rate, batch_size, max_epochs, patience
        Of Adam and early stopping.
    keep
        K of every epoch, or None for a dense encoder; early stopping counts once the last value is reached.
    keep_remainder
        True: minibatches of exactly ``batch_size``, the rest in a smaller one, as published; False: equal parts.
    """

    learning_rate: float = 1e-3
    batch_size: int = 64
    max_epochs: int = 500
    patience: int = 30
    keep: IntArray | None = None
    keep_remainder: bool = False


@dataclass(slots=True)
class History:
    """Loss of every epoch on the training batches (mean) and on the validation lines."""

    train: list[LossValue] = field(default_factory=list)
    validation: list[LossValue] = field(default_factory=list)
    best_epoch: int = -1


class Adam:
    """Adam with bias correction (doi:10.48550/arXiv.1412.6980), in place."""

    def __init__(self, arrays: tuple[FloatArray, ...], learning_rate: float) -> None:
        self._rate = learning_rate
        self._first = [np.zeros_like(array) for array in arrays]
        self._second = [np.zeros_like(array) for array in arrays]
        self._spare = [np.empty_like(array) for array in arrays]
        self._step = 0

    def update(self, arrays: tuple[FloatArray, ...], gradients: tuple[FloatArray, ...]) -> None:
        """One step; overwrites ``gradients``."""
        self._step += 1
        rate = self._rate / (1.0 - _BETA1**self._step)
        correction = 1.0 / float(np.sqrt(1.0 - _BETA2**self._step))
        moments = zip(arrays, gradients, self._first, self._second, self._spare, strict=True)
        for array, gradient, first, second, spare in moments:
            np.multiply(gradient, gradient, out=spare)
            spare *= 1.0 - _BETA2
            second *= _BETA2
            second += spare
            first *= _BETA1
            gradient *= 1.0 - _BETA1
            first += gradient
            np.sqrt(second, out=spare)
            spare *= correction
            spare += _EPSILON
            np.divide(first, spare, out=spare)
            spare *= rate
            array -= spare


def keep_schedule(n_genes: int, keep: int, max_epochs: int, *, published: bool) -> IntArray:
    """K of every epoch.

    Published: from m - 1 linearly down to K over min(30 (m - K), max_epochs) epochs, then 30 % more epochs at K, so
    that with many genes hundreds leave in the last epochs before K. Default: every epoch drops the same share of
    the genes (five epochs a halving), then K is held for the rest of ``max_epochs`` and at least 30 % more.
    """
    if keep >= n_genes:
        return np.full(max_epochs, n_genes)
    if published:
        steps = min(_PUBLISHED_EPOCHS_PER_GENE * (n_genes - keep), max_epochs)
        decay = np.linspace(n_genes - 1, keep, steps)
        tail = int(np.ceil(_PUBLISHED_TAIL * steps))
    else:
        steps = min(int(np.ceil(_EPOCHS_PER_HALVING * np.log2(n_genes / keep))), max_epochs)
        decay = np.geomspace(max(n_genes - 1, keep), keep, steps)
        tail = max(max_epochs - steps, int(np.ceil(_PUBLISHED_TAIL * steps)))
    whole = np.maximum(np.rint(decay).astype(np.int64), keep)
    whole[-1] = keep
    return np.concatenate([whole, np.full(tail, keep)])


def make_batch(lines: Lines, index: IntArray, recipe: Recipe) -> Batch:
    """The lines of ``index`` with their input and prediction kernels."""
    unit = lines.unit[index]
    log_sy = None
    if lines.predictions is not None:
        log_sy = log_kernel(prediction_distance(lines.predictions[index]), recipe.widths.prediction)
    return Batch(
        x=lines.x[index],
        log_sx=log_kernel(1.0 - unit @ unit.T, recipe.widths.cosine),
        log_sy=log_sy,
        square=lines.square[index],
        genes=None if lines.genes is None else lines.genes[index],
    )


def _parts(order: IntArray, schedule: Schedule) -> list[IntArray]:
    size = schedule.batch_size
    if schedule.keep_remainder:
        cut = [order[start : start + size] for start in range(0, order.size, size)]
        # One line alone has no neighbours to be aligned with.
        return [part for part in cut if part.size > 1] or [order]
    return np.array_split(order, max(1, round(order.size / size)))


def _mean(losses: list[tuple[int, LossValue]]) -> LossValue:
    total = sum(size for size, _ in losses)
    out = LossValue()
    for name in ("total", "kld", "jac", "orth", "corr", "rec"):
        setattr(out, name, sum(size * getattr(loss, name) for size, loss in losses) / total)
    return out


def train_encoder(
    encoder: Encoder, train: Lines, validation: Lines, recipe: Recipe, schedule: Schedule, rng: np.random.Generator
) -> tuple[Encoder, History]:
    """Train a copy of ``encoder`` and give back the parameters that did best on the validation lines.

    Parameters
    ----------
    encoder
        Start.
    train, validation
        Lines; the validation value is the same weighted loss.
    recipe, schedule
        What is minimised, and how.
    rng
        Source of the minibatch order, and of nothing else.

    Raises
    ------
    EngineError
        If the loss stops being finite.
    """
    # Matrices of a minibatch are too small for a second thread to pay, and one thread gives the same bits everywhere.
    with threadpool_limits(limits=1, user_api="blas"):
        return _train(encoder.copy(), train, validation, recipe, schedule, rng)


def _train(
    current: Encoder, train: Lines, validation: Lines, recipe: Recipe, schedule: Schedule, rng: np.random.Generator
) -> tuple[Encoder, History]:
    arrays = (current.maps, current.basis)
    adam = Adam(arrays, schedule.learning_rate)
    history = History()
    best, best_value, waited = current.copy(), np.inf, 0
    everything = np.arange(train.x.shape[0])
    held_out = [make_batch(validation, part, recipe) for part in _parts(np.arange(validation.x.shape[0]), schedule)]
    plan = schedule.keep
    for epoch in range(schedule.max_epochs if plan is None else plan.size):
        count = None if plan is None else int(plan[epoch])
        objective = _objective(count, recipe)
        seen: list[tuple[int, LossValue]] = []
        for part in _parts(rng.permutation(everything), schedule):
            loss, gradient = objective(current, make_batch(train, part, recipe))
            adam.update(arrays, (gradient.maps, gradient.basis))
            seen.append((part.size, loss))
        history.train.append(_mean(seen))
        checked = _mean([(batch.x.shape[0], objective(current, batch)[0]) for batch in held_out])
        history.validation.append(checked)
        if not np.isfinite(checked.total):
            raise EngineError(
                f"training of the encoder diverged in epoch {epoch} (loss {checked.total!r}); lower learning_rate"
            )
        if plan is not None and count != int(plan[-1]):
            continue
        if checked.total < best_value:
            best, best_value, waited, history.best_epoch = current.copy(), checked.total, 0, epoch
        else:
            waited += 1
            if waited >= schedule.patience:
                break
    return best, history


def _objective(count: int | None, recipe: Recipe) -> Callable[[Encoder, Batch], tuple[LossValue, Gradient]]:
    if count is None:
        return lambda encoder, batch: dense_objective(encoder, batch, recipe)
    return lambda encoder, batch: sparse_objective(encoder, batch, recipe, count)


def as_lines(
    x: FloatArray, genes: FloatArray, predictions: FloatArray | None, dtype: str, *, keep_genes: bool, exact: bool
) -> Lines:
    """Lines in the training precision.

    Parameters
    ----------
    x, genes
        (n, d) coordinates and (n, m) standardised expression.
    predictions
        (n, c) or None.
    dtype
        Of training.
    keep_genes
        The top-K form needs them.
    exact
        True if the coordinates span the lines, so that cosines may be taken in them (training lines).
    """
    base = x if exact else genes
    unit, length = unit_rows(base)
    return Lines(
        x=x.astype(dtype),
        unit=unit.astype(dtype),
        square=(length[:, 0] ** 2).astype(dtype),
        predictions=None if predictions is None else predictions.astype(dtype),
        genes=genes.astype(dtype) if keep_genes else None,
    )

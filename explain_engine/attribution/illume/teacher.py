"""IllumeTeacher: the meta-encoder taught by out-of-bag TreeSHAP values, one shared encoder for any number of drugs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from explain_engine.attribution.illume import checks
from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.coordinates import Coordinates, fit_coordinates
from explain_engine.attribution.illume.encoder import Encoder, combine_slopes, draw_encoder, forward
from explain_engine.attribution.illume.teacher_curves import GeneCurves, fit_curves
from explain_engine.attribution.illume.teacher_objective import TaughtBatch, TaughtScale, taught_objective
from explain_engine.attribution.illume.training import Adam
from explain_engine.errors import EngineError, InputError

_PENALTIES = (0.3, 1.0, 5.0, 30.0, 200.0)
_FEWEST_LINES = 20


@dataclass(frozen=True)
class Lesson:
    """What is known of one drug.

    Attributes
    ----------
    name
        Drug.
    rows
        (n_d,) rows of X the drug was measured on.
    phi
        (n_d, m) out-of-bag TreeSHAP values, in units of the response.
    prediction
        (n_d,) out-of-bag predictions, in units of the response.
    """

    name: str
    rows: IntArray
    phi: FloatArray
    prediction: FloatArray


@dataclass(frozen=True)
class Taught:
    """What was learned of one drug.

    Attributes
    ----------
    base
        Mean prediction.
    curves
        Gene curves.
    loadings
        (k,) weights of the shared latents: the drug's embedding. All zero where the encoder did not help.
    penalty
        Penalty of the curves, chosen on the held-out lines.
    r2_straight, r2_curves, r2_encoder
        Share of the TreeSHAP values' sum of squares on held-out lines explained by straight lines, by curves, and by
        curves and encoder together.
    """

    base: float
    curves: GeneCurves
    loadings: FloatArray
    penalty: float
    r2_straight: float
    r2_curves: float
    r2_encoder: float


class IllumeTeacher(BaseEstimator):  # type: ignore[misc]
    """Amortised TreeSHAP: contributions and slopes for new lines from expression alone.

    The contribution of gene j at line x is modelled as c_j(x_j) + x_j sum_l b_l w_l(x): a curve a gene, learned from
    the out-of-bag TreeSHAP values (doi:10.1038/s42256-019-0138-9), and what the line-wise slopes of the ILLUME+
    encoder (arXiv:2607.00931) add to it. Encoder and gene programmes are shared by all drugs, loadings b and curves
    are the drug's own. The encoder is kept only if it lowers the loss on held-out lines.

    Parameters
    ----------
    n_latents, rank
        k and r of the encoder; 0 latents: curves alone.
    n_knots
        Knots of a gene's curve; 2 to 30.
    shrinkage
        kappa of the empirical-Bayes slopes, in squared standard deviations of expression.
    prediction_weight
        Weight of the prediction error beside the error of the attributions.
    learning_rate, batch_size, max_epochs, patience
        Of Adam and early stopping.
    validation_fraction
        Share of the lines held out, in (0, 0.5].
    random_state
        Seed; the same seed gives the same bits.

    Attributes
    ----------
    taught_ : dict of str to Taught
        By drug.
    """

    def __init__(
        self,
        *,
        n_latents: int = 32,
        rank: int = 16,
        n_knots: int = 12,
        shrinkage: float = 2.0,
        prediction_weight: float = 1.0,
        learning_rate: float = 1e-3,
        batch_size: int = 64,
        max_epochs: int = 100,
        patience: int = 10,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ) -> None:
        self.n_latents = n_latents
        self.rank = rank
        self.n_knots = n_knots
        self.shrinkage = shrinkage
        self.prediction_weight = prediction_weight
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: Any, phi: Any, prediction: Any = None) -> IllumeTeacher:
        """Learn one drug from arrays, or several from lessons.

        Parameters
        ----------
        X
            (n, m) expression of all lines.
        phi
            (n, m) out-of-bag TreeSHAP values of one drug; or a sequence of :class:`Lesson`.
        prediction
            (n,) out-of-bag predictions of that drug; None with lessons.

        Raises
        ------
        InputError
            If shapes do not match, values are not finite, genes are constant or lines are too few.
        EngineError
            If training diverges.
        """
        values = validate_data(self, X, dtype=np.float64, ensure_min_samples=_FEWEST_LINES)
        names = getattr(self, "feature_names_in_", [f"x{j}" for j in range(values.shape[1])])
        checks.check_genes(values, [str(name) for name in names])
        self._check_settings(values.shape[1])
        lessons = _lessons(values, phi, prediction)
        rng = np.random.default_rng(int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max)))
        self.coordinates_ = fit_coordinates(values, standardise=True, reduce=True)
        standard = self.coordinates_.standardise(values)
        aside = np.zeros(values.shape[0], dtype=bool)
        count = max(4, round(self.validation_fraction * aside.size))
        aside[rng.permutation(aside.size)[:count]] = True

        rests: list[tuple[FloatArray, FloatArray]] = []
        scales, parts = [], []
        for lesson in lessons:
            base = float(lesson.prediction.mean())
            seen = ~aside[lesson.rows]
            if min(seen.sum(), (~seen).sum()) < 2:
                raise InputError(f"drug {lesson.name!r} has too few lines ({seen.size}) to hold some out")
            penalty, straight, bent = _choose_penalty(standard[lesson.rows], lesson.phi, seen, self.n_knots)
            # The encoder learns what curves fitted on the training part leave over; the curves that are kept are
            # refitted on all lines.
            part = fit_curves(standard[lesson.rows][seen], lesson.phi[seen], n_knots=self.n_knots, penalty=penalty)
            explained = part.contributions(standard[lesson.rows])
            rests.append((lesson.phi - explained, lesson.prediction - base - explained.sum(axis=1)))
            scales.append(
                TaughtScale(
                    phi=float((lesson.phi**2).sum(axis=1).mean()),
                    prediction=float(lesson.prediction.var()),
                    shrinkage=float(self.shrinkage),
                    prediction_weight=float(self.prediction_weight),
                )
            )
            parts.append((base, penalty, straight, bent))
        with threadpool_limits(limits=1, user_api="blas"):
            encoder, loadings, gains = self._train(standard, lessons, rests, scales, aside, rng)
        self.encoder_ = encoder
        self.taught_ = {}
        for i, (lesson, (base, penalty, straight, bent)) in enumerate(zip(lessons, parts, strict=True)):
            curves = fit_curves(standard[lesson.rows], lesson.phi, n_knots=self.n_knots, penalty=penalty)
            self.taught_[lesson.name] = Taught(base, curves, loadings[i], penalty, straight, bent, bent + gains[i])
        return self

    def contributions(self, X: Any, drug: str | None = None) -> FloatArray:
        """Predicted TreeSHAP values (n, m) of any lines, in units of the response; with the base they sum to it."""
        standard, taught = self._ready(X, drug)
        return self._contributions(standard, taught)

    def slopes(self, X: Any, drug: str | None = None) -> FloatArray:
        """Empirical-Bayes slopes (n, m): response units a standard deviation of the gene.

        (phi x + kappa s) / (x^2 + kappa) with the predicted contribution phi and the gene's straight slope s.
        """
        standard, taught = self._ready(X, drug)
        phi = self._contributions(standard, taught)
        kappa = self.shrinkage
        return np.asarray((phi * standard + kappa * taught.curves.slope) / (standard**2 + kappa))

    def predict(self, X: Any, drug: str | None = None) -> FloatArray:
        """Predicted response (n,): base plus all contributions."""
        standard, taught = self._ready(X, drug)
        return np.asarray(taught.base + self._contributions(standard, taught).sum(axis=1))

    def global_attribution(self, X: Any, drug: str | None = None) -> FloatArray:
        """Mean absolute contribution over the lines of X: (m,)."""
        return np.asarray(np.abs(self.contributions(X, drug)).mean(axis=0))

    def _contributions(self, standard: FloatArray, taught: Taught) -> FloatArray:
        phi = taught.curves.contributions(standard)
        if self.encoder_ is None or not taught.loadings.any():
            return phi
        coordinates: Coordinates = self.coordinates_
        fwd = forward(self.encoder_, coordinates.project(standard), standard)
        return np.asarray(phi + standard * combine_slopes(self.encoder_, fwd.omega, taught.loadings))

    def _ready(self, X: Any, drug: str | None) -> tuple[FloatArray, Taught]:
        check_is_fitted(self, "taught_")
        standard = self.coordinates_.standardise(validate_data(self, X, dtype=np.float64, reset=False))
        if drug is None and len(self.taught_) == 1:
            drug = next(iter(self.taught_))
        if drug not in self.taught_:
            raise InputError(f"drug {drug!r} was not taught; choose one of {', '.join(map(repr, self.taught_))}")
        return standard, self.taught_[drug]

    def _train(
        self,
        standard: FloatArray,
        lessons: list[Lesson],
        rests: list[tuple[FloatArray, FloatArray]],
        scales: list[TaughtScale],
        aside: Any,
        rng: np.random.Generator,
    ) -> tuple[Encoder | None, FloatArray, list[float]]:
        """Shared encoder and loadings of the epoch with the least held-out loss; (None, zeros) if none beats zero."""
        silent = np.zeros((len(lessons), max(self.n_latents, 1)))
        if self.n_latents == 0:
            return None, silent, [0.0] * len(lessons)
        x = self.coordinates_.project(standard).astype(np.float32)
        genes = standard.astype(np.float32)
        m = genes.shape[1]
        encoder = draw_encoder(
            rng,
            n_latents=self.n_latents,
            rank=self.rank,
            n_genes=m,
            n_inputs=x.shape[1],
            n_outputs=m,
            dtype="float32",
        )
        loadings = np.zeros((len(lessons), self.n_latents), dtype=np.float32)
        # Columns of unit length: a unit loading then means a unit slope spread over the programme's genes.
        encoder.basis[:] /= np.sqrt((encoder.basis**2).sum(axis=0))
        arrays = (encoder.maps, encoder.basis, loadings)
        adam = Adam(arrays, self.learning_rate)
        float_rests = [(phi.astype(np.float32), rest.astype(np.float32)) for phi, rest in rests]

        def batch(lesson: int, local: IntArray) -> TaughtBatch:
            rows = lessons[lesson].rows[local]
            phi, rest = float_rests[lesson]
            return TaughtBatch(x[rows], genes[rows], phi[local], rest[local])

        inside = [np.flatnonzero(~aside[lesson.rows]) for lesson in lessons]
        outside = [np.flatnonzero(aside[lesson.rows]) for lesson in lessons]

        def held_out() -> float:
            losses = [
                taught_objective(encoder, loadings[d], batch(d, rows), scales[d])[0] for d, rows in enumerate(outside)
            ]
            return float(np.mean(losses))

        best_value, waited = held_out(), 0
        best: tuple[Encoder | None, FloatArray] = (None, silent)
        for epoch in range(self.max_epochs):
            steps = []
            for d, rows in enumerate(inside):
                count = max(1, round(rows.size / self.batch_size))
                steps += [(d, part) for part in np.array_split(rng.permutation(rows), count)]
            for step in rng.permutation(len(steps)):
                d, part = steps[step]
                _, gradient, own = taught_objective(encoder, loadings[d], batch(d, part), scales[d])
                loadings_bar = np.zeros_like(loadings)
                loadings_bar[d] = own
                adam.update(arrays, (gradient.maps, gradient.basis, loadings_bar))
            value = held_out()
            if not np.isfinite(value):
                raise EngineError(f"training of the taught encoder diverged in epoch {epoch}; lower learning_rate")
            if value < best_value:
                best_value, waited = value, 0
                best = (encoder.astype(np.float64), loadings.astype(np.float64))
            else:
                waited += 1
                if waited >= self.patience:
                    break
        gains = [0.0] * len(lessons)
        if best[0] is not None:
            for d, rows in enumerate(outside):
                lines = lessons[d].rows[rows]
                fwd = forward(best[0], x[lines].astype(np.float64), standard[lines])
                added = standard[lines] * combine_slopes(best[0], fwd.omega, best[1][d])
                phi = rests[d][0][rows]
                whole = float((lessons[d].phi[rows] ** 2).sum())
                gains[d] = float((phi**2).sum() - ((phi - added) ** 2).sum()) / whole
        return best[0], best[1], gains

    def _check_settings(self, n_genes: int) -> None:
        if self.n_latents != 0:
            checks.check_size("n_latents", self.n_latents, n_genes)
            checks.check_size("rank", self.rank, n_genes)
        if not 2 <= self.n_knots <= 30:
            raise InputError(f"n_knots must lie in 2 to 30, got {self.n_knots!r}")
        if not 0 < self.validation_fraction <= 0.5:
            raise InputError(f"validation_fraction must lie in (0, 0.5], got {self.validation_fraction!r}")
        if self.shrinkage <= 0:
            raise InputError(f"shrinkage must be above 0, got {self.shrinkage!r}")


def _choose_penalty(standard: FloatArray, phi: FloatArray, seen: Any, n_knots: int) -> tuple[float, float, float]:
    """Penalty of the curves that explains the held-out TreeSHAP values best; R2 of straight lines and of curves."""
    whole = max(float((phi[~seen] ** 2).sum()), np.finfo(np.float64).tiny)
    best, best_r2, straight = _PENALTIES[-1], -np.inf, 0.0
    for penalty in _PENALTIES:
        curves = fit_curves(standard[seen], phi[seen], n_knots=n_knots, penalty=penalty)
        r2 = 1.0 - float(((phi[~seen] - curves.contributions(standard[~seen])) ** 2).sum()) / whole
        straight = 1.0 - float(((phi[~seen] - curves.slope * standard[~seen]) ** 2).sum()) / whole
        if r2 > best_r2:
            best, best_r2 = penalty, r2
    return best, straight, best_r2


def _lessons(values: FloatArray, phi: Any, prediction: Any) -> list[Lesson]:
    """Lessons of either form of ``fit``, checked."""
    n, m = values.shape
    if prediction is not None:
        given = [Lesson("drug", np.arange(n), np.asarray(phi, dtype=np.float64), np.asarray(prediction, np.float64))]
    elif isinstance(phi, Sequence) and phi and all(isinstance(lesson, Lesson) for lesson in phi):
        given = list(phi)
    else:
        raise InputError("pass the TreeSHAP values (n, m) together with the predictions (n,), or a list of Lesson")
    if len({lesson.name for lesson in given}) < len(given):
        raise InputError("two lessons have the same name; names must tell drugs apart")
    for lesson in given:
        count = len(lesson.rows)
        if lesson.phi.shape != (count, m) or lesson.prediction.shape != (count,):
            raise InputError(
                f"drug {lesson.name!r}: phi has shape {lesson.phi.shape} and prediction {lesson.prediction.shape}, "
                f"expected {(count, m)} and {(count,)}"
            )
        if not (np.isfinite(lesson.phi).all() and np.isfinite(lesson.prediction).all()):
            raise InputError(f"drug {lesson.name!r}: TreeSHAP values or predictions contain NaN or infinity")
        if count and (lesson.rows.min() < 0 or lesson.rows.max() >= n):
            raise InputError(f"drug {lesson.name!r}: rows point outside the {n} lines of X")
        checks.check_varies(lesson.prediction)
    return given

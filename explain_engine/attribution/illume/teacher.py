"""IllumeTeacher: the meta-encoder taught by out-of-bag TreeSHAP values, one shared encoder for any number of drugs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from explain_engine.attribution.illume import checks
from explain_engine.attribution.illume.arrays import BoolArray, FloatArray
from explain_engine.attribution.illume.coordinates import Coordinates, fit_coordinates
from explain_engine.attribution.illume.encoder import combine_slopes, forward
from explain_engine.attribution.illume.lesson import Lesson, check_lessons
from explain_engine.attribution.illume.teacher_curves import GeneCurves, fit_curves
from explain_engine.attribution.illume.teacher_objective import TaughtScale
from explain_engine.attribution.illume.teacher_training import Course, Rest, train_taught
from explain_engine.errors import InputError

_PENALTIES = (0.3, 1.0, 5.0, 30.0, 200.0)
_FEWEST_LINES = 20


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
        lessons = check_lessons(values, phi, prediction)
        rng = np.random.default_rng(int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max)))
        self.coordinates_ = fit_coordinates(values, standardise=True, reduce=True)
        standard = self.coordinates_.standardise(values)
        aside = np.zeros(values.shape[0], dtype=bool)
        count = max(4, round(self.validation_fraction * aside.size))
        aside[rng.permutation(aside.size)[:count]] = True

        rests, parts = [], []
        for lesson in lessons:
            seen = ~aside[lesson.rows]
            if min(seen.sum(), (~seen).sum()) < 2:
                raise InputError(f"drug {lesson.name!r} has too few lines ({seen.size}) to hold some out")
            rest, part = self._curves(standard[lesson.rows], lesson, seen)
            rests.append(rest)
            parts.append(part)
        course = Course(self.n_latents, self.rank, self.learning_rate, self.batch_size, self.max_epochs, self.patience)
        with threadpool_limits(limits=1, user_api="blas"):
            encoder, loadings, gains = train_taught(
                self.coordinates_.project(standard), standard, rests, aside, course, rng
            )
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

    def _curves(self, standard: FloatArray, lesson: Lesson, seen: BoolArray) -> tuple[Rest, tuple[float, ...]]:
        """What curves fitted on the training part leave for the encoder; and (base, penalty, two shares explained).

        The curves that are kept are refitted on all lines.
        """
        base = float(lesson.prediction.mean())
        penalty, straight, bent = _choose_penalty(standard, lesson.phi, seen, self.n_knots)
        part = fit_curves(standard[seen], lesson.phi[seen], n_knots=self.n_knots, penalty=penalty)
        explained = part.contributions(standard)
        scale = TaughtScale(
            phi=float((lesson.phi**2).sum(axis=1).mean()),
            prediction=float(lesson.prediction.var()),
            shrinkage=float(self.shrinkage),
            prediction_weight=float(self.prediction_weight),
        )
        rest = Rest(
            rows=lesson.rows,
            phi=lesson.phi - explained,
            prediction=lesson.prediction - base - explained.sum(axis=1),
            scale=scale,
            energy=_energy(lesson.phi[~seen]),
        )
        return rest, (base, penalty, straight, bent)

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


def _energy(phi: FloatArray) -> float:
    return max(float((phi**2).sum()), float(np.finfo(np.float64).tiny))


def _choose_penalty(standard: FloatArray, phi: FloatArray, seen: BoolArray, n_knots: int) -> tuple[float, float, float]:
    """Penalty of the curves that explains the held-out TreeSHAP values best; R2 of straight lines and of curves."""
    whole = _energy(phi[~seen])
    best, best_r2, straight = _PENALTIES[-1], -np.inf, 0.0
    for penalty in _PENALTIES:
        curves = fit_curves(standard[seen], phi[seen], n_knots=n_knots, penalty=penalty)
        r2 = 1.0 - float(((phi[~seen] - curves.contributions(standard[~seen])) ** 2).sum()) / whole
        straight = 1.0 - float(((phi[~seen] - curves.slope * standard[~seen]) ** 2).sum()) / whole
        if r2 > best_r2:
            best, best_r2 = penalty, r2
    return best, straight, best_r2

"""Interpretable surrogates on the latents: logistic or ridge regression for slopes, a tree for rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from explain_engine.attribution.illume.arrays import FloatArray, IntArray

STRENGTHS = (0.001, 0.01, 0.05, 0.1, 1.0, 10.0)
_ALPHAS = tuple(float(a) for a in np.logspace(-2, 5, 15))
_DEPTHS, _LEAVES = (2, 3, 4, 6), (5, 10, 20)
# The published grids have 6 x 6 x 8 members; their values are not part of the published description.
_PUBLISHED_SPLITS, _PUBLISHED_LEAVES = (2, 5, 10, 20, 50, 100), (1, 2, 5, 10, 20, 50)
_PUBLISHED_DEPTHS = (2, 3, 4, 5, 6, 8, 10, None)
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A surrogate fitted on standardised latents.

    Attributes
    ----------
    kind
        ``"logistic"``, ``"ridge"`` or ``"tree"``.
    model
        The fitted scikit-learn estimator.
    centre, scale
        (k,) standardisation of the latents (zeros and ones for trees).
    chosen
        The hyper-parameters that won.
    """

    kind: str
    model: Any
    centre: FloatArray
    scale: FloatArray
    chosen: dict[str, Any]

    @property
    def weights(self) -> FloatArray:
        """(k,) slope of the surrogate in each latent: log-odds or predicted units a unit of z."""
        return np.asarray(self.model.coef_).reshape(-1) / self.scale

    def score(self, z: FloatArray) -> FloatArray:
        """Probability of the target class, or predicted value: (n,)."""
        inputs = (z - self.centre) / self.scale
        if self.kind == "ridge":
            return np.asarray(self.model.predict(inputs))
        return np.asarray(self.model.predict_proba(inputs)[:, 1])

    def label(self, z: FloatArray) -> IntArray:
        """1 where the target class is predicted (class surrogates): (n,)."""
        return np.asarray(self.model.predict((z - self.centre) / self.scale), dtype=np.int64)


def _standardisation(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    scale = z.std(axis=0)
    return z.mean(axis=0), np.where(scale > 1e-12 * (1.0 + np.abs(z).max(axis=0)), scale, 1.0)


def _identity(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.zeros(z.shape[1]), np.ones(z.shape[1])


def _log_loss(truth: IntArray, probability: FloatArray) -> float:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return -float(np.mean(np.where(truth == 1, np.log(clipped), np.log1p(-clipped))))


def _select(candidates: list[Any], inputs: FloatArray, target: IntArray, random_state: int) -> Any:
    """The candidate of least cross-validated log loss over all lines; the first of them if folds are impossible."""
    folds = min(_FOLDS, int(np.bincount(target, minlength=2).min()))
    if folds < 2:
        return candidates[0]
    splitter = StratifiedKFold(folds, shuffle=True, random_state=random_state)
    losses = []
    for candidate in candidates:
        probability = cross_val_predict(candidate, inputs, target, cv=splitter, method="predict_proba")[:, 1]
        losses.append(_log_loss(target, probability))
    return candidates[int(np.argmin(losses))]


def fit_class_surrogate(kind: str, z: FloatArray, target: IntArray, random_state: int) -> Surrogate:
    """Logistic regression or tree, its strength chosen by five-fold log loss on all lines given.

    Parameters
    ----------
    kind
        ``"logistic"`` or ``"tree"``.
    z
        (n, k) latents.
    target
        (n,) 1 where the black box gives the target class, else 0; both must occur.
    random_state
        Seed of folds and trees.
    """
    candidates: list[Any]
    names: tuple[str, ...]
    if kind == "tree":
        candidates = [
            DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=random_state)
            for depth in _DEPTHS
            for leaf in _LEAVES
        ]
        centre, scale = _identity(z)
        names = ("max_depth", "min_samples_leaf")
    else:
        candidates = [LogisticRegression(C=strength, max_iter=2000) for strength in STRENGTHS]
        centre, scale = _standardisation(z)
        names = ("C",)
    inputs = (z - centre) / scale
    model = _select(candidates, inputs, target, random_state).fit(inputs, target)
    return Surrogate(kind, model, centre, scale, {name: getattr(model, name) for name in names})


def fit_published_surrogate(
    kind: str, z: FloatArray, target: IntArray, z_val: FloatArray, target_val: IntArray, random_state: int
) -> Surrogate:
    """Surrogate chosen by F1 on the validation lines alone, as published (first best of the grid wins)."""
    candidates: list[Any]
    if kind == "tree":
        candidates = [
            DecisionTreeClassifier(
                min_samples_split=split, min_samples_leaf=leaf, max_depth=depth, random_state=random_state
            )
            for split in _PUBLISHED_SPLITS
            for leaf in _PUBLISHED_LEAVES
            for depth in _PUBLISHED_DEPTHS
        ]
        names: tuple[str, ...] = ("min_samples_split", "min_samples_leaf", "max_depth")
    else:
        # The published grid also varies max_iter, which does not change a converged fit.
        candidates = [
            LogisticRegression(l1_ratio=ratio, C=strength, solver="liblinear", max_iter=5000, random_state=random_state)
            for ratio in (1.0, 0.0)
            for strength in STRENGTHS
        ]
        names = ("l1_ratio", "C")
    best, best_f1 = candidates[0], -1.0
    for candidate in candidates:
        value = float(f1_score(target_val, candidate.fit(z, target).predict(z_val), zero_division=0.0))
        if value > best_f1:
            best, best_f1 = candidate, value
    return Surrogate(kind, best, *_identity(z), {name: getattr(best, name) for name in names})


def fit_ridge(z: FloatArray, prediction: FloatArray) -> Surrogate:
    """Ridge regression of a continuous prediction, its penalty chosen by leave-one-out error."""
    centre, scale = _standardisation(z)
    model = RidgeCV(alphas=_ALPHAS).fit((z - centre) / scale, prediction)
    return Surrogate("ridge", model, centre, scale, {"alpha": float(model.alpha_)})

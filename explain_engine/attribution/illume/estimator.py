"""IllumePlus: the meta-encoder, its surrogate and its explanations behind the scikit-learn interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from explain_engine.attribution.illume import checks
from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.coordinates import fit_coordinates
from explain_engine.attribution.illume.counterfactual import CounterfactualRule
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.fitting import Part, agreeing_lines, fit_surrogate, train
from explain_engine.attribution.illume.model import Model
from explain_engine.attribution.illume.preset import bandwidths, resolve
from explain_engine.attribution.illume.refine import step_pairs
from explain_engine.attribution.illume.rules import DecodedRule
from explain_engine.attribution.illume.training import Schedule
from explain_engine.errors import InputError

_FEWEST_LINES = 4


class IllumePlus(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Explain a black box through line-wise linear maps to latents (ILLUME+; arXiv:2607.00931, arXiv:2504.20667).

    Parameters
    ----------
    n_latents
        k, at most m. None: 96, or m if that is smaller.
    rank
        r of the shared programmes B (m x r). None: floor(sqrt(m)), at most 32 (uncapped if ``paper_faithful``).
    sparsity
        K: genes kept in every slope. None: dense. Rules need it.
    rule_sparsity
        With ``paper_faithful`` only: K of the mask put on a dense encoder when rules are read, as published.
    head
        ``"auto"``: class probabilities (n, C) or continuous prediction (n,), whichever ``fit`` is given; or
        ``"class"`` / ``"regression"`` to insist.
    target_class
        Class explained, 0 to C - 1 (class head).
    surrogate
        ``"linear"``: logistic (class) or ridge (regression) on z, for attributions; ``"tree"`` for rules.
    kld, jac, orth, corr, rec
        Loss weights. None: 1, 0.1, 0, 0, 0; with ``sparsity`` 1, 1, 1, 0, 0.
    bandwidth
        ``"median"``: kernel widths are the median distances of training lines; ``"unit"``: 1, as published.
        None: median, or unit if ``paper_faithful``.
    coordinates
        ``"svd"`` trains in singular-vector coordinates when m > n, ``"genes"`` never does; ``"auto"`` is svd, or
        genes if ``paper_faithful``.
    learning_rate, batch_size, max_epochs, patience
        Of Adam and early stopping on the validation loss.
    validation_fraction
        Share of the lines held out when ``fit`` gets no validation lines, in (0, 0.5].
    refine
        Latent refinement of attributions and rules where the surrogate contradicts the black box (class head).
    standardise
        Standardise genes with the training lines' mean and standard deviation.
    paper_faithful
        Published choices instead of ours: unit kernel widths, W held constant in the Jacobian term, uncapped rank,
        gene coordinates, linear K schedule, minibatches with a remainder, surrogate chosen by F1 on the validation
        lines, refinement pairs by growing product. Published defects of the program (unseeded draws, dropped zero
        thresholds, mis-ordered masks) are not reproduced.
    dtype
        Of training, ``"float32"`` or ``"float64"``; explanations are always computed in double precision.
    random_state
        Seed; the same seed gives the same bits.

    Attributes
    ----------
    encoder_ : FittedEncoder
        Trained encoder.
    surrogate_ : Surrogate
        Fitted surrogate.
    history_ : History
        Loss of every epoch.
    n_features_in_ : int
        m.
    """

    def __init__(
        self,
        *,
        n_latents: int | None = None,
        rank: int | None = None,
        sparsity: int | None = None,
        rule_sparsity: int = 2,
        head: str = "auto",
        target_class: int = 0,
        surrogate: str = "linear",
        kld: float | None = None,
        jac: float | None = None,
        orth: float | None = None,
        corr: float | None = None,
        rec: float | None = None,
        bandwidth: str | None = None,
        coordinates: str = "auto",
        learning_rate: float = 1e-3,
        batch_size: int = 64,
        max_epochs: int = 500,
        patience: int = 30,
        validation_fraction: float = 0.1,
        refine: bool = True,
        standardise: bool = True,
        paper_faithful: bool = False,
        dtype: str = "float32",
        random_state: Any = None,
    ) -> None:
        self.n_latents = n_latents
        self.rank = rank
        self.sparsity = sparsity
        self.rule_sparsity = rule_sparsity
        self.head = head
        self.target_class = target_class
        self.surrogate = surrogate
        self.kld = kld
        self.jac = jac
        self.orth = orth
        self.corr = corr
        self.rec = rec
        self.bandwidth = bandwidth
        self.coordinates = coordinates
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.refine = refine
        self.standardise = standardise
        self.paper_faithful = paper_faithful
        self.dtype = dtype
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        """A target is required: the black box's output."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X: Any, y: Any = None, *, X_val: Any = None, y_val: Any = None) -> IllumePlus:
        """Train the encoder and fit the surrogate.

        Parameters
        ----------
        X
            (n, m) training lines, finite; no gene constant.
        y
            The black box's output on them: class probabilities (n, C) summing to 1, or a continuous prediction (n,).
        X_val, y_val
            Lines for early stopping and for scoring rules; drawn from X where not given. Never the test lines.

        Raises
        ------
        InputError
            A ``ValueError``: for NaN, shapes that do not match, constant genes, k, r or K above m, probabilities
            that do not sum to 1, or a black box that never changes its answer.
        EngineError
            If training diverges.
        """
        checks.check_settings(self)
        if y is None:
            checks.check_predictions(None, 0, self.head)
        values = validate_data(self, X, dtype=np.float64, ensure_min_samples=_FEWEST_LINES)
        names = self._names()
        checks.check_genes(values, names)
        m = values.shape[1]
        for name in ("n_latents", "rank", "sparsity"):
            checks.check_size(name, getattr(self, name), m)
        predictions, self.head_ = checks.check_predictions(y, values.shape[0], self.head)
        self._check_surrogate()
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
        rows, held_values, held_predictions = self._held_out(values, predictions, X_val, y_val, streams[0])
        values, predictions = values[rows], predictions[rows]

        given = {name: getattr(self, name) for name in ("kld", "jac", "orth", "corr", "rec")}
        preset = resolve(
            m,
            n_latents=self.n_latents,
            rank=self.rank,
            sparsity=self.sparsity,
            given=given,
            coordinates=self.coordinates,
            paper_faithful=self.paper_faithful,
        )
        coordinates = fit_coordinates(values, standardise=self.standardise, reduce=preset.reduce)
        fitted = Part(coordinates.standardise(values), predictions, self._label(predictions, both=True))
        held_out = Part(coordinates.standardise(held_values), held_predictions, self._label(held_predictions))
        width = self.bandwidth or ("unit" if self.paper_faithful else "median")
        widths = bandwidths(coordinates.project(fitted.lines), predictions, width)
        encoder, history = train(
            coordinates,
            fitted,
            held_out,
            preset,
            widths,
            Schedule(
                self.learning_rate,
                self.batch_size,
                self.max_epochs,
                self.patience,
                keep_remainder=self.paper_faithful,
            ),
            sparsity=self.sparsity,
            paper_faithful=self.paper_faithful,
            dtype=self.dtype,
            draw_start=streams[1],
            draw_order=streams[2],
        )
        self.encoder_ = FittedEncoder.build(coordinates, encoder, self.sparsity)
        seen = self.encoder_
        if self.paper_faithful and self.surrogate == "tree" and self.sparsity is None:
            # Published: rules are read through a mask that the encoder was not trained with.
            seen = self.encoder_.masked(self.rule_sparsity)
        chosen = fit_surrogate(
            seen,
            fitted,
            held_out,
            kind=self.surrogate,
            head=self.head_,
            paper_faithful=self.paper_faithful,
            seed=seed,
        )
        agreeing, agreeing_rows = agreeing_lines(seen, chosen, fitted, self.head_)
        self.model_ = Model(
            encoder=seen,
            surrogate=chosen,
            agreeing=agreeing,
            agreeing_rows=rows[agreeing_rows],
            pairs=step_pairs(published=self.paper_faithful, seed=seed),
            held_out=held_out.lines,
            held_out_label=held_out.label,
            names=names,
            history=history,
            widths=widths,
        )
        self.surrogate_, self.history_ = chosen, history
        return self

    def transform(self, X: Any) -> FloatArray:
        """Latents (n, k) of any lines."""
        return self._model().encoder.latents(self._standard(X))

    def surrogate_score(self, X: Any) -> FloatArray:
        """Surrogate's probability of the target class, or its predicted value: (n,)."""
        return self._model().surrogate.score(self.transform(X))

    def predict(self, X: Any) -> Any:
        """Surrogate's label (1: target class) or predicted value: (n,)."""
        z = self.transform(X)
        return self.surrogate_.label(z) if self.head_ == "class" else self.surrogate_.score(z)

    def attributions(self, X: Any, y: Any = None, *, times_value: bool = False) -> FloatArray:
        """Local attribution of every gene: e(x) = sum over latents of beta_l w_l(x), (n, m).

        Slopes of the surrogate's log-odds (class head) or prediction (regression head) in one standard deviation of
        the gene.

        Parameters
        ----------
        X
            (n, m) lines, known or new.
        y
            Black-box output on them. Given, lines on which the surrogate contradicts it are refined (class head).
        times_value
            Multiply by the standardised expression: contributions instead of slopes.
        """
        model = self._model()
        if model.surrogate.kind == "tree":
            raise InputError("a tree surrogate has no slopes: fit with surrogate='linear' for attributions")
        standard = self._standard(X)
        slopes = model.slopes(standard, self._wanted(y, standard.shape[0]))
        return slopes * standard if times_value else slopes

    def global_attribution(self, X: Any, y: Any = None, *, times_value: bool = False) -> FloatArray:
        """Mean absolute local attribution over the lines of X: (m,)."""
        return np.asarray(np.abs(self.attributions(X, y, times_value=times_value)).mean(axis=0))

    def decision_rules(self, X: Any, y: Any = None) -> list[DecodedRule]:
        """One decoded rule a line, scored on the held-out lines of the fit.

        Parameters
        ----------
        X, y
            Lines, and the black box's output on them if latent refinement is wanted.
        """
        model, standard = self._rule_model(), self._standard(X)
        return model.decision_rules(standard, self._wanted(y, standard.shape[0]))

    def counterfactual_rules(
        self, X: Any, black_box: Callable[[FloatArray], IntArray] | None = None
    ) -> list[list[CounterfactualRule]]:
        """For every line the counterfactual rules with the fewest violated genes, nearest example first.

        Parameters
        ----------
        X
            (n, m) lines.
        black_box
            Gives 1 for the target class, else 0, for lines in the units of X. Given, every counterfactual is asked.
        """
        return self._rule_model().counterfactual_rules(self._standard(X), black_box)

    def _model(self) -> Model:
        check_is_fitted(self, "model_")
        model: Model = self.model_
        return model

    def _rule_model(self) -> Model:
        model = self._model()
        if model.surrogate.kind != "tree":
            raise InputError("rules need a tree: fit with surrogate='tree'")
        if model.encoder.keep is None:
            raise InputError(
                "rules of a dense encoder would bound every gene: fit with sparsity=K (2 as published), or with "
                "paper_faithful=True to mask an encoder that was trained dense"
            )
        return model

    def _standard(self, X: Any) -> FloatArray:
        model = self._model()
        values = validate_data(self, X, dtype=np.float64, reset=False)
        return model.encoder.coordinates.standardise(values)

    def _wanted(self, y: Any, lines: int) -> IntArray | None:
        if y is None or not self.refine or self.head_ == "regression":
            return None
        predictions, _ = checks.check_predictions(y, lines, self.head_)
        return self._label(predictions)

    def _label(self, predictions: FloatArray, *, both: bool = False) -> IntArray:
        if self.head_ == "regression":
            if both:
                checks.check_varies(predictions)
            return np.zeros(predictions.shape[0], dtype=np.int64)
        return checks.class_target(predictions, self.target_class, both=both)

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else [str(name) for name in names]

    def _held_out(
        self, values: FloatArray, predictions: FloatArray, X_val: Any, y_val: Any, rng: np.random.Generator
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Rows to train on, and the lines held out for early stopping with their predictions."""
        n = values.shape[0]
        if X_val is None:
            if y_val is not None:
                raise InputError("y_val was given without X_val; pass both or neither")
            order = rng.permutation(n)
            count = max(2, round(self.validation_fraction * n))
            rows, aside = np.sort(order[count:]), np.sort(order[:count])
            return rows, values[aside], predictions[aside]
        checked = validate_data(self, X_val, dtype=np.float64, reset=False, ensure_min_samples=2)
        held, _ = checks.check_predictions(y_val, checked.shape[0], self.head_, what="y_val")
        if held.shape[1] != predictions.shape[1]:
            raise InputError(f"y_val has {held.shape[1]} classes but y has {predictions.shape[1]}")
        return np.arange(n), checked, held

    def _check_surrogate(self) -> None:
        if self.head_ == "regression" and self.surrogate == "tree":
            raise InputError("rules separate classes: pass class probabilities for surrogate='tree'")

"""Rules and counterfactuals of one drug, from its models to records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from explain_engine.errors import InputError
from explain_engine.record import Interval
from explain_engine.rules.boxes import LeafBoxes
from explain_engine.rules.counterfactual import counterfactual, learn_plausible
from explain_engine.rules.records import Condition, Counterfactual, Rule
from explain_engine.rules.search import Bounds, RuleSettings, asked_lines, best_boxes, candidate_bounds, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Outcome = Literal["sensitive", "resistant"]
_OVERLAP = 0.6


class RuleSearch:
    """The black box asked once about many lines; rules for the drug or for single lines are then cheap.

    Parameters
    ----------
    predict
        The black box: standardised expression, lines x genes, to predicted response.
    Z
        Lines the model was trained on.
    importance
        One value a gene; bounds are taken from the genes with the largest.
    genes
        Gene names.
    threshold
        Predictions at or below count as sensitive; None takes the median prediction of `Z`.

    Raises
    ------
    InputError
        If sizes do not match, or the model gives every line the same answer.
    """

    def __init__(
        self,
        predict: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        Z: NDArray[np.float64],
        importance: NDArray[np.float64],
        genes: Sequence[str],
        *,
        threshold: float | None = None,
        settings: RuleSettings | None = None,
    ) -> None:
        self.settings = settings or RuleSettings()
        if Z.shape[1] != len(genes) or importance.shape != (len(genes),):
            raise InputError(f"Z {Z.shape}, importance {importance.shape}, genes {len(genes)}: sizes do not match")
        self._predict, self._genes = predict, genes
        asked = asked_lines(Z, self.settings.asked, self.settings.seed)
        answer = np.asarray(predict(asked))
        self.threshold = float(np.median(predict(Z))) if threshold is None else threshold
        self._sensitive = answer <= self.threshold
        if self._sensitive.all() or not self._sensitive.any():
            raise InputError(f"the model puts every line on one side of {self.threshold:g}; choose another threshold")
        top = np.argsort(-importance, kind="stable")[: self.settings.genes]
        self._bounds: Bounds = candidate_bounds(Z, asked, top[importance[top] > 0].astype(np.intp))

    def drug_rules(
        self, held_out: NDArray[np.float64], measured: NDArray[np.float64] | None = None
    ) -> tuple[Rule, ...]:
        """Rules for both outcomes, scored on held-out lines; rules that mostly cover the same lines are left out."""
        out: list[Rule] = []
        every = np.ones(len(self._bounds.gene), dtype=bool)
        score = self._scorer(held_out, measured)
        for outcome in ("sensitive", "resistant"):
            kept: list[NDArray[np.bool_]] = []
            wanted = self._sensitive == (outcome == "sensitive")
            for rule in best_boxes(self._bounds, wanted, every, self.settings, self.settings.least_coverage_drug):
                cover = np.asarray(self._bounds.met[list(rule)].all(axis=0))
                if any((cover & other).sum() > _OVERLAP * min(cover.sum(), other.sum()) for other in kept):
                    continue
                kept.append(cover)
                out.append(score(rule, outcome, None))
                if len(kept) == self.settings.listed:
                    break
        return tuple(out)

    def line_rules(
        self,
        lines: NDArray[np.float64],
        names: Sequence[str],
        held_out: NDArray[np.float64],
        measured: NDArray[np.float64] | None = None,
    ) -> tuple[Rule | None, ...]:
        """One rule a line that covers the line and gives the model's answer for it, scored on held-out lines.

        A line's own row in `held_out` is part of the score; None where no bound that the line meets helps.
        """
        answers = np.asarray(self._predict(lines)) <= self.threshold
        met = self._bounds.of(lines)
        score = self._scorer(held_out, measured)
        out: list[Rule | None] = []
        for k, name in enumerate(names):
            outcome: Outcome = "sensitive" if answers[k] else "resistant"
            wanted = self._sensitive == answers[k]
            rules = best_boxes(self._bounds, wanted, met[:, k], self.settings, self.settings.least_coverage)
            out.append(score(rules[0], outcome, name) if rules else None)
        return tuple(out)

    def _scorer(
        self, held_out: NDArray[np.float64], measured: NDArray[np.float64] | None
    ) -> Callable[[tuple[int, ...], Outcome, str | None], Rule]:
        if not len(held_out):
            raise InputError("rules need held-out lines to be scored on; keep some lines out of the model's training")
        sensitive = np.asarray(self._predict(held_out)) <= self.threshold
        met = self._bounds.of(held_out)
        truth = None if measured is None else np.asarray(measured) <= self.threshold

        def score(rule: tuple[int, ...], outcome: Outcome, line: str | None) -> Rule:
            cover = met[list(rule)].all(axis=0)
            agrees = sensitive == (outcome == "sensitive")
            base = float(agrees.mean())
            precision = share_interval(int((cover & agrees).sum()), int(cover.sum()))
            true = None if truth is None else truth == (outcome == "sensitive")
            return Rule(
                conditions=tuple(self._condition(b) for b in rule),
                outcome=outcome,
                precision=precision,
                coverage=float(cover.mean()),
                n_covered=int(cover.sum()),
                base_rate=base,
                lift=precision.estimate / base if base > 0 else 0.0,
                measured=None if true is None else share_interval(int((cover & true).sum()), int(cover.sum())),
                measured_base_rate=None if true is None else float(true.mean()),
                line=line,
            )

        return score

    def _condition(self, bound: int) -> Condition:
        return Condition(
            gene=self._genes[int(self._bounds.gene[bound])],
            op=">" if self._bounds.above[bound] else "<=",
            threshold=float(self._bounds.threshold[bound]),
        )


def share_interval(hits: int, count: int) -> Interval:
    """A share with its Wilson interval; estimate 0 and the whole range where nothing was counted."""
    low, high = wilson(np.array([hits]), np.array([count]))
    estimate = hits / count if count else 0.0
    return Interval(
        estimate=estimate,
        low=min(float(low[0]), estimate),
        high=max(float(high[0]), estimate),
        level=0.95,
        method=f"Wilson, {count} held-out lines",
    )


def find_rules(
    models: Sequence[Any],
    Z: NDArray[np.float64],
    genes: Sequence[str],
    importance: NDArray[np.float64],
    held_out: NDArray[np.float64],
    *,
    measured: NDArray[np.float64] | None = None,
    threshold: float | None = None,
    settings: RuleSettings | None = None,
) -> tuple[Rule, ...]:
    """Rules of the drug: which lines the model calls sensitive or resistant.

    Parameters
    ----------
    models
        Fitted boosters; the black box is the mean of their predictions. None may have seen `held_out`.
    Z, held_out
        Standardised expression of training and held-out lines, lines x genes.
    importance
        One value a gene.
    measured
        Measured response of the held-out lines.
    """
    search = RuleSearch(mean_prediction(models), Z, importance, genes, threshold=threshold, settings=settings)
    return search.drug_rules(held_out, measured)


def find_counterfactuals(
    models: Sequence[Any],
    Z: NDArray[np.float64],
    genes: Sequence[str],
    lines: NDArray[np.float64],
    names: Sequence[str],
    *,
    threshold: float | None = None,
) -> tuple[Counterfactual, ...]:
    """The smallest plausible change found for each line that flips the model; lines without one are left out.

    Parameters
    ----------
    models
        Fitted LightGBM boosters; the black box is the mean of their predictions.
    Z
        Training lines: they define what is plausible, and the median prediction if no threshold is given.
    lines, names
        Standardised expression of the lines to explain, lines x genes, and their names.
    """
    predict = mean_prediction(models)
    cut = float(np.median(predict(Z))) if threshold is None else threshold
    boxes = LeafBoxes(models)
    plausible = learn_plausible(Z, boxes.genes)
    found = (
        counterfactual(np.asarray(x, dtype=np.float64), name, boxes, plausible, predict, cut, genes)
        for x, name in zip(lines, names, strict=True)
    )
    return tuple(c for c in found if c is not None)


def mean_prediction(models: Sequence[Any]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The black box that several boosters are together."""
    if not models:
        raise InputError("no model was given; pass at least one fitted model")

    def predict(X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.mean([model.predict(X, num_threads=1) for model in models], axis=0))

    return predict

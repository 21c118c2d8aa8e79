"""Rules about which lines respond, and counterfactual changes that would flip the model's answer."""

from __future__ import annotations

from typing import Literal

from explain_engine.record import Interval, Record


class Condition(Record):
    """A bound on the standardised expression of one gene."""

    gene: str
    op: Literal["<=", ">"]
    threshold: float


class Rule(Record):
    """A conjunction of conditions, scored on lines held out of the search.

    Attributes
    ----------
    conditions
        A few bounds, all of which a covered line meets.
    outcome
        ``sensitive``: the model's prediction is at or below the threshold; ``resistant``: above.
    precision
        Share of covered held-out lines for which the model gives the outcome, Wilson interval.
    coverage, n_covered
        Share and number of held-out lines that the rule covers.
    base_rate, lift
        Share of all held-out lines with the outcome; precision over base rate.
    measured
        The same share as `precision` for the measured response; None where it was not given.
    measured_base_rate
        Share of all held-out lines whose measured response is on the side of the outcome.
    line
        The line it was searched for; None for rules of the drug.
    """

    conditions: tuple[Condition, ...]
    outcome: Literal["sensitive", "resistant"]
    precision: Interval
    coverage: float
    n_covered: int
    base_rate: float
    lift: float
    measured: Interval | None = None
    measured_base_rate: float | None = None
    line: str | None = None


class Counterfactual(Record):
    """The smallest plausible change found that flips the model's answer for one line; re-queried before it is kept.

    Attributes
    ----------
    changes
        Gene, standardised expression before and after.
    prediction_before, prediction_after
        Of the model itself, in units of the response.
    threshold
        What the prediction crossed.
    size
        Sum of the absolute changes, in standard deviations.
    """

    line: str
    changes: tuple[tuple[str, float, float], ...]
    prediction_before: float
    prediction_after: float
    threshold: float
    size: float = 0.0

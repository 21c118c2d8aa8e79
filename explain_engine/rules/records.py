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
    """A conjunction of conditions, scored on lines held out of the search."""

    conditions: tuple[Condition, ...]
    outcome: Literal["sensitive", "resistant"]
    precision: Interval
    coverage: float
    n_covered: int
    base_rate: float
    lift: float


class Counterfactual(Record):
    """The smallest plausible change found that flips the model's answer for one line; re-queried before it is kept."""

    line: str
    changes: tuple[tuple[str, float, float], ...]
    prediction_before: float
    prediction_after: float
    threshold: float

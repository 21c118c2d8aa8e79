"""How firmly a ranking stands: agreement, nulls, verdicts, replication."""

from __future__ import annotations

from typing import Literal

from explain_engine.record import Interval, Record


class Agreement(Record):
    """Agreement of rankings under one kind of perturbation, e.g. ``80 % subsamples``, measure ``jaccard@50``."""

    perturbation: str
    measure: str
    level: Literal["gene", "group"]
    value: Interval
    n_repeats: int


class StabilityReport(Record):
    """All agreements that were measured for one bundle."""

    agreements: tuple[Agreement, ...]


class NullReport(Record):
    """The observed chain against the same chain on responses permuted within lineage.

    Attributes
    ----------
    n_runs
        Number of null runs.
    statistic
        What was compared, in words.
    observed, null_max
        Largest statistic of the observed chain and, one a run, of the null runs.
    n_reached
        Null runs whose largest statistic reached the observed one.
    p
        ``(1 + n_reached) / (1 + n_runs)``.
    """

    n_runs: int
    scheme: str
    statistic: str
    observed: float
    null_max: tuple[float, ...]
    n_reached: int
    p: float
    seed: int


VerdictCode = Literal[
    "recovered",
    "recovered_as_group",
    "explained_by_lineage",
    "not_measured",
    "not_varying",
    "no_signal",
]


class Verdict(Record):
    """Whether the data can tell that a gene matters for the drug, with the numbers that led there."""

    gene: str
    code: VerdictCode
    why: str
    numbers: dict[str, float] = {}


class ReplicatedFinding(Record):
    """One finding looked up in a second screen."""

    gene: str
    screen: str
    n_lines: int
    correlation: Interval
    rank: int | None
    same_sign: bool
    replicated: bool


class Replication(Record):
    """Findings of a bundle in another screen, with what chance alone would give."""

    screen: str
    n_lines: int
    n_shared_lines: int
    findings: tuple[ReplicatedFinding, ...]
    share_replicated: float
    share_by_chance: float

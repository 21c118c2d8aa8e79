"""ValidationReport: everything a report says, before it is Markdown, HTML or JSON."""

from __future__ import annotations

from agent.records import Record
from agent.validate.levels.classes import ClassLevel
from agent.validate.levels.deep import DeepLevel
from agent.validate.levels.genes import GeneLevel
from agent.validate.levels.groups import GroupLevel
from agent.validate.levels.hypotheses import HypothesisLevel
from agent.validate.levels.sets import SetLevel
from agent.validate.levels.signs import SignLevel
from agent.validate.levels.verdicts import TargetRow

REPORT_SCHEMA = 1


class GoldUsed(Record):
    """One gold standard as used: rows, positives, drugs of the screen that it names."""

    name: str
    source: str
    n_facts: int
    n_positive: int
    n_with_pmid: int
    n_drugs: int
    notes: tuple[str, ...] = ()


class NotRun(Record):
    """A drug that is not in the figures, and why."""

    drug: str
    reason: str


class Coverage(Record):
    """How many drugs there are at each step; nothing leaves without being counted.

    Attributes
    ----------
    asked
        Drugs this report was asked for.
    finished, refused, waiting
        Computed; computed and refused (too few lines, say); not computed yet.
    with_target, finished_with_target
        Of those asked for, drugs with a measured annotated target; of these the finished ones.
    """

    screen: int
    asked: int
    finished: int
    refused: tuple[NotRun, ...]
    waiting: int
    with_target: int
    finished_with_target: int
    without_target: tuple[NotRun, ...]


class ValidationReport(Record):
    """A validation of explanations against what is known.

    Attributes
    ----------
    methods
        Ranking -> what it is.
    genes
        Gene level, one a gold standard and selection of drugs.
    missing
        Levels asked for that could not be evaluated, and why.
    """

    schema_version: int = REPORT_SCHEMA
    key: str
    screen: str
    kind: str
    settings: dict[str, float | int | str | bool | None]
    files: dict[str, str]
    versions: dict[str, str]
    order_seed: int
    coverage: Coverage
    gold: tuple[GoldUsed, ...]
    methods: dict[str, str]
    genes: tuple[GeneLevel, ...] = ()
    signs: tuple[SignLevel, ...] = ()
    groups: tuple[GroupLevel, ...] = ()
    sets: tuple[SetLevel, ...] = ()
    classes: tuple[ClassLevel, ...] = ()
    deep: DeepLevel | None = None
    hypotheses: tuple[HypothesisLevel, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    seconds: dict[str, float] = {}
    missing: tuple[str, ...] = ()

"""Type I and power of simulated screens, each a share with its exact interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.records import Record
from agent.validate.compare import exact_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.validate.control import ControlRun, Found

LEVELS = (0.05, 0.10)
# Planted in every cohort with signal.
PAIRS = 6
ROLES: dict[str, str] = {
    "additive": "additive genes",
    "module": "genes of the module",
    "product": "genes of products",
    "and": "genes of AND pairs",
    "or": "genes of the OR pair",
    "xor": "genes of the XOR pair",
}


class ControlRow(Record):
    """A share with its Clopper-Pearson interval.

    Attributes
    ----------
    level
        Nominal level of the decision; None where there is none.
    """

    what: str
    level: float | None
    count: int
    of: int
    low: float
    high: float


def screen_rows(runs: Sequence[ControlRun], *, signal: bool) -> tuple[ControlRow, ...]:
    """Decisions on whole screens: type I where nothing was planted, else power and wrong finds."""
    rows = []
    for level in LEVELS:
        found = [confident(r, level) for r in runs]
        rows.append(_count("a confident hypothesis", level, [bool(f) for f in found]))
        if signal:
            rows += [
                _count(
                    f"a confident hypothesis that {words}", level, [any(h.verdict in wanted for h in f) for f in found]
                )
                for words, wanted in (
                    ("names a planted gene", ("planted",)),
                    ("names a planted gene or its block", ("planted", "its block")),
                    ("is false", ("false",)),
                )
            ]
        least = [r.least_q for r in runs if r.least_q is not None]
        family = [r.family_p for r in runs if r.family_p is not None]
        rows += [
            _count("a gene or group at q of at most the level", level, [q <= level for q in least]),
            _count("family p of the groups", level, [p <= level for p in family]),
            _count("plain correlation, Bonferroni", level, [r.plain_least <= level for r in runs]),
        ]
    agreeing = [any(h.agrees for h in confident(r, LEVELS[0])) for r in runs]
    rows += [
        _count("the model clearly beats the tissue mean", None, [r.beats_tissue for r in runs]),
        _count(
            "the model clearly beats the tissue mean and the mean of all lines",
            None,
            [r.beats_tissue and r.beats_mean is not False for r in runs],
        ),
        _count("the first sentence of the brief is confident", None, [r.headline == "confident" for r in runs]),
        _count("a hypothesis of any tier that records are said to agree with", None, [r.agreeing > 0 for r in runs]),
        _count("a confident hypothesis that records are said to agree with", None, agreeing),
    ]
    return tuple(row for row in rows if row.of)


def confident(run: ControlRun, level: float) -> tuple[Found, ...]:
    """Hypotheses of a screen that are confident with q held to `level` (0.05: as the product rates)."""
    return tuple(f for f in run.confident if f.strict or level > LEVELS[0])


def find_rows(runs: Sequence[ControlRun]) -> tuple[ControlRow, ...]:
    """Of all confident hypotheses of screens with signal, the share that is false; by kind too."""
    rows = []
    for level in LEVELS:
        found = [f for r in runs for f in confident(r, level)]
        rows.append(_count("false among confident hypotheses", level, [f.verdict == "false" for f in found]))
        rows += [
            _count(
                f"false among confident hypotheses: {kind}s",
                level,
                [f.verdict == "false" for f in found if f.kind == kind],
            )
            for kind in ("gene", "group", "module", "pair")
        ]
        pairs = sum(f.kind == "pair" and f.verdict != "false" for f in found)
        rows.append(_of("planted pairs with a confident pair of their blocks", level, pairs, PAIRS * len(runs)))
    return tuple(row for row in rows if row.of)


def named_rows(runs: Sequence[ControlRun], *, signal: bool) -> tuple[ControlRow, ...]:
    """One hypothesis named beforehand, its own p at the level: genes and groups that do not act, and planted genes."""
    rows = []
    for place, level in enumerate(LEVELS, start=1):
        for words, field in (
            ("genes", "idle"),
            ("groups", "idle_groups"),
            ("plain correlation, genes", "plain_idle"),
        ):
            counts = [c for r in runs if (c := getattr(r, field)) is not None]
            rows.append(
                _of(f"{words} that do not act, p", level, sum(c[place] for c in counts), sum(c[0] for c in counts))
            )
        if not signal:
            continue
        planted = [p for r in runs for p in r.planted]
        rows.append(_count("planted genes, p of the gene", level, [p.gene_p <= level for p in planted]))
        rows.append(_count("planted genes, p of plain correlation", level, [p.plain_p <= level for p in planted]))
        rows.append(_count("planted genes, p of its group", level, [p.group_p <= level for p in planted]))
        both = [min(p.gene_p, p.group_p) <= level / 2 for p in planted]
        rows.append(_count("planted genes, smaller of gene's and group's p halved", level, both))
        rows += [
            _count(
                f"- {words}",
                level,
                [min(p.gene_p, p.group_p) <= level / 2 for p in planted if p.role == role],
            )
            for role, words in ROLES.items()
        ]
    return tuple(row for row in rows if row.of)


def _count(what: str, level: float | None, hits: Sequence[bool]) -> ControlRow:
    return _of(what, level, sum(hits), len(hits))


def _of(what: str, level: float | None, count: int, of: int) -> ControlRow:
    low, high = exact_interval(count, of) if of else (0.0, 1.0)
    return ControlRow(what=what, level=level, count=count, of=of, low=low, high=high)

"""What a gold standard gives: facts with their source, and which of them count as positives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.records import Record
from knowledge.ids.model import name_key
from knowledge.mechanisms.model import KnownMechanism

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

POSITIVE = frozenset({"target", "sensitivity", "resistance", "mechanism"})
# States of a gene that its expression shows: only their direction can be set beside an effect of expression.
VISIBLE = frozenset({"expression", "amplification", "loss"})


class GoldSet(Record):
    """One gold standard, as read.

    Attributes
    ----------
    name
        Name of the plug-in, for example ``targets`` or ``civic``.
    source
        Where the rows come from, in words.
    facts
        One row each, with source record and PMID where the source states one. ``no_effect`` rows (tested without an
        association, CIViC's ``Does Not Support``) are kept and never count as positives.
    notes
        What a reader must know: rows left out and why.
    """

    name: str
    source: str
    facts: tuple[KnownMechanism, ...]
    notes: tuple[str, ...] = ()

    @property
    def positives(self) -> tuple[KnownMechanism, ...]:
        """Facts that name a gene and say that it matters."""
        return tuple(f for f in self.facts if f.relation in POSITIVE and f.entity_kind == "gene")


def by_drug(facts: Iterable[KnownMechanism], drugs: Mapping[str, str]) -> dict[str, tuple[KnownMechanism, ...]]:
    """Facts of each drug of the screen.

    Parameters
    ----------
    drugs
        Any known spelling, as `name_key` gives it -> name in the screen.
    """
    found: dict[str, list[KnownMechanism]] = {}
    for fact in facts:
        name = drugs.get(name_key(fact.drug))
        if name is not None:
            found.setdefault(name, []).append(fact)
    return {name: tuple(rows) for name, rows in found.items()}


def is_visible(fact: KnownMechanism) -> bool:
    """Whether the fact states what a higher expression does: its direction can be compared."""
    return fact.alteration in VISIBLE and fact.direction != "not_stated" and fact.relation in POSITIVE

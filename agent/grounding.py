"""Grounding: which entity a feature of the matrix is, and where that is not certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

How = Literal["approved", "alias", "previous", "ambiguous", "unknown"]


class Entity(Record):
    """What a feature stands for.

    Attributes
    ----------
    feature
        Name as in the matrix.
    curie
        ``hgnc:<id>``; None where the name is ambiguous or unknown.
    label
        Approved symbol, else the feature's own name.
    how
        By which list the name was found.
    names
        All spellings under which a text may speak of it.
    candidates
        Where `how` is ``ambiguous``: the approved symbols the name could mean.
    """

    feature: str
    curie: str | None
    label: str
    how: How
    names: tuple[str, ...]
    candidates: tuple[str, ...] = ()


class GeneNames(Protocol):
    """What grounding needs of a gene table."""

    def lookup(self, name: str) -> Entity:
        """Return the entity of a gene name, ambiguous or unknown ones marked so."""
        ...


class NoTable:
    """No gene table at hand: every name stands for itself, marked as unknown."""

    def lookup(self, name: str) -> Entity:
        """Return the name itself without a CURIE."""
        return Entity(feature=name, curie=None, label=name, how="unknown", names=(name,))


def ground(features: Iterable[str], table: GeneNames) -> dict[str, Entity]:
    """Return an entity for each feature; none is dropped."""
    return {feature: table.lookup(feature) for feature in features}


def uncertain(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Entities whose identity is ambiguous, to be shown in the brief."""
    return tuple(e for e in entities if e.how == "ambiguous")

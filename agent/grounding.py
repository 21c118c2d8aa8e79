"""Grounding: which entity a feature of the matrix is, and where that is not certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


def ground(features: Iterable[str], lookup: Callable[[str], Entity]) -> dict[str, Entity]:
    """Return an entity for each feature, in their order; none is dropped, whatever it is."""
    return {feature: lookup(feature) for feature in features}


def uncertain(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Entities whose identity is ambiguous, to be named in the brief."""
    return tuple(e for e in entities if e.how == "ambiguous")

"""Identifiers as types: an entity has a CURIE, a kind and names; a name may mean several entities, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.documents import Record

EntityKind = Literal["gene", "drug", "cell", "family"]
NameStatus = Literal["approved", "alias", "previous", "ambiguous", "unknown"]


class Entity(Record):
    """A gene, drug, cell line or protein family.

    Attributes
    ----------
    curie
        ``hgnc:990``, ``gdsc:1909``, ``cosmic:905938``, ``depmap:ACH-000001``, ``fplx:MEK``; ``gene:BCL2``,
        ``drug:venetoclax`` or ``cell:hl60`` where no registry id is known here.
    kind
        What it is.
    name
        Approved symbol of a gene, preferred name of a drug or cell line.
    synonyms
        Other names, in no order; without `name`.
    xrefs
        The same thing in other registries, as CURIEs.
    members
        Symbols of the genes of a family; empty for everything else.
    """

    curie: str
    kind: EntityKind
    name: str
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class Resolution(Record):
    """What a name stands for.

    Attributes
    ----------
    query
        The name that was asked for.
    status
        ``approved``: it is the name itself; ``alias``/``previous``: another name of exactly one entity;
        ``ambiguous``: it names several, all in `candidates`; ``unknown``: none (near matches in `candidates`).
    entity
        The entity; None for ambiguous and unknown names (an ambiguity is kept, never settled by guessing).
    candidates
        Names of the entities it may mean, or near matches of an unknown name.
    usual
        Of several candidates, the one that cancer papers usually mean; None where there is no such custom. A hint to
        show, not a decision.
    """

    query: str
    status: NameStatus
    entity: Entity | None
    candidates: tuple[str, ...] = ()
    usual: str | None = None


class MappingReport(Record):
    """Outcome of mapping many names: nothing is dropped without being listed.

    Attributes
    ----------
    mapped
        Name to entity name.
    ambiguous
        Name to its candidates.
    unmapped
        Names that mean nothing here.
    """

    mapped: dict[str, str]
    ambiguous: dict[str, tuple[str, ...]]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text: ``text[start:end] == surface``.

    Attributes
    ----------
    start, end
        Half-open character span.
    surface
        The text as it stands.
    kind
        Kind of the entities.
    names
        Preferred names of the entities the surface may mean; more than one when it is ambiguous.
    """

    start: int
    end: int
    surface: str
    kind: EntityKind
    names: tuple[str, ...]


def name_key(name: str) -> str:
    """Letters and digits of `name` in lower case, Greek letters spelt out: ``BCL-2`` and ``bcl2`` share a key."""
    key = _BETWEEN.sub("", name.lower())
    return key if key.isascii() else key.translate(_GREEK)


_BETWEEN = re.compile(r"[\W_]+")
_GREEK = str.maketrans(
    {
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "ε": "epsilon",
        "ζ": "zeta",
        "η": "eta",
        "θ": "theta",
        "κ": "kappa",
        "λ": "lambda",
        "μ": "mu",
        "ω": "omega",
    }
)

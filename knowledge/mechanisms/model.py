"""KnownMechanism: one curated fact that links a drug to a gene or a pathway."""

from __future__ import annotations

from typing import Literal

from knowledge.documents import Record

Relation = Literal["target", "sensitivity", "resistance", "mechanism", "no_effect"]
Alteration = Literal[
    "expression", "mutation", "amplification", "loss", "fusion", "activity", "pathway", "other", "none"
]
# What a HIGHER level of the entity (expression, activity, copy number) does to the response, as the record says.
Direction = Literal["higher_sensitises", "higher_resists", "not_stated"]


class KnownMechanism(Record):
    """A drug-entity fact with the record that says it.

    Attributes
    ----------
    id
        Stable id, for example ``card:venetoclax-BCL2-1`` or ``civic:EID123``.
    drug
        Drug name as in GDSC where it is screened there.
    entity, entity_kind
        HGNC symbol of a gene, or the name of a pathway or process.
    relation
        ``target``: the drug acts on it; ``sensitivity``/``resistance``: the named alteration is associated with
        response/lack of response; ``mechanism``: part of how the drug works; ``no_effect``: tested, no association.
    alteration
        The state of the entity the fact speaks of.
    direction
        What a higher level of the entity does to the response. Loss that causes resistance is
        ``higher_sensitises``. ``not_stated`` where the record does not say (mutations, plain targets).
    context
        Disease or model in which it was shown.
    summary
        One or two sentences of our own.
    level
        Kind of evidence: ``clinical``, ``in vivo``, ``in vitro``, ``review``, ``curated``.
    source, record_id, pmid
        Where it comes from: the source's name, the record that was opened, and its PMID.
    """

    id: str
    drug: str
    entity: str
    entity_kind: Literal["gene", "pathway"]
    relation: Relation
    alteration: Alteration
    direction: Direction
    context: str
    summary: str
    level: Literal["clinical", "in vivo", "in vitro", "review", "curated"]
    source: str
    record_id: str
    pmid: str | None = None

"""Setting a finding beside what is known: agrees, contradicts, new, or not covered, with the records that say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from knowledge.documents import Record
from knowledge.ids.model import name_key
from knowledge.mechanisms.model import Direction, KnownMechanism

Verdict = Literal["agrees", "contradicts", "new", "not_covered"]
Nearness = Literal["target family", "pathway neighbour", "pathway"]


class RelatedMechanism(Record):
    """A record on something near the entity, stated as such; it never decides a verdict.

    Attributes
    ----------
    record
        What is known.
    nearness
        ``target family``: its gene and the entity are members of one protein family; ``pathway neighbour``: of one
        pathway; ``pathway``: the record is on a pathway that the entity belongs to.
    through
        Name of the family or pathway.
    """

    record: KnownMechanism
    nearness: Nearness
    through: str


class MechanismMatch(Record):
    """Outcome of matching one finding.

    Attributes
    ----------
    drug, entity, direction
        The finding.
    verdict
        ``agrees``/``contradicts``: records on this drug and entity state a direction, the same or the opposite one
        (``contradicts`` as soon as one does); ``new``: the drug is covered, but no record states a direction for the
        entity; ``not_covered``: there is no record on the drug at all, so nothing can be said.
    agreeing, contradicting
        The records that decide.
    undirected
        Records on this drug and entity that state no direction (plain targets, mutations) or found no effect.
    related
        Records on family members and pathway neighbours.
    reason
        The verdict in words.
    """

    drug: str
    entity: str
    direction: Direction
    verdict: Verdict
    agreeing: tuple[KnownMechanism, ...] = ()
    contradicting: tuple[KnownMechanism, ...] = ()
    undirected: tuple[KnownMechanism, ...] = ()
    related: tuple[RelatedMechanism, ...] = ()
    reason: str


def _related(
    entity: str,
    records: Sequence[KnownMechanism],
    groups: Mapping[str, AbstractSet[str]],
    nearness: Nearness,
    most: int,
) -> list[RelatedMechanism]:
    found: list[RelatedMechanism] = []
    # Small groups first: the nearest relation is the most telling one.
    homes = sorted((name for name, members in groups.items() if entity in members), key=lambda name: len(groups[name]))
    taken: set[str] = set()
    for name in homes:
        if len(groups[name]) > most:
            continue
        for record in records:
            if record.id in taken or record.entity == entity:
                continue
            if record.entity_kind == "gene" and record.entity in groups[name]:
                found.append(RelatedMechanism(record=record, nearness=nearness, through=name))
                taken.add(record.id)
            elif nearness != "target family" and name_key(record.entity) == name_key(name):
                found.append(RelatedMechanism(record=record, nearness="pathway", through=name))
                taken.add(record.id)
    return found


def match(
    drug: str,
    entity: str,
    direction: Direction,
    mechanisms: Iterable[KnownMechanism],
    families: Mapping[str, AbstractSet[str]] | None = None,
    pathways: Mapping[str, AbstractSet[str]] | None = None,
    drug_names: Iterable[str] = (),
    largest_pathway: int = 200,
) -> MechanismMatch:
    """Match one finding against the known mechanisms.

    Parameters
    ----------
    drug, entity
        Names; the drug is compared without case, hyphens and blanks, the entity as a symbol.
    direction
        What a higher level of the entity did to the response; ``not_stated`` never agrees or contradicts.
    mechanisms
        All records.
    families, pathways
        Group name to member symbols; for family members and pathway neighbours.
    drug_names
        Other names of the drug.
    largest_pathway
        Groups with more members say too little to count as near.
    """
    keys = {name_key(name) for name in (drug, *drug_names)}
    records = sorted((record for record in mechanisms if name_key(record.drug) in keys), key=lambda record: record.id)
    if not records:
        reason = f"no record on {drug}: nothing is known here to compare with"
        return MechanismMatch(drug=drug, entity=entity, direction=direction, verdict="not_covered", reason=reason)
    own = [record for record in records if record.entity == entity]
    directed = [record for record in own if record.direction != "not_stated" and record.relation != "no_effect"]
    undirected = tuple(record for record in own if record not in directed)
    agreeing = tuple(record for record in directed if direction != "not_stated" and record.direction == direction)
    contradicting = tuple(record for record in directed if direction != "not_stated" and record.direction != direction)
    near = _related(entity, records, families or {}, "target family", largest_pathway)
    seen = {item.record.id for item in near}
    near += [
        item
        for item in _related(entity, records, pathways or {}, "pathway neighbour", largest_pathway)
        if item.record.id not in seen
    ]
    verdict: Verdict
    if contradicting:
        verdict = "contradicts"
        reason = f"{len(contradicting)} record(s) state the opposite direction"
        if agreeing:
            reason += f", {len(agreeing)} the same one: the literature is divided"
    elif agreeing:
        verdict, reason = "agrees", f"{len(agreeing)} record(s) state the same direction"
    else:
        verdict = "new"
        reason = f"{drug} has {len(records)} records, none of them states a direction for {entity}"
        if undirected:
            reason += f"; {len(undirected)} name it without one ({undirected[0].relation})"
        elif near:
            reason += f"; the nearest is {near[0].record.entity} ({near[0].nearness}: {near[0].through})"
    return MechanismMatch(
        drug=drug,
        entity=entity,
        direction=direction,
        verdict=verdict,
        agreeing=agreeing,
        contradicting=contradicting,
        undirected=undirected,
        related=tuple(near),
        reason=reason,
    )

"""CIViC predictive evidence as mechanism records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.mechanisms.model import Alteration, Direction, KnownMechanism, Relation

_LEVELS: dict[str, Literal["clinical", "in vitro"]] = {
    "A": "clinical",
    "B": "clinical",
    "C": "clinical",
    "D": "in vitro",
    "E": "in vitro",
}
_SYMBOL = re.compile(r"[A-Z][A-Z0-9-]*(?:orf\d+)?")
_GAIN = re.compile(r"\b(?:amplification|copy number gain|overexpression|expression|gain)\b", re.IGNORECASE)
_LOSS = re.compile(
    r"\b(?:loss|deletion|underexpression|loss-of-function|truncat\w*|homozygous deletion)\b", re.IGNORECASE
)
_ALTERATIONS: tuple[tuple[re.Pattern[str], Alteration], ...] = (
    (re.compile(r"fusion|::|rearrangement|translocation", re.IGNORECASE), "fusion"),
    (re.compile(r"amplification|copy number", re.IGNORECASE), "amplification"),
    (re.compile(r"expression", re.IGNORECASE), "expression"),
    (_LOSS, "loss"),
)


@dataclass(frozen=True)
class CivicEvidence:
    """One accepted predictive evidence item.

    Attributes
    ----------
    id
        Number of the evidence item (``EID<number>``).
    profile
        Molecular profile, ``BRAF V600E``.
    therapies
        Therapy names.
    direction
        ``Supports`` or ``Does Not Support``.
    significance
        ``Sensitivity/Response``, ``Resistance``, ``Reduced Sensitivity``, …
    level
        A to E.
    disease, statement
        As curated.
    pmid
        Of the paper, None for meeting abstracts.
    """

    id: int
    profile: str
    therapies: tuple[str, ...]
    direction: str
    significance: str
    level: str
    disease: str
    statement: str
    pmid: str | None


def profile_genes(profile: str) -> tuple[str, ...]:
    """Gene symbols of a molecular profile, in order, each once."""
    found: dict[str, None] = {}
    for part in re.split(r"\b(?:AND|OR|NOT)\b|[()]", profile):
        words = part.split()
        if not words:
            continue
        for symbol in words[0].split("::"):
            if _SYMBOL.fullmatch(symbol):
                found[symbol] = None
    return tuple(found)


def _alteration(profile: str) -> Alteration:
    return next((kind for pattern, kind in _ALTERATIONS if pattern.search(profile)), "mutation")


def _relation(evidence: CivicEvidence) -> Relation | None:
    significance = evidence.significance.lower()
    if evidence.direction.lower() == "does not support":
        return "no_effect"
    if evidence.direction.lower() != "supports":
        return None
    if "resistance" in significance or "reduced sensitivity" in significance:
        return "resistance"
    return "sensitivity" if "sensitivity" in significance else None


def _direction(relation: Relation, profile: str) -> Direction:
    """What a higher level does, where the profile speaks of a level at all (mutations and fusions do not)."""
    if relation not in ("sensitivity", "resistance"):
        return "not_stated"
    if _LOSS.search(profile):
        return "higher_sensitises" if relation == "resistance" else "higher_resists"
    if _GAIN.search(profile):
        return "higher_sensitises" if relation == "sensitivity" else "higher_resists"
    return "not_stated"


def civic_mechanisms(evidence: CivicEvidence) -> tuple[tuple[KnownMechanism, ...], str | None]:
    """Mechanism records of one evidence item, one for each therapy and gene, or none and the reason.

    Profiles of several different genes are not taken over: which of them acts is not said. A fusion counts for each
    partner.
    """
    genes = profile_genes(evidence.profile)
    relation = _relation(evidence)
    if not evidence.therapies:
        return (), "no therapy"
    if relation is None:
        return (
            (),
            f"direction {evidence.direction!r} with significance {evidence.significance!r} says nothing of response",
        )
    if not genes:
        return (), f"no gene symbol in the profile {evidence.profile!r}"
    if len(genes) > 1 and "::" not in evidence.profile:
        return (), f"the profile {evidence.profile!r} joins several genes"
    with_others = f"; given together: {', '.join(evidence.therapies)}" if len(evidence.therapies) > 1 else ""
    records = tuple(
        KnownMechanism(
            id=f"civic:EID{evidence.id}" + (f"/{number}" if number else ""),
            drug=drug,
            entity=gene,
            entity_kind="gene",
            relation=relation,
            alteration=_alteration(evidence.profile),
            direction=_direction(relation, evidence.profile),
            context=f"{evidence.profile} in {evidence.disease or 'unstated disease'}{with_others}",
            summary=evidence.statement,
            level=_LEVELS.get(evidence.level.upper(), "curated"),
            source="CIViC",
            record_id=f"civic:EID{evidence.id}",
            pmid=evidence.pmid,
        )
        for number, (drug, gene) in enumerate((drug, gene) for drug in evidence.therapies for gene in genes)
    )
    return records, None

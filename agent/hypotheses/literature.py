"""Literature support of a candidate: labels of the quotes, and a tier counted from valid rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.hypotheses.ledger import EvidenceItem, Label, names_one_of
from agent.hypotheses.mechanism_check import check_record
from agent.records import Record
from knowledge.evidence.direction import find_directions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.ledger import LedgerRow
    from explain_engine.attribution.result import Direction as DataDirection
    from knowledge.mechanisms.model import Direction

TierName = Literal[
    "agreeing, several sources", "agreeing, one source", "known link", "mentioned", "nothing found", "conflict"
]
_TIERS: dict[TierName, int] = {
    "agreeing, several sources": 4,
    "agreeing, one source": 3,
    "known link": 2,
    "mentioned": 1,
    "nothing found": 0,
    "conflict": -1,
}


class LiteratureSupport(Record):
    """Literature support on its own axis, apart from the data.

    Attributes
    ----------
    tier, score
        4 agreeing in several sources, 3 in one, 2 a known link without a comparable direction or with records on both
        sides, 1 a passage that names both, 0 nothing, -1 only records against it.
    supporting, contradicting, mentioning
        Distinct sources (PMIDs, else document ids) with valid rows of that label.
    """

    tier: TierName
    score: int
    supporting: int
    contradicting: int
    mentioning: int


def label_item(
    item: EvidenceItem, direction: DataDirection, *, drug: tuple[str, ...], gene: tuple[str, ...]
) -> tuple[Label, Direction, str]:
    """Label one passage on "higher expression goes with the data's direction".

    Curated records carry their direction. Free text is read by rules, and stays ``unverified`` where they read none.
    """
    record = item.mechanism
    if record is not None:
        verdict, why = check_record(record, direction)
        label: Label = {"agrees": "supports", "contradicts": "contradicts", "not_comparable": "mentions"}[verdict]  # type: ignore[assignment]
        return label, record.direction, why
    if not (names_one_of(item.quote, drug) and names_one_of(item.quote, gene)):
        return "unverified", "not_stated", "does not name both drug and gene"
    read, why = read_direction(item.quote, drug=drug, gene=gene)
    if read == "not_stated" or direction == "mixed":
        return "unverified", read, why
    return ("supports" if read == direction else "contradicts"), read, why


def read_direction(text: str, *, drug: tuple[str, ...], gene: tuple[str, ...]) -> tuple[Direction, str]:
    """Read from a sentence what a higher level of the gene does, by the rules of the knowledge base; says how."""
    findings = [f for f in find_directions(text, drug=drug, gene=gene) if f.scope == "sentence" and not f.hedged]
    said = {f.higher for f in findings if f.higher != "not_stated"}
    if len(said) == 1:
        words = ", ".join(dict.fromkeys(f"'{f.trigger.text}'" for f in findings if f.higher in said))
        return said.pop(), f"read by rules from {words}"
    if said:
        return "not_stated", "the sentence speaks of both directions"
    return "not_stated", "names drug and gene; no direction of a level was read from it"


def literature_support(rows: Iterable[LedgerRow]) -> LiteratureSupport:
    """Count valid rows by label and distinct source; rows with a failed check count for nothing."""
    sources: dict[Label, set[str]] = {"supports": set(), "contradicts": set(), "mentions": set(), "unverified": set()}
    for row in rows:
        if row.valid:
            sources[row.label].add(row.pmid or row.document_id)
    pro, contra = len(sources["supports"]), len(sources["contradicts"])
    tier: TierName
    if pro and contra:
        tier = "known link"
    elif pro:
        tier = "agreeing, several sources" if pro > 1 else "agreeing, one source"
    elif contra:
        tier = "conflict"
    elif sources["mentions"]:
        tier = "known link"
    elif sources["unverified"]:
        tier = "mentioned"
    else:
        tier = "nothing found"
    return LiteratureSupport(
        tier=tier,
        score=_TIERS[tier],
        supporting=pro,
        contradicting=contra,
        mentioning=len(sources["mentions"] | sources["unverified"]),
    )

"""Literature support of a candidate: labels of the quotes, and a tier counted from valid rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.hypotheses.ledger import EvidenceItem, Label, names_one_of
from agent.hypotheses.mechanism_check import check_record
from agent.records import Record
from knowledge.documents import Passage
from knowledge.evidence.support import assess

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

    Curated records carry their direction. Free text is read by `knowledge.evidence.support.assess`: ``supports`` and
    ``contradicts`` need rules and model to agree on a sentence that names drug and gene and speaks of the gene's
    level. What rests on the model alone, is hedged, or speaks of no level stays ``unverified``.
    """
    record = item.mechanism
    if record is not None:
        verdict, why = check_record(record, direction)
        label: Label = {"agrees": "supports", "contradicts": "contradicts", "not_comparable": "mentions"}[verdict]  # type: ignore[assignment]
        return label, record.direction, why
    if not (names_one_of(item.quote, drug) and names_one_of(item.quote, gene)):
        return "unverified", "not_stated", "does not name both drug and gene"
    if direction == "mixed":
        return "unverified", "not_stated", "the direction in the data is not settled"
    return read_quote(item, direction, drug=drug, gene=gene)


def read_quote(
    item: EvidenceItem, direction: Direction, *, drug: tuple[str, ...], gene: tuple[str, ...]
) -> tuple[Label, Direction, str]:
    """Read what the quote says a higher level of the gene does, set beside `direction`; says how it was read."""
    words = "responds more" if direction == "higher_sensitises" else "resists"
    found = assess(
        f"A cell line with higher {gene[0]} {words} to {drug[0]}.",
        Passage.cut(item.document, item.start, item.end),
        drug=drug[0],
        gene=gene[0],
        direction=direction,
        drug_names=drug[1:],
        gene_names=gene[1:],
    )
    why = "; ".join(found.reasons)
    if found.label not in ("supports", "contradicts"):
        return "unverified", found.direction, why
    same = found.direction == direction
    if found.tier != "sentence" or found.direction == "not_stated" or same != (found.label == "supports"):
        return "unverified", found.direction, f"{why}; not enough for a verdict without both rules and model"
    said = ", ".join(dict.fromkeys(f"'{t.text}'" for t in found.triggers))
    return ("supports" if same else "contradicts"), found.direction, f"{why}; read from {said}" if said else why


def literature_support(rows: Iterable[LedgerRow]) -> LiteratureSupport:
    """Count valid rows by label and distinct source; rows with a failed check count for nothing."""
    sources: dict[Label, set[str]] = {"supports": set(), "contradicts": set(), "mentions": set(), "unverified": set()}
    for row in rows:
        if row.valid:
            # A text that names both and says no direction is no known link; a curated record of the pair is.
            label = "unverified" if row.label == "mentions" and not row.curated else row.label
            sources[label].add(row.pmid or row.document_id)
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

"""Evidence on candidates beyond single genes: passages that name both of a pair, and what is known gene by gene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.ledger import EvidenceItem, names_one_of
from agent.records import Record
from knowledge.evidence.spans import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.evidence import EvidenceSource
    from agent.grounding import Entity
    from agent.hypotheses.candidates import Candidate
    from agent.hypotheses.mechanism_check import VerdictCode

# Passages naming a pair with the drug that are looked at, and the most sentences a joint quote may span.
POOL = 40
WINDOW = 3
# Leading genes of a group or module whose evidence is shown.
SHOWN = 3


class BeyondEvidence(Record):
    """What the knowledge base holds on one candidate.

    Attributes
    ----------
    items
        Of a pair: passages that name both genes with the drug. Of the other kinds: the best passage of each leading
        gene, with that gene's name beside it.
    genes
        Gene of each item; empty for a pair, whose items are of both.
    known
        Genes of the candidate with a sound record or passage of their own.
    """

    items: tuple[EvidenceItem, ...] = ()
    genes: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


def gather(
    source: EvidenceSource,
    drug: str,
    candidate: Candidate,
    entities: Mapping[str, Entity],
    own: Mapping[str, Sequence[EvidenceItem]],
    limit: int,
) -> BeyondEvidence:
    """Look up one candidate.

    Parameters
    ----------
    entities, own
        Gene -> its entity; gene -> its own closed set, for every gene that the candidate names.
    limit
        Most passages of a pair.
    """
    known = tuple(g for g in candidate.genes if any(not item.document.retracted for item in own[g]))
    if candidate.kind == "pair":
        items = joint_items(source, drug, [entities[g] for g in candidate.genes], limit)
        return BeyondEvidence(items=items, known=known)
    genes = known[:SHOWN]
    first = tuple(next(item for item in own[g] if not item.document.retracted) for g in genes)
    return BeyondEvidence(items=first, genes=genes, known=known)


def joint_items(source: EvidenceSource, drug: str, entities: Sequence[Entity], limit: int) -> tuple[EvidenceItem, ...]:
    """Passages with at most three sentences in a row that name the drug and every gene; each narrowed to these."""
    names = [source.drug_names(drug), *(entity.names for entity in entities)]
    found = []
    for item in source.together(drug, entities, POOL):
        span = joint_span(item.passage.text, names)
        if span is not None:
            start = item.passage.start
            found.append(item.model_copy(update={"quote_start": start + span[0], "quote_end": start + span[1]}))
    return tuple(found[:limit])


def joint_span(text: str, names: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """The shortest run of at most three sentences that holds one of each of `names`; the first of equals."""
    spans = sentence_spans(text)
    for length in range(1, WINDOW + 1):
        for first in range(len(spans) - length + 1):
            low, high = spans[first][0], spans[first + length - 1][1]
            if all(names_one_of(text[low:high], spellings) for spellings in names):
                return low, high
    return None


def known_words(candidate: Candidate, known: Sequence[str], drug: str) -> str:
    """Which of the candidate's genes are known with the drug, in a sentence."""
    unknown = [g for g in candidate.genes if g not in known]
    if not known:
        return f"{', '.join(unknown)}: not known with {drug} here."
    if not unknown:
        return f"{', '.join(known)}: each known with {drug}." if len(known) > 1 else f"{known[0]} is known with {drug}."
    return f"Known with {drug}: {', '.join(known)}; not known: {', '.join(unknown)}."


def beyond_verdict(candidate: Candidate, evidence: BeyondEvidence, n_sound: int, *, drug_covered: bool) -> VerdictCode:
    """Code of what is known: together, each alone, one, none; or that the drug is not covered."""
    if candidate.kind == "pair":
        if n_sound:
            return "joint"
        if evidence.known:
            return "each_known" if len(evidence.known) == len(candidate.genes) else "one_known"
        return "neither_known" if drug_covered else "not_covered"
    if evidence.known:
        return "members_known"
    return "members_unknown" if drug_covered else "not_covered"

"""What the queue keeps of a drafted hypothesis: its sentences and checks, in a form that old rows stay readable in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.hypotheses.claims import InferenceClaim, LiteratureClaim
from agent.hypotheses.model_record import SLOT_WORDS
from agent.records import Record
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.claims import Claim
    from agent.hypotheses.ledger import Check, LedgerRow
    from agent.hypotheses.model import RankedHypothesis
    from agent.report.model import Reference

CONTENT_SCHEMA = 1

Kind = Literal["measured", "literature", "inference", "test", "proposed"]
KIND_WORDS: dict[Kind, str] = {
    "measured": "Measured",
    "literature": "On record",
    "inference": "Inference",
    "test": "How to test it, and what would kill it",
    "proposed": "Proposed by a language model: its own wording, not evidence",
}


class Quote(Record):
    """The passage under a sentence, as the ledger held it.

    Attributes
    ----------
    start, end
        Character offsets in the document's text.
    failed
        Checks that the row failed, each with what was found.
    """

    label: str
    quote: str
    sha256: str
    passage: str
    document: str
    pmid: str | None
    start: int
    end: int
    is_card: bool
    why: str
    failed: tuple[str, ...] = ()


class Said(Record):
    """One sentence of the draft with what stands behind it."""

    id: str
    kind: Kind
    text: str
    note: str = ""
    quotes: tuple[Quote, ...] = ()
    failed: tuple[str, ...] = ()


class Source(Record):
    """A document that a quote is from."""

    document: str
    pmid: str | None = None
    doi: str | None = None
    title: str | None = None
    year: int | None = None
    journal: str | None = None
    source: str
    is_card: bool


class Rating(Record):
    """What we ourselves make of the hypothesis; hidden from a blinded reviewer.

    Attributes
    ----------
    tier
        Confidence by the data: ``confident``, ``suggestive`` or ``weak``; `why` holds the conditions not met.
    score
        Data score in units of the response, with its interval.
    q
        Against the null runs; None where none was run.
    literature, supporting, contradicting, mentioning
        Literature tier and the numbers of sources it was counted from.
    place, place_low, place_high
        Where it stood in its brief.
    """

    tier: str
    why: tuple[str, ...]
    score: Interval
    q: float | None
    literature: str
    supporting: int
    contradicting: int
    mentioning: int
    place: int
    place_low: int
    place_high: int


class Content(Record):
    """A drafted hypothesis under review.

    Attributes
    ----------
    verdict, novelty
        Codes of the mechanism check and of novelty, as the brief had them.
    kind, label
        ``gene``, ``group``, ``pair``, ``module`` or ``rule``, and what it is called.
    gene, genes
        The leading gene, and all that the statement names.
    members
        Genes that the data cannot tell apart from `gene`; the other members of a group or module.
    rating
        None where it is hidden.
    """

    schema_version: int = CONTENT_SCHEMA
    drug: str
    screen: str
    unit: str
    kind: str
    label: str
    gene: str
    genes: tuple[str, ...]
    direction: str
    members: tuple[str, ...]
    statement: str
    said: tuple[Said, ...]
    not_rendered: tuple[str, ...] = ()
    verdict: str
    verdict_why: str
    novelty: str
    novelty_why: str
    sources: tuple[Source, ...] = ()
    rating: Rating | None


def content_of(
    hypothesis: RankedHypothesis, *, drug: str, screen: str, unit: str, references: Iterable[Reference]
) -> Content:
    """Take from a ranked hypothesis what its review needs.

    Parameters
    ----------
    references
        Of the brief; those that the hypothesis cites are kept.
    """
    draft = hypothesis.draft
    candidate, support, place = draft.candidate, draft.candidate.support, hypothesis.place
    said = (
        *(_said(claim) for claim in draft.claims),
        *(_said(claim, test=True) for claim in hypothesis.test),
        *_proposed(hypothesis),
    )
    cited = {quote.document for sentence in said for quote in sentence.quotes}
    return Content(
        drug=drug,
        screen=screen,
        unit=unit,
        kind=candidate.kind,
        label=candidate.label,
        gene=candidate.gene,
        genes=candidate.genes,
        direction=candidate.direction,
        members=candidate.members,
        statement=draft.statement.text,
        said=said,
        not_rendered=tuple(f"{r.claim_id}: {r.reason}" for r in draft.refused),
        verdict=draft.verdict.code,
        verdict_why=draft.verdict.why,
        novelty=draft.novelty.code,
        novelty_why=draft.novelty.why,
        sources=tuple(_source(r) for r in references if r.document_id in cited),
        rating=Rating(
            tier=support.tier,
            why=support.why,
            score=support.score,
            q=support.q,
            literature=draft.literature.tier,
            supporting=draft.literature.supporting,
            contradicting=draft.literature.contradicting,
            mentioning=draft.literature.mentioning,
            place=place.place,
            place_low=place.place_low,
            place_high=place.place_high,
        ),
    )


def _said(claim: Claim, *, test: bool = False) -> Said:
    if isinstance(claim, LiteratureClaim):
        return Said(
            id=claim.id, kind="literature", text=claim.sentence.text, quotes=tuple(_quote(row) for row in claim.rows)
        )
    kind: Kind = "test" if test else ("inference" if isinstance(claim, InferenceClaim) else "measured")
    note = f"inference from {', '.join(claim.basis)}" if isinstance(claim, InferenceClaim) else ""
    return Said(id=claim.id, kind=kind, text=claim.sentence.text, note=note, failed=_failed(claim.checks))


def _proposed(hypothesis: RankedHypothesis) -> tuple[Said, ...]:
    if hypothesis.proposal is None:
        return ()
    return tuple(
        Said(
            id=s.id,
            kind="proposed",
            text=s.sentence.text,
            note=f"{SLOT_WORDS[s.slot].lower()}; {s.label}: {s.why}",
            quotes=tuple(_quote(row) for row in s.rows),
            failed=_failed(s.checks),
        )
        for s in hypothesis.proposal.sentences
    )


def _quote(row: LedgerRow) -> Quote:
    return Quote(
        label=row.label,
        quote=row.quote,
        sha256=row.sha256,
        passage=row.passage_id,
        document=row.document_id,
        pmid=row.pmid,
        start=row.start,
        end=row.end,
        is_card=row.is_card,
        why=row.why,
        failed=_failed(row.checks),
    )


def _failed(checks: Iterable[Check]) -> tuple[str, ...]:
    return tuple(f"{c.name} ({c.detail})" if c.detail else c.name for c in checks if not c.passed)


def _source(reference: Reference) -> Source:
    return Source(
        document=reference.document_id,
        pmid=reference.pmid,
        doi=reference.doi,
        title=reference.title,
        year=reference.year,
        journal=reference.journal,
        source=reference.source,
        is_card=reference.is_card,
    )

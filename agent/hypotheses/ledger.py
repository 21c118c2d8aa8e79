"""The evidence ledger: one row a literature sentence, checked against the closed set of passages."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

from agent.records import Record
from knowledge.documents import Document, Passage
from knowledge.mechanisms.model import Direction, KnownMechanism

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Label = Literal["supports", "contradicts", "mentions", "unverified"]
LABEL_ORDER: tuple[Label, ...] = ("supports", "contradicts", "mentions", "unverified")
RETRACTED = "record is not retracted"
NORMALISATION = "none: quotes are compared byte for byte"


class Check(Record):
    """One check of one row or sentence; `detail` says what was found when it failed."""

    name: str
    passed: bool
    detail: str = ""


class LedgerRow(Record):
    """What a literature sentence rests on.

    Attributes
    ----------
    claim_id
        The claim whose sentence this row carries.
    passage_id, document_id
        Passage of the closed set, and its document.
    start, end
        Character offsets of the quote in the document's text.
    quote, sha256
        The exact span and the hash of its UTF-8 bytes.
    pmid
        Of the document, or of the record that a card summarises.
    context
        Kind of evidence and disease or model, as the curated record states them.
    is_card
        True where the quote is our own summary of the record and not a text of the paper.
    direction
        What the quote says a higher level of the gene does.
    label
        Of the quote on the hypothesis: supports, contradicts, mentions, or unverified.
    why
        How label and direction were decided.
    checks
        All checks, failed ones included.
    """

    claim_id: str
    passage_id: str
    document_id: str
    start: int
    end: int
    quote: str
    sha256: str
    pmid: str | None
    context: str = ""
    is_card: bool
    direction: Direction
    label: Label
    why: str
    checks: tuple[Check, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether all checks passed."""
        return bool(self.checks) and all(c.passed for c in self.checks)

    @property
    def curated(self) -> bool:
        """Whether a curated record stands behind the quote; its kind of evidence is then stated."""
        return bool(self.context)

    @property
    def retracted(self) -> bool:
        """Whether the source or the retraction list withdrew what the quote is from."""
        return any(c.name == RETRACTED and not c.passed for c in self.checks)


class EvidenceItem(Record):
    """One passage of the closed set, its document, and the curated record behind it where there is one.

    Attributes
    ----------
    quote_start, quote_end
        Span of the document's text to be quoted, within the passage; the whole passage where not narrowed.
    """

    document: Document
    passage: Passage
    mechanism: KnownMechanism | None = None
    quote_start: int | None = None
    quote_end: int | None = None

    @property
    def start(self) -> int:
        """First character of the quote in the document."""
        return self.passage.start if self.quote_start is None else self.quote_start

    @property
    def end(self) -> int:
        """Character after the last of the quote in the document."""
        return self.passage.end if self.quote_end is None else self.quote_end

    @property
    def quote(self) -> str:
        """The exact span."""
        return self.document.text[self.start : self.end]


def check_row(
    row: LedgerRow, closed: Mapping[str, EvidenceItem], *, names: Iterable[tuple[str, tuple[str, ...]]]
) -> LedgerRow:
    """Return `row` with its checks done.

    Parameters
    ----------
    closed
        Passage id -> item: the only passages a row may rest on.
    names
        ``(what, spellings)``: for each, the quote or the curated record behind it must hold one of the spellings
        as a whole word.
    """
    item = closed.get(row.passage_id)
    checks = [_check("passage is in the closed set", item is not None, row.passage_id)]
    if item is not None:
        text = item.document.text
        checks += [
            _check("document fits", item.document.id == row.document_id, item.document.id),
            _check(
                "quote is the exact span",
                0 <= row.start < row.end <= len(text) and text[row.start : row.end] == row.quote,
                f"characters {row.start}-{row.end} hold {text[row.start : row.end][:80]!r}",
            ),
            _check(
                "span lies in the passage",
                item.passage.start <= row.start and row.end <= item.passage.end,
                f"passage is {item.passage.start}-{item.passage.end}",
            ),
            _check("source is the document's", row.pmid == source_pmid(item), str(source_pmid(item))),
            _check("kind is the document's", row.is_card == (item.document.kind == "card"), item.document.kind),
            _check(RETRACTED, not item.document.retracted, "the source marks it as retracted"),
        ]
        for what, spellings in names:
            held = " ".join((row.quote, *_record_names(item)))
            checks.append(_check(f"names the {what}", names_one_of(held, spellings), f"none of {list(spellings)}"))
    checks.append(
        _check("hash fits", hashlib.sha256(row.quote.encode()).hexdigest() == row.sha256, "quote was altered")
    )
    return row.model_copy(update={"checks": tuple(checks)})


def source_pmid(item: EvidenceItem) -> str | None:
    """PMID of the document, or of the record that a card summarises."""
    if item.document.pmid is not None:
        return item.document.pmid
    return item.mechanism.pmid if item.mechanism is not None else None


def names_one_of(text: str, spellings: Iterable[str]) -> bool:
    """Whether `text` holds one of `spellings` as a whole word, whatever its case."""
    return any(
        re.search(rf"(?<![A-Za-z0-9]){re.escape(s)}(?![A-Za-z0-9])", text, re.IGNORECASE) for s in spellings if s
    )


def _record_names(item: EvidenceItem) -> tuple[str, ...]:
    # A card is bound to its record by construction; its drug and entity are fields, not only words of the text.
    return (item.mechanism.drug, item.mechanism.entity) if item.mechanism is not None else ()


def _check(name: str, passed: bool, detail: str) -> Check:
    return Check(name=name, passed=passed, detail="" if passed else detail)


def quote_hash(quote: str) -> str:
    """SHA-256 of the UTF-8 bytes of a quote."""
    return hashlib.sha256(quote.encode()).hexdigest()

"""Documents and passages: what the knowledge base holds, down to the exact character."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

DocumentKind = Literal[
    "abstract",
    "abstract_preview",
    "evidence_statement",
    "sentence",
    "snippets",
    "drug_definition",
    "card",
    "full_text",
    "note",
]


def sha256(text: str) -> str:
    """Hex SHA-256 of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


class Record(BaseModel):
    """Immutable, closed record; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(Record):
    """One record of literature as its source gave it.

    Attributes
    ----------
    id
        CURIE of the record: ``pmid:…``, ``civic:EID…``, ``card:…``, ``file:<sha256 prefix>``.
    text
        The text passages are cut from; never altered after ingest.
    year
        Publication year as stated by the source; None when the source states none (never guessed).
    kind
        ``card`` marks our own summary of another record: it is shown as such, never as a quotation of the paper.
    retracted
        True when the source or the retraction list says so.
    """

    id: str
    text: str
    kind: DocumentKind
    source: str
    title: str | None = None
    pmid: str | None = None
    doi: str | None = None
    year: int | None = None
    journal: str | None = None
    url: str | None = None
    license: str | None = None
    retracted: bool = False
    drugs: tuple[str, ...] = ()
    genes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Content hash over every field; a changed document is a new version."""
        return sha256(self.model_dump_json())


class Passage(Record):
    """An exact span of a document: ``document.text[start:end] == text``.

    Attributes
    ----------
    id
        ``<document id>#<start>-<end>``.
    start, end
        Character offsets into the document's text, ``0 <= start < end``.
    sha256
        Hash of `text`.
    section
        Page or section label where the source has one.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    sha256: str
    section: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Passage:
        if not 0 <= self.start < self.end or self.end - self.start != len(self.text):
            raise ValueError(f"passage {self.id!r}: span {self.start}-{self.end} does not fit its text")
        if self.sha256 != sha256(self.text):
            raise ValueError(f"passage {self.id!r}: text does not match its sha256")
        return self

    @classmethod
    def cut(cls, document: Document, start: int, end: int, section: str | None = None) -> Passage:
        """Cut the span ``[start, end)`` out of `document`."""
        text = document.text[start:end]
        return cls(
            id=f"{document.id}#{start}-{end}",
            document_id=document.id,
            start=start,
            end=end,
            text=text,
            sha256=sha256(text),
            section=section,
        )

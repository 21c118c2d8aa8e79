"""What a citation needs, whatever it is written as."""

from __future__ import annotations

import re

from knowledge.documents import Record
from knowledge.retrieve.model import DocumentMeta


class Citation(Record):
    """One cited record.

    Attributes
    ----------
    key
        Citation key of letters, digits and ``-``; made from the record's id, so the same record has the same key.
    title, journal, year, doi, pmid, url
        As the source states them; absent ones stay absent.
    note
        What the reader must know: that the record is our own summary, or that it was retracted.
    """

    key: str
    title: str
    year: int | None = None
    journal: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    note: str | None = None


def citation_of(document: DocumentMeta) -> Citation:
    """The citation of a document; one without a title is cited by its source and id."""
    notes = []
    if document.retracted:
        notes.append("RETRACTED")
    if document.kind == "card":
        notes.append("summary written for oncobrief; not a quotation of the paper")
    return Citation(
        key=re.sub(r"[^A-Za-z0-9]+", "-", document.id).strip("-") or "record",
        title=document.title or f"{document.source}, record {document.id}",
        year=document.year,
        journal=document.journal,
        doi=document.doi,
        pmid=document.pmid,
        url=f"https://pubmed.ncbi.nlm.nih.gov/{document.pmid}/" if document.pmid else document.url,
        note="; ".join(notes) or None,
    )

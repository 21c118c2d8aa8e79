"""Cutting documents into passages: runs of whole sentences with exact offsets."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.documents import Document, Passage
from knowledge.evidence.spans import Span, sentence_spans

# Changes whenever the same document would be cut differently; part of every snapshot's manifest.
CUTTER = "sentences-2000-v1"
# Most abstracts stay in one piece: half as many vectors as with 1,000 characters, and quotes are cut from sentences.
MAX_CHARS = 2000


def _hard_cut(start: int, end: int, text: str) -> Iterator[Span]:
    """Cut one overlong sentence (tables, lists without full stops) at blanks, else at the limit."""
    while end - start > MAX_CHARS:
        blank = text.rfind(" ", start + 1, start + MAX_CHARS)
        cut = blank if blank > start else start + MAX_CHARS
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def passage_spans(text: str) -> list[Span]:
    """Spans of the passages of `text`.

    Sentences are joined while the run stays within `MAX_CHARS` characters, and the runs of one text are balanced, so
    that the last passage is not a stub.
    """
    sentences = [piece for start, end in sentence_spans(text) for piece in _hard_cut(start, end, text)]
    if not sentences:
        return []
    length = sentences[-1][1] - sentences[0][0]
    target = length / -(-length // MAX_CHARS)
    spans: list[Span] = []
    start, end = sentences[0]
    for low, high in sentences[1:]:
        # Close the run when this sentence would overflow it, or when it already holds its fair share.
        if high - start > MAX_CHARS or end - start >= target:
            spans.append((start, end))
            start = low
        end = high
    spans.append((start, end))
    return spans


def cut_passages(document: Document) -> list[Passage]:
    """Passages of `document` in the order of its text; pages (form feeds) are never crossed and become the section.

    A document whose text is blank has none.
    """
    pages = document.text.split("\f")
    passages: list[Passage] = []
    offset = 0
    for number, page in enumerate(pages, start=1):
        section = f"page {number}" if len(pages) > 1 else None
        for start, end in passage_spans(page):
            passages.append(Passage.cut(document, offset + start, offset + end, section))
        offset += len(page) + 1
    return passages

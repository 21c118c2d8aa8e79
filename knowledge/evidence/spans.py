"""Sentences as exact character spans, for abstracts, evidence statements and page text."""

from __future__ import annotations

import re

from knowledge.words import word_set

Span = tuple[int, int]

# Words that end in a full stop without ending a sentence.
_ABBREVIATIONS = word_set(
    "al approx ca cf corp dr e.g eq et fig figs i.e inc ltd mr mrs ms nos prof ref refs resp spp ssp subsp u.s"
    " u.k v viz vol vs i.v i.p s.c p.o b.i.d q.d a.m p.m"
)
_END = re.compile(r"[.!?]+[\"'’”)\]]*(?=\s)|\n\s*\n")
_LAST_WORD = re.compile(r"([A-Za-z](?:[A-Za-z.]*[A-Za-z])?)$")
_OPENER = re.compile(r"[\"'“‘(\[]*[A-Z0-9Α-Ωα-ω]|[a-z]+[A-Z0-9]|[a-z]+-[A-Z0-9]")
_SPACES = re.compile(r"\s*")


def _is_boundary(text: str, mark: re.Match[str], start: int) -> bool:
    if mark.group().isspace():
        return True
    after = _SPACES.match(text, mark.end())
    follows = after.end() if after else mark.end()
    # A lower-case word goes on with the sentence ("in E. coli"), unless it is a name such as "p53" or "mTOR".
    if follows < len(text) and not _OPENER.match(text, follows):
        return False
    if mark.group()[0] != ".":
        return True
    word = _LAST_WORD.search(text, start, mark.start())
    if word is None:
        return True
    last = word.group(1)
    if last.lower() in _ABBREVIATIONS:
        return False
    # A single capital is an initial or a genus ("E. coli", "J. Smith"), but "vitamin K. The" ends a sentence:
    # initials follow another initial or stand where a name does; the safe side is not to split.
    return not (len(last) == 1 and last.isupper() and follows < len(text) and text[follows].islower())


def sentence_spans(text: str) -> list[Span]:
    """Split `text` into sentences.

    Returns
    -------
    list of (start, end)
        Half-open, ordered, not overlapping; each span is stripped of surrounding blanks and not empty; every
        character that is not blank lies in exactly one span.
    """
    spans: list[Span] = []
    start = 0

    def close(end: int) -> None:
        low = start
        while low < end and text[low].isspace():
            low += 1
        high = end
        while high > low and text[high - 1].isspace():
            high -= 1
        if low < high:
            spans.append((low, high))

    for mark in _END.finditer(text):
        if _is_boundary(text, mark, start):
            close(mark.end())
            start = mark.end()
    close(len(text))
    return spans

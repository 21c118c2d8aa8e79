"""A model's sentences beside the answers they must come from: what they count, name, cite, and in which direction."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.hypotheses.model_checks import Closed, Finder, directions_said, strange_names
from agent.hypotheses.model_words import ADVICE, APPEAL, IDENTIFIER, MARKUP, NUMBER_WORDS, REFUSAL
from agent.llm.secret import MASK
from knowledge.evidence.spans import sentence_spans
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agent.toolbox.records import Answer

    Direction = Callable[[Answer], Closed | None]

_NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e[−-]?\d+)?(?![\w])", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-/+.][^\W_]+)*")
_CAUSAL = re.compile(
    r"\b(?:prov(?:e|es|en|ed|ing)|caus(?:e|es|ed|ing|al|ally)|guarantee\w*|definitely|certainly|undoubtedly)\b",
    re.IGNORECASE,
)
_PMID = re.compile(r"\bPMIDs?:?\s*(\d+)", re.IGNORECASE)
LONGEST = 600
MOST_SENTENCES = 8


@dataclass(frozen=True)
class Checked:
    """A sentence of a model and why it may not be shown; `why` is empty where it may."""

    text: str
    why: str


def check_words(text: str, answers: Sequence[Answer], find: Finder, direction: Direction) -> tuple[Checked, ...]:
    """Check each sentence of a model's answer against the answers of the tools it asked.

    A sentence may only hold numbers and names that stand together in one line of one answer. That shows that it was
    read there; whether the sentence uses them rightly in other respects, no program here can tell. The answers
    themselves are therefore always shown as well.
    """
    plain = " ".join(text.split())
    spans = list(sentence_spans(plain))[: MOST_SENTENCES + 1]
    lines = [_Line.of(line) for answer in answers for line in _lines(answer)]
    found = []
    for number, (low, high) in enumerate(spans):
        sentence = plain[low:high].strip()
        why = (
            "too many sentences"
            if number >= MOST_SENTENCES
            else _fault(sentence, text, lines, answers, find, direction)
        )
        found.append(Checked(sentence, why))
    return tuple(found)


@dataclass(frozen=True)
class _Line:
    text: str
    numbers: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Line:
        words = frozenset(key for word in _WORD.findall(text) for key in (name_key(word), *map(name_key, _parts(word))))
        return cls(text, frozenset(numbers_of(text)), words)


def numbers_of(text: str) -> list[str]:
    """Numbers of a text, signs and separators made equal."""
    folded = unicodedata.normalize("NFKC", text)
    return [n.replace("−", "-").replace(",", "").lower() for n in _NUMBER.findall(folded)]


def _lines(answer: Answer) -> Iterable[str]:
    subject = " ".join(
        v for v in (answer.subject.drug, answer.subject.other, answer.subject.gene, answer.subject.line) if v
    )
    head = f"{answer.title} {subject}"
    yield head
    for sentence in answer.sentences:
        yield f"{head} {sentence.text}"
    if answer.table is not None:
        for row in answer.table.rows:
            yield f"{head} {' '.join(answer.table.columns)} {'  '.join(cell.text for cell in row)}"


def _fault(
    sentence: str, whole: str, lines: Sequence[_Line], answers: Sequence[Answer], find: Finder, direction: Direction
) -> str:
    held = " ".join(line.text for line in lines)
    if len(sentence) > LONGEST:
        return "too long"
    if MARKUP.search(_unmarked(sentence)) or any(
        unicodedata.category(c) in _HIDDEN for c in whole if c not in "\n\t\r"
    ):
        return "markup or characters without a shape"
    if MASK in sentence:
        return "it held the endpoint's key"
    if REFUSAL.search(sentence):
        return "speaks of itself"
    if ADVICE.search(sentence):
        return "advice for patients"
    if _CAUSAL.search(sentence) and not _stands(_CAUSAL, sentence, held):
        return "says more than an association"
    cited = _PMID.sub(lambda m: " " if m.group(1) in held else m.group(), sentence)
    if IDENTIFIER.search(cited):
        return "a reference of its own"
    if APPEAL.search(sentence) and not any(s.source == "passage" for a in answers for s in a.sentences):
        return "appeals to literature that is not there"
    return _together(sentence, lines, held, find) or _turned(sentence, answers, direction)


def _together(sentence: str, lines: Sequence[_Line], held: str, find: Finder) -> str:
    """Whether all numbers and names of a sentence stand in one line of an answer."""
    numbers = frozenset(numbers_of(sentence))
    if any(c.isnumeric() for c in _NUMBER.sub(" ", unicodedata.normalize("NFKC", _masked(sentence, held)))):
        return "a number that stands in no result"
    unknown = numbers - frozenset(n for line in lines for n in line.numbers)
    if unknown:
        return f"the number {sorted(unknown)[0]} stands in no result"
    if NUMBER_WORDS.search(_masked(sentence, held)):
        return "a number in words that stands in no result"
    strange = strange_names(_masked(sentence, held), find)
    if strange:
        return f"the name {strange[0]} stands in no result"
    names = {name_key(m.surface) for m in find(sentence)}
    if not any(numbers <= line.numbers and names <= line.words | {name_key(line.text)} for line in lines) and numbers:
        return "numbers and names that do not stand together in a result"
    return ""


def _turned(sentence: str, answers: Sequence[Answer], direction: Direction) -> str:
    for answer in answers:
        closed = direction(answer)
        if closed is not None and directions_said(sentence, closed) - {closed.direction} - closed.also:
            return "a direction that is not that of the data"
    return ""


def _masked(sentence: str, held: str) -> str:
    """The sentence without the words that stand in the answers."""
    there = {word for w in _WORD.findall(held) for word in (w, *_parts(w))}
    # A plain word may begin with a capital or not; a symbol must stand as it is.
    plain = {word.lower() for word in there}
    chars = list(sentence)
    for match in _WORD.finditer(sentence):
        word = match.group()
        lower = word[1:] == word[1:].lower() and word.lower() in plain
        if lower or word in there or all(part in there for part in _parts(word)):
            chars[match.start() : match.end()] = " " * len(word)
    return "".join(chars)


def _parts(word: str) -> list[str]:
    return [part for part in re.split(r"[-/+.]", word) if part]


def _stands(pattern: re.Pattern[str], sentence: str, held: str) -> bool:
    return all(match.group().lower() in held.lower() for match in pattern.finditer(sentence))


def _unmarked(sentence: str) -> str:
    # Names of groups (LY86+15) and signs of comparison in our own words are no markup.
    return sentence.replace("=", " ").replace("≤", " ")


_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})

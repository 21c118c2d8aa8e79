"""Checks of the wording of a language model's sentence: what it names, counts, cites, and in which direction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.hypotheses.ledger import Check
from agent.hypotheses.model_words import (
    ABBREVIATIONS,
    ADVICE,
    APPEAL,
    ENGLISH,
    IDENTIFIER,
    MARKUP,
    NUMBER_WORDS,
    REFUSAL,
    WORDS_NOT_GENES,
)
from agent.llm.secret import MASK
from knowledge.evidence.direction import DirectionFinding, find_directions
from knowledge.evidence.mentions import find_names, other_drugs
from knowledge.evidence.spans import sentence_spans
from knowledge.ids.model import Mention, name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explain_engine.attribution.result import Direction as DataDirection

Finder = Callable[[str], Iterable[Mention]]

_MARK = re.compile(r"\{(n[0-9]+)\}")
_TOKEN = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_LOSS = re.compile(r"(?:loss of|lack of|absence of|lost)\s+\w", re.IGNORECASE)
_LATIN = re.compile(r"LATIN|GREEK")


@dataclass(frozen=True)
class Closed:
    """What one sentence may speak of.

    Attributes
    ----------
    drug, gene
        Spellings of the drug and the gene.
    others
        Further names it may use: genes of the same correlated group.
    cited
        Texts of the passages it cites.
    marks
        Marks for numbers that it may use.
    direction
        Direction in the data.
    also
        Directions that its cited passages are known to state.
    """

    drug: tuple[str, ...]
    gene: tuple[str, ...]
    others: tuple[str, ...]
    cited: tuple[str, ...]
    marks: frozenset[str]
    direction: DataDirection
    also: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[str, ...]:
        """Names that may stand in any sentence."""
        return tuple(
            n for n in (*self.drug, *self.gene, *self.others) if sum(c.isalpha() for c in n) >= 2 and len(n) > 1
        )


def check_wording(
    text: str, closed: Closed, find: Finder, *, sentences: int, characters: int
) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """All checks of a sentence's wording, and the names it may hold that hold digits.

    Parameters
    ----------
    find
        Finds names of genes and drugs in a text.
    sentences, characters
        Longest text allowed.
    """
    plain = _MARK.sub(" ", text)
    masked, terms = _mask(plain, closed, find)
    marks = set(_MARK.findall(text))
    return (
        _check("is one short sentence", _fits(text, sentences, characters), f"{len(text)} characters"),
        _check("is plain text", not _hidden(text) and not MARKUP.search(text), "markup or characters without a shape"),
        _check("is English", _english(plain, masked), "another script or language"),
        _check("holds no key", MASK not in text, "the endpoint's key was in it"),
        _check("speaks of the finding only", not REFUSAL.search(plain), _first(REFUSAL, plain)),
        _check("gives no advice for patients", not ADVICE.search(plain), _first(ADVICE, plain)),
        _check("marks for numbers are known", marks <= closed.marks and "{" not in plain and "}" not in plain, ""),
        _check("no number of its own", not _numbers(masked), ", ".join(_numbers(masked)[:3])),
        _check("no reference of its own", not IDENTIFIER.search(plain), _first(IDENTIFIER, plain)),
        _check(
            "no appeal to what it does not cite", bool(closed.cited) or not APPEAL.search(plain), _first(APPEAL, plain)
        ),
        _check_names(masked, find),
        _check_direction(plain, closed),
    ), terms


def _check_names(masked: str, find: Finder) -> Check:
    strange = strange_names(masked, find)
    return _check("no name that is not in its input", not strange, ", ".join(strange[:3]))


def strange_names(masked: str, find: Finder) -> tuple[str, ...]:
    """Names of genes and drugs in a text from which the allowed names were taken out."""
    found = [m.surface for m in find(masked) if m.kind in ("gene", "drug")]
    found += [masked[low:high] for low, high in other_drugs(masked, [])]
    for token in _TOKEN.findall(masked):
        for word in (token, *re.split(r"[-/]", token)):
            if _gene_like(word) or (_lower_gene(word, find)):
                found.append(word)
    return tuple(dict.fromkeys(found))


def _gene_like(word: str) -> bool:
    """Capitals with or without digits, as symbols of genes and codes of drugs are written."""
    if word.upper() in ABBREVIATIONS:
        return False
    capitals = sum(c.isupper() for c in word)
    return (len(word) >= 2 and word.isupper()) or (capitals >= 2 and len(word) >= 3 and word[1:] != word[1:].lower())


def _lower_gene(word: str, find: Finder) -> bool:
    if not (3 <= len(word) <= 7 and word.isascii() and word.islower()):
        return False
    if word in WORDS_NOT_GENES or word in ENGLISH:
        return False
    upper = word.upper()
    return any(m.kind == "gene" and upper in m.names and len(m.surface) == len(word) for m in find(upper))


def _mask(plain: str, closed: Closed, find: Finder) -> tuple[str, tuple[str, ...]]:
    """Blank out the names that may stand in the text, and list them."""
    spans = list(find_names(plain, closed.own))
    cited = " ".join(closed.cited)
    cited_keys = {name_key(m.surface) for m in find(cited)} if cited else set()
    cited_words = {w for w in _TOKEN.findall(cited) if w[0].isalpha()}
    spans += [(m.start, m.end) for m in find(plain) if name_key(m.surface) in cited_keys]
    for match in _TOKEN.finditer(plain):
        # A word with a digit that stands so in a cited passage is a name there; a bare number never is.
        if match.group() in cited_words and any(c.isdigit() or c.isupper() for c in match.group()):
            spans.append(match.span())
    chars = list(plain)
    for low, high in spans:
        chars[low:high] = " " * (high - low)
    return "".join(chars), tuple(dict.fromkeys(plain[low:high] for low, high in sorted(spans)))


def _numbers(masked: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", masked)
    found = [t for t in _TOKEN.findall(folded) if any(c.isnumeric() for c in t)]
    found += [c for c in masked if unicodedata.category(c) in ("Nd", "Nl", "No")]
    return list(dict.fromkeys([*found, *(m.group() for m in NUMBER_WORDS.finditer(folded))]))


def _check_direction(plain: str, closed: Closed) -> Check:
    wrong = directions_said(plain, closed) - {closed.direction} - closed.also
    return _check("direction is that of the data or of the cited record", not wrong, ", ".join(sorted(wrong)))


def directions_said(plain: str, closed: Closed) -> frozenset[str]:
    """What a sentence says that a higher level does, as far as it can be read."""
    found = find_directions(plain, drug=closed.drug, gene=(*closed.gene, *closed.others))
    read = (_higher(f.label, f.state, turned=_loss_twice(f)) for f in found if f.scope in ("sentence", "passage"))
    return frozenset(direction for direction in read if direction is not None)


def _higher(label: str, state: str, *, turned: bool) -> str | None:
    """Direction of a higher level; a gene without a stated level is taken to act by being there."""
    if label not in ("sensitises", "resists") or state == "altered":
        return None
    sensitises = (label == "sensitises") != turned
    return "higher_sensitises" if sensitises == (state != "lower") else "higher_resists"


def _loss_twice(finding: DirectionFinding) -> bool:
    """Whether the words "loss of" in front of the gene were read both as its lower level and as a negation."""
    lost = any(_LOSS.match(cue.text) for cue in finding.cues)
    return finding.negated and finding.state == "lower" and lost


def _fits(text: str, sentences: int, characters: int) -> bool:
    return 10 <= len(text.strip()) <= characters and len(list(sentence_spans(text))) <= sentences


def _hidden(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") for c in text)


def _english(plain: str, masked: str) -> bool:
    letters = [c for c in plain if c.isalpha()]
    if any(not _LATIN.match(unicodedata.name(c, "")) for c in letters):
        return False
    if sum(1 for c in letters if not c.isascii()) > 0.1 * max(1, len(letters)):
        return False
    words = re.findall(r"[a-z]+", masked.lower())
    common = sum(w in ENGLISH for w in words)
    return len(words) < 6 or common >= max(2, 0.15 * len(words))


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group() if match is not None else ""


def _check(name: str, passed: bool, detail: str) -> Check:
    return Check(name=name, passed=passed, detail="" if passed else detail[:80])


def failed(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that failed."""
    return tuple(c for c in checks if not c.passed)

"""Drugs, genes, cell lines and module numbers in a question, with what each was read from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.chat.vocabulary import DRUG_ENDINGS, SHORT_FORMS, WORDS
from agent.toolbox.cell_lines import match_line, near_lines
from agent.toolbox.genes import match_gene
from knowledge.ids.aliases import gene_aliases
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from agent.toolbox.desk import Desk
    from agent.toolbox.names import NameIndex
    from agent.toolbox.opened import Opened

_TOKEN = re.compile(r"[^\W_]+(?:[-/'’.][^\W_]+)*")
_MAX_WORDS = 4
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "one": 1, "two": 2, "three": 3, "four": 4}
_MODULE = re.compile(
    r"\bmodules?\s*(?:no\.?\s*|number\s*|nr\.?\s*|#\s*)?(\d{1,3})\b"
    r"|\b(first|second|third|fourth|fifth|(\d{1,2})(?:st|nd|rd|th))\s+module\b",
    re.IGNORECASE,
)
_JOB = re.compile(r"\b[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\b")
_POSSESSIVE = re.compile(r"['’]s$")


@dataclass(frozen=True)
class Named:
    """One name in the text.

    Attributes
    ----------
    kind
        ``drug``, ``gene`` or ``line``.
    name
        What it was understood as; None where it is like a name but means nothing, or several things, here.
    slip
        Whether it was read as a misspelling.
    why
        Why it has to be asked what was meant, before any tool is: ``screened`` (a known cell line that the bundle does
        not have), ``swapped`` (a gene, but one that is likelier is two letters the other way round), ``nothing``
        (no drug, gene or cell line is called so).
    """

    kind: str
    surface: str
    name: str | None
    start: int
    end: int
    slip: bool = False
    candidates: tuple[str, ...] = ()
    why: str = ""


@dataclass
class Found:
    """All names of a question, and its text with each replaced by ``<drug>``, ``<gene>`` or ``<line>``."""

    names: list[Named] = field(default_factory=list)
    module: int | None = None
    job: str | None = None
    masked: str = ""

    def of(self, kind: str) -> list[str]:
        """Understood names of a kind, each once, in order."""
        return list(dict.fromkeys(n.name for n in self.names if n.kind == kind and n.name is not None))

    @property
    def unclear(self) -> list[Named]:
        """What looks like a name and could not be understood."""
        return [n for n in self.names if n.name is None]

    @property
    def slips(self) -> list[Named]:
        """What was read as a misspelling of a name."""
        return [n for n in self.names if n.slip]


class EntityFinder:
    """Finds names in questions about the bundles and the knowledge base of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, text: str, drug: str | None = None) -> Found:
        """Every name in `text`; `drug` is the one spoken of before, whose genes and lines are likely."""
        found = Found()
        numbered = _MODULE.search(text)
        if numbered is not None:
            word = (numbered.group(1) or numbered.group(3) or numbered.group(2)).lower()
            found.module = _ORDINALS.get(word) or int(word)
        job = _JOB.search(text)
        found.job = job.group() if job is not None else None
        tokens = [(m.start(), m.end()) for m in _TOKEN.finditer(text)]
        if numbered is not None:
            tokens = [t for t in tokens if t[1] <= numbered.start() or t[0] >= numbered.end()]
        index = self._desk.drugs()
        taken: set[int] = set()
        names: list[Named] = []
        self._exact_drugs(text, tokens, index, taken, names)
        spoken = next((n.name for n in names), drug)
        opened = self._opened(spoken)
        self._lines_in(text, tokens, opened, taken, names)
        self._misspelt_drugs(text, tokens, index, taken, names)
        spoken = next((n.name for n in names if n.kind == "drug" and n.name), drug)
        self._genes(text, tokens, opened if spoken is None else self._opened(spoken), spoken, taken, names)
        found.names = sorted(names, key=lambda n: n.start)
        found.masked = _masked(text, found.names)
        return found

    def _opened(self, drug: str | None) -> Opened | None:
        shelf = self._desk.shelf
        chosen = shelf.find(drug) if drug is not None else None
        if chosen is not None:
            return chosen
        drugs = shelf.drugs()
        return shelf.find(drugs[0]) if drugs else None

    def _exact_drugs(
        self, text: str, tokens: list[tuple[int, int]], index: NameIndex, taken: set[int], names: list[Named]
    ) -> None:
        for size in range(min(_MAX_WORDS, len(tokens)), 0, -1):
            for first in range(len(tokens) - size + 1):
                span = range(first, first + size)
                if taken & set(span):
                    continue
                start, end = tokens[first][0], tokens[first + size - 1][1]
                surface = _POSSESSIVE.sub("", text[start:end])
                if all(text[a:b].lower() in WORDS for a, b in (tokens[i] for i in span)):
                    continue
                if len(name_key(surface)) < 3 or name_key(surface).isdigit():
                    continue
                name = index.exact(surface)
                if name is not None:
                    taken.update(span)
                    names.append(Named("drug", surface, name, start, start + len(surface)))

    def _lines_in(
        self, text: str, tokens: list[tuple[int, int]], opened: Opened | None, taken: set[int], names: list[Named]
    ) -> None:
        keys = opened.lines if opened is not None else {}
        for size in (3, 2, 1):
            for first in range(len(tokens) - size + 1):
                span = range(first, first + size)
                if taken & set(span):
                    continue
                start, end = tokens[first][0], tokens[first + size - 1][1]
                surface = text[start:end]
                key = name_key(surface)
                plain = surface.lower() in WORDS or any(
                    text[a:b].lower() in WORDS for a, b in (tokens[i] for i in span)
                )
                if plain or len(key) < 3 or (key.isdigit() and not _says_line(text, start)):
                    continue
                # A symbol of a gene is a gene, unless the text calls it a line.
                is_gene = opened is not None and surface.upper() in opened.ranks
                if key in keys and not (is_gene and not _says_line(text, start)):
                    taken.update(span)
                    names.append(Named("line", surface, keys[key], start, end))
                elif opened is not None and _line_like(surface) and not is_gene:
                    known = match_line(surface, self._desk.library, opened)
                    if known.name is not None or known.known:
                        taken.update(span)
                        why = "" if known.name is not None else "screened"
                        names.append(Named("line", surface, known.name, start, end, False, known.candidates, why))

    def _misspelt_drugs(
        self, text: str, tokens: list[tuple[int, int]], index: NameIndex, taken: set[int], names: list[Named]
    ) -> None:
        for i, (start, end) in enumerate(tokens):
            surface = _POSSESSIVE.sub("", text[start:end])
            word = surface.lower()
            if i in taken or word in WORDS or surface.upper() in SHORT_FORMS or len(word) < 5:
                continue
            if any(c.isdigit() for c in word) and not word.isalnum():
                continue
            match = index.match(surface)
            like = word.endswith(DRUG_ENDINGS)
            same_start = match.name is not None and any(
                n.startswith(word[0])
                for n in (match.name.lower(), *(near.lower() for near, _ in index.near(surface)[:1]))
            )
            if match.name is not None and (same_start or like):
                taken.add(i)
                names.append(Named("drug", surface, match.name, start, start + len(surface), slip=match.how == "near"))
            elif like and not any(c.isupper() for c in surface[1:]):
                taken.add(i)
                names.append(Named("drug", surface, None, start, start + len(surface), candidates=match.candidates))

    def _genes(
        self,
        text: str,
        tokens: list[tuple[int, int]],
        opened: Opened | None,
        drug: str | None,
        taken: set[int],
        names: list[Named],
    ) -> None:
        library = self._desk.library
        favoured = self._desk.favoured(opened if drug is not None else None, drug)
        for i, (start, end) in enumerate(tokens):
            surface = _POSSESSIVE.sub("", text[start:end])
            if i in taken or not _gene_like(surface):
                continue
            match = match_gene(surface, library, opened, favoured)
            capitals = sum(c.isupper() for c in surface) >= 2
            plain = not any(c.isdigit() for c in surface) and not capitals
            if plain and (match.how != "exact" or match.name is None):
                # A plain word in small letters is only a gene where it is a symbol, letter by letter.
                continue
            if match.name is None and not match.candidates and not (capitals or any(c.isdigit() for c in surface)):
                continue
            taken.add(i)
            candidates, name, why = match.candidates, match.name, ""
            likely = favoured | _usual()
            swapped = _swapped(surface.upper(), likely) if match.how in ("exact", "synonym") else ()
            # Whoever writes "the gene MLC1", or nothing but the name, means it.
            if name is not None and name not in likely and swapped and not _insists(text, start, surface):
                candidates, name, why = (*swapped, name), None, "swapped"
            elif name is None and not candidates:
                why = "nothing"
                if opened is not None and _line_like(surface):
                    candidates = near_lines(name_key(surface), opened)
            names.append(
                Named(
                    "gene",
                    surface,
                    name,
                    start,
                    start + len(surface),
                    slip=match.how == "near",
                    candidates=candidates,
                    why=why,
                )
            )


def _gene_like(surface: str) -> bool:
    if surface.upper() in SHORT_FORMS or len(surface) > 20:
        return False
    lower = surface.lower()
    if lower in WORDS:
        # "MET" is the gene, "met" and "Met" are words.
        return surface.isupper() and len(surface) >= 3 and lower not in _NEVER
    letters = sum(c.isalpha() for c in surface)
    return letters >= 2 and surface[0].isalpha() and len(surface) >= 3


_NEVER = frozenset({"the", "and", "for", "api", "system", "script", "alert", "why", "what", "how", "all", "not", "you"})


def _line_like(surface: str) -> bool:
    """Letters and digits, as most names of lines have; a plain word or number is never looked up as one."""
    return any(c.isdigit() for c in surface) and any(c.isalpha() for c in surface)


def _swapped(symbol: str, favoured: Collection[str]) -> tuple[str, ...]:
    """Likely genes whose symbol is this one with two neighbouring letters exchanged."""
    ways = {symbol[:i] + symbol[i + 1] + symbol[i] + symbol[i + 2 :] for i in range(len(symbol) - 1)} - {symbol}
    return tuple(sorted(ways.intersection(favoured)))


@lru_cache(maxsize=1)
def _usual() -> frozenset[str]:
    """Cancer genes that papers speak of all the time: what a slip of the keys is likelier to mean than a rare gene."""
    return frozenset(gene_aliases())


def _insists(text: str, start: int, surface: str) -> bool:
    return text.strip(" ?!.") == surface or re.search(r"\bgenes?\s+$", text[:start], re.IGNORECASE) is not None


def _says_line(text: str, start: int) -> bool:
    return re.search(r"\b(?:cell\s+)?lines?\s+$", text[:start], re.IGNORECASE) is not None


def _masked(text: str, names: list[Named]) -> str:
    out, at = "", 0
    for name in names:
        out += text[at : name.start] + f"<{name.kind}>"
        at = name.end
    return (out + text[at:]).lower()

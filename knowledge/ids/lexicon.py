"""Finding names of genes, drugs and cell lines in text, with exact spans."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.ids.model import Entity, EntityKind, Mention, name_key
from knowledge.words import word_set

_WORD = re.compile(r"[A-Za-z0-9]+|[α-ωΑ-Ω]+")
# What may stand between two words of one name: "BCL-2", "BCL 2", "ABT/199", "5'-aza", "nutlin-3(-)".
_JOINTS = frozenset({"", "-", " ", "/", "‐", "‑", "–", "'", ".", "- ", " -"})
_MAX_WORDS = 6
# Gene symbols and drug abbreviations that are also words, units or section labels of ordinary text: only found where
# the surface is written exactly as registered (and for the second group not at all).
_WORD_SYMBOLS = word_set(
    "a all an and api aps arc art as bad bid bit cap car cast cat chip clock cope cup dot end face fast fat fit"
    " flame for gap gas get grid has he her hip his host if impact in ink is it jet kit lab large let lit mag map"
    " mars mask mat max met mice mix nail net nod not off on or pan par pen pigs pin pit pole raw rest rod salt"
    " set she sit six ski sky slim snail spin spot star steel step stop sun tag task team ten the time tip top"
    " trap via was wars wave who with wish zip age aim camp dead dish fact fix hand lime link mark mine nest norm"
    " park plan rain ring rush sea shot side silver tank type yes we no can did see up out so be by do go at ash"
    " damage pride race rank"
)
_NEVER = word_set(
    "all and an as at be by can cell cells did dna do for go group has he his if in is it max mice no not of on"
    " or out rna see set she so the time type up via was we who with yes pfs os orr cr pr sd pd auc ci hr rr ae"
    " aes ic50 il mrna mir dose days day age ras raf mek erk ros cancer tumor tumour patients study"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: EntityKind
    name: str
    exact: bool
    surface: str


def _needs_exact_case(surface: str, kind: EntityKind) -> bool:
    """Whether lower-case look-alikes of `surface` must not match it."""
    letters = [char for char in surface if char.isalpha()]
    if any(char.isdigit() for char in surface) and len(letters) >= 2:
        return False
    if kind in ("drug", "family"):
        return len(surface) <= 4
    return len(letters) <= 3 or surface.lower() in _WORD_SYMBOLS


def _case_fits(entry: _Entry, surface: str) -> bool:
    if surface == entry.surface:
        return True
    if entry.exact:
        return False
    if entry.kind == "drug" or any(char.isdigit() for char in entry.surface) or " " in entry.surface:
        return True
    # "Kras" and "KRAS" for KRAS, but not "kras" inside running text such as "cat" or "impact".
    return surface[:1].isupper()


class Lexicon:
    """A dictionary of names and the rules by which they are recognised.

    A name matches across hyphens, blanks and slashes (``BCL-2``, ``Bcl 2``); it never matches inside a longer word.
    Of overlapping names the longest wins, at equal length the first. A name of several entities yields one mention with
    all of them.

    Parameters
    ----------
    entities
        Entities with their synonyms.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entries: dict[str, list[_Entry]] = defaultdict(list)
        self._entities: dict[tuple[EntityKind, str], Entity] = {}
        self._names: dict[tuple[EntityKind, str], set[str]] = defaultdict(set)
        seen: set[tuple[str, _Entry]] = set()
        digest = hashlib.sha256()
        for entity in entities:
            self._entities[entity.kind, entity.name] = entity
            for surface in (entity.name, *entity.synonyms):
                key = name_key(surface)
                common = surface != entity.name and entity.kind != "family" and key in _NEVER
                if len(key) < 2 or common or key.isdigit():
                    continue
                entry = _Entry(entity.kind, entity.name, _needs_exact_case(surface, entity.kind), surface)
                if (key, entry) not in seen:
                    seen.add((key, entry))
                    self._entries[key].append(entry)
                    self._names[entity.kind, key].add(entity.name)
                    digest.update(f"{key}\t{entity.kind}\t{entity.name}\t{surface}\n".encode())
        families: dict[str, list[str]] = defaultdict(list)
        for (kind, name), entity in self._entities.items():
            if kind == "family":
                for gene in entity.members:
                    families[gene].append(name)
        self._families = {gene: tuple(names) for gene, names in families.items()}
        self.digest = digest.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self._entities)

    def entity(self, kind: EntityKind, name: str) -> Entity | None:
        """The entity with this preferred name, None when there is none."""
        return self._entities.get((kind, name))

    def families_of(self, gene: str) -> tuple[str, ...]:
        """Protein families that `gene` belongs to, by name."""
        return self._families.get(gene, ())

    def names(self, kind: EntityKind, text: str) -> tuple[str, ...]:
        """Preferred names that `text`, taken as a whole, may mean; an exact preferred name wins alone."""
        if (kind, text) in self._entities:
            return (text,)
        found = self._names.get((kind, name_key(text)), set())
        preferred = sorted(name for name in found if name_key(name) == name_key(text))
        return tuple(preferred or sorted(found))

    def find(self, text: str) -> list[Mention]:
        """Mentions in `text`, ordered by start, not overlapping."""
        words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        keys = [name_key(text[start:end]) for start, end in words]
        mentions: list[Mention] = []
        position = 0
        while position < len(words):
            mention, used = self._longest(text, words, keys, position)
            if mention is not None:
                mentions.append(mention)
            position += used
        return mentions

    def _longest(
        self, text: str, words: list[tuple[int, int]], keys: list[str], position: int
    ) -> tuple[Mention | None, int]:
        start = words[position][0]
        key = ""
        loose = False
        best: tuple[Mention | None, int] = (None, 1)
        for last in range(position, min(position + _MAX_WORDS, len(words))):
            joint = text[words[last - 1][1] : words[last][0]] if last > position else ""
            if joint not in _JOINTS:
                break
            # "and 1" is not AND1, "of 1" not OF-1: a blank joins a word and a number only in names with a blank.
            loose = loose or (" " in joint and (keys[last].isdigit() or keys[last - 1] in _NEVER))
            key += keys[last]
            entries = self._entries.get(key)
            if not entries:
                continue
            end = words[last][1]
            surface = text[start:end]
            fitting = [
                entry
                for entry in entries
                if _case_fits(entry, surface)
                and (not loose or " " in entry.surface or len(keys[position]) > 2)
                and not (loose and keys[position] in _NEVER)
            ]
            if fitting:
                # An exact spelling beats a look-alike: "MET" the gene, not "Met" the abbreviation of something else.
                chosen = [entry for entry in fitting if entry.surface == surface] or fitting
                kind = chosen[0].kind
                names = tuple(sorted({entry.name for entry in chosen if entry.kind == kind}))
                best = (Mention(start, end, surface, kind, names), last - position + 1)
        return best

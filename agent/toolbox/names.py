"""Which drug or cell line a typed name means: exact spellings first, misspellings only where one name alone is near."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from agent.records import Record
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

How = Literal["exact", "synonym", "near", "ambiguous", "unknown"]

# Normalised Damerau-Levenshtein similarity from which a misspelling is taken for a name, and its lead over the next.
NEAR = 0.75
LEAD = 0.08
OFFERED = 0.6
MIN_LETTERS = 5


class Match(Record):
    """What a typed name was understood as.

    Attributes
    ----------
    name
        The name in use; None where nothing or more than one thing fits.
    how
        ``near``: a misspelling of exactly one name; ``ambiguous``: several names are as near.
    candidates
        Names to offer where `name` is None.
    """

    query: str
    name: str | None
    how: How
    candidates: tuple[str, ...] = ()


class NameIndex:
    """Names and their synonyms, asked by any spelling.

    Parameters
    ----------
    names
        Name in use -> other names. The first owner of a spelling keeps it.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._owner: dict[str, str] = {}
        self._own: set[str] = set()
        for name in names:
            self._owner.setdefault(name_key(name), name)
            self._own.add(name_key(name))
        for name, others in names.items():
            for other in others:
                key = name_key(other)
                if len(key) > 1:
                    self._owner.setdefault(key, name)
        self._owner.pop("", None)
        self.names = tuple(dict.fromkeys(names))
        self.longest = max((len(re.findall(r"[^\W_]+", n)) for n in self.names), default=1)

    def exact(self, text: str) -> str | None:
        """The name whose own spelling or synonym this is, case and punctuation ignored."""
        return self._owner.get(name_key(text))

    def match(self, text: str) -> Match:
        """What `text`, taken as a whole, means."""
        key = name_key(text)
        owner = self._owner.get(key)
        if owner is not None:
            return Match(query=text, name=owner, how="exact" if key in self._own else "synonym")
        near = self.near(text)
        if near and near[0][1] >= NEAR and (len(near) == 1 or near[0][1] - near[1][1] >= LEAD):
            return Match(query=text, name=near[0][0], how="near")
        candidates = tuple(name for name, similarity in near if similarity >= OFFERED)[:5]
        return Match(query=text, name=None, how="ambiguous" if candidates else "unknown", candidates=candidates)

    def near(self, text: str) -> list[tuple[str, float]]:
        """Names with a spelling near `text`, nearest first, each with its similarity in [0, 1].

        Numbers are part of an identity (AZD7762 is not AZD7766): a spelling whose digits differ is never near enough
        to be taken, only to be offered.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        key = name_key(text)
        if sum(c.isalpha() for c in key) < min(MIN_LETTERS, len(key)) or len(key) < MIN_LETTERS:
            return []
        found = process.extract(
            key, list(self._owner), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=OFFERED, limit=12
        )
        best: dict[str, float] = {}
        for spelling, similarity, _ in found:
            name = self._owner[spelling]
            same_digits = re.sub(r"\D", "", spelling) == re.sub(r"\D", "", key)
            value = float(similarity) if same_digits else min(float(similarity), NEAR - 0.01)
            best[name] = max(best.get(name, 0.0), value)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))


def drug_index(explained: Iterable[str]) -> NameIndex:
    """Drugs of the screen with their code and trade names, and drugs that were explained from other tables."""
    from knowledge.starter.load import load_drugs

    names: dict[str, tuple[str, ...]] = dict.fromkeys(explained, ())
    by_key = {name_key(name): name for name in names}
    for entry in load_drugs():
        name = by_key.get(name_key(entry.name), entry.name)
        names[name] = (entry.name, *entry.synonyms)
    return NameIndex(names)

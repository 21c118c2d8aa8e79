"""Which cell line of a bundle a typed name means: its own spelling, or another name of the same line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.records import Record
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from agent.toolbox.library import Library
    from agent.toolbox.opened import Opened

_SHORTEST = 3
_NEAR = 0.7
_OFFERED = 5


class LineMatch(Record):
    """What a name was understood as.

    Attributes
    ----------
    name
        The line as the bundle spells it; None where the bundle has none, or several, of that name.
    known
        Whether the names of cell lines hold it, in the bundle or not.
    candidates
        Lines of the bundle that may have been meant.
    """

    name: str | None
    known: bool = False
    candidates: tuple[str, ...] = ()


def match_line(text: str, library: Library, opened: Opened) -> LineMatch:
    """A line by its name in the bundle, whatever case and punctuation, or by another name of the knowledge base.

    Two lines of a bundle that differ in punctuation alone (KM-H2 and KMH-2) are told apart only where one is written
    exactly so.
    """
    name, key = text.strip(), name_key(text)
    if len(key) < _SHORTEST:
        return LineMatch(name=None)
    own = opened.lines.get(key)
    if own is not None:
        same = [str(line) for line in opened.tables.lines.index if name_key(str(line)) == name_key(own)]
        if name in same or len(same) == 1:
            return LineMatch(name=name if name in same else same[0], known=True)
        return LineMatch(name=None, known=True, candidates=tuple(same))
    found = library.resolve_cell(name)
    names = found.candidates if found.entity is None else (found.entity.name, *found.entity.synonyms)
    reached = tuple(dict.fromkeys(opened.lines[k] for k in map(name_key, names) if k in opened.lines))
    if len(reached) == 1:
        return LineMatch(name=reached[0], known=True)
    return LineMatch(name=None, known=bool(names), candidates=reached or near_lines(key, opened))


def near_lines(key: str, opened: Opened) -> tuple[str, ...]:
    """Lines of the bundle whose names are near, best first."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(
        key, list(opened.lines), scorer=OSA.normalized_similarity, score_cutoff=_NEAR, limit=_OFFERED
    )
    return tuple(dict.fromkeys(opened.lines[spelling] for spelling, _, _ in found))

"""Which gene a typed name means, and what the bundle's whole ranking says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.toolbox.names import Match

if TYPE_CHECKING:
    from collections.abc import Collection

    from agent.toolbox.library import Library
    from agent.toolbox.opened import Opened

_MIN_NEAR = 4


def match_gene(text: str, library: Library, opened: Opened | None, favoured: Collection[str] = ()) -> Match:
    """What a typed gene name means: a measured symbol, an approved symbol, one gene's alias, or a slip of one letter.

    A slip is only taken where a single symbol is one edit away, or a single one of `favoured` is: one letter more or
    less is another gene. Everything else comes back as candidates.

    Parameters
    ----------
    opened
        The bundle whose measured genes are names as well.
    favoured
        Symbols that the question is likely to be about (targets of the drug, its best-ranked genes).
    """
    name = text.strip()
    measured = opened.ranks if opened is not None else {}
    if name in measured:
        return Match(query=text, name=name, how="exact")
    symbol = opened.symbols.get(name.upper()) if opened is not None else None
    if symbol is not None:
        return Match(query=text, name=symbol, how="exact")
    found = library.resolve_gene(name)
    if found.entity is not None:
        symbol = found.entity.name
        # The matrix may know the gene under a name that is no longer approved.
        spelling = next((s for s in (symbol, *found.entity.synonyms) if s in measured), symbol)
        return Match(query=text, name=spelling, how="exact" if found.status == "approved" else "synonym")
    if found.status == "ambiguous":
        inside = [c for c in found.candidates if c in favoured]
        if len(inside) == 1:
            return Match(query=text, name=inside[0], how="synonym")
        return Match(query=text, name=None, how="ambiguous", candidates=found.candidates)
    return _near(text, {*measured, *library.symbols()}, favoured)


def _near(text: str, symbols: Collection[str], favoured: Collection[str]) -> Match:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    key = text.strip().upper()
    if len(key) < _MIN_NEAR:
        return Match(query=text, name=None, how="unknown")
    found = process.extract(key, list(symbols), scorer=OSA.distance, score_cutoff=2, limit=40)
    once = sorted(symbol for symbol, distance, _ in found if distance == 1)
    likely = [symbol for symbol in once if symbol in favoured]
    chosen = once if len(once) == 1 else likely
    if len(chosen) == 1:
        return Match(query=text, name=chosen[0], how="near")
    offered = likely + [s for s in once if s not in likely]
    offered += sorted(symbol for symbol, distance, _ in found if distance == 2 and symbol in favoured)
    return Match(query=text, name=None, how="ambiguous" if offered else "unknown", candidates=tuple(offered[:5]))

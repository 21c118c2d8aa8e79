"""Why a passage was found, what stands near the names asked for, and why nothing is shown."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.ids.model import EntityKind
from knowledge.retrieve.model import SearchFilter
from knowledge.store.annotations import Tag
from knowledge.store.store import Store

# Members stand for their family in a search where there are at most this many.
_SMALL_FAMILY = 8
# Cosine of the nearest passage below which a question that names nothing known here is off topic. It depends on the
# embedder: unrelated texts lie at 0.15 to 0.4 with MiniLM, where questions with an answer rarely fall below 0.45
# (benchmarks/retrieval/abstention.py). An embedder that was not calibrated gets the cautious one.
_OFF_TOPIC_BELOW = {"all-MiniLM-L6-v2-int8": 0.35}
_UNCALIBRATED = 0.25


def off_topic_below(embedder: str) -> float:
    """Threshold for the embedder with this id."""
    return next((least for start, least in _OFF_TOPIC_BELOW.items() if embedder.startswith(start)), _UNCALIBRATED)


def related(store: Store, asked: Iterable[Tag]) -> dict[Tag, str]:
    """What stands near the entities asked for, with the words that say how: families of genes, genes of families."""
    found: dict[Tag, str] = {}
    for kind, name in asked:
        if kind == "gene":
            for family in store.lexicon.families_of(name):
                found["family", family] = f"names the family {family}, to which {name} belongs"
        elif kind == "family":
            entity = store.lexicon.entity("family", name)
            for gene in entity.members if entity and len(entity.members) <= _SMALL_FAMILY else ():
                found["gene", gene] = f"names {gene} of the family {name}"
    return {tag: words for tag, words in found.items() if tag not in set(asked)}


def reasons_of(
    store: Store,
    row: int,
    asked: tuple[Tag, ...],
    related: dict[Tag, str],
    shared: list[str],
    bm25: int | None,
    dense: int | None,
    cosine: float,
) -> tuple[str, ...]:
    """Reasons in words why a passage was found."""
    tags = store.annotations.tags[row]
    reasons = [f"names {name} ({kind})" for kind, name in asked if (kind, name) in tags]
    reasons.extend([words for tag, words in related.items() if tag in tags][:2])
    if bm25 is not None and shared:
        reasons.append(f"keyword rank {bm25}: shares {', '.join(shared[:6])}")
    elif bm25 is not None:
        reasons.append(f"keyword rank {bm25}: by the names it shares with the query")
    reasons.append(f"meaning rank {dense}: cosine {cosine:.2f}" if dense is not None else f"cosine {cosine:.2f}")
    return tuple(reasons)


def off_topic(store: Store, asked: dict[Tag, None], dense: dict[int, float], least: float) -> str | None:
    """Why the whole answer is not good enough, None when it is."""
    named = any(len(store.annotations.rows(tag)) for tag in asked)
    nearest = max(dense.values(), default=-1.0)
    if named or nearest >= least:
        return None
    return (
        f"nothing here is about this: the nearest passage has cosine {nearest:.2f}, at least {least} is asked "
        "for; use other words, or ingest literature on it"
    )


def empty_reason(store: Store, wanted: SearchFilter, drugs: tuple[str, ...], genes: tuple[str, ...]) -> str:
    """Why the filter leaves nothing, and what to try."""
    if not store.snapshot.passages:
        return "the knowledge base is empty; run: oncobrief knowledge build"
    missing = []
    kinds: tuple[tuple[EntityKind, str | None, tuple[str, ...]], ...] = (
        ("drug", wanted.drug, drugs),
        ("gene", wanted.gene, genes),
    )
    for kind, asked, names in kinds:
        if asked is None:
            continue
        if not names:
            missing.append(f"{kind} {asked!r} is not a name known here")
        elif not any(len(store.annotations.rows((kind, name))) for name in names):
            missing.append(f"no passage names the {kind} {' or '.join(names)}")
    if not missing and wanted.drug and wanted.gene:
        missing.append(f"no passage names both {' or '.join(drugs)} and {' or '.join(genes)}")
    return "; ".join(missing or ["the filter leaves no passage"]) + "; loosen the filter or ingest literature on it"

"""Hybrid search: keywords and meaning side by side, joined by score, with names resolved to what they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import InputError
from knowledge.ids.model import EntityKind
from knowledge.retrieve.model import DocumentMeta, EvidenceHit, EvidenceSet, SearchFilter
from knowledge.retrieve.reasons import empty_reason, off_topic, off_topic_below, reasons_of, related
from knowledge.store.annotations import Tag, entity_terms
from knowledge.store.store import Store
from knowledge.store.terms import terms

Rows = NDArray[np.int64]
_MAX_QUERY = 2_000
# Below this many allowed passages the exact scan is as fast as the graph and finds all of them.
_EXACT_BELOW = 20_000


@dataclass(frozen=True)
class Fusion:
    """How keyword and meaning scores become one.

    ``score = weight * cosine + (1 - weight) * bm25 / best bm25``, over the best `depth` passages of either list; both
    scores are computed for all of them. Joining scores was better than joining ranks (docs/decisions/0003-fusion.md).
    Where the query names two things or more, ``cover`` times the share of them that the passage names is added, and
    the sum divided by ``1 + cover``; a passage that names only the family of one counts half for it.

    Attributes
    ----------
    weight
        Weight of the cosine in [0, 1].
    depth
        Candidates taken from each list.
    cover
        Weight of naming all that the query names.

    References
    ----------
    Bruch et al. 2023, An analysis of fusion functions for hybrid retrieval, doi:10.1145/3596512.
    """

    weight: float = 0.5
    depth: int = 100
    cover: float = 0.2


DEFAULT_FUSION = Fusion()
# Weight of what stands near a name asked for: a gene's families, the members of a small family.
RELATED = 0.5


def _resolve(store: Store, kind: EntityKind, name: str | None) -> tuple[str, ...]:
    if name is None:
        return ()
    found = store.lexicon.names(kind, name)
    if found:
        return found
    return store.annotations.spelt(kind, name)


def _allowed(store: Store, wanted: SearchFilter, drugs: tuple[str, ...], genes: tuple[str, ...]) -> NDArray[np.bool_]:
    allowed = np.ones(len(store.snapshot.passages), dtype=bool)
    if not wanted.include_retracted:
        allowed &= ~store.retracted
    if wanted.year_from is not None:
        allowed &= store.years >= wanted.year_from
    if wanted.year_to is not None:
        allowed &= (store.years <= wanted.year_to) & (store.years > 0)
    if wanted.kinds:
        allowed &= np.isin(store.kinds.astype(str), wanted.kinds)
    if wanted.documents:
        ids = np.array([document.id for document in store.snapshot.documents], dtype=object)
        allowed &= np.isin(ids.astype(str), wanted.documents)[store.document_of]
    kinds: tuple[tuple[EntityKind, str | None, tuple[str, ...]], ...] = (
        ("drug", wanted.drug, drugs),
        ("gene", wanted.gene, genes),
    )
    for kind, asked, names in kinds:
        if asked is not None:
            named = np.zeros(len(allowed), dtype=bool)
            for name in names:
                named[store.annotations.rows((kind, name))] = True
            allowed &= named
    return allowed


def _dense(store: Store, vector: NDArray[np.float32], allowed: NDArray[np.bool_], depth: int) -> dict[int, float]:
    """Row to cosine for the nearest allowed passages, best first."""
    count = int(allowed.sum())
    if count == 0:
        return {}
    if count < len(allowed) and count > _EXACT_BELOW:
        rows, similarity = store.dense.nearest(vector, min(2 * depth, len(allowed)))
        keep = allowed[rows]
        if keep.sum() >= depth:
            return dict(zip(rows[keep][:depth].tolist(), similarity[keep][:depth].tolist(), strict=True))
    if count == len(allowed):
        rows, similarity = store.dense.nearest(vector, min(depth, count))
        return dict(zip(rows.tolist(), similarity.tolist(), strict=True))
    rows = np.flatnonzero(allowed)
    exact = np.asarray(store.vectors[store.rows[rows]] @ vector)
    best = np.argsort(-exact, kind="stable")[:depth]
    return dict(zip(rows[best].tolist(), exact[best].tolist(), strict=True))


def _best(scores: NDArray[np.float32], depth: int) -> list[int]:
    """Rows of the `depth` best scores above 0, best first."""
    count = min(depth, int((scores > 0).sum()))
    if count == 0:
        return []
    top = np.argpartition(-scores, count - 1)[:count]
    rows: list[int] = top[np.lexsort((top, -scores[top]))].tolist()
    return rows


def _cover(store: Store, rows: Rows, groups: list[tuple[Tag, ...]]) -> NDArray[np.float64]:
    """Share of the things named in the query that each passage names, shape (rows,), in [0, 1]."""
    share = np.zeros(len(rows))
    for group in groups:
        near = related(store, group)
        for place, row in enumerate(rows):
            tags = store.annotations.tags[row]
            share[place] += 1.0 if any(tag in tags for tag in group) else 0.5 * any(tag in tags for tag in near)
    return share / len(groups)


def search(
    store: Store,
    query: str,
    *,
    drug: str | None = None,
    gene: str | None = None,
    k: int = 10,
    wanted: SearchFilter | None = None,
    per_document: int = 2,
    fusion: Fusion = DEFAULT_FUSION,
    recency: float = 0.0,
    expand: bool = True,
    min_similarity: float | None = None,
) -> EvidenceSet:
    """Find passages for `query`.

    Parameters
    ----------
    store
        An opened knowledge base.
    query
        Free text, at most 2,000 characters; may be empty when `drug` or `gene` is given.
    drug, gene
        Only passages that name it (any synonym); a shorthand for the same fields of `wanted`.
    k
        Hits at most, 1 to 100.
    wanted
        Further filters.
    per_document
        Hits from one document at most.
    fusion
        Weights of the two lists.
    recency
        0 to ignore the year; otherwise the score is multiplied by ``1 + recency * (year - oldest) / (newest - oldest)``
        over the documents that state one.
    expand
        Whether names in the query also stand for their synonyms.
    min_similarity
        Cosine that the nearest passage must reach where the query names nothing known here; by default the one
        calibrated for the store's embedder, -1 never abstains for it.

    Returns
    -------
    EvidenceSet
        With `abstained` and a reason where nothing good enough was found.

    Raises
    ------
    InputError
        Empty or overlong query, or `k` out of range.
    """
    base = wanted or SearchFilter()
    chosen = base.model_copy(update={"drug": drug or base.drug, "gene": gene or base.gene})
    text = " ".join(part for part in (query.strip(), chosen.drug, chosen.gene) if part)
    if not text:
        raise InputError("the query is empty; give words, a drug or a gene")
    if len(text) > _MAX_QUERY:
        raise InputError(f"the query has {len(text)} characters; at most {_MAX_QUERY} are read: shorten it")
    if not 1 <= k <= 100:
        raise InputError(f"k is {k}; give 1 to 100")
    drugs, genes = _resolve(store, "drug", chosen.drug), _resolve(store, "gene", chosen.gene)

    def answer(hits: tuple[EvidenceHit, ...], candidates: int, reason: str | None = None) -> EvidenceSet:
        return EvidenceSet(
            query=query,
            filter=chosen,
            drug=" or ".join(drugs) or None,
            gene=" or ".join(genes) or None,
            snapshot=store.snapshot.id,
            embedder=store.embedder.id,
            hits=hits,
            candidates=candidates,
            abstained=reason is not None,
            reason=reason,
        )

    allowed = _allowed(store, chosen, drugs, genes)
    count = int(allowed.sum())
    if count == 0:
        return answer((), 0, empty_reason(store, chosen, drugs, genes))
    # One group a thing named; the tags of a group are what an ambiguous name may mean.
    groups: dict[tuple[Tag, ...], None] = {}
    for mention in store.lexicon.find(text) if expand else ():
        groups[tuple((mention.kind, name) for name in mention.names)] = None
    named: tuple[tuple[EntityKind, tuple[str, ...]], ...] = (("drug", drugs), ("gene", genes))
    groups.update({tuple((kind, name) for name in names): None for kind, names in named if names})
    asked: dict[Tag, None] = dict.fromkeys(tag for group in groups for tag in group)
    words = terms(text)
    near_by = related(store, asked) if expand else {}
    every_score = store.keywords.scores(words + (entity_terms(asked) if expand else []))
    if near_by:
        every_score = every_score + RELATED * store.keywords.scores(entity_terms(near_by))
    keyword_scores = np.where(allowed, every_score, 0)
    keyword = _best(keyword_scores, fusion.depth)
    vector = store.embedder.embed([text])[0]
    dense = _dense(store, vector, allowed, fusion.depth)
    bm25_rank = {row: rank for rank, row in enumerate(keyword, start=1)}
    dense_rank = {row: rank for rank, row in enumerate(dense, start=1)}
    pool = np.array(sorted({*bm25_rank, *dense_rank}), dtype=np.int64)
    cosines = np.asarray(store.vectors[store.rows[pool]] @ vector)
    best = max(keyword_scores.max(initial=0.0), 1e-9)
    fused = fusion.weight * cosines + (1 - fusion.weight) * keyword_scores[pool] / best
    if fusion.cover and len(groups) > 1:
        fused = (fused + fusion.cover * _cover(store, pool, list(groups))) / (1 + fusion.cover)
    scores = dict(zip(pool.tolist(), fused.tolist(), strict=True))
    cosine_of = dict(zip(pool.tolist(), cosines.tolist(), strict=True))
    if recency:
        scores = {row: score * _recent(store, row, recency) for row, score in scores.items()}
    least = off_topic_below(store.embedder.id) if min_similarity is None else min_similarity
    if not drugs and not genes and (reason := off_topic(store, asked, dense, least)):
        return answer((), count, reason)
    hits: list[EvidenceHit] = []
    taken: dict[int, int] = {}
    wanted_words = set(words)
    for row in sorted(scores, key=lambda item: (-scores[item], item)):
        index = int(store.document_of[row])
        if taken.get(index, 0) >= per_document:
            continue
        taken[index] = taken.get(index, 0) + 1
        passage, document = store.snapshot.passages[row], store.snapshot.documents[index]
        own = set(terms(f"{document.title or ''} {passage.text}"))
        shared = [word for word in dict.fromkeys(words) if word in own & wanted_words]
        cosine = cosine_of[row]
        hits.append(
            EvidenceHit(
                rank=len(hits) + 1,
                passage=passage,
                document=DocumentMeta.of(document),
                score=scores[row],
                bm25_rank=bm25_rank.get(row),
                dense_rank=dense_rank.get(row),
                similarity=float(cosine),
                drugs=store.annotations.names(row, "drug"),
                genes=store.annotations.names(row, "gene"),
                families=store.annotations.names(row, "family"),
                why=reasons_of(
                    store, row, tuple(asked), near_by, shared, bm25_rank.get(row), dense_rank.get(row), cosine
                ),
            )
        )
        if len(hits) == k:
            break
    return answer(tuple(hits), count)


def _recent(store: Store, row: int, weight: float) -> float:
    stated = store.years[store.years > 0]
    year = int(store.years[row])
    if not year or stated.min() == stated.max():
        return 1.0
    return 1.0 + weight * float((year - stated.min()) / (stated.max() - stated.min()))

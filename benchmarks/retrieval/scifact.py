"""SciFact claims against the 5,183 abstracts: hybrid search beside BM25 and dense alone.

Run: ``python -m benchmarks.retrieval.scifact FOLDER [--small]``. The weight of the fusion is chosen on one half of the
claims (split by `SEED`) and everything is reported on the other half. FOLDER keeps the store for the next run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.common import RESULTS, SEED, header, ndcg, paired_bootstrap, rows
from knowledge.build import add, open_store
from knowledge.documents import Document
from knowledge.embed import Embedder, Vectors
from knowledge.retrieve.search import DEFAULT_FUSION, Fusion, search
from knowledge.store.snapshot import current_id
from knowledge.store.store import Store
from knowledge.store.terms import terms

WEIGHTS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)


class Remembering:
    """Embeds each claim once, however many weights are tried."""

    def __init__(self, embedder: Embedder) -> None:
        self.id, self.dimension = embedder.id, embedder.dimension
        self._one = lru_cache(maxsize=None)(lambda text: embedder.embed([text])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`."""
        return np.stack([self._one(text) for text in texts])


def corpus(small: bool) -> list[Document]:
    documents = [
        Document(
            id=row["id"],
            text=" ".join(row["sentences"]),
            title=row["title"],
            kind="abstract",
            source="SciFact",
        )
        for row in rows("benchmarks/scifact_corpus.jsonl.gz")
    ]
    return documents[:600] if small else documents


def claims(known: set[str]) -> list[tuple[str, set[str]]]:
    """Claims with the abstracts they cite, in the order of the file; those cited elsewhere are left out."""
    found: dict[str, set[str]] = {}
    for row in rows("claims.jsonl.gz"):
        if row["source"] == "SciFact" and row["doc_id"] in known:
            found.setdefault(row["claim"], set()).add(row["doc_id"])
    return list(found.items())


def ranked(store: Store, claim: str, fusion: Fusion, least: float | None = None) -> list[str]:
    hits = search(store, claim, k=10, per_document=1, fusion=fusion, min_similarity=least).hits
    return [hit.document.id for hit in hits]


def bm25_alone(store: Store, claim: str) -> list[str]:
    """BM25 over words, without names or vectors."""
    scores = store.keywords.scores(terms(claim))
    found: dict[str, None] = {}
    for row in np.argsort(-scores, kind="stable")[:50]:
        found[store.snapshot.documents[store.document_of[row]].id] = None
    return list(found)[:10]


def dense_alone(store: Store, claim: str) -> list[str]:
    similarity = np.asarray(store.vectors[store.rows] @ store.embedder.embed([claim])[0])
    found: dict[str, None] = {}
    for row in np.argsort(-similarity, kind="stable")[:50]:
        found[store.snapshot.documents[store.document_of[row]].id] = None
    return list(found)[:10]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="600 abstracts; nothing is written")
    options = parser.parse_args()
    documents = corpus(options.small)
    if current_id(options.folder) is None:
        add(options.folder, documents)
    store = open_store(options.folder, report=print)
    store.embedder = Remembering(store.embedder)
    queries = claims({document.id for document in documents})
    order = np.random.default_rng(SEED).permutation(len(queries))
    tuning, held_out = order[: len(order) // 2], order[len(order) // 2 :]

    def values(which: NDArray[np.int64], fusion: Fusion, least: float | None = None) -> NDArray[np.float64]:
        return np.array([ndcg(ranked(store, queries[i][0], fusion, least), queries[i][1]) for i in which])

    tuned = {weight: float(values(tuning, Fusion(weight=weight)).mean()) for weight in WEIGHTS}
    best = max(tuned, key=lambda weight: tuned[weight])
    scores = {
        "hybrid, shipped weight": values(held_out, DEFAULT_FUSION),
        "hybrid, weight chosen here": values(held_out, Fusion(weight=best)),
        "hybrid, shipped weight, never abstaining": values(held_out, DEFAULT_FUSION, -1.0),
        "BM25 alone": np.array([ndcg(bm25_alone(store, queries[i][0]), queries[i][1]) for i in held_out]),
        "dense alone": np.array([ndcg(dense_alone(store, queries[i][0]), queries[i][1]) for i in held_out]),
    }
    text = header(
        "SciFact retrieval",
        "python -m benchmarks.retrieval.scifact FOLDER",
        corpus=f"{len(documents)} abstracts, {len(store.snapshot.passages)} passages",
        claims=f"{len(tuning)} for tuning, {len(held_out)} held out (training part; all cited abstracts count)",
        embedder=store.embedder.id,
        shipped_weight=DEFAULT_FUSION.weight,
    )
    text += "Tuning half, nDCG@10 by weight of the cosine: "
    text += ", ".join(f"{weight}: {value:.4f}" for weight, value in tuned.items()) + f"; best {best}\n\n"
    text += "| held-out half | nDCG@10 | hybrid (shipped weight) minus this, 95 % paired bootstrap |\n|---|---|---|\n"
    for name, found in scores.items():
        mean, low, high = paired_bootstrap(scores["hybrid, shipped weight"], found)
        text += f"| {name} | {found.mean():.4f} | {mean:+.4f} ({low:+.4f} to {high:+.4f}) |\n"
    print(text)
    if not options.small:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "retrieval_scifact.md").write_text(text)


if __name__ == "__main__":
    main()

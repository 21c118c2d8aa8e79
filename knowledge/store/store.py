"""The store: one snapshot with everything derived from it, checked at opening and rebuilt where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.documents import sha256
from knowledge.embed import Embedder, Vectors
from knowledge.errors import StoreError
from knowledge.files import locked, new_folder, write_text
from knowledge.ids.lexicon import Lexicon
from knowledge.store.annotations import Annotations, Tag, entity_terms
from knowledge.store.chroma import ChromaIndex
from knowledge.store.keywords import KeywordIndex
from knowledge.store.snapshot import Snapshot
from knowledge.store.terms import ANALYSER, terms
from knowledge.store.vectors import VectorCache

Report = Callable[[str], None]


def _silent(_: str) -> None:
    return None


@dataclass
class Store:
    """An opened knowledge base.

    Attributes
    ----------
    snapshot
        Documents, passages and mechanisms; their digest is the snapshot id.
    lexicon
        Names by which entities are recognised.
    annotations
        Entities of each passage.
    keywords, dense
        The two indexes.
    vectors, rows
        Cached vectors and the row of each passage in them.
    rebuilt
        What did not fit and was made again at opening, in words.
    """

    snapshot: Snapshot
    lexicon: Lexicon
    embedder: Embedder
    annotations: Annotations
    keywords: KeywordIndex
    dense: ChromaIndex
    vectors: Vectors
    rows: NDArray[np.int64]
    rebuilt: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = {document.id: index for index, document in enumerate(self.snapshot.documents)}
        documents = self.snapshot.documents
        self.document_of = np.array([place[passage.document_id] for passage in self.snapshot.passages], dtype=np.int64)
        self.years = np.array([document.year or 0 for document in documents], dtype=np.int64)[self.document_of]
        self.retracted = np.array([document.retracted for document in documents], dtype=bool)[self.document_of]
        self.kinds = np.array([document.kind for document in documents], dtype=object)[self.document_of]

    def close(self) -> None:
        """Release the Chroma files."""
        self.dense.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def searchable_texts(snapshot: Snapshot) -> list[str]:
    """Text of each passage as it is embedded and indexed: title of its document, then the passage."""
    titles = {document.id: document.title for document in snapshot.documents}
    return [
        f"{title}\n{passage.text}" if (title := titles[passage.document_id]) else passage.text
        for passage in snapshot.passages
    ]


def _annotate(snapshot: Snapshot, lexicon: Lexicon, texts: list[str]) -> Annotations:
    documents = {document.id: document for document in snapshot.documents}
    stated: dict[str, list[Tag]] = {}
    for document in documents.values():
        tags: list[Tag] = []
        for name in document.drugs:
            tags.extend(("drug", found) for found in (lexicon.names("drug", name) or (name,)))
        for name in document.genes:
            tags.extend(("gene", found) for found in (lexicon.names("gene", name) or (name,)))
        stated[document.id] = tags
    all_tags = []
    for passage, text in zip(snapshot.passages, texts, strict=True):
        found: dict[Tag, None] = {}
        for mention in lexicon.find(text):
            # An ambiguous name is kept under each of its meanings: a filter must not miss the passage.
            for name in mention.names:
                found[mention.kind, name] = None
        document = documents[passage.document_id]
        # The tags of a record that is one passage (a card, a statement) speak of that passage; those of a longer one
        # may belong to another part of it.
        if passage.text == document.text.strip():
            found.update(dict.fromkeys(stated[document.id]))
        all_tags.append(tuple(found))
    return Annotations(all_tags)


def _build_words(folder: Path, snapshot: Snapshot, lexicon: Lexicon, texts: list[str]) -> None:
    annotations = _annotate(snapshot, lexicon, texts)
    term_lists = [terms(text) + entity_terms(tags) for text, tags in zip(texts, annotations.tags, strict=True)]
    annotations.save(folder / "annotations.jsonl")
    KeywordIndex.build(term_lists).save(folder / "bm25")


def _words(base: Path, snapshot: Snapshot, lexicon: Lexicon, rebuilt: list[str]) -> tuple[Annotations, KeywordIndex]:
    """Annotations and keyword index of the snapshot, made again where they are absent, damaged or out of date."""
    wanted = {"analyser": ANALYSER, "lexicon": lexicon.digest, "snapshot": snapshot.id}
    folder = base / "words"
    size = len(snapshot.passages)
    try:
        stated = json.loads((folder / "made.json").read_text())
        if stated != wanted:
            differing = ", ".join(key for key in wanted if stated.get(key) != wanted[key])
            raise StoreError(f"the keyword index was made with another {differing}")
        return Annotations.load(folder / "annotations.jsonl", size), KeywordIndex.load(folder / "bm25", size)
    except FileNotFoundError:
        rebuilt.append("there is no keyword index yet")
    except (StoreError, ValueError, AttributeError) as error:
        rebuilt.append(str(error))
    with new_folder(folder) as temporary:
        _build_words(temporary, snapshot, lexicon, searchable_texts(snapshot))
        write_text(temporary / "made.json", json.dumps(wanted))
    return Annotations.load(folder / "annotations.jsonl", size), KeywordIndex.load(folder / "bm25", size)


def open_snapshot(
    folder: Path,
    snapshot: Snapshot,
    lexicon: Lexicon,
    embedder: Embedder,
    *,
    chroma_url: str | None = None,
    report: Report = _silent,
) -> Store:
    """Open the indexes of `snapshot`, building whatever is absent or does not fit.

    Nothing is lost by a damaged index: vectors come from the cache or are embedded again, the rest from plain files.

    Parameters
    ----------
    folder
        Folder of the knowledge base (vector cache and snapshots).
    chroma_url
        A Chroma server that holds the vectors; None for files beside the snapshot.
    report
        Called with one line for each step that takes time.
    """
    base = snapshot.folder / "index"
    rebuilt: list[str] = []
    with locked(folder):
        annotations, keywords = _words(base, snapshot, lexicon, rebuilt)
        texts = searchable_texts(snapshot)
        cache = VectorCache(folder, embedder)
        rows = cache.rows(
            [sha256(text) for text in texts],
            texts,
            lambda done, total: report(f"embedded {done} of {total} new passages"),
        )
        place: Path | str = chroma_url or base / "chroma"
        dense = ChromaIndex(place, snapshot.id, embedder.id, embedder.dimension)
        fault = dense.fault(len(rows))
        if fault is not None and len(rows):
            rebuilt.append(fault)
            report(f"building the vector index: {fault}")
            dense.build(np.asarray(cache.vectors[rows]))
    for line in rebuilt:
        report(f"made again: {line}")
    return Store(snapshot, lexicon, embedder, annotations, keywords, dense, cache.vectors, rows, rebuilt)

"""The reference documents as a knowledge base, with the offline model or with a stand-in that costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.retrieval.common import reference
from knowledge.build import add, open_store
from knowledge.embed import Embedder, Vectors, default_embedder
from knowledge.sources.local import read_file
from knowledge.store.snapshot import current_id
from knowledge.store.store import Store


class NoMeaning:
    """Random unit vectors that depend on the text alone: for measuring keywords alone, and time without a model."""

    dimension = 384
    id = "no-meaning-384"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One random unit vector a text."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            rows[row] = np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def open_reference(folder: Path, keywords_only: bool) -> Store:
    """Open the knowledge base of all reference documents in `folder`, making it on the first call."""
    if current_id(folder) is None:
        add(folder, read_file(reference() / "documents.jsonl.gz").documents)
    embedder: Embedder = NoMeaning() if keywords_only else default_embedder()
    return open_store(folder, embedder=embedder, report=print)

"""A tiny knowledge base and an embedder that needs no model: fast, exact, deterministic."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.documents import Document
from knowledge.embed import Vectors
from knowledge.mechanisms.model import KnownMechanism
from knowledge.store.terms import terms


class WordEmbedder:
    """Sum of one fixed random vector a word: texts that share words are near each other."""

    dimension = 64

    def __init__(self, name: str = "words-64") -> None:
        self.id = name
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in terms(text) or ["?"]:
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                rows[row] += np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def make_embedder() -> type[WordEmbedder]:
    return WordEmbedder


def abstract(number: int, text: str, **fields: object) -> Document:
    return Document.model_validate(
        {"id": f"pmid:{number}", "pmid": str(number), "kind": "abstract", "source": "test", "text": text, **fields}
    )


@pytest.fixture
def literature() -> list[Document]:
    return [
        abstract(1, "High BCL2 expression sensitises leukaemia cells to ABT-199. Low BCL2 does not.", year=2014),
        abstract(2, "Amplification of HER2 predicts response to lapatinib in breast cancer.", year=2006),
        abstract(3, "Loss of PTEN causes resistance to trastuzumab but not to lapatinib.", year=2011),
        abstract(4, "Withdrawn: BCL2 was said to resist venetoclax.", year=2015, retracted=True),
        abstract(5, "MCL-1 upregulation is a cause of acquired resistance to venetoclax."),
        abstract(6, "The migration of arctic birds follows the magnetic field.", year=2001),
    ]


def fact(number: int, drug: str, entity: str, **fields: object) -> KnownMechanism:
    base = {
        "id": f"test:{number}",
        "drug": drug,
        "entity": entity,
        "entity_kind": "gene",
        "relation": "sensitivity",
        "alteration": "expression",
        "direction": "higher_sensitises",
        "context": "cells",
        "summary": "A fact.",
        "level": "in vitro",
        "source": "test",
        "record_id": "pmid:1",
    }
    return KnownMechanism.model_validate(base | fields)


@pytest.fixture
def make_fact() -> Callable[..., KnownMechanism]:
    return fact


@pytest.fixture
def make_abstract() -> Callable[..., Document]:
    return abstract


@pytest.fixture
def base(tmp_path: Path, literature: list[Document]) -> Iterator[Path]:
    """Folder of a knowledge base with the literature above."""
    from knowledge.build import add

    folder = tmp_path / "knowledge"
    add(folder, literature, [fact(1, "Venetoclax", "BCL2")])
    yield folder

"""Claims with their passages, split by document: what the citation checks are trained and measured on."""

from __future__ import annotations

import gzip
import json
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from knowledge.build import names_in_force
from knowledge.embed import Vectors, default_embedder

if TYPE_CHECKING:
    from knowledge.ids.tables import Names

SEED = 20261122
# Share of document groups that is held.
HELD = {"civic": 0.25, "scifact": 0.30}
REFERENCE = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


@dataclass(frozen=True)
class Pair:
    """One claim against one document. `label` is SUPPORT, CONTRADICT or NOT_ENOUGH_INFO."""

    source: str
    claim: str
    document: str
    text: str
    sentences: tuple[str, ...]
    label: str
    variant: str
    drug: str | None
    gene: str | None
    group: str
    held: bool


class CachedEmbedder:
    """The offline embedder with a memory, in a file when `path` is given: the same text is embedded once."""

    def __init__(self, path: Path | None = None) -> None:
        self._inner = default_embedder()
        self.id, self.dimension, self._path = self._inner.id, self._inner.dimension, path
        self._known: dict[str, np.ndarray] = {}
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as stored:
                if str(stored["model"]) == self.id:
                    self._known = dict(zip(json.loads(str(stored["texts"])), stored["vectors"], strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`, new ones alone; shape ``(len(texts), dimension)``."""
        new = sorted({text for text in texts if text not in self._known})
        if new:
            self._known.update(zip(new, self._inner.embed(new), strict=True))
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([self._known[text] for text in texts]).astype(np.float32)

    def save(self) -> None:
        """Write what was embedded, where a path was given."""
        if self._path is not None:
            texts = list(self._known)
            vectors = np.stack([self._known[text] for text in texts])
            np.savez(self._path, model=self.id, texts=json.dumps(texts), vectors=vectors)


@lru_cache(maxsize=1)
def _names() -> Names:
    with tempfile.TemporaryDirectory() as folder:
        return names_in_force(Path(folder))


@cache
def spellings(kind: Literal["drug", "gene"], name: str | None) -> tuple[str, ...]:
    """All shipped spellings of a drug or gene, its own first; empty without a name."""
    if not name:
        return ()
    table = _names().drugs if kind == "drug" else _names().genes
    entity = table.resolve(name).entity
    return tuple(dict.fromkeys((name, *((entity.name, *entity.synonyms) if entity is not None else ()))))


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


class _Groups:
    """Union-find over names: documents that share a paper, a text or a claim end up in one group."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, a: str, b: str) -> None:
        self._parent[self.find(a)] = self.find(b)


def scifact_abstracts() -> dict[str, tuple[str, ...]]:
    """Sentences of every abstract of the SciFact corpus by document id."""
    path = REFERENCE / "knowledge" / "benchmarks" / "scifact_corpus.jsonl.gz"
    return {str(row["id"]): tuple(row["sentences"]) for row in _lines(path)}  # type: ignore[arg-type]


def load_pairs() -> list[Pair]:
    """CIViC and SciFact claims with their documents; the split is a function of `SEED` alone."""
    from knowledge.evidence.spans import sentence_spans

    folder = REFERENCE / "knowledge"
    rows = [row for row in _lines(folder / "claims.jsonl.gz") if str(row["source"]).startswith(("CIViC", "SciFact"))]
    wanted = {str(row["doc_id"]) for row in rows}
    civic = {str(d["id"]): str(d["text"]) for d in _lines(folder / "documents.jsonl.gz") if d["id"] in wanted}
    abstracts = scifact_abstracts()
    groups = {"civic": _Groups(), "scifact": _Groups()}
    for row in rows:
        name = "civic" if str(row["source"]).startswith("CIViC") else "scifact"
        document = str(row["doc_id"])
        if name == "civic":
            # One paper gives several statements; paper and text bind them, so no text is on both sides.
            groups[name].join(f"pmid{row['pmid']}", f"t{civic[document].strip().lower()}")
            row["key"] = f"pmid{row['pmid']}"
        else:
            groups[name].join(f"d{document}", f"c{str(row['claim']).strip().lower()}")
            row["key"] = f"d{document}"
    members: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        name = "civic" if str(row["source"]).startswith("CIViC") else "scifact"
        row["name"], row["group"] = name, groups[name].find(str(row["key"]))
        members[name].add(str(row["group"]))
    held: dict[str, set[str]] = {}
    for name, found in members.items():
        order = sorted(found)
        random.Random(SEED).shuffle(order)
        held[name] = set(order[: int(HELD[name] * len(order))])
    pairs = []
    for row in rows:
        name, document = str(row["name"]), str(row["doc_id"])
        text = civic[document] if name == "civic" else " ".join(abstracts[document])
        sentences = tuple(text[a:b] for a, b in sentence_spans(text))
        pairs.append(
            Pair(
                source=name,
                claim=str(row["claim"]),
                document=document,
                text=text,
                sentences=sentences,
                label=str(row["label"]),
                variant=str(row.get("variant", "")),
                drug=str(row["drug"]) if row.get("drug") else None,
                gene=str(row["gene"]) if row.get("gene") else None,
                group=str(row["group"]),
                held=str(row["group"]) in held[name],
            )
        )
    return pairs

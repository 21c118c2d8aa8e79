"""The Chroma index: embedded or behind a URL, always fed our own vectors, always rebuildable."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embed import Vectors
from knowledge.errors import InputError, StoreError

# Chroma takes at most 5,461 rows in one call.
_BATCH = 5_000
# Search breadth of the HNSW graph; 100 neighbours are asked for at most.
_EF = 200

Rows = NDArray[np.int64]


def chroma_version() -> str:
    """Version of the installed Chroma; an index of another version is rebuilt."""
    from importlib.metadata import version

    return version("chromadb")


def _settings(path: Path | None = None) -> Any:
    from chromadb.config import Settings

    # Its logger repeats at error level what we raise ourselves.
    logging.getLogger("chromadb").setLevel(logging.CRITICAL)
    common = {"anonymized_telemetry": False, "allow_reset": False}
    return Settings(**common) if path is None else Settings(is_persistent=True, persist_directory=str(path), **common)


class ChromaIndex:
    """One Chroma collection of passage vectors; ids are ``<row>`` numbers of the snapshot's passages.

    Parameters
    ----------
    location
        A folder (embedded, one process at a time writes) or the URL of a Chroma server (``http://127.0.0.1:8000``).
    snapshot, embedder
        Named in the collection: an index of anything else is not ours.
    dimension
        Length of the vectors.
    """

    def __init__(self, location: Path | str, snapshot: str, embedder: str, dimension: int) -> None:
        self._location = location
        self._dimension = dimension
        self._name = f"oncobrief-{snapshot}"
        self._metadata = {"snapshot": snapshot, "embedder": embedder, "chroma": chroma_version()}
        self._client: Any = None
        self._collection: Any = None

    def _generations(self) -> list[Path]:
        """Folders of this index, oldest first.

        A rebuild goes to a new folder: Chroma keeps one engine a path for the life of the process, and one that failed
        to open stays broken there.
        """
        if not isinstance(self._location, Path) or not self._location.is_dir():
            return []
        numbered = [path for path in self._location.iterdir() if path.name.isdigit() and path.is_dir()]
        return sorted(numbered, key=lambda path: int(path.name))

    def _connect(self) -> Any:
        import chromadb

        if self._client is None:
            if isinstance(self._location, Path):
                place = self._generations()[-1]
                self._client = chromadb.PersistentClient(str(place), settings=_settings(place))
            else:
                host, port, ssl = split_url(self._location)
                self._client = chromadb.HttpClient(host, port, ssl, settings=_settings())
        return self._client

    def fault(self, count: int) -> str | None:
        """Why this index cannot be used for a snapshot of `count` passages, None when it can.

        Any failure of Chroma to open its own files counts as a fault: its exceptions are not documented and come from
        several layers (SQLite, Rust whose panics are no `Exception`, the wire), and the answer is the same for all.
        """
        if isinstance(self._location, Path) and not self._generations():
            return "there is no Chroma index yet"
        if isinstance(self._location, Path) and not (self._generations()[-1] / "chroma.sqlite3").exists():
            return "the Chroma index is empty"
        try:
            collection = self._connect().get_collection(self._name, embedding_function=None)
            stored = {key: (collection.metadata or {}).get(key) for key in self._metadata}
            found = collection.count()
            if stored == self._metadata and found == count and count:
                probe = collection.query(query_embeddings=[self._probe()], n_results=1, include=[])
                if not probe["ids"][0]:
                    return "the Chroma index does not answer"
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
                raise
            return f"Chroma cannot open it ({type(error).__name__}: {str(error)[:120]})"
        if stored != self._metadata:
            differing = ", ".join(
                f"{k} {stored[k]!r} is not {v!r}" for k, v in self._metadata.items() if stored[k] != v
            )
            return f"the Chroma index was made for something else: {differing}"
        if found != count:
            return f"the Chroma index holds {found} passages, the snapshot {count}"
        self._collection = collection
        return None

    def _probe(self) -> list[float]:
        return [1.0] + [0.0] * (self._dimension - 1)

    def build(self, vectors: Vectors) -> None:
        """Write all `vectors`, shape (passages, dimension), replacing what was there."""
        old = self._generations()
        self.close()
        if isinstance(self._location, Path):
            (self._location / str(int(old[-1].name) + 1 if old else 1)).mkdir(parents=True)
        client = self._connect()
        if self._name in {collection.name for collection in client.list_collections()}:
            client.delete_collection(self._name)
        collection = client.create_collection(
            self._name,
            metadata=self._metadata,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": _EF, "ef_construction": 100, "num_threads": 1}},
        )
        for start in range(0, len(vectors), _BATCH):
            block = np.asarray(vectors[start : start + _BATCH])
            collection.upsert(ids=[str(start + i) for i in range(len(block))], embeddings=block)
        if collection.count() != len(vectors):
            raise StoreError(f"Chroma kept {collection.count()} of {len(vectors)} passages in {self._location!s}")
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        self._collection = collection

    def nearest(self, vector: NDArray[np.float32], count: int) -> tuple[Rows, NDArray[np.float32]]:
        """Rows of the `count` nearest passages and their cosine similarity, best first."""
        answer = self._collection.query(query_embeddings=[vector], n_results=count, include=["distances"])
        rows = np.array([int(name) for name in answer["ids"][0]], dtype=np.int64)
        return rows, 1 - np.asarray(answer["distances"][0], dtype=np.float32)

    def close(self) -> None:
        """Let go of the files, so that the folder can be moved or removed."""
        if self._client is not None:
            self._client.close()
        self._client = self._collection = None


def split_url(url: str) -> tuple[str, int, bool]:
    """Host, port and TLS of a Chroma server's URL.

    Raises
    ------
    InputError
        It is not ``http(s)://host[:port]``.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{url!r} is not a Chroma server's URL ({error}); use http://127.0.0.1:8000") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url!r} is not a Chroma server's URL; use http://127.0.0.1:8000")
    return parts.hostname, port or (443 if parts.scheme == "https" else 8000), parts.scheme == "https"

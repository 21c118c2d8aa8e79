"""Embedding cache: one vector a passage text, kept by its sha256, so that nothing is embedded twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embed import Embedder, Vectors
from knowledge.embed_pool import embed_blocks
from knowledge.files import locked

_KEY_BYTES = 32
# Texts embedded between two writes: an interrupted ingest loses at most this many.
_BLOCK = 512

Progress = Callable[[int, int], None]


class VectorCache:
    """Append-only file pair of one embedder: 32-byte keys and float32 rows in the same order.

    A tail that was cut off in a crash is ignored and overwritten; a row that is not of unit length (damage) is
    dropped and made again.

    Parameters
    ----------
    folder
        Folder of the knowledge base; the files live in ``vectors/<embedder id>/``.
    embedder
        Names the folder and fixes the dimension.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._folder = folder / "vectors" / embedder.id
        self._keys = self._folder / "keys.bin"
        self._rows = self._folder / "vectors.f32"
        self._where: dict[bytes, int] = {}
        self._vectors: Vectors = np.empty((0, embedder.dimension), dtype=np.float32)
        self._load()

    def __len__(self) -> int:
        return len(self._where)

    def _load(self) -> None:
        row_bytes = 4 * self._embedder.dimension
        if not self._keys.exists() or not self._rows.exists():
            return
        whole = min(self._keys.stat().st_size // _KEY_BYTES, self._rows.stat().st_size // row_bytes)
        if not whole:
            return
        keys = self._keys.read_bytes()
        # Read-only map: the page cache is shared with every other process that has the store open.
        self._vectors = np.memmap(self._rows, dtype="<f4", mode="r", shape=(whole, self._embedder.dimension))
        # Damaged rows hold any numbers at all.
        with np.errstate(all="ignore"):
            norms = np.linalg.norm(self._vectors, axis=1)
            sound = np.abs(norms - 1) < 1e-3
        self._where = {keys[_KEY_BYTES * i : _KEY_BYTES * (i + 1)]: i for i in range(whole) if sound[i]}

    def _append(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        row_bytes = 4 * self._embedder.dimension
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._rows.open("ab") as rows, self._keys.open("ab") as names:
            whole = min(os.fstat(names.fileno()).st_size // _KEY_BYTES, os.fstat(rows.fileno()).st_size // row_bytes)
            rows.truncate(whole * row_bytes)
            names.truncate(whole * _KEY_BYTES)
            rows.write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
            rows.flush()
            names.write(b"".join(keys))

    def rows(self, hashes: Sequence[str], texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.int64]:
        """Row of each text in `vectors`, embedding those not seen before.

        Parameters
        ----------
        hashes
            Key of each text, 64 hex digits.
        texts
            What is embedded where the key is new.
        progress
            Called with (done, to do) after each block.
        """
        keys = [bytes.fromhex(value) for value in hashes]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._where}
        if missing:
            with locked(self._folder):
                self._load()
                todo = [(key, text) for key, text in missing.items() if key not in self._where]
                # Similar lengths share a block: less padding, so less work.
                todo.sort(key=lambda item: len(item[1]))
                blocks = [todo[start : start + _BLOCK] for start in range(0, len(todo), _BLOCK)]
                done = 0
                for block, vectors in zip(
                    blocks, embed_blocks(self._embedder, [[text for _, text in block] for block in blocks]), strict=True
                ):
                    self._append([key for key, _ in block], vectors)
                    done += len(block)
                    if progress:
                        progress(done, len(todo))
            self._load()
        return np.array([self._where[key] for key in keys], dtype=np.int64)

    @property
    def vectors(self) -> Vectors:
        """All cached vectors, memory-mapped, shape (rows, dimension)."""
        return self._vectors

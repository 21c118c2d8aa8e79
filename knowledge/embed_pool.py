"""Embedding many texts on several cores: processes with one thread each, because threads inside one model spin."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from knowledge.embed import Embedder, MiniLMEmbedder, Vectors
from knowledge.embed_worker import LENGTH
from knowledge.errors import StoreError

# Below this many texts the second process costs more to start than it saves.
WORTH_IT = 3_000


class _Worker:
    """One child process that embeds."""

    def __init__(self, max_tokens: int) -> None:
        root = str(Path(__file__).resolve().parent.parent)
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "knowledge.embed_worker", str(max_tokens)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def embed(self, texts: Sequence[str], dimension: int) -> Vectors:
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise StoreError("the embedding process has no pipes")
        request = json.dumps(list(texts)).encode()
        try:
            sink.write(LENGTH.pack(len(request)) + request)
            sink.flush()
            head = source.read(LENGTH.size)
            content = source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
        except OSError as error:
            raise StoreError(f"an embedding process stopped ({error}); run the command again") from error
        if len(content) != 4 * dimension * len(texts):
            raise StoreError("an embedding process stopped; run the command again: finished texts are kept")
        return np.frombuffer(content, dtype="<f4").reshape(len(texts), dimension)

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            # Closing a pipe to a process that has died flushes into nothing; its death was reported by `embed`.
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        self._process.wait(timeout=60)


@contextmanager
def _workers(count: int, max_tokens: int) -> Iterator[queue.SimpleQueue[_Worker]]:
    started = [_Worker(max_tokens) for _ in range(count)]
    free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    for worker in started:
        free.put(worker)
    try:
        yield free
    finally:
        for worker in started:
            worker.close()


def embed_blocks(
    embedder: Embedder, blocks: Sequence[Sequence[str]], processes: int | None = None
) -> Iterator[Vectors]:
    """Embed blocks of texts, in order.

    Parameters
    ----------
    embedder
        Several processes are used for the offline model only; any other embedder works in this process.
    blocks
        Lists of texts.
    processes
        Processes to use; by default two where there are two cores and the texts are worth it.

    Yields
    ------
    numpy.ndarray
        Vectors of one block.
    """
    if processes is None:
        many = sum(map(len, blocks)) >= WORTH_IT
        processes = min(2, os.cpu_count() or 1) if many else 1
    if processes < 2 or not isinstance(embedder, MiniLMEmbedder):
        for block in blocks:
            yield embedder.embed(block)
        return
    with _workers(processes, embedder.max_tokens) as free, ThreadPoolExecutor(processes) as threads:

        def run(block: Sequence[str]) -> Vectors:
            worker = free.get()
            try:
                return worker.embed(block, embedder.dimension)
            finally:
                free.put(worker)

        yield from threads.map(run, blocks)

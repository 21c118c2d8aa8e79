"""Time and memory: first ingest, unchanged ingest, warm queries, and growth.

Run: ``python -m benchmarks.retrieval.scale FOLDER [--no-model] [--passages N]``. A FOLDER that is full
already gives the times of a repeat, and says so. ``--no-model``
replaces the embedder by one that costs nothing, to time everything else; the model's own rate is measured apart on
2,000 texts drawn by `SEED`. ``--passages N`` makes up N passages out of sentences of the reference documents.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.retrieval.common import RESULTS, SEED, header, reference, rows
from benchmarks.retrieval.corpus import NoMeaning
from knowledge.build import add, open_store
from knowledge.documents import Document
from knowledge.embed import Embedder, default_embedder
from knowledge.evidence.spans import sentence_spans
from knowledge.ingest import ingest
from knowledge.retrieve.search import search
from knowledge.sources.local import read_file
from knowledge.store.store import searchable_texts


def clock() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def since(start: tuple[float, float]) -> str:
    cpu, wall = clock()
    return f"{cpu - start[0]:.1f} s CPU, {wall - start[1]:.1f} s wall"


def made_up(count: int) -> list[Document]:
    """Documents of six sentences each, drawn from the reference documents."""
    rng = np.random.default_rng(SEED)
    pool = []
    for document in read_file(reference() / "documents.jsonl.gz").documents[::2]:
        pool += [document.text[start:end] for start, end in sentence_spans(document.text)]
    drawn = rng.integers(0, len(pool), (count, 6))
    return [
        Document(id=f"made:{number}", text=" ".join(pool[i] for i in row)[:1900], kind="abstract", source="made up")
        for number, row in enumerate(drawn)
    ]


def latencies(folder: Path, embedder: Embedder) -> str:
    queries = [row["question"] for row in rows("benchmarks/bioasq12b_questions.jsonl.gz")][:200]
    with open_store(folder, embedder=embedder) as store:
        for query in queries[:10]:
            search(store, query)
        wall, cpu = [], []
        for query in queries:
            start = clock()
            search(store, query)
            end = clock()
            cpu.append(1000 * (end[0] - start[0]))
            wall.append(1000 * (end[1] - start[1]))
    p50, p95 = np.percentile(wall, [50, 95])
    c50, c95 = np.percentile(cpu, [50, 95])
    return (
        f"{len(queries)} warm queries: wall p50 {p50:.1f} ms, p95 {p95:.1f} ms; CPU p50 {c50:.1f} ms, p95 {c95:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-model", action="store_true")
    parser.add_argument("--passages", type=int, default=0)
    options = parser.parse_args()
    embedder: Embedder = NoMeaning() if options.no_model else default_embedder()
    lines = []
    if (options.folder / "current").exists():
        lines.append("the folder was full before the run: the times of writing are those of a repeat")
    start = clock()
    if options.passages:
        add(options.folder, made_up(options.passages))
    else:
        ingest(options.folder, str(reference() / "documents.jsonl.gz"))
    lines.append(f"plain files written: {since(start)}")
    with open_store(options.folder, embedder=embedder) as store:
        passages, documents = len(store.snapshot.passages), len(store.snapshot.documents)
        texts = searchable_texts(store.snapshot)
    lines.append(f"everything, indexes included: {since(start)} ({documents} documents, {passages} passages)")
    lines.append(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if not options.passages:
        start = clock()
        ingest(options.folder, str(reference() / "documents.jsonl.gz"))
        open_store(options.folder, embedder=embedder).close()
        lines.append(f"the same ingest again: {since(start)}")
    lines.append(latencies(options.folder, embedder))
    if options.no_model:
        drawn = [texts[i] for i in np.random.default_rng(SEED).choice(len(texts), min(1000, len(texts)), replace=False)]
        model = default_embedder()
        model.embed(drawn[:16])
        start = clock()
        model.embed(drawn)
        cpu = time.process_time() - start[0]
        lines.append(
            f"the model alone: {len(drawn)} texts in {since(start)}: {len(texts) * cpu / len(drawn):.0f} s CPU for all "
            f"{len(texts)} (extrapolated)"
        )
        one = []
        for text in drawn[:100]:
            begin = time.process_time()
            model.embed([text[:80]])
            one.append(1000 * (time.process_time() - begin))
        lines.append(f"embedding one query: CPU p95 {np.percentile(one, 95):.1f} ms, to be added to the above")
    command = "python -m benchmarks.retrieval.scale FOLDER" + (" --no-model" if options.no_model else "")
    command += f" --passages {options.passages}" if options.passages else ""
    text = header("Time and memory", command, embedder=embedder.id) + "\n".join(f"- {line}" for line in lines) + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    suffix = f"_{options.passages}" if options.passages else ""
    (RESULTS / f"retrieval_scale{'_no_model' if options.no_model else ''}{suffix}.md").write_text(text)


if __name__ == "__main__":
    main()

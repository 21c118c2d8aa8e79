"""Reading the reference data, measures, and the header every result carries."""

from __future__ import annotations

import gzip
import json
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
SEED = 20261122


def reference() -> Path:
    """Folder of the reference data."""
    folder = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", ROOT.parent / "shared" / "data")) / "knowledge"
    if not folder.is_dir():
        raise SystemExit(f"no reference data at {folder}; set ONCOBRIEF_REFERENCE_DATA")
    return folder


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Rows of one gzip JSON-lines file of the reference data."""
    with gzip.open(reference() / name, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def header(title: str, command: str, **settings: object) -> str:
    """Head of a result file: command, settings, versions, machine."""
    packages = ("bm25s", "chromadb", "onnxruntime", "tokenizers", "numpy")
    lines = [f"# {title}", "", f"Made by `{command}`.", ""]
    lines += [f"- {name}: {value}" for name, value in settings.items()]
    lines.append(f"- seed: {SEED}")
    lines.append("- versions: " + ", ".join(f"{name} {version(name)}" for name in packages))
    lines.append(f"- Python {platform.python_version()}, {os.cpu_count()} cores, one thread a process")
    return "\n".join(lines) + "\n\n"


def ndcg(ranked: Sequence[str], relevant: set[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain at `k` with gain 1 for each relevant document."""
    gain = sum(1 / np.log2(rank + 2) for rank, name in enumerate(ranked[:k]) if name in relevant)
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(k, len(relevant))))
    return float(gain / ideal) if ideal else 0.0


def paired_bootstrap(a: NDArray[np.float64], b: NDArray[np.float64], draws: int = 10_000) -> tuple[float, float, float]:
    """Mean of ``a - b`` with its 95 % percentile interval over queries."""
    rng = np.random.default_rng(SEED)
    difference = a - b
    means = difference[rng.integers(0, len(difference), (draws, len(difference)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(difference.mean()), float(low), float(high)

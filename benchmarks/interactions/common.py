"""What the benchmarks of this folder share."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explain_engine.synth import PlantedCohort

RESULTS = Path(__file__).resolve().parent.parent / "results"


def standardised(cohort: PlantedCohort) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Expression standardised on the training lines, response, tissue codes, gene names; all lines."""
    X = cohort.X.to_numpy()
    train = X[: cohort.n_lines]
    codes = pd.factorize(cohort.lineage, sort=True)[0].astype(np.intp)
    return (X - train.mean(0)) / train.std(0), cohort.y.to_numpy(), codes, [str(c) for c in cohort.X.columns]


def header(title: str, command: str) -> list[str]:
    versions = ", ".join(f"{n} {version(n)}" for n in ("numpy", "scipy", "scikit-learn", "lightgbm", "shap"))
    return [f"# {title}", "", f"Command: `{command}`. {versions}. One thread; CPU seconds.", ""]


def mean_se(values: Sequence[float]) -> str:
    v = np.asarray(values, dtype=float)
    return f"{v.mean():.3f}" + (f" (s.e. {v.std(ddof=1) / np.sqrt(len(v)):.3f})" if len(v) > 1 else "")


def clopper(hits: int, count: int) -> str:
    """Share with its exact 95 % interval."""
    from scipy.stats import beta

    if not count:
        return "-"
    low = beta.ppf(0.025, hits, count - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, count - hits) if hits < count else 1.0
    return f"{100 * hits / count:.1f} % (95 % interval {100 * low:.1f}-{100 * high:.1f})"

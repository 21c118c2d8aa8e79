"""Linear models as plain JSON: coefficients that can be read, loaded once, named by their hash."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.errors import StoreError

FOLDER = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Logistic regression over named features.

    Attributes
    ----------
    id
        ``<name>-v<version>-<first 8 hex digits of the file's SHA-256>``.
    weights
        Weight of each feature, on the feature's own scale; features it does not name weigh nothing.
    intercept
        Log-odds of an all-zero feature vector.
    slope, offset
        Platt calibration of the log-odds, fitted on out-of-fold predictions inside the training part
        (Platt 1999).
    threshold
        Probability from which an answer is given; below it, and above one minus it, the answer is "unverified".
        Chosen on the same out-of-fold predictions.
    """

    id: str
    weights: Mapping[str, float]
    intercept: float
    slope: float
    offset: float
    threshold: float

    def raw(self, features: Mapping[str, float]) -> float:
        """Uncalibrated log-odds."""
        weights = self.weights
        return self.intercept + sum(value * weights[name] for name, value in features.items() if name in weights)

    def probability(self, features: Mapping[str, float]) -> float:
        """Calibrated probability in (0, 1)."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.slope * self.raw(features) + self.offset))))


def _read(name: str) -> tuple[dict[str, object], str]:
    path = FOLDER / f"{name}.json"
    try:
        content = path.read_bytes()
        return json.loads(content), hashlib.sha256(content).hexdigest()
    except (OSError, ValueError) as error:
        raise StoreError(f"the model file {str(path)!r} cannot be read ({error}); reinstall oncobrief") from error


@lru_cache(maxsize=8)
def load_model(name: str) -> LinearModel:
    """Read ``models/<name>.json``.

    Raises
    ------
    StoreError
        The file is missing or damaged.
    """
    data, digest = _read(name)
    try:
        return LinearModel(
            id=f"{name}-v{data['version']}-{digest[:8]}",
            weights={str(key): float(value) for key, value in data["weights"].items()},  # type: ignore[attr-defined]
            intercept=float(data["intercept"]),  # type: ignore[arg-type]
            slope=float(data["slope"]),  # type: ignore[arg-type]
            offset=float(data["offset"]),  # type: ignore[arg-type]
            threshold=float(data["threshold"]),  # type: ignore[arg-type]
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"the model file of {name!r} lacks {error}; reinstall oncobrief") from error


@lru_cache(maxsize=1)
def term_weights() -> tuple[Mapping[str, float], float]:
    """Inverse document frequency of index terms, and the weight of a term that the table does not hold."""
    data, _ = _read("idf")
    table = {str(key): float(value) for key, value in data["weights"].items()}  # type: ignore[attr-defined]
    return table, float(data["unseen"])  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def turning_basis() -> np.ndarray:
    """Orthonormal directions in which sentences move when their meaning is turned round; shape ``(10, dimension)``."""
    data, _ = _read("turning")
    return np.array(data["basis"], dtype=np.float32)

"""oncobrief: the stable public names, loaded when first used."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ExplanationBundle": "explain_engine.bundle",
    "ResponseDataset": "explain_engine.data.dataset",
    "KnownMechanism": "knowledge.mechanisms.model",
    "Document": "knowledge.documents",
    "Passage": "knowledge.documents",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'oncobrief' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

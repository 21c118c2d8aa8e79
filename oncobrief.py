"""oncobrief: the stable public names, loaded when first used."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ExplanationBundle": "explain_engine.bundle",
    "ResponseDataset": "explain_engine.data.dataset",
    "ExplainSettings": "explain_engine.settings",
    "fetch_gdsc": "explain_engine.data.fetch",
    "open_dataset": "explain_engine.data.opening",
    "explain": "explain_engine.engine",
    "build_starter": "knowledge.build",
    "open_store": "knowledge.build",
    "search": "knowledge.retrieve.search",
    "HypothesisBrief": "agent.report.model",
    "write_hypotheses": "agent.pipeline",
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

"""RunRecord: what a run was made of, kept beside its results."""

from __future__ import annotations

import platform
import secrets
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from agent.workspace import Workspace, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

_DISTRIBUTIONS = ("oncobrief", "numpy", "pandas", "scikit-learn", "lightgbm", "chromadb", "onnxruntime", "pydantic")
_MODEL_DISTRIBUTIONS = ("langchain", "langchain-core", "langchain-openai", "openai")


class Record(BaseModel):
    """Immutable, closed record; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RunRecord(Record):
    """Everything needed to say how a brief came about.

    Attributes
    ----------
    id
        ``<UTC time>-<random>``, sorts by time.
    command, started, finished
        What was run and when (UTC, ISO 8601).
    settings
        All settings, keys masked.
    prompts
        Prompt or template file -> SHA-256 of its bytes.
    bundle_key, bundle_digest
        The explanation used.
    snapshot
        Id of the knowledge base snapshot.
    models
        Role -> model id, for example the embedder and, where used, the language model.
    seeds
        Name -> seed.
    versions
        Python and distribution versions.
    tokens, cost_usd
        Use of a language model; zero in template mode, or where no prices are set.
    language_model
        What was asked for, answered, tried again and found kept; empty in template mode.
    outputs
        File name -> SHA-256 of what was written.
    """

    id: str
    command: str
    started: str
    finished: str
    settings: dict[str, object]
    prompts: dict[str, str] = {}
    bundle_key: str | None = None
    bundle_digest: str | None = None
    snapshot: str | None = None
    models: dict[str, str] = {}
    seeds: dict[str, int] = {}
    versions: dict[str, str]
    tokens: int = 0
    cost_usd: float = 0.0
    language_model: dict[str, object] = {}
    outputs: dict[str, str] = {}

    def save(self, workspace: Workspace) -> Path:
        """Write the record to ``runs/<id>.json`` in one step and return its path."""
        path = workspace.runs / f"{self.id}.json"
        write_atomic(path, self.model_dump_json(indent=1) + "\n")
        return path


def new_run_id(now: datetime | None = None) -> str:
    """Return a run id that sorts by time and does not collide."""
    moment = now if now is not None else datetime.now(UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def utc_now() -> str:
    """Current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def current_versions(*, with_model: bool = False) -> dict[str, str]:
    """Versions of Python and of the distributions that decide about results; absent ones are left out.

    Parameters
    ----------
    with_model
        Whether a language model was used.
    """
    found = {"python": platform.python_version()}
    for name in (*_DISTRIBUTIONS, *(_MODEL_DISTRIBUTIONS if with_model else ())):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found

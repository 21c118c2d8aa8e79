"""Whole jobs over a workspace: knowledge at hand, brief written, run recorded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.pipeline import Explained, load_tables, write_hypotheses
from agent.records import RunRecord, current_versions, new_run_id, utc_now
from agent.report.files import figures_of, write_brief

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.report.model import HypothesisBrief
    from agent.settings import Settings
    from agent.workspace import Workspace
    from knowledge.store.store import Store

    Report = Callable[[str], None]


@dataclass(frozen=True)
class Written:
    """A brief on disk.

    Attributes
    ----------
    paths
        Its files, the HTML page first.
    record
        Path of the run record.
    """

    brief: HypothesisBrief
    paths: tuple[Path, ...]
    record: Path


def open_knowledge(folder: Path, report: Report) -> Store:
    """Open the knowledge base of a workspace; one that is not there yet is built from the shipped cards."""
    from knowledge.build import build_starter, open_store
    from knowledge.store.snapshot import current_id

    if current_id(folder) is None:
        report("building the knowledge base from the shipped mechanism cards")
        return build_starter(folder, report=report)
    return open_store(folder, report=report)


def brief_job(
    workspace: Workspace,
    explained: Explained,
    settings: Settings,
    *,
    out: Path | None,
    command: str,
    report: Report,
) -> Written:
    """Write the brief of a bundle with everything in the workspace's knowledge base, and record the run."""
    from agent.store_evidence import StoreEvidence

    started = utc_now()
    bundle = explained.bundle
    tables = load_tables(bundle, explained.folder)
    with open_knowledge(workspace.knowledge, report) as store:
        source = StoreEvidence(store, workspace.knowledge)
        brief = write_hypotheses(bundle, tables, source, settings.brief)
    folder = out if out is not None else workspace.briefs / brief_folder(brief)
    outputs = write_brief(brief, figures_of(brief, tables.expression, tables.lines), folder)
    record = RunRecord(
        id=new_run_id(),
        command=command,
        started=started,
        finished=utc_now(),
        settings=settings.record(),
        prompts=brief.provenance.templates,
        bundle_key=bundle.key,
        bundle_digest=bundle.digest,
        snapshot=brief.provenance.snapshot,
        models={"embedder": brief.provenance.embedder, "drafting": "templates"},
        seeds={"bundle": bundle.fit.seed},
        versions=current_versions(),
        outputs=outputs,
    )
    return Written(brief, tuple(folder / name for name in outputs), record.save(workspace))


def brief_folder(brief: HypothesisBrief) -> str:
    """Folder name: drug, screen, and a digest of bundle, snapshot and templates, so that other inputs go elsewhere."""
    word = "".join(c if c.isalnum() else "-" for c in f"{brief.drug}-{brief.screen}".lower())
    made_of = brief.provenance.model_dump_json().encode()
    return f"{word}-{hashlib.sha256(made_of).hexdigest()[:8]}"

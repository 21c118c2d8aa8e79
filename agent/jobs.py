"""Whole jobs over a workspace: knowledge at hand, brief written, run recorded."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.model_job import DryRun, ModelWriter, open_session, with_model
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
    llm: bool = False,
) -> Written:
    """Write the brief of a bundle with everything in the workspace's knowledge base, and record the run.

    Parameters
    ----------
    llm
        Let the language model of the settings add its proposals; without an answer the brief stays the templates' and
        says so.
    """
    from agent.review.job import queue_for_review
    from agent.store_evidence import StoreEvidence

    started = utc_now()
    bundle = explained.bundle
    tables = load_tables(bundle, explained.folder)
    with ExitStack() as stack:
        # First the endpoint's settings, so that a fault in them shows before the work.
        session = stack.enter_context(open_session(settings.llm, workspace.answers)) if llm else None
        store = stack.enter_context(open_knowledge(workspace.knowledge, report))
        source = StoreEvidence(store, workspace.knowledge)
        writer = ModelWriter(source.mentions, session) if llm else None
        brief = write_hypotheses(bundle, tables, source, settings.brief, writer)
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
    if session is not None and brief.language_model is not None:
        report(session.notice(brief.language_model.notice))
        record = with_model(record, session, brief.language_model)
    written = Written(brief, tuple(folder / name for name in outputs), record.save(workspace))
    queue_for_review(workspace, settings, brief, report)
    return written


def dry_run_job(workspace: Workspace, explained: Explained, settings: Settings, *, report: Report) -> DryRun:
    """Lay out what `brief_job` would ask a language model, and estimate what that would use; nothing is sent."""
    from agent.store_evidence import StoreEvidence

    tables = load_tables(explained.bundle, explained.folder)
    with open_knowledge(workspace.knowledge, report) as store:
        source = StoreEvidence(store, workspace.knowledge)
        writer = ModelWriter(source.mentions, None)
        write_hypotheses(explained.bundle, tables, source, settings.brief, writer)
    return writer.dry_run(settings.llm)


def brief_folder(brief: HypothesisBrief) -> str:
    """Folder name: drug, screen, and a digest of bundle, snapshot and templates, so that other inputs go elsewhere."""
    word = "".join(c if c.isalnum() else "-" for c in f"{brief.drug}-{brief.screen}".lower())
    made_of = brief.provenance.model_dump_json().encode()
    if brief.language_model is not None:
        made_of += brief.language_model.model_dump_json().encode()
    return f"{word}-{hashlib.sha256(made_of).hexdigest()[:8]}"

"""Whole jobs of the review over a workspace: queue what a brief put forward, draft decoys beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.database import database_of
from agent.database.errors import DatabaseBusyError, DatabaseError
from agent.errors import InputError
from agent.records import Record
from agent.review.decoys import decoy_name, draft_decoys
from agent.review.service import ReviewService

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.report.model import HypothesisBrief
    from agent.settings import Settings
    from agent.workspace import Workspace

    Report = Callable[[str], None]


class DecoysMade(Record):
    """Decoys queued beside the drafts of one bundle.

    Attributes
    ----------
    drafts
        Hypotheses of the queue from this bundle.
    decoys
        How many stand beside them from this seed; fewer than asked for where the remaining genes settled no more.
    """

    drug: str
    bundle: str
    drafts: int
    decoys: int


def queue_for_review(workspace: Workspace, settings: Settings, brief: HypothesisBrief, report: Report) -> None:
    """Queue a finished brief; where the database refuses, say so, as the brief itself is written and whole."""
    try:
        engine = database_of(workspace, settings)
        try:
            ReviewService(engine).add_brief(brief)
        finally:
            engine.dispose()
    except (DatabaseError, DatabaseBusyError) as error:
        report(f"the brief is written, but its hypotheses are not queued for review: {error}")


def decoy_job(
    workspace: Workspace,
    settings: Settings,
    service: ReviewService,
    *,
    drug: str | None,
    seed: int,
    limit: int | None,
    report: Report,
) -> tuple[DecoysMade, ...]:
    """Draft decoys for every bundle behind the queue, by default as many as it has drafts there.

    Parameters
    ----------
    drug
        Only for this drug's drafts.
    limit
        Decoys for each bundle; as many as drafts when None.

    Raises
    ------
    InputError
        If the queue holds no such drafts, or a bundle behind them is gone from the workspace.
    """
    from agent.jobs import open_knowledge
    from agent.pipeline import load_tables, open_bundle
    from agent.store_evidence import StoreEvidence

    behind = service.genes_under_review(drug)
    if not behind:
        raise InputError("the queue holds no drafts to set decoys beside; write a brief first: oncobrief brief DRUG")
    made = []
    with open_knowledge(workspace.knowledge, report) as store:
        source = StoreEvidence(store, workspace.knowledge)
        for (name, key), (drafts, used) in behind.items():
            if Path(key).name != key:
                raise InputError(f"{name}: {key!r} is no name of a bundle; explain the drug and write its brief anew")
            explained = open_bundle(workspace.bundles / key)
            bundle = explained.bundle
            contents = draft_decoys(
                bundle,
                load_tables(bundle, explained.folder),
                source,
                settings.brief,
                used=used,
                limit=limit if limit is not None else drafts,
                seed=seed,
            )
            service.add_decoys(
                contents,
                name=decoy_name(bundle, source.snapshot, seed, used),
                bundle=key,
                bundle_digest=bundle.digest,
            )
            made.append(DecoysMade(drug=name, bundle=key, drafts=drafts, decoys=len(contents)))
    return tuple(made)

"""Whole jobs of the review over a workspace: queue what a brief put forward, draft decoys beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.database import database_of
from agent.database.errors import DatabaseBusyError, DatabaseError
from agent.errors import InputError
from agent.records import Record
from agent.review.decoys import decoy_name, draft_twins
from agent.review.service import ReviewService

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.report.model import HypothesisBrief
    from agent.settings import Settings
    from agent.workspace import Workspace

    Report = Callable[[str], None]


class DecoysMade(Record):
    """Decoys queued as twins of the drafts of one bundle.

    Attributes
    ----------
    drafts
        Hypotheses of the queue from this bundle.
    decoys
        How many of them have a twin from this seed; the others are left out of the blinded view.
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
    report: Report,
) -> tuple[DecoysMade, ...]:
    """Draft a twin for every draft in the queue.

    Parameters
    ----------
    drug
        Only for this drug's drafts.

    Raises
    ------
    InputError
        If the queue holds no such drafts, or a bundle behind them is gone from the workspace.
    """
    from agent.jobs import open_knowledge
    from agent.pipeline import load_tables, open_bundle
    from agent.store_evidence import StoreEvidence

    behind = service.drafts_by_bundle(drug)
    if not behind:
        raise InputError("the queue holds no drafts to set decoys beside; write a brief first: oncobrief brief DRUG")
    made = []
    with open_knowledge(workspace.knowledge, report) as store:
        source = StoreEvidence(store, workspace.knowledge)
        for (name, key), drafts in behind.items():
            if Path(key).name != key:
                raise InputError(f"{name}: {key!r} is no name of a bundle; explain the drug and write its brief anew")
            explained = open_bundle(workspace.bundles / key)
            bundle = explained.bundle
            twins = draft_twins(
                bundle, load_tables(bundle, explained.folder), source, settings.brief, drafts=drafts, seed=seed
            )
            service.add_decoys(
                twins, name=decoy_name(bundle, source.snapshot, seed), bundle=key, bundle_digest=bundle.digest
            )
            made.append(DecoysMade(drug=name, bundle=key, drafts=len(drafts), decoys=len(twins)))
    return tuple(made)

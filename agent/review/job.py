"""Whole jobs of the review over a workspace: queue what a brief put forward, draft decoys beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.database import database_of
from agent.database.errors import DatabaseBusyError, DatabaseError
from agent.errors import InputError
from agent.own.model import is_own
from agent.records import Record
from agent.review.decoys import decoy_name, draft_twins
from agent.review.null_decoys import draft_null, explain_permuted, null_decoy_name
from agent.review.service import ReviewService
from agent.settings import ExplainSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.evidence import EvidenceSource
    from agent.report.model import HypothesisBrief
    from agent.review.content import Content
    from agent.settings import Settings
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle

    Report = Callable[[str], None]


class DecoysMade(Record):
    """Decoys queued beside the drafts of one bundle.

    Attributes
    ----------
    drafts
        Hypotheses of the queue from this bundle.
    decoys
        How many of them have a decoy from this seed; the others are left out of the blinded view.
    from_null
        How many of the decoys are from permuted responses; the others are relabelled twins.
    """

    drug: str
    bundle: str
    drafts: int
    decoys: int
    from_null: int = 0


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
    null: bool = False,
) -> tuple[DecoysMade, ...]:
    """Draft a decoy for every draft in the queue.

    Parameters
    ----------
    drug
        Only for this drug's drafts.
    null
        From permuted responses where the data are there and lead to enough candidates, else relabelled twins.

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
            chance = _from_null(workspace, settings, bundle, source, drafts, seed, report) if null else {}
            service.add_decoys(
                chance,
                name=null_decoy_name(bundle, source.snapshot, seed),
                bundle=key,
                bundle_digest=bundle.digest,
                origin="null_decoy",
            )
            rest = {item: what for item, what in drafts.items() if item not in chance}
            tables = load_tables(bundle, explained.folder)
            twins = {}
            try:
                twins = draft_twins(bundle, tables, source, settings.brief, drafts=rest, seed=seed) if rest else {}
            except InputError as error:
                if not chance:
                    raise
                report(f"{len(rest)} drafts stay without a decoy: {error}")
            service.add_decoys(
                twins, name=decoy_name(bundle, source.snapshot, seed), bundle=key, bundle_digest=bundle.digest
            )
            made.append(
                DecoysMade(
                    drug=name,
                    bundle=key,
                    drafts=len(drafts),
                    decoys=len(chance) + len(twins),
                    from_null=len(chance),
                )
            )
    return tuple(made)


def _from_null(
    workspace: Workspace,
    settings: Settings,
    bundle: ExplanationBundle,
    source: EvidenceSource,
    drafts: dict[str, tuple[str, str]],
    seed: int,
    report: Report,
) -> dict[str, Content]:
    """Decoys of permuted responses; none, with a word to `report`, where data or bundle are no longer those."""
    from agent.deepening import second_screens
    from agent.pipeline import engine_settings, load_dataset
    from explain_engine.errors import DataUnavailableError
    from explain_engine.errors import InputError as EngineInputError

    own = bundle.screen if is_own(bundle.screen) else ""
    folds, repeats = bundle.settings.get("folds"), bundle.settings.get("repeats")
    try:
        if not isinstance(folds, int) or not isinstance(repeats, int):
            raise InputError(f"bundle {bundle.key[:12]} does not say how it was made")
        chosen = ExplainSettings.model_validate(
            {
                "screen": settings.explain.screen if own else bundle.screen,
                "kind": bundle.kind,
                "bags": folds * repeats,
                "seed": bundle.fit.seed,
            }
        )
        dataset = load_dataset(workspace, bundle.drug, chosen, own=own)
        null, tables = explain_permuted(
            dataset,
            bundle,
            engine_settings(chosen),
            second_screens=second_screens(workspace, dataset) if bundle.replication is not None else (),
            seed=seed,
            progress=_at_steps(report),
        )
    except (InputError, EngineInputError, DataUnavailableError) as error:
        report(f"{bundle.drug}: no decoys from permuted responses, relabelled ones instead: {error}")
        return {}
    return draft_null(bundle, null, tables, source, settings.brief, drafts=drafts)


def _at_steps(report: Report) -> Callable[[str, float], None]:
    """Tell of progress by tenths: a null run speaks hundreds of times."""
    told = [-1]

    def tell(what: str, share: float) -> None:
        tenth = int(share * 10)
        if tenth > told[0]:
            told[0] = tenth
            report(f"permuted responses: {what} ({share:.0%})")

    return tell

"""Briefs of finished drugs, as far as validation needs them: written from the bundles of the workspace, re-used."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.pipeline import load_tables, open_bundle, write_hypotheses
from agent.validate.levels.hypotheses import BriefSummary, HypothesisLine
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from agent.evidence import EvidenceSource
    from agent.report.model import HypothesisBrief
    from agent.settings import BriefSettings
    from agent.validate.store import DrugRun


def brief_summary(
    run: DrugRun, folder: Path, bundles: Path, source: EvidenceSource, settings: BriefSettings
) -> BriefSummary:
    """Order and labels of the brief of a finished drug.

    Parameters
    ----------
    folder
        Where the summaries of this run are kept.
    bundles
        The workspace's folder of bundles.

    Raises
    ------
    agent.errors.InputError
        If the bundle is no longer there.
    """
    path = folder / "briefs" / f"{run.bundle}-{source.snapshot}.json"
    try:
        found = BriefSummary.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        pass
    else:
        if found.bundle == run.bundle and found.snapshot == source.snapshot and found.drug == run.drug:
            return found
    start = time.process_time()
    explained = open_bundle(bundles / run.bundle)
    tables = load_tables(explained.bundle, explained.folder)
    brief = write_hypotheses(explained.bundle, tables, source, settings)
    summary = summary_of(brief, run.drug, run.bundle, time.process_time() - start)
    write_atomic(path, summary.model_dump_json(indent=1) + "\n")
    return summary


def summary_of(brief: HypothesisBrief, drug: str, bundle: str, seconds: float) -> BriefSummary:
    """What validation keeps of a brief."""
    return BriefSummary(
        drug=drug,
        snapshot=brief.provenance.snapshot,
        bundle=bundle,
        shown=tuple(
            HypothesisLine(
                gene=h.draft.candidate.gene,
                genes=h.draft.candidate.genes,
                tier=h.draft.candidate.support.tier,
                verdict=h.draft.verdict.code,
                novelty=h.draft.novelty.code,
            )
            for h in brief.hypotheses
        ),
        orders=brief.orders,
        seconds=round(seconds, 3),
    )

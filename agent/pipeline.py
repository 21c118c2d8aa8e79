"""The main job as plain functions: load, explain, ground, retrieve, draft, check, rank, report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.grounding import Entity
from agent.hypotheses.candidates import Candidate, candidates_of
from agent.hypotheses.drafting import Names, draft_hypothesis
from agent.hypotheses.falsification import FalsificationSheet, falsification_sheet
from agent.hypotheses.ledger import EvidenceItem
from agent.hypotheses.model import HypothesisDraft
from agent.hypotheses.select import Selection, select_hypotheses
from agent.report.assemble import assemble_brief

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from agent.evidence import EvidenceSource
    from agent.report.model import HypothesisBrief
    from agent.settings import BriefSettings
    from explain_engine.bundle import ExplanationBundle


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a bundle that a brief needs: whole gene ranking, lines, standardised expression of listed genes."""

    genes: pd.DataFrame
    lines: pd.DataFrame
    expression: pd.DataFrame


def load_tables(bundle: ExplanationBundle, folder: Path) -> Tables:
    """Read and check the tables of a saved bundle.

    Raises
    ------
    explain_engine.errors.BundleError
        If one is missing or damaged.
    """
    return Tables(
        genes=bundle.array(folder, "genes"),
        lines=bundle.array(folder, "lines"),
        expression=bundle.array(folder, "expression"),
    )


def sheets_of(bundle: ExplanationBundle, tables: Tables, limit: int) -> dict[str, FalsificationSheet | None]:
    """Falsification sheets of the `limit` best-ranked genes; None where none can be laid out."""
    sheets: dict[str, FalsificationSheet | None] = {}
    for gene in bundle.attribution.genes[:limit]:
        if gene.gene not in tables.expression.columns:
            sheets[gene.gene] = None
            continue
        sheets[gene.gene] = falsification_sheet(
            gene.gene,
            gene.direction,
            tables.expression[gene.gene].astype(float),
            tables.lines["y"],
            tables.lines["lineage"],
            seed=bundle.fit.seed,
        )
    return sheets


def retrieve(
    drug: str, entities: Mapping[str, Entity], source: EvidenceSource, limit: int
) -> dict[str, tuple[EvidenceItem, ...]]:
    """The closed set of passages for each gene."""
    return {gene: source.items(drug, entity, limit) for gene, entity in entities.items()}


def draft_all(
    bundle: ExplanationBundle,
    candidates: Sequence[Candidate],
    entities: Mapping[str, Entity],
    evidence: Mapping[str, Sequence[EvidenceItem]],
    source: EvidenceSource,
) -> tuple[HypothesisDraft, ...]:
    """Draft and check every candidate."""
    drug_names = source.drug_names(bundle.drug)
    covered = bool(source.records(bundle.drug))
    return tuple(
        draft_hypothesis(
            bundle,
            candidate,
            evidence[candidate.gene],
            Names(drug=drug_names, gene=entities[candidate.gene].names),
            drug_has_records=covered,
        )
        for candidate in candidates
    )


def write_hypotheses(
    bundle: ExplanationBundle, tables: Tables, source: EvidenceSource, settings: BriefSettings
) -> HypothesisBrief:
    """Everything from a finished bundle to the brief; deterministic."""
    limit = max(settings.candidates, settings.top_genes)
    sheets = sheets_of(bundle, tables, limit)
    within = {gene: sheet.expected for gene, sheet in sheets.items() if sheet is not None}
    candidates = candidates_of(bundle, limit, within)
    entities = {c.gene: source.gene(c.gene) for c in candidates}
    evidence = retrieve(bundle.drug, entities, source, settings.passages)
    drafts = draft_all(bundle, candidates, entities, evidence, source)
    selection: Selection = select_hypotheses(
        bundle,
        drafts,
        sheets,
        limit=settings.hypotheses,
        popularity={gene: source.popularity(entity) for gene, entity in entities.items()},
    )
    return assemble_brief(
        bundle,
        drafts,
        selection,
        evidence,
        entities,
        source,
        top_genes=settings.top_genes,
        measured_genes=frozenset(map(str, tables.genes["gene"])),
    )

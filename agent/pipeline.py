"""The main job as plain functions: load, explain, ground, retrieve, draft, check, rank, report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.grounding import Entity, ground
from agent.hypotheses.beyond_candidates import beyond_candidates, groups_of
from agent.hypotheses.beyond_drafting import draft_beyond
from agent.hypotheses.beyond_evidence import gather
from agent.hypotheses.beyond_sheets import beyond_sheet
from agent.hypotheses.candidates import Candidate, candidates_of
from agent.hypotheses.drafting import Names, draft_hypothesis
from agent.hypotheses.falsification import FalsificationSheet, falsification_sheet
from agent.hypotheses.ledger import EvidenceItem
from agent.hypotheses.model import HypothesisDraft
from agent.hypotheses.novelty import CoMentions
from agent.hypotheses.select import Selection, on_record_only, select_hypotheses
from agent.report.assemble import assemble_brief
from agent.report.depth import depth_of
from explain_engine.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from agent.evidence import EvidenceSource
    from agent.hypotheses.model_record import ModelUse
    from agent.report.model import HypothesisBrief
    from agent.settings import BriefSettings, ExplainSettings
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.settings import ExplainSettings as EngineSettings

    Progress = Callable[[str, float], None]
    Report = Callable[[str], None]
    Writer = Callable[
        [ExplanationBundle, Selection, Mapping[str, Sequence[EvidenceItem]], Mapping[str, Entity], EvidenceSource],
        tuple[Selection, ModelUse | None],
    ]


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a bundle that a brief needs: whole rankings, lines, standardised expression of listed genes."""

    genes: pd.DataFrame
    lines: pd.DataFrame
    expression: pd.DataFrame
    groups: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Explained:
    """A bundle on disk.

    Attributes
    ----------
    reused
        True where a whole bundle of the same inputs and settings was there already.
    """

    bundle: ExplanationBundle
    folder: Path
    reused: bool


def load_dataset(workspace: Workspace, drug: str, settings: ExplainSettings, *, own: str = "") -> ResponseDataset:
    """Expression, response and lineage of one drug, named by name, synonym or id.

    Parameters
    ----------
    own
        Name or id of an own screen (`agent.own.store`); where empty, the public screen of the settings.

    Raises
    ------
    agent.errors.InputError
        If nothing was fetched yet, or there is no such own screen.
    explain_engine.errors.InputError
        If the drug is unknown or ambiguous; the message holds the near matches.
    """
    from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
    from explain_engine.data.opening import open_dataset
    from knowledge.starter.load import load_drugs

    if own:
        from agent.own.store import OwnScreens

        screens = OwnScreens(workspace)
        return screens.dataset(screens.named(own).id, drug)
    if not (workspace.data / GDSC_FOLDER).is_dir():
        raise InputError(f"no data in {str(workspace.data)!r}; fetch them with: {FETCH_COMMAND}")
    known = load_drugs()
    return open_dataset(
        workspace.data,
        drug,
        screen=settings.screen,
        kind=settings.kind,
        synonyms={entry.name: entry.synonyms for entry in known},
        ids={number: entry.name for entry in known for number in entry.gdsc2_ids},
    )


def engine_settings(settings: ExplainSettings) -> EngineSettings:
    """Settings of the engine: bags are whole repeats of its folds.

    Raises
    ------
    agent.errors.InputError
        If the number of bags is no multiple of the number of folds.
    """
    from explain_engine.settings import ExplainSettings as EngineSettings

    folds = EngineSettings().folds
    if settings.bags % folds:
        raise InputError(f"--bags {settings.bags}: give a multiple of {folds}, as every line is left out equally often")
    return EngineSettings(seed=settings.seed, folds=folds, repeats=settings.bags // folds)


def explain_or_reuse(
    dataset: ResponseDataset,
    settings: ExplainSettings,
    root: Path,
    *,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Explained:
    """Return the bundle of these inputs and settings: the one that is there, if whole, else a new one.

    Parameters
    ----------
    root
        The workspace's folder of bundles.
    report
        Told when a damaged bundle is made anew.
    """
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.engine import bundle_key, explain

    engine = engine_settings(settings)
    folder = root / bundle_key(dataset, engine)
    if folder.is_dir():
        try:
            bundle = ExplanationBundle.load(folder)
            load_tables(bundle, folder)
        except BundleError as error:
            if report is not None:
                report(f"the bundle that was there is damaged and is made anew: {error}")
        else:
            return Explained(bundle, folder, reused=True)
    bundle, arrays = explain(dataset, engine, progress=progress)
    return Explained(bundle.save(root, arrays), root / bundle.key, reused=False)


def open_bundle(folder: Path) -> Explained:
    """Open a bundle that the user names.

    Raises
    ------
    agent.errors.InputError
        If it is not whole.
    """
    from explain_engine.bundle import ExplanationBundle

    try:
        bundle = ExplanationBundle.load(folder)
        load_tables(bundle, folder)
    except BundleError as error:
        raise InputError(str(error)) from error
    return Explained(bundle, folder, reused=True)


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
        groups=bundle.array(folder, "groups") if "groups" in bundle.arrays else None,
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
    named = covered or source.co_mentions(bundle.drug, ()).total > 0
    return tuple(
        draft_hypothesis(
            bundle,
            candidate,
            evidence[candidate.gene],
            Names(drug=drug_names, gene=entities[candidate.gene].names),
            drug_has_records=covered,
            drug_is_named=named,
            co_mentions=source.co_mentions(bundle.drug, (entities[candidate.gene],)),
        )
        for candidate in candidates
    )


def beyond_of(
    bundle: ExplanationBundle, tables: Tables, genes: Sequence[Candidate]
) -> tuple[tuple[Candidate, ...], dict[str, FalsificationSheet | None]]:
    """Candidates beyond single genes, and the falsification sheet of each by candidate id.

    What a group does within lineages is part of its data support, so that its sheet comes first.
    """
    sheets = {c.id: beyond_sheet(bundle, c, tables.expression, tables.lines) for c in groups_of(bundle, genes, {})}
    within = {id.removeprefix("group:"): sheet.expected for id, sheet in sheets.items() if sheet is not None}
    spread = float(tables.lines["y"].std())
    found = beyond_candidates(bundle, genes, within, spread=spread)
    others = [c for c in found if c.id not in sheets]
    sheets |= {c.id: beyond_sheet(bundle, c, tables.expression, tables.lines) for c in others}
    return found, {c.id: sheets[c.id] for c in found}


def draft_beyond_all(
    bundle: ExplanationBundle,
    candidates: Sequence[Candidate],
    entities: Mapping[str, Entity],
    evidence: Mapping[str, Sequence[EvidenceItem]],
    source: EvidenceSource,
    limit: int,
) -> tuple[tuple[HypothesisDraft, ...], dict[str, tuple[EvidenceItem, ...]]]:
    """Draft and check every candidate beyond single genes; also the closed set of each by candidate id."""
    drug_names = source.drug_names(bundle.drug)
    covered = bool(source.records(bundle.drug)) or source.co_mentions(bundle.drug, ()).total > 0
    drafts, closed = [], {}
    for candidate in candidates:
        found = gather(source, bundle.drug, candidate, entities, evidence, limit)
        named = [entities[gene] for gene in candidate.genes] if candidate.kind == "pair" else []
        together = source.co_mentions(bundle.drug, named) if named else CoMentions()
        drafts.append(
            draft_beyond(bundle, candidate, found, drug_names, entities, drug_is_named=covered, co_mentions=together)
        )
        closed[candidate.id] = found.items
    return tuple(drafts), closed


def write_hypotheses(
    bundle: ExplanationBundle,
    tables: Tables,
    source: EvidenceSource,
    settings: BriefSettings,
    writer: Writer | None = None,
) -> HypothesisBrief:
    """Everything from a finished bundle to the brief; deterministic.

    Parameters
    ----------
    writer
        Adds what a language model proposes to the hypotheses shown on single genes; never to the ranking.
    """
    limit = max(settings.candidates, settings.top_genes)
    by_gene = sheets_of(bundle, tables, limit)
    within = {gene: sheet.expected for gene, sheet in by_gene.items() if sheet is not None}
    candidates = candidates_of(bundle, limit, within)
    beyond, sheets = beyond_of(bundle, tables, candidates)
    sheets |= {candidate.id: by_gene[candidate.gene] for candidate in candidates}
    entities = ground(dict.fromkeys(gene for c in (*candidates, *beyond) for gene in c.genes), source.gene)
    evidence = retrieve(bundle.drug, entities, source, settings.passages)
    drafts = draft_all(bundle, candidates, entities, evidence, source)
    wider, of_beyond = draft_beyond_all(bundle, beyond, entities, evidence, source, settings.passages)
    selection: Selection = select_hypotheses(
        bundle,
        (*drafts, *wider),
        sheets,
        limit=settings.hypotheses,
        popularity={gene: source.popularity(entity) for gene, entity in entities.items()},
    )
    use = None
    if writer is not None:
        selection, use = writer(bundle, selection, evidence, entities, source)
    ranks = _ranks(tables.genes)
    extra = on_record_only(source.records(bundle.drug), drafts, ranks)
    brief = assemble_brief(
        bundle,
        drafts,
        selection.model_copy(update={"left_out": (*selection.left_out, *extra)}),
        {**evidence, **of_beyond},
        entities,
        source,
        top_genes=settings.top_genes,
        measured_genes=frozenset(ranks),
        depth=depth_of(bundle, tables.genes, tables.groups),
    )
    return brief if use is None else brief.model_copy(update={"language_model": use})


def _ranks(genes: pd.DataFrame) -> dict[str, int]:
    return {str(gene): int(rank) for gene, rank in zip(genes["gene"], genes["rank"], strict=True)}

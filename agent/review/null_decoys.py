"""Decoys from a null run: what the same chain and the same drafter say where no gene acts.

The response is permuted within tissue: each tissue keeps its values, and which of its lines has which is chance. (The
null runs of a bundle also keep what the leading components of expression explain; a decoy must not, as a gene that
runs with a component would still say something about the response.) It is explained anew, with the same settings and
the parts that drafts speak of, and drafted and selected by the code that drafts briefs. What comes out in place k
among its kind stands beside the draft in place k of its kind. Its numbers are those of chance; a relabelled twin
(`agent.review.decoys`) has the numbers of the finding. Pairs, modules and rules have none, as permuted responses
hardly ever lead to one that is called.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agent.errors import InputError
from agent.grounding import ground
from agent.hypotheses.beyond_candidates import groups_of
from agent.hypotheses.beyond_sheets import beyond_sheet
from agent.hypotheses.candidates import candidates_of
from agent.hypotheses.select import select_hypotheses
from agent.pipeline import Tables, draft_all, draft_beyond_all, retrieve, sheets_of
from agent.review.content import content_of
from agent.review.decoys import references_of
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.evidence import EvidenceSource
    from agent.hypotheses.candidates import Candidate
    from agent.review.content import Content
    from agent.settings import BriefSettings
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.deepen import Part
    from explain_engine.settings import ExplainSettings as EngineSettings

    Progress = Callable[[str, float], None]

KINDS = ("gene", "group")
# What the sentences of genes and groups speak of; the other parts would be computed for nothing.
_SPOKEN_OF = frozenset({"null", "replication"})
_EXPLAINED = 0.3


def null_decoy_name(bundle: ExplanationBundle, snapshot: str, seed: int) -> str:
    """Digest of what a set of null-derived decoys is made from: the same inputs give the same set, once."""
    return hashlib.sha256(json.dumps(["null decoys", bundle.digest, snapshot, seed]).encode()).hexdigest()


def explain_permuted(
    dataset: ResponseDataset,
    bundle: ExplanationBundle,
    settings: EngineSettings,
    *,
    second_screens: Sequence[ResponseDataset] = (),
    seed: int,
    progress: Progress | None = None,
) -> tuple[ExplanationBundle, Tables]:
    """Explain the response permuted within tissue as `bundle` explains the response; nothing is written.

    Parameters
    ----------
    dataset, settings
        What the bundle was made of.
    second_screens
        Where the bundle holds a replication.
    seed
        Of the permutation.

    Raises
    ------
    agent.errors.InputError
        If the bundle was not made of this dataset, or by an older method.
    """
    from explain_engine.deepen import deepen, first_key, parts_of
    from explain_engine.engine import bundle_key, explain

    if first_key(bundle) != bundle_key(dataset, settings):
        raise InputError(
            f"{bundle.drug}: data, settings or method are no longer those of bundle {bundle.key[:12]}; explain the "
            "drug and write its brief anew"
        )

    def within(low: float, high: float) -> Progress | None:
        return None if progress is None else lambda what, share: progress(what, low + (high - low) * share)

    rng = np.random.default_rng([seed, int(bundle.digest[:16], 16)])
    shuffled = dataclasses.replace(dataset, y=permuted_within(dataset.y, dataset.lineage, rng))
    parts: list[Part] = [part for part in parts_of(bundle) if part in _SPOKEN_OF]
    found, arrays = explain(shuffled, settings, progress=within(0.0, _EXPLAINED if parts else 1.0))
    if parts:
        given: dict[str, Any] = {"second_screens": second_screens}
        if bundle.null is not None:
            given["n_null"] = bundle.null.n_runs
        found, arrays = deepen(shuffled, found, arrays, settings, parts, progress=within(_EXPLAINED, 1.0), **given)
    names = ("genes", "lines", "expression", "groups")
    tables = {name: arrays[name] for name in names if name in arrays}
    return found, Tables(**tables)


def permuted_within(y: pd.Series[float], tissue: pd.Series[str], rng: np.random.Generator) -> pd.Series[float]:
    """The response with the values of each tissue handed to its lines anew; index and name stay."""
    values = y.to_numpy(copy=True)
    labels = tissue.to_numpy()
    for label in sorted(set(labels)):
        rows = np.flatnonzero(labels == label)
        values[rows] = values[rng.permutation(rows)]
    return pd.Series(values, index=y.index, name=y.name)


def draft_null(
    bundle: ExplanationBundle,
    null: ExplanationBundle,
    tables: Tables,
    source: EvidenceSource,
    settings: BriefSettings,
    *,
    drafts: Mapping[str, tuple[str, str]],
) -> dict[str, Content]:
    """Draft from the explanation of a permuted response; the same for the same inputs.

    Parameters
    ----------
    null, tables
        From `explain_permuted`.
    drafts
        Id of a draft in the queue -> kind and label of its candidate, in the order of the brief.

    Returns
    -------
    Id of a draft -> its decoy. A draft has none where it is of another kind, or where the null leads to too few
    candidates whose direction is settled. Genes on record for the drug, and those that the model listed, are left out:
    they may be more than chance.
    """
    limit = max(settings.candidates, settings.top_genes)
    by_gene = sheets_of(null, tables, limit)
    within = {gene: sheet.expected for gene, sheet in by_gene.items() if sheet is not None}
    barred = _barred(bundle, source, limit)
    every = [c for c in candidates_of(null, limit, within) if barred.isdisjoint(_named(c))]
    groups = [c for c in _groups(null, every, tables) if barred.isdisjoint(_named(c))]
    sheets = {c.id: by_gene[c.gene] for c in every}
    sheets |= {c.id: beyond_sheet(null, c, tables.expression, tables.lines) for c in groups}
    entities = ground(dict.fromkeys(gene for c in (*every, *groups) for gene in c.genes), source.gene)
    evidence = retrieve(null.drug, entities, source, settings.passages)
    of_genes = draft_all(null, every, entities, evidence, source)
    of_groups, closed = draft_beyond_all(null, groups, entities, evidence, source, settings.passages)
    selection = select_hypotheses(
        null,
        [*of_genes, *of_groups],
        sheets,
        limit=len(of_genes) + len(of_groups),
        popularity={gene: source.popularity(entity) for gene, entity in entities.items()},
    )
    references = references_of((*evidence.values(), *closed.values()))
    waiting = {kind: [item for item, (own, _) in drafts.items() if own == kind] for kind in KINDS}
    decoys = {}
    for hypothesis in selection.shown:
        queue = waiting[hypothesis.draft.candidate.kind]
        if queue:
            decoys[queue.pop(0)] = content_of(
                hypothesis,
                drug=bundle.drug,
                screen=bundle.screen,
                unit=RESPONSE_UNIT[bundle.kind],
                references=references,
            )
    return {item: decoys[item] for item in drafts if item in decoys}


def _barred(bundle: ExplanationBundle, source: EvidenceSource, limit: int) -> frozenset[str]:
    on_record = {r.entity for r in source.records(bundle.drug)} | set(source.targets(bundle.drug))
    listed = {gene.gene for gene in bundle.attribution.genes[:limit]}
    groups = {gene.group for gene in bundle.attribution.genes[:limit]}
    beside = {member for group in bundle.attribution.groups if group.id in groups for member in group.members}
    return frozenset(on_record | listed | beside)


def _named(candidate: Candidate) -> set[str]:
    return {candidate.gene, *candidate.genes, *candidate.members}


def _groups(null: ExplanationBundle, genes: Sequence[Candidate], tables: Tables) -> tuple[Candidate, ...]:
    """Groups of the listed genes with what they do within lineages, as `agent.pipeline.beyond_of` takes them."""
    within = {
        c.group: sheet.expected
        for c in groups_of(null, genes, {})
        for sheet in [beyond_sheet(null, c, tables.expression, tables.lines)]
        if sheet is not None
    }
    return groups_of(null, genes, within)

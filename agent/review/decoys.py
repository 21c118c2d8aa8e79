"""Relabelled decoys: the twin of a draft, drafted by the same code from the same bundle under shuffled gene labels.

Every number of a twin is that of its draft; the genes it is said of are drawn at random from those that the model did
not list and that are on no record of the drug. A reviewer gets to see one of the two (`agent.review.blinding`), so that
neither the numbers nor a number seen twice tells which it is. Modules have no twins: they are named by the gene sets
enriched in them, which no shuffle of gene labels makes null. Decoys of chance itself: `agent.review.null_decoys`.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.errors import InputError
from agent.grounding import ground
from agent.hypotheses.candidates import candidates_of
from agent.hypotheses.ledger import source_pmid
from agent.hypotheses.select import select_hypotheses
from agent.pipeline import Tables, beyond_of, draft_all, draft_beyond_all, retrieve, sheets_of
from agent.report.model import Reference
from agent.review.content import content_of
from explain_engine.bundle import ExplanationBundle
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.evidence import EvidenceSource
    from agent.hypotheses.ledger import EvidenceItem
    from agent.review.content import Content
    from agent.settings import BriefSettings

WITHOUT_TWINS = frozenset({"module"})
# Parts of a bundle in which genes are named; the others are kept as they are.
_NAMING = (
    "attribution",
    "stability",
    "null",
    "interactions",
    "modules",
    "rules",
    "counterfactuals",
    "verdicts",
    "replication",
)


def decoy_name(bundle: ExplanationBundle, snapshot: str, seed: int) -> str:
    """Digest of what a set of decoys is made from: the same inputs give the same set, once."""
    return hashlib.sha256(json.dumps(["decoys", bundle.digest, snapshot, seed]).encode()).hexdigest()


def draft_twins(
    bundle: ExplanationBundle,
    tables: Tables,
    source: EvidenceSource,
    settings: BriefSettings,
    *,
    drafts: Mapping[str, tuple[str, str]],
    seed: int,
) -> dict[str, Content]:
    """Draft the twins of drafts; the same for the same inputs and seed.

    Parameters
    ----------
    drafts
        Id of a draft in the queue -> kind and label of its candidate.
    seed
        Of the new labels.

    Returns
    -------
    Id of a draft -> its twin. A draft has none where it is of a kind that has none, or where these settings do not
    put its candidate forward.

    Raises
    ------
    InputError
        If there are too few other genes to draw labels from.
    """
    labels = shuffled_labels(bundle, tables, source, seed)
    renamed = renamer(labels)
    shuffled, shuffled_tables = relabel(bundle, labels), relabel_tables(tables, labels)
    # Of two drafts on the same candidate, from two briefs, the later has the twin.
    wanted = {(kind, renamed(label)): item for item, (kind, label) in drafts.items() if kind not in WITHOUT_TWINS}

    limit = max(settings.candidates, settings.top_genes)
    by_gene = sheets_of(shuffled, shuffled_tables, limit)
    within = {gene: sheet.expected for gene, sheet in by_gene.items() if sheet is not None}
    every = candidates_of(shuffled, limit, within)
    beyond, sheets = beyond_of(shuffled, shuffled_tables, every)
    sheets |= {candidate.id: by_gene[candidate.gene] for candidate in every}
    genes = [c for c in every if (c.kind, c.label) in wanted]
    wider = [c for c in beyond if (c.kind, c.label) in wanted]
    entities = ground(dict.fromkeys(gene for c in (*genes, *wider) for gene in c.genes), source.gene)
    evidence = retrieve(bundle.drug, entities, source, settings.passages)
    drafted = draft_all(shuffled, genes, entities, evidence, source)
    others, closed = draft_beyond_all(shuffled, wider, entities, evidence, source, settings.passages)
    references = references_of((*evidence.values(), *closed.values()))

    twins = {}
    for draft in (*drafted, *others):
        # Each by itself: beside its equals another might speak for its group, now that no literature does.
        for hypothesis in select_hypotheses(shuffled, [draft], sheets, limit=1, popularity={}).shown:
            content = content_of(
                hypothesis,
                drug=bundle.drug,
                screen=bundle.screen,
                unit=RESPONSE_UNIT[bundle.kind],
                references=references,
            )
            twins[wanted[content.kind, content.label]] = content
    return {item: twins[item] for item in drafts if item in twins}


def shuffled_labels(bundle: ExplanationBundle, tables: Tables, source: EvidenceSource, seed: int) -> dict[str, str]:
    """Gene -> the label it gets: listed genes and the drawn ones change places, so that no label is used twice."""
    listed = dict.fromkeys(
        [
            *(gene.gene for gene in bundle.attribution.genes),
            *(member for group in bundle.attribution.groups for member in group.members),
            *map(str, tables.expression.columns),
        ]
    )
    on_record = {r.entity for r in source.records(bundle.drug)} | set(source.targets(bundle.drug))
    others = sorted({str(g) for g in tables.genes["gene"]} - set(listed) - on_record)
    if len(others) < len(listed):
        raise InputError(
            f"{bundle.drug}: {len(listed)} genes are listed and {len(others)} others measured; decoys draw their names "
            "from the others, so that at least as many are needed"
        )
    rng = np.random.default_rng([seed, int(bundle.digest[:16], 16)])
    drawn = rng.choice(len(others), size=len(listed), replace=False)
    there = {gene: others[k] for gene, k in zip(listed, drawn, strict=True)}
    return there | {label: gene for gene, label in there.items()}


def relabel(bundle: ExplanationBundle, labels: Mapping[str, str]) -> ExplanationBundle:
    """Return the bundle with every gene called by its new label: as a value, as a key, in a group's id, in a text."""
    rename = renamer(labels)

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return rename(value)
        if isinstance(value, list):
            return [renamed(entry) for entry in value]
        if isinstance(value, dict):
            return {renamed(key): renamed(entry) for key, entry in value.items()}
        return value

    raw = bundle.model_dump(mode="json")
    return ExplanationBundle.model_validate(
        {name: renamed(raw[name]) if name in _NAMING else raw[name] for name in raw}
    )


def relabel_tables(tables: Tables, labels: Mapping[str, str]) -> Tables:
    """The tables under the same new labels; those over groups are left out, as no hypothesis is drafted from them."""
    genes = tables.genes.assign(gene=[labels.get(str(g), str(g)) for g in tables.genes["gene"]])
    return Tables(genes=genes, lines=tables.lines, expression=tables.expression.rename(columns=dict(labels)))


def renamer(labels: Mapping[str, str]) -> Callable[[str], str]:
    """Replace whole words that are genes of `labels`; the longest first, as symbols hold hyphens."""
    names = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    words = re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])")
    return lambda text: words.sub(lambda found: labels[found.group()], text)


def references_of(closed: Iterable[Iterable[EvidenceItem]]) -> list[Reference]:
    """Every document of the closed sets, once."""
    found = {}
    for item in (item for items in closed for item in items):
        document = item.document
        found[document.id] = Reference(
            document_id=document.id,
            pmid=source_pmid(item),
            doi=document.doi,
            title=document.title,
            year=document.year,
            journal=document.journal,
            source=document.source,
            is_card=document.kind == "card",
        )
    return list(found.values())

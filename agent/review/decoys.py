"""Decoys: hypotheses drafted by the same code from a bundle whose gene labels are shuffled.

The numbers of a decoy are those of a real model and a real fit, the gene they are said of is drawn at random from the
genes that the model did not list and that are on no record of the drug. They are drafted from what stands behind no
hypothesis of the queue, so that no number appears twice. Modules are left out: they are named by the gene sets
enriched in them, which no shuffle of gene labels makes null.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.errors import InputError
from agent.pipeline import Tables, write_hypotheses
from agent.review.content import content_of
from explain_engine.bundle import ExplanationBundle

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agent.evidence import EvidenceSource
    from agent.review.content import Content
    from agent.settings import BriefSettings

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


def decoy_name(bundle: ExplanationBundle, snapshot: str, seed: int, used: Collection[str]) -> str:
    """Digest of what a set of decoys is made from: the same inputs give the same set, once."""
    made_of = ["decoys", bundle.digest, snapshot, seed, sorted(used)]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def draft_decoys(
    bundle: ExplanationBundle,
    tables: Tables,
    source: EvidenceSource,
    settings: BriefSettings,
    *,
    used: Collection[str],
    limit: int,
    seed: int,
) -> tuple[tuple[str, Content], ...]:
    """Draft up to `limit` decoys from `bundle`; the same for the same inputs and seed.

    Parameters
    ----------
    used
        Genes that hypotheses of the queue name: nothing that names them, or their correlated groups, is drafted from.
    limit
        Fewer are returned where fewer of the rest have a settled direction.

    Raises
    ------
    InputError
        If there are too few other genes to draw labels from.
    """
    labels = shuffled_labels(bundle, tables, source, seed)
    brief = write_hypotheses(
        relabel(without(bundle, used), labels),
        relabel_tables(tables, labels),
        source,
        settings.model_copy(update={"hypotheses": limit}),
    )
    return tuple(
        (
            hypothesis.id,
            content_of(hypothesis, drug=brief.drug, screen=brief.screen, unit=brief.unit, references=brief.references),
        )
        for hypothesis in brief.hypotheses
    )


def without(bundle: ExplanationBundle, used: Collection[str]) -> ExplanationBundle:
    """Return the bundle without what names one of `used`, or a gene of its correlated group, and without modules."""
    groups = {gene.gene: gene.group for gene in bundle.attribution.genes}
    gone = {groups[gene] for gene in used if gene in groups}
    gone |= {group.id for group in bundle.attribution.groups if not set(group.members).isdisjoint(used)}
    names = set(used) | gone
    found = bundle.interactions
    if found is not None:
        found = found.model_copy(
            update={
                "calls": tuple(c for c in found.calls if names.isdisjoint((c.first_gene, c.second_gene))),
                "unconfirmed": tuple(c for c in found.unconfirmed if names.isdisjoint((c.first_gene, c.second_gene))),
                "triples": (),
            }
        )
    return bundle.model_copy(
        update={
            "attribution": bundle.attribution.model_copy(
                update={
                    "genes": tuple(g for g in bundle.attribution.genes if g.group not in gone and g.gene not in used),
                    "groups": tuple(g for g in bundle.attribution.groups if g.id not in gone),
                }
            ),
            "interactions": found,
            "modules": None,
            "rules": bundle.rules
            and tuple(r for r in bundle.rules if names.isdisjoint(condition.gene for condition in r.conditions)),
            "counterfactuals": None,
        }
    )


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
    words = re.compile(
        r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, sorted(labels, key=len, reverse=True))) + r")(?![A-Za-z0-9])"
    )

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return words.sub(lambda found: labels[found.group()], value)
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

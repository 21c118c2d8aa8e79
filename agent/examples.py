"""A made-up explanation and a made-up knowledge base: for trying the report without data, for documents and tests.

Nothing here is a fact: the drug, the genes and the records do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.grounding import Entity
from agent.hypotheses.ledger import EvidenceItem
from agent.hypotheses.novelty import CoMentions, count_years
from explain_engine.attribution.result import Attribution, Direction, GeneAttribution, GroupAttribution
from explain_engine.bundle import ExplanationBundle
from explain_engine.data.dataset import UnmappedReport
from explain_engine.predict.report import FitReport, Score
from explain_engine.record import Interval
from knowledge.documents import Document, Passage
from knowledge.mechanisms.model import KnownMechanism

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

DRUG = "Examplinib"
_METHOD = "made up"
_LINEAGES = ("blood", "lung", "skin")
_N = 90
# gene -> (effect, half width, rank interval, selection frequency, correlation, group)
_GENES: dict[str, tuple[float, float, tuple[int, int], float, float, str]] = {
    "GENA1": (-0.62, 0.08, (1, 2), 1.0, -0.51, "GENA1+1"),
    "GENA2": (-0.40, 0.07, (1, 4), 0.95, -0.47, "GENA1+1"),
    "GENB": (0.31, 0.06, (2, 5), 0.9, 0.34, "GENB"),
    "GENC": (-0.22, 0.06, (3, 9), 0.85, -0.2, "GENC"),
    "GEND": (0.18, 0.05, (4, 11), 0.8, 0.15, "GEND"),
    "GENE5": (0.03, 0.09, (4, 60), 0.4, 0.02, "GENE5"),
    "GENF": (-0.12, 0.05, (5, 31), 0.55, -0.11, "GENF"),
}


def example_tables() -> dict[str, pd.DataFrame]:
    """Tables of the example bundle: ``genes``, ``lines`` and ``expression`` over 90 lines of three lineages."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(7)
    index = pd.Index([f"LINE-{i:02d}" for i in range(_N)], name="line")
    z = pd.DataFrame(rng.standard_normal((_N, len(_GENES))), index=index, columns=list(_GENES))
    z["GENA2"] = 0.9 * z["GENA1"] + 0.4 * z["GENA2"]
    effects = np.array([entry[0] for entry in _GENES.values()])
    y = 1.5 + z.to_numpy() @ effects + rng.normal(0.0, 0.8, _N)
    lineage = [_LINEAGES[i % len(_LINEAGES)] for i in range(_N)]
    lines = pd.DataFrame({"y": y, "prediction": 0.7 * y + 0.45, "lineage": lineage}, index=index)
    genes = pd.DataFrame({"gene": [*_GENES, "GENZ"], "rank": range(1, len(_GENES) + 2)})
    return {"genes": genes, "lines": lines, "expression": z.astype(np.float32)}


def example_bundle() -> ExplanationBundle:
    """A bundle with seven genes, one correlated group and no null."""
    genes = tuple(_gene(i, name) for i, name in enumerate(_GENES))
    groups = (
        GroupAttribution(
            id="GENA1+1",
            members=("GENA1", "GENA2"),
            rank=1,
            importance=_interval(0.9, 0.1),
            effect=_interval(-1.0, 0.1),
            direction="higher_sensitises",
            selection_frequency=1.0,
        ),
    )
    return ExplanationBundle(
        key="example0",
        drug=DRUG,
        drug_id=None,
        screen="made-up screen",
        kind="ln_ic50",
        dataset_digest="0" * 64,
        sources={"made-up table": "0" * 64},
        settings={"seed": 7, "top": 50, "folds": 4, "repeats": 5},
        versions={"made-up": "1"},
        unmapped=UnmappedReport(),
        fit=FitReport(
            learner="made-up learner",
            n_lines=_N,
            n_genes=len(_GENES) + 1,
            n_bags=20,
            bag_fraction=0.75,
            seed=7,
            model=Score(
                model="made-up learner",
                pearson=_interval(0.61, 0.05),
                spearman=_interval(0.58, 0.05),
                r2=_interval(0.37, 0.06),
            ),
            baselines=(
                Score(model="mean", pearson=None, spearman=None, r2=_interval(-0.01, 0.01)),
                Score(
                    model="tissue mean",
                    pearson=_interval(0.4, 0.06),
                    spearman=_interval(0.38, 0.06),
                    r2=_interval(0.16, 0.05),
                ),
            ),
            gain_over_tissue=_interval(0.2, 0.05),
        ),
        attribution=Attribution(method="made-up attribution", doi=None, genes=genes, groups=groups),
    )


def save_example(root: Path) -> tuple[ExplanationBundle, Path]:
    """Save the example bundle with its tables under `root`; return it and its folder."""
    bundle = example_bundle().save(root, example_tables())
    return bundle, root / bundle.key


def _interval(estimate: float, half: float) -> Interval:
    return Interval(estimate=estimate, low=round(estimate - half, 6), high=round(estimate + half, 6), method=_METHOD)


def _gene(position: int, name: str) -> GeneAttribution:
    effect, half, (low, high), frequency, correlation, group = _GENES[name]
    direction: Direction = "mixed" if abs(effect) <= half else ("higher_sensitises" if effect < 0 else "higher_resists")
    return GeneAttribution(
        gene=name,
        rank=position + 1,
        rank_low=low,
        rank_high=high,
        importance=_interval(abs(effect) * 0.8, half * 0.8),
        effect=_interval(effect, half),
        direction=direction,
        selection_frequency=frequency,
        correlation=correlation,
        group=group,
        adjusted_rank=position + 2,
        adjusted_effect=_interval(effect * 0.8, half),
    )


def _record(number: int, gene: str, relation: str, alteration: str, direction: str, summary: str) -> KnownMechanism:
    return KnownMechanism.model_validate(
        {
            "id": f"card:example-{gene}-{number}",
            "drug": DRUG,
            "entity": gene,
            "entity_kind": "gene",
            "relation": relation,
            "alteration": alteration,
            "direction": direction,
            "context": "made-up cells",
            "summary": summary,
            "level": "in vitro",
            "source": "made-up cards",
            "record_id": f"example:{number}",
        }
    )


RECORDS = (
    _record(1, "GENA1", "target", "none", "not_stated", "Examplinib binds GENA1 <and> nothing else."),
    _record(2, "GENA1", "sensitivity", "expression", "higher_sensitises", "Cells with more GENA1 died of Examplinib."),
    _record(3, "GENB", "sensitivity", "expression", "higher_sensitises", "Cells with more GENB died of Examplinib."),
    _record(4, "GENC", "sensitivity", "mutation", "not_stated", "Mutated GENC went with response to Examplinib."),
    _record(5, "GENX", "target", "none", "not_stated", "Examplinib also binds GENX."),
    _record(6, "GENZ", "target", "none", "not_stated", "Examplinib also binds GENZ."),
)
NOTE = Document(
    id="note:1",
    text="An aside. GEND & Examplinib were seen <script>alert(1)</script> in one sentence. The end.",
    kind="note",
    source="made-up notes",
)


class ExampleEvidence:
    """An `agent.evidence.EvidenceSource` over the made-up records."""

    snapshot = "example-snapshot"
    n_documents = len(RECORDS) + 1
    embedder = "none"

    def drug_names(self, drug: str) -> tuple[str, ...]:
        """The name itself."""
        return (drug,)

    def gene(self, name: str) -> Entity:
        """An entity with a made-up CURIE; one name is ambiguous."""
        if name == "GENE5":
            return Entity(
                feature=name, curie=None, label=name, how="ambiguous", names=(name,), candidates=("GENE5A", "GENE5B")
            )
        return Entity(feature=name, curie=f"example:{name}", label=name, how="approved", names=(name,))

    def records(self, drug: str) -> tuple[KnownMechanism, ...]:
        """All made-up records."""
        return RECORDS if drug == DRUG else ()

    def targets(self, drug: str) -> tuple[str, ...]:
        """Targets of the made-up records."""
        return tuple(dict.fromkeys(r.entity for r in self.records(drug) if r.relation == "target"))

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """Cards of the pair, and the one note."""
        found = [_item(r) for r in self.records(drug) if r.entity == entity.label]
        if entity.label == "GEND":
            found.append(EvidenceItem(document=NOTE, passage=Passage.cut(NOTE, 10, 80)))
        return tuple(found[:limit])

    def together(self, drug: str, entities: Sequence[Entity], limit: int) -> tuple[EvidenceItem, ...]:
        """Made-up cards and the one note, where they spell the drug and every entity."""
        note = EvidenceItem(document=NOTE, passage=Passage.cut(NOTE, 10, 80))
        wanted = (drug, *(entity.label for entity in entities))
        items = [*(_item(r) for r in self.records(drug)), note]
        return tuple(i for i in items if all(name in i.passage.text for name in wanted))[:limit]

    def co_mentions(self, drug: str, entities: Sequence[Entity]) -> CoMentions:
        """The same documents by year; none of them states one."""
        return count_years(item.document.year for item in self.together(drug, entities, 1000))

    def popularity(self, entity: Entity) -> int:
        """Longer names are more popular here."""
        return len(entity.label)


def _item(record: KnownMechanism) -> EvidenceItem:
    document = Document(id=record.id, text=record.summary, kind="card", source=record.source)
    return EvidenceItem(document=document, passage=Passage.cut(document, 0, len(record.summary)), mechanism=record)

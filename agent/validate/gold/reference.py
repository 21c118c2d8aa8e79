"""The development reference table of drug-gene facts, split by what it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.validate.gold.alteration import alteration_of, direction_of
from agent.validate.gold.model import GoldSet
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism, Relation

if TYPE_CHECKING:
    from pathlib import Path

FILE = "knowledge/drug_gene_gold.parquet"
MIN_SOURCES = 2
_RELATIONS: dict[str, Relation] = {
    "biomarker_sensitivity": "sensitivity",
    "biomarker_resistance": "resistance",
    "biomarker_no_effect": "no_effect",
    "biomarker_known_association": "mechanism",
}
_SOURCES = {
    "civic": "CIViC",
    "moalmanac": "MOAlmanac",
    "cgi": "CGI Cancer Biomarkers 2018-01-17",
    "iorio": "GDSC / Iorio et al. 2016 (well-known associations)",
}
BiomarkerSet = Literal["civic", "moalmanac", "cgi", "iorio"]
_NEEDED = frozenset({"drug", "gdsc_drug", "gene", "relation", "alteration", "direction", "source", "pmid", "n_sources"})


def reference_targets(folder: Path) -> GoldSet:
    """Targets, off-targets included, that at least two curated lists agree on.

    The GDSC annotation of the table is left out: the shipped targets are the corrected form of it (the table has
    GPSM2 for ERK2, for example).
    """
    rows = _table(folder)
    kept = rows[(rows["relation"] == "target") & (rows["source"] != "GDSC compound annotation")]
    strong = kept[kept["n_sources"] >= MIN_SOURCES].drop_duplicates(["gdsc_drug", "gene"])
    facts = tuple(
        KnownMechanism(
            id=f"reference-target:{row.gdsc_drug}/{row.gene}",
            drug=str(row.gdsc_drug),
            entity=str(row.gene),
            entity_kind="gene",
            relation="target",
            alteration="none",
            direction="not_stated",
            context="not stated",
            summary=f"{row.gene} is a listed target of {row.gdsc_drug}.",
            level="curated",
            source=str(row.source),
            record_id="no record id",
        )
        for row in strong.itertuples()
    )
    return GoldSet(
        name="targets-broad",
        source=f"targets in at least {MIN_SOURCES} of Broad Repurposing Hub, PRISM 23Q2, ChEMBL / Open Targets, GDSC",
        facts=facts,
        notes=("rows of the GDSC annotation itself are left out: the shipped targets are its corrected form",),
    )


def reference_biomarkers(folder: Path, name: BiomarkerSet) -> GoldSet:
    """Biomarkers of one source; rows that do not support their association become ``no_effect``."""
    rows = _table(folder)
    kept = rows[(rows["source"] == _SOURCES[name]) & rows["relation"].isin(_RELATIONS)]
    facts: dict[str, KnownMechanism] = {}
    for row in kept.itertuples():
        words = "" if not isinstance(row.alteration, str) else row.alteration
        refuted = isinstance(row.direction, str) and row.direction != "Supports"
        relation: Relation = "no_effect" if refuted else _RELATIONS[str(row.relation)]
        record = str(row.source_id) if isinstance(row.source_id, str) else "no record id"
        pmid = str(row.pmid) if isinstance(row.pmid, str) and row.pmid.isdigit() else None
        fact = KnownMechanism(
            id=f"{record}/{row.gdsc_drug}/{row.gene}/{pmid}",
            drug=str(row.gdsc_drug),
            entity=str(row.gene),
            entity_kind="gene",
            relation=relation,
            alteration=alteration_of(words),
            direction=direction_of(relation, words),
            context=f"{words or 'unstated alteration'} in {row.disease or 'unstated disease'}",
            summary=f"{words or row.gene}: {relation} to {row.gdsc_drug}.",
            level="curated",
            source=str(row.source),
            record_id=record,
            pmid=pmid,
        )
        facts.setdefault(fact.id, fact)
    return GoldSet(name=name, source=_SOURCES[name], facts=tuple(facts.values()))


def _table(folder: Path):  # type: ignore[no-untyped-def]
    import pandas as pd

    path = folder / FILE
    if not path.is_file():
        raise InputError(f"there is no {str(path)!r}; set ONCOBRIEF_REFERENCE_DATA to the folder that holds it")
    rows = pd.read_parquet(path)
    if missing := _NEEDED - set(rows.columns):
        raise InputError(f"{str(path)!r} has no column {', '.join(sorted(missing))}")
    return rows[rows["gdsc_drug"].notna() & rows["gene"].notna()]

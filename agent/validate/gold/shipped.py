"""Annotated targets and mechanism cards that ship with the package."""

from __future__ import annotations

from agent.validate.gold.model import GoldSet
from knowledge.mechanisms.model import KnownMechanism
from knowledge.starter.load import load_cards, load_drugs


def shipped_targets() -> GoldSet:
    """Annotated targets of the screen's drugs; family names resolved to genes, wrong symbols of older tables mended."""
    facts = tuple(
        KnownMechanism(
            id=f"target:{drug.name}/{gene}",
            drug=drug.name,
            entity=gene,
            entity_kind="gene",
            relation="target",
            alteration="none",
            direction="not_stated",
            context=drug.pathway,
            summary=f"{gene} is an annotated target of {drug.name}.",
            level="curated",
            source="GDSC compound annotation, as shipped",
            record_id=f"gdsc:{drug.gdsc2_ids[0]}",
        )
        for drug in load_drugs()
        for gene in drug.targets
    )
    return GoldSet(
        name="targets",
        source="annotated targets of the screen's drugs (knowledge/starter/drugs.yaml)",
        facts=facts,
        notes=("ERK1/ERK2, IR, VEGFR, PDGFR and other family names of the annotation stand as genes",),
    )


def shipped_cards() -> GoldSet:
    """Mechanism cards: written for this package out of the papers they cite, each with its PMID."""
    return GoldSet(
        name="cards",
        source="mechanism cards shipped with the package",
        facts=tuple(card for card in load_cards() if card.entity_kind == "gene"),
        notes=("the same cards are in the knowledge base: no independent test of a brief",),
    )

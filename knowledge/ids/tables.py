"""The names in force for a knowledge base: fetched, shipped, the user's own, and those its records use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import Document
from knowledge.ids.drugs import drug_entity, drug_table, read_drug_names
from knowledge.ids.genes import gene_table, read_hgnc, silent_loci, text_entities
from knowledge.ids.lexicon import Lexicon
from knowledge.ids.model import Entity
from knowledge.ids.names import NameTable
from knowledge.mechanisms.model import KnownMechanism

NAMES_FOLDER = "names"
HGNC_FILE = "hgnc.tsv"


@dataclass(frozen=True)
class Names:
    """Name tables of one knowledge base and the lexicon made of them.

    Attributes
    ----------
    genes, drugs, cells
        Tables to resolve a name with.
    lexicon
        Finds the names in text (cell lines are left out: their names are too short and too common).
    sources
        Where the names come from, in words.
    """

    genes: NameTable
    drugs: NameTable
    cells: NameTable
    lexicon: Lexicon
    sources: tuple[str, ...]


def load_names(
    folder: Path,
    documents: Iterable[Document] = (),
    mechanisms: Iterable[KnownMechanism] = (),
    drugs: Iterable[Entity] = (),
    cells: Iterable[Entity] = (),
) -> Names:
    """Collect the names in force.

    Parameters
    ----------
    folder
        Folder of the knowledge base. ``names/hgnc.tsv`` is read if it was fetched, and every ``names/drugs*.csv`` or
        ``.tsv`` of the user's.
    documents, mechanisms
        Records whose own drug and gene tags count as names.
    drugs, cells
        Entities known from elsewhere (the shipped drug table, a cell line table).
    """
    own = folder / NAMES_FOLDER
    sources = []
    rows = []
    if (own / HGNC_FILE).exists():
        rows = read_hgnc(own / HGNC_FILE)
        sources.append(f"HGNC table, {len(rows)} genes")
    known = list(drugs)
    if known:
        sources.append(f"shipped drug names, {len(known)} drugs")
    for path in sorted([*own.glob("drugs*.csv"), *own.glob("drugs*.tsv")]):
        added = read_drug_names(path)
        known.extend(added)
        sources.append(f"{path.name}, {len(added)} drugs")
    facts = list(mechanisms)
    symbols = {fact.entity for fact in facts if fact.entity_kind == "gene"}
    tagged: dict[str, None] = {}
    for document in documents:
        symbols.update(document.genes)
        tagged.update(dict.fromkeys(document.drugs))
    named = drug_table(known)
    tagged.update(dict.fromkeys(fact.drug for fact in facts))
    # A tag that is another name of a listed drug is no new drug.
    known.extend(drug_entity(name) for name in tagged if named.resolve(name).status == "unknown")
    genes = gene_table(rows, symbols if not rows else ())
    sources.append("hand-written cancer gene names")
    table = drug_table(known)
    lexicon = Lexicon([*table.entities.values(), *text_entities(genes, silent_loci(rows))])
    return Names(genes, table, NameTable("cell", cells), lexicon, tuple(sources))

"""The names in force for a knowledge base: fetched, shipped, the user's own, and those its records use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import Document
from knowledge.ids.carriers import FAMILY_NAMES_FILE, HGNC_FILE, NAMES_FOLDER
from knowledge.ids.cells import CellFinder, cell_table, read_cell_names
from knowledge.ids.drugs import drug_entity, drug_table, read_drug_names
from knowledge.ids.families import fetched_families
from knowledge.ids.genes import gene_table, read_hgnc, silent_loci, text_entities
from knowledge.ids.lexicon import Lexicon
from knowledge.ids.model import Entity, name_key
from knowledge.ids.names import NameTable
from knowledge.mechanisms.model import KnownMechanism


@dataclass(frozen=True)
class Names:
    """Name tables of one knowledge base and the lexicon made of them.

    Attributes
    ----------
    genes, drugs, cells
        Tables to resolve a name with.
    lexicon
        Finds genes, drugs and protein families in text.
    cell_finder
        Finds cell lines in text; apart from the others, because it needs to see what a name stands beside.
    sources
        Where the names come from, in words.
    """

    genes: NameTable
    drugs: NameTable
    cells: NameTable
    lexicon: Lexicon
    cell_finder: CellFinder
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
        Folder of the knowledge base. ``names/hgnc.tsv`` is read if it was fetched, and every ``drugs*`` and
        ``cells*`` file (``.csv``, ``.tsv``) in ``names/``.
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
    named_in_text = [*table.entities.values(), *text_entities(genes, silent_loci(rows))]
    taken = {name_key(name) for entity in named_in_text for name in (entity.name, *entity.synonyms)}
    families = fetched_families(folder, genes.entities.keys(), taken)
    if families:
        sources.append(f"FamPlex, {len(families)} protein families and complexes")
    lexicon = Lexicon([*named_in_text, *families])
    lines = list(cells)
    for path in sorted([*own.glob("cells*.csv"), *own.glob("cells*.tsv")]):
        found = read_cell_names(path)
        lines.extend(found)
        sources.append(f"{path.name}, {len(found)} cell lines")
    cell_names = cell_table(lines)
    return Names(genes, table, cell_names, lexicon, CellFinder(cell_names, taken), tuple(sources))


def missing_names(folder: Path) -> dict[str, str]:
    """Name tables that the knowledge base in `folder` does not have, each with the command that makes it."""
    own = folder / NAMES_FOLDER
    absent = {}
    if not (own / HGNC_FILE).exists():
        absent["HGNC genes (the hand-written cancer genes are used)"] = "oncobrief knowledge build --fetch-names"
    if not (own / FAMILY_NAMES_FILE).exists():
        absent["protein families"] = "oncobrief knowledge build --fetch-names"
    if not any(own.glob("cells*.[ct]sv")):
        absent["cell lines"] = "oncobrief data fetch gdsc"
    return absent

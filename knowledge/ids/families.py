"""Protein families and complexes as FamPlex names them: ``MEK`` is MAP2K1 and MAP2K2, ``tubulin`` holds TUBB.

A text that names a family does not name its members; passages are tagged with the family, and say so.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from knowledge.ids.carriers import FAMILY_NAMES_FILE, NAMES_FOLDER, read_families
from knowledge.ids.model import Entity, name_key

# Larger groups ("kinases of the whole kinome") say nothing about one member.
_MOST_MEMBERS = 100


def family_entities(
    names_folder: Path, families: dict[str, frozenset[str]], known: Collection[str], taken: Collection[str]
) -> list[Entity]:
    """Families with their members and the names papers use for them.

    Parameters
    ----------
    names_folder
        Where the fetched tables lie.
    families
        Family to member symbols, see `knowledge.ids.carriers.read_families`.
    known
        Approved symbols; other members are left out.
    taken
        Name keys of genes and drugs: a name that is theirs (``TUBB``, ``BCL2``) stays theirs.
    """
    spellings = _spellings(names_folder / FAMILY_NAMES_FILE)
    entities = []
    for family, genes in families.items():
        members = tuple(sorted(genes.intersection(known)))
        if not 2 <= len(members) <= _MOST_MEMBERS:
            continue
        plain = family.replace("_", " ")
        names = [name for name in dict.fromkeys((plain, *spellings.get(family, ()))) if name_key(name) not in taken]
        if names:
            entities.append(
                Entity(curie=f"fplx:{family}", kind="family", name=names[0], synonyms=tuple(names[1:]), members=members)
            )
    return entities


def _spellings(path: Path) -> dict[str, list[str]]:
    """Names of families in papers; rows that stand for anything else are not ours."""
    found: dict[str, list[str]] = defaultdict(list)
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if len(row) >= 3 and row[1] == "FPLX" and row[0].strip():
                    found[row[2]].append(row[0].strip())
    return found


def fetched_families(folder: Path, known: Collection[str], taken: Collection[str]) -> list[Entity]:
    """Families of the knowledge base in `folder`; none when the names were not fetched."""
    return family_entities(folder / NAMES_FOLDER, read_families(folder), known, taken)

"""Drugs: preferred names with trade, code and registry names."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from knowledge.errors import InputError
from knowledge.ids.model import Entity, name_key
from knowledge.ids.names import NameTable


def drug_entity(
    name: str, synonyms: Iterable[str] = (), gdsc_ids: Iterable[int] = (), chembl: str | None = None
) -> Entity:
    """A drug; its CURIE is the ChEMBL id where known, else the first GDSC id, else ``drug:<key>``."""
    curies = [*([f"chembl.compound:{chembl}"] if chembl else []), *(f"gdsc:{number}" for number in gdsc_ids)]
    kept = tuple(dict.fromkeys(other for other in synonyms if other and other != name))
    own = curies or [f"drug:{name_key(name)}"]
    return Entity(curie=own[0], kind="drug", name=name, synonyms=kept, xrefs=tuple(own[1:]))


def merge_drugs(entities: Iterable[Entity]) -> list[Entity]:
    """Join entries of one drug (same name but for case, hyphens and blanks); the first spelling is kept."""
    merged: dict[str, Entity] = {}
    for entity in entities:
        key = name_key(entity.name)
        known = merged.get(key)
        if known is None:
            merged[key] = entity
            continue
        names = dict.fromkeys((*known.synonyms, entity.name, *entity.synonyms))
        names.pop(known.name, None)
        curies = dict.fromkeys((*known.xrefs, entity.curie, *entity.xrefs))
        curies.pop(known.curie, None)
        merged[key] = known.model_copy(update={"synonyms": tuple(names), "xrefs": tuple(curies)})
    return list(merged.values())


def drug_table(entities: Iterable[Entity]) -> NameTable:
    """Table of drugs."""
    return NameTable("drug", merge_drugs(entities))


def read_drug_names(path: Path) -> list[Entity]:
    """Read a user's own drug names: CSV or TSV with columns ``drug`` and ``synonym`` (one a row).

    Optional columns: ``gdsc_drug_id``, ``chembl``.

    Raises
    ------
    InputError
        Columns are missing or a row has no drug; the message names the line.
    """
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        header = reader.fieldnames or []
        if missing := {"drug", "synonym"} - set(header):
            raise InputError(f"{str(path)!r} has no column {', '.join(sorted(missing))}; it has: {', '.join(header)}")
        entities = []
        for line, row in enumerate(reader, start=2):
            name = (row["drug"] or "").strip()
            if not name:
                raise InputError(f"{str(path)!r} line {line}: no drug name; fill the column `drug`")
            number = (row.get("gdsc_drug_id") or "").strip()
            if number and not number.isdigit():
                raise InputError(f"{str(path)!r} line {line}: gdsc_drug_id {number!r} is not a whole number")
            ids = [int(number)] if number else []
            entities.append(drug_entity(name, [(row["synonym"] or "").strip()], ids, (row.get("chembl") or "").strip()))
    return merge_drugs(entities)

"""Drug classes: which drugs are said to share a mechanism."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from knowledge.errors import InputError
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "knowledge/drug_moa.parquet"
# Classes that say nothing in common.
_EMPTY = frozenset({"other", "unclassified", "not classified"})


def shipped_classes(drugs: Mapping[str, str]) -> dict[str, str]:
    """Drug of the screen -> pathway class of its target, from the shipped drug facts; empty classes left out."""
    found = {}
    for known in load_drugs():
        name = drugs.get(name_key(known.name))
        if name is not None and known.pathway.lower() not in _EMPTY and "other" not in known.pathway.lower():
            found[name] = known.pathway
    return found


def hub_classes(reference: Path, drugs: Mapping[str, str]) -> dict[str, str]:
    """Drug of the screen -> mechanism of action in the Broad Drug Repurposing Hub (a finer classification).

    Raises
    ------
    InputError
        The file is absent.
    """
    import pandas as pd

    path = reference / FILE
    if not path.is_file():
        raise InputError(f"there is no {str(path)!r}")
    table = pd.read_parquet(path)
    rows = table[table["source"].str.startswith("Broad Drug Repurposing Hub") & table["gdsc_drug"].notna()]
    found: dict[str, str] = {}
    for row in rows[rows["moa"].notna()].itertuples():
        name = drugs.get(name_key(str(row.gdsc_drug)))
        if name is not None:
            found.setdefault(name, str(row.moa))
    return found


def read_classes(path: Path, drugs: Mapping[str, str]) -> dict[str, str]:
    """A user's table of classes: CSV or TSV with columns ``drug`` and ``class``.

    Raises
    ------
    InputError
        A column is missing.
    """
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        if missing := {"drug", "class"} - set(reader.fieldnames or []):
            raise InputError(f"{str(path)!r} has no column {', '.join(sorted(missing))}")
        rows = [(row["drug"], row["class"]) for row in reader]
    return {drugs[name_key(drug)]: label for drug, label in rows if label and name_key(drug) in drugs}

"""Cell lines: a table of names in spelling-proof form, and their mentions in text.

GDSC writes ``MOLT-4``, DepMap ``MOLT4``, papers either: case, hyphens and blanks do not matter. Where two lines differ
in nothing else (``KM-H2`` and ``KMH-2``) a spelling that is not exactly one of theirs stays ambiguous.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from knowledge.errors import InputError
from knowledge.ids.lexicon import Lexicon
from knowledge.ids.model import Entity, Mention, name_key
from knowledge.ids.names import NameTable

# Column of our own layout or of DepMap's model table -> what it is.
_COLUMNS = {
    "name": ("cell_line", "line", "CellLineName", "cell_line_name"),
    "synonym": ("synonym", "StrippedCellLineName"),
    "cosmic": ("cosmic_id", "COSMICID"),
    "depmap": ("model_id", "ModelID"),
    "sidm": ("sanger_model_id", "SangerModelID"),
    "cellosaurus": ("rrid", "RRID"),
}
_PREFIXES = ("cosmic", "depmap", "sidm", "cellosaurus")
# "K562 cells", "the lines A549 and HEL", "HEL xenografts": what shows that a doubtful name is meant as a line.
_AFTER = re.compile(r"^[\w\s,/()+-]{0,40}?\b(?:cells?|cell[ -]?lines?|lines?|xenografts?|spheroids?)\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:cell[ -]?lines?|lines|cells)\b[\w\s,:;/()-]{0,40}$", re.IGNORECASE)
_WINDOW = 60


def read_cell_names(path: Path) -> list[Entity]:
    """Read a table of cell lines, CSV or TSV.

    Our layout has a column ``cell_line`` and any of ``synonym``, ``cosmic_id``, ``model_id`` (DepMap),
    ``sanger_model_id``, ``rrid``; several rows of one line are joined. DepMap's ``Model.csv`` is read as it is.

    Raises
    ------
    InputError
        No column names the lines, or a row has no name; the message names the line of the file.
    """
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        header = reader.fieldnames or []
        where = {field: next((name for name in names if name in header), None) for field, names in _COLUMNS.items()}
        if where["name"] is None:
            raise InputError(f"{str(path)!r} has no column cell_line; it has: {', '.join(header)}")
        names: dict[str, dict[str, None]] = {}
        curies: dict[str, dict[str, None]] = {}
        for line, row in enumerate(reader, start=2):
            stated = {field: (row.get(column or "") or "").strip() for field, column in where.items()}
            name = stated["name"] or stated["synonym"]
            if not name:
                raise InputError(f"{str(path)!r} line {line}: no name of a cell line; fill the column {where['name']}")
            names.setdefault(name, {}).update({stated["synonym"]: None} if stated["synonym"] else {})
            ids = {f"{prefix}:{stated[prefix]}": None for prefix in _PREFIXES if stated[prefix]}
            curies.setdefault(name, {}).update(ids)
    return [cell_entity(name, others, curies[name]) for name, others in names.items()]


def cell_entity(name: str, synonyms: Iterable[str] = (), curies: Iterable[str] = ()) -> Entity:
    """A cell line; its CURIE is the first of `curies`, else ``cell:<key>``."""
    own = [*curies] or [f"cell:{name_key(name)}"]
    others = tuple(other for other in dict.fromkeys(synonyms) if other and other != name)
    return Entity(curie=own[0], kind="cell", name=name, synonyms=others, xrefs=tuple(own[1:]))


def merge_cells(entities: Iterable[Entity]) -> list[Entity]:
    """Join entries of one line from several tables: by a shared id, else by the same spelling.

    Two lines of one table that differ in punctuation alone stay two, because their ids differ.
    """
    merged: list[Entity] = []
    place: dict[str, int] = {}
    for entity in entities:
        ids = [curie for curie in (entity.curie, *entity.xrefs) if not curie.startswith("cell:")]
        at = next((place[key] for key in (*ids, entity.name) if key in place), None)
        if at is None:
            at = len(merged)
            merged.append(entity)
        else:
            known = merged[at]
            names = dict.fromkeys((*known.synonyms, entity.name, *entity.synonyms))
            names.pop(known.name, None)
            curies = dict.fromkeys((known.curie, *known.xrefs, *ids))
            merged[at] = cell_entity(known.name, names, curies)
        for key in (*ids, entity.name):
            place.setdefault(key, at)
    return merged


def cell_table(entities: Iterable[Entity]) -> NameTable:
    """Table of cell lines; ``H460`` finds ``NCI-H460`` where no other line is called so."""
    lines = merge_cells(entities)
    taken = {name_key(name) for line in lines for name in (line.name, *line.synonyms)}
    full = []
    for line in lines:
        key = name_key(line.name)
        other = line.name[3:].lstrip("-: ") if key.startswith("nci") else f"NCI-{line.name}"
        free = name_key(other) not in taken and len(name_key(other)) >= 3
        full.append(line.model_copy(update={"synonyms": (*line.synonyms, other)}) if free else line)
    return NameTable("cell", full)


class CellFinder:
    """Finds cell lines in text.

    A name with letters and digits and at least four of them (``A549``, ``MDA-MB-231``) is enough by itself. A shorter
    one (``PC-3``), one of letters alone (``HEL``), or one that is also the name of a gene or drug counts only where
    the text speaks of cells, lines or xenografts close by in the same sentence. Numbers alone (``697``) are never
    looked for.

    Parameters
    ----------
    table
        Cell lines, see `cell_table`.
    others
        Name keys of genes and drugs.
    """

    def __init__(self, table: NameTable, others: Collection[str] = ()) -> None:
        self._lexicon = Lexicon(table.entities.values())
        self._others = frozenset(others)

    def find(self, text: str) -> list[Mention]:
        """Mentions in `text`, ordered by start, not overlapping; ambiguous names carry all their lines."""
        return [mention for mention in self._lexicon.find(text) if self._sure(mention, text)]

    def _sure(self, mention: Mention, text: str) -> bool:
        key = name_key(mention.surface)
        mixed = any(char.isdigit() for char in key) and any(char.isalpha() for char in key)
        if mixed and len(key) >= 4 and key not in self._others:
            return True
        after = re.split(r"[.;:?!]\s", text[mention.end : mention.end + _WINDOW], maxsplit=1)[0]
        before = re.split(r"[.;?!]\s", text[max(0, mention.start - _WINDOW) : mention.start])[-1]
        return bool(_AFTER.search(after) or _BEFORE.search(before))

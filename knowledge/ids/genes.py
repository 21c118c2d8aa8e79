"""Genes: the HGNC table where it was fetched, the hand-written cancer gene names beside it or instead of it."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import InputError
from knowledge.ids.aliases import gene_aliases
from knowledge.ids.model import Entity, name_key
from knowledge.ids.names import NameTable

_COLUMNS = {
    "hgnc_id": ("HGNC ID", "hgnc_id"),
    "symbol": ("Approved symbol", "symbol"),
    "aliases": ("Alias symbols", "Synonyms", "alias_symbol", "aliases"),
    "previous": ("Previous symbols", "prev_symbol", "previous"),
    "name": ("Approved name", "name"),
    "status": ("Status", "status"),
    "locus": ("Locus type", "locus_type"),
}


@dataclass(frozen=True)
class GeneRow:
    """One approved gene of an HGNC table; `locus` is HGNC's locus type, `name` the approved full name."""

    hgnc_id: str
    symbol: str
    aliases: tuple[str, ...]
    previous: tuple[str, ...]
    locus: str = "gene with protein product"
    name: str = ""


def read_hgnc(path: Path) -> list[GeneRow]:
    """Read an HGNC table (tab-separated, as HGNC's custom downloads or its complete set give it).

    Withdrawn entries are left out.

    Raises
    ------
    InputError
        A needed column is missing, or the file is no such table.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        header = reader.fieldnames or []
        where = {field: next((name for name in names if name in header), None) for field, names in _COLUMNS.items()}
        missing = [field for field in ("hgnc_id", "symbol", "aliases", "previous") if where[field] is None]
        if missing:
            raise InputError(
                f"{str(path)!r} is no HGNC table: no column for {', '.join(missing)}; it has: {', '.join(header[:9])}"
            )

        def split(row: Mapping[str, str | None], field: str) -> tuple[str, ...]:
            text = (row.get(where[field] or "") or "").replace("|", ",").replace('"', "")
            return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))

        def plain_name(row: Mapping[str, str | None]) -> str:
            # "acetylcholinesterase (Yt blood group)" is written without its bracket in papers.
            return re.sub(r"\s*\([^)]*\)", "", row.get(where["name"] or "") or "").strip()

        rows = []
        for row in reader:
            status = (row.get(where["status"] or "") or "Approved").lower()
            symbol = (row.get(where["symbol"] or "") or "").strip()
            if symbol and status == "approved" and "~withdrawn" not in symbol:
                number = (row.get(where["hgnc_id"] or "") or "").removeprefix("HGNC:").strip()
                locus = (row.get(where["locus"] or "") or "gene with protein product").strip()
                names = split(row, "aliases"), split(row, "previous")
                rows.append(GeneRow(f"hgnc:{number}", symbol, *names, locus, plain_name(row)))
    if not rows:
        raise InputError(f"{str(path)!r} holds no approved gene")
    return rows


def gene_table(rows: Iterable[GeneRow] = (), symbols: Iterable[str] = ()) -> NameTable:
    """Table of genes.

    Parameters
    ----------
    rows
        HGNC genes; empty when no table was fetched.
    symbols
        Symbols known from elsewhere (starter cards, documents); added where HGNC does not have them, with a
        ``gene:`` CURIE because no registry id is known for them here.
    """
    curated = gene_aliases()
    official = {row.symbol: row for row in rows}
    previous: dict[str, set[str]] = defaultdict(set)
    entities = []
    for symbol in [*official, *sorted({*curated, *symbols} - official.keys())]:
        row = official.get(symbol, GeneRow(f"gene:{symbol}", symbol, (), ()))
        aliases, former = curated.get(symbol, ((), ()))
        for name in (*row.previous, *former):
            previous[name].add(symbol)
        full = (row.name,) if len(row.name) >= 8 else ()
        names = dict.fromkeys((*row.aliases, *row.previous, *full, *aliases, *former))
        names.pop(symbol, None)
        entities.append(Entity(curie=row.hgnc_id, kind="gene", name=symbol, synonyms=tuple(names)))
    claims: dict[str, set[str]] = defaultdict(set)
    for symbol, (aliases, former) in curated.items():
        for name in (*aliases, *former):
            claims[name_key(name)].add(symbol)
    usual = {key: next(iter(owners)) for key, owners in claims.items() if len(owners) == 1}
    return NameTable("gene", entities, previous, usual)


def text_entities(table: NameTable, silent: Iterable[str] = ()) -> list[Entity]:
    """The genes of `table` with the names by which they are looked for in text.

    A name that cancer papers use for one gene is taken away from the others that HGNC also lists it for (``p27`` is
    CDKN1B, not DCTN6); an approved symbol always belongs to its own gene. Names of several genes with no custom stay
    with all of them, and their mentions are ambiguous. Of the names that only HGNC lists, those that are more often
    something else are left out: a letter with a digit (``E2``, ``T3``) and up to four letters without a digit (``CML``,
    ``EMT``).

    Parameters
    ----------
    silent
        Symbols that are not looked for (loci that make no protein: their names are mostly clone numbers).
    """
    curated = gene_aliases()
    claims: dict[str, set[str]] = defaultdict(set)
    for symbol, (aliases, former) in curated.items():
        for name in (*aliases, *former):
            claims[name_key(name)].add(symbol)
    symbols = {name_key(name): name for name in table.entities}
    unheard = set(silent)
    result = []
    for entity in table.entities.values():
        if entity.name in unheard:
            continue
        kept = []
        for name in entity.synonyms:
            key = name_key(name)
            if key in claims:
                if entity.name not in claims[key]:
                    continue
            elif len(key) < 3 or (key.isalpha() and len(key) < 5):
                continue
            if symbols.get(key, entity.name) != entity.name:
                continue
            kept.append(name)
        result.append(entity.model_copy(update={"synonyms": tuple(kept)}))
    return result


def silent_loci(rows: Iterable[GeneRow]) -> set[str]:
    """Symbols of genes that are neither protein-coding nor microRNA."""
    return {row.symbol for row in rows if row.locus not in ("gene with protein product", "RNA, micro")}

"""Gene sets: GMT files and Enrichr libraries, as plain mappings."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import InputError
from knowledge.sources.http import MAX_BYTES, Fetcher

ENRICHR = "https://maayanlab.cloud/Enrichr"


def parse_gmt(text: str, where: str) -> dict[str, tuple[str, ...]]:
    """Sets of a GMT text: tab-separated name, description, genes.

    Enrichr writes weights behind a comma (``TP53,1.0``); they are cut off. Genes are upper case as given, each once.

    Raises
    ------
    InputError
        A line has no gene, or a name comes twice; the message names the line.
    """
    sets: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        genes = tuple(dict.fromkeys(cell.split(",")[0].strip() for cell in cells[2:] if cell.strip()))
        if len(cells) < 3 or not genes:
            raise InputError(f"{where} line {number}: not a gene set (name, description, genes, separated by tabs)")
        name = cells[0].strip()
        if name in sets:
            raise InputError(f"{where} line {number}: the set {name!r} comes twice")
        sets[name] = genes
    if not sets:
        raise InputError(f"{where} holds no gene set")
    return sets


def read_gmt(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a GMT file, plain or gzip.

    Raises
    ------
    InputError
        It is missing, too large or no GMT file.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    if len(raw) > MAX_BYTES:
        raise InputError(f"{str(path)!r} unpacks to more than {MAX_BYTES // 2**20} MiB")
    try:
        return parse_gmt(raw.decode("utf-8-sig"), repr(str(path)))
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 text: {error}") from error


@dataclass(frozen=True)
class Enrichr:
    """Enrichr's gene set libraries.

    Attributes
    ----------
    fetcher
        How it is asked.
    base
        Address of the service or of a mirror.
    """

    fetcher: Fetcher
    base: str = ENRICHR

    def library(self, name: str) -> dict[str, tuple[str, ...]]:
        """The sets of one library, for example ``WikiPathways_2024_Human``."""
        if not name.strip():
            raise InputError("the library name is empty")
        text = self.fetcher.text(f"{self.base}/geneSetLibrary", {"mode": "text", "libraryName": name})
        return parse_gmt(text, f"Enrichr library {name!r}")

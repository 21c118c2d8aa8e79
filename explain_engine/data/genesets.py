"""Fetch the MSigDB Hallmark gene sets out of the package that carries them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from explain_engine.data.archives import sha256_of, zip_member
from explain_engine.data.gmt import load_gmt
from explain_engine.data.manifest import (
    Manifest,
    SourceFile,
    TableEntry,
    is_whole,
    load_manifest,
    made_by,
    save_manifest,
    verified,
    write_atomically,
)
from explain_engine.data.pip_source import PEGASUSPY, PinnedPackage, Progress, obtain
from explain_engine.errors import DataUnavailableError

GENESET_FOLDER = "genesets"
HALLMARK_FILE = "hallmark.v7.5.1.gmt"
FETCH_COMMAND = "oncobrief data fetch genesets"
GENESET_TERMS = (
    "MSigDB Hallmark gene sets v7.5.1: Creative Commons Attribution 4.0 International (CC BY 4.0), copyright Broad "
    "Institute, Inc., Massachusetts Institute of Technology, and Regents of the University of California; taken "
    "unchanged.",
    "Cite Liberzon et al. 2015 (doi:10.1016/j.cels.2015.12.004). The package's other collections are not taken: some "
    "of them (KEGG, BioCarta) have terms of their own.",
)
_MEMBER = "pegasus/data_files/h.all.v7.5.1.symbols.gmt"


def fetch_genesets(
    folder: Path,
    *,
    progress: Progress | None = None,
    archives: Path | None = None,
    package: PinnedPackage = PEGASUSPY,
) -> Manifest:
    """Put the Hallmark sets (50 sets, human gene symbols) into ``folder/genesets``; what is whole is kept.

    Parameters and errors as `explain_engine.data.fetch.fetch_gdsc`.
    """
    target = folder / GENESET_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    try:
        found = load_manifest(target)
    except DataUnavailableError:
        found = None
    if found is not None and is_whole(target, found.entry(HALLMARK_FILE)):
        if progress is not None:
            progress(f"{target / HALLMARK_FILE} is whole; nothing to fetch")
        return found
    with tempfile.TemporaryDirectory(prefix="oncobrief-fetch-") as scratch:
        tell = progress if progress is not None else _silent
        wheel = obtain(package, Path(scratch), archives=archives, progress=tell)
        content = zip_member(wheel, _MEMBER, max_bytes=8 << 20)
    path = target / HALLMARK_FILE
    write_atomically(path, lambda temporary: temporary.write_bytes(content))
    sets = load_gmt(path)
    entry = TableEntry(
        file=HALLMARK_FILE,
        sha256=sha256_of(path),
        rows=len(sets),
        columns=0,
        units="gene symbols as of MSigDB v7.5.1",
        sources=(SourceFile(name=package.label, sha256=package.sha256, licence=package.licence),),
    )
    manifest = Manifest(carrier="packages", made_by=made_by(), tables=(entry,), terms=GENESET_TERMS)
    save_manifest(target, manifest)
    return manifest


def open_genesets(folder: Path) -> dict[str, tuple[str, ...]]:
    """Fetched Hallmark sets: name -> genes.

    Raises
    ------
    DataUnavailableError
        Nothing fetched, or the file is damaged.
    """
    path, _ = verified(folder / GENESET_FOLDER, HALLMARK_FILE, command=FETCH_COMMAND)
    return load_gmt(path)


def _silent(_message: str) -> None:
    return None

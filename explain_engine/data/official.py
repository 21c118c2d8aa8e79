"""The official downloads as the other carrier: same folder, same tables, same checks as the package carrier.

None of these addresses was called while this was written; they and the column names were taken from public code and
notes of 2025-2026 that use them. The GDSC expression address is reported gone (HTTP 410) and the DepMap portal asks
for a browser, so every file may also be given as one that was downloaded by hand.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.data.archives import sha256_of
from explain_engine.data.download import download_file
from explain_engine.data.fetch import GDSC_FOLDER, GDSC_TERMS, RESPONSE_UNITS
from explain_engine.data.gdsc import SCREENS, UNKNOWN_TISSUE
from explain_engine.data.manifest import Manifest, SourceFile, made_by, save_manifest, write_table
from explain_engine.data.official_tables import (
    lines_of_models,
    read_depmap_expression,
    read_models,
    read_official_response,
    read_rma,
)
from explain_engine.data.pip_source import Progress
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

OFFICIAL_ADDRESSES: Mapping[str, str] = {
    "gdsc2": "https://cog.sanger.ac.uk/cancerrxgene/GDSC_release8.5/GDSC2_fitted_dose_response_27Oct23.csv",
    "gdsc1": "https://cog.sanger.ac.uk/cancerrxgene/GDSC_release8.5/GDSC1_fitted_dose_response_27Oct23.csv",
    "expression": "https://www.cancerrxgene.org/gdsc1000/GDSC1000_WebResources/Data/preprocessed/"
    "Cell_line_RMA_proc_basalExp.txt.zip",
}
OFFICIAL_TERMS = (
    *GDSC_TERMS[:2],
    "DepMap expression and models, where used: Broad Institute, terms at https://depmap.org/portal (recent releases "
    "CC BY 4.0; read the release's own). Cite Ghandi et al. 2019 (doi:10.1038/s41586-019-1186-3) and the release.",
)
_MAX_BYTES = 2 << 30


def fetch_official(
    folder: Path,
    *,
    sources: Mapping[str, str] | None = None,
    hashes: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Make the tables of ``folder/gdsc`` from the official files.

    Parameters
    ----------
    folder
        The workspace's data folder.
    sources
        Address or path by name, over `OFFICIAL_ADDRESSES`: ``gdsc2``, ``gdsc1`` (fitted dose response, csv or xlsx),
        ``expression`` (GDSC1000 RMA, or DepMap's log2(TPM + 1) csv) and ``models`` (DepMap's Model.csv: needed for
        DepMap expression, and for tissue labels; without it every tissue is ``unknown``).
    hashes
        Expected SHA-256 by name, where known; a file of another content is refused.
    progress
        Told each step; silent if None.

    Returns
    -------
    Manifest
        Carrier ``official``; saved when all tables are written, so that an interrupted run counts as damaged.

    Raises
    ------
    DataUnavailableError
        A download failed or a hash differs.
    InputError
        An unknown name, or a file of another layout.
    """
    tell = progress if progress is not None else _silent
    wanted = {**OFFICIAL_ADDRESSES, **(sources or {})}
    unknown = set(wanted) - {*OFFICIAL_ADDRESSES, "models"}
    if unknown:
        raise InputError(f"unknown official files {sorted(unknown)}; use gdsc2, gdsc1, expression, models")
    target = folder / GDSC_FOLDER
    with tempfile.TemporaryDirectory(prefix="oncobrief-official-") as scratch_name:
        scratch = Path(scratch_name)
        files = {
            name: _file(name, place, scratch, (hashes or {}).get(name), tell) for name, place in sorted(wanted.items())
        }
        made_from = {
            name: SourceFile(name=_label(wanted[name]), sha256=sha256_of(path), licence="see terms")
            for name, path in files.items()
        }
        tell("reading the response tables")
        responses: dict[str, pd.DataFrame] = {
            screen: read_official_response(files[screen.lower()]) for screen in SCREENS
        }
        tell("reading expression")
        expression, units, notes, tissue = _expression(files, responses)
        lines = _lines(responses, expression, tissue)
        manifest = Manifest(carrier="official", made_by=made_by(), terms=OFFICIAL_TERMS)
        every = tuple(made_from.values())
        for screen, table in responses.items():
            entry = write_table(
                target, f"response_{screen.lower()}.parquet", table, units=RESPONSE_UNITS,
                sources=(made_from[screen.lower()],),
                notes=("a name screened under two GDSC drug ids is kept as repeat 1 and 2; never averaged",),
            )  # fmt: skip
            manifest = manifest.with_entry(entry)
        entry = write_table(target, "expression.parquet", expression, units=units, sources=every, notes=notes)
        manifest = manifest.with_entry(entry)
        entry = write_table(target, "lines.parquet", lines, units="tissue: OncotreeLineage of DepMap", sources=every)
        manifest = manifest.with_entry(entry)
        save_manifest(target, manifest)
    tell(f"4 tables in {target}: {len(expression)} lines with expression of {expression.shape[1]} genes")
    return manifest


def _file(name: str, place: str, scratch: Path, sha256: str | None, tell: Progress) -> Path:
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", place):
        file = scratch / name / (place.rsplit("/", 1)[-1] or name)
        return download_file(place, file, progress=tell, max_bytes=_MAX_BYTES, sha256=sha256)
    path = Path(place)
    if not path.is_file():
        raise InputError(f"{name}: {place} is neither an address nor a file; check it")
    if sha256 is not None and sha256_of(path) != sha256:
        raise InputError(f"{name}: {path.name} does not have the hash given; download it again")
    return path


def _label(place: str) -> str:
    return place if "://" in place else Path(place).name


def _expression(
    files: Mapping[str, Path], responses: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame, str, tuple[str, ...], dict[str, str]]:
    import pandas as pd

    both = pd.concat([table[["line", "cosmic_id", "sanger_id"]] for table in responses.values()])
    tissue: dict[str, str] = {}
    lines: dict[str, str] = {}
    if "models" in files:
        models = read_models(files["models"])
        lines = lines_of_models(models, both)
        tissue = {line: str(models.loc[model, "tissue"]) for model, line in lines.items()}
    path = files["expression"]
    if path.suffix in (".zip", ".txt"):
        screened = both.dropna(subset=["cosmic_id"]).drop_duplicates("cosmic_id")
        by_cosmic = {int(key): line for key, line in zip(screened["cosmic_id"], screened["line"], strict=True)}
        table, notes = read_rma(path, by_cosmic)
        return table, "log2 RMA (Affymetrix U219)", notes, tissue
    if not lines:
        raise InputError("DepMap expression needs DepMap's Model.csv; give it as the official file 'models'")
    table, notes = read_depmap_expression(path, lines)
    return table, "log2(TPM + 1)", notes, tissue


def _lines(responses: Mapping[str, pd.DataFrame], expression: pd.DataFrame, tissue: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    both = pd.concat(list(responses.values())).drop_duplicates("line").set_index("line")["cosmic_id"]
    everyone = sorted(set(both.index) | set(expression.index))
    lines = pd.DataFrame({"cosmic_id": both.reindex(everyone)}, index=pd.Index(everyone, name="line"))
    lines["tissue"] = [tissue.get(line, UNKNOWN_TISSUE) for line in everyone]
    lines["in_expression"] = lines.index.isin(expression.index)
    for screen, table in responses.items():
        lines[f"in_{screen.lower()}"] = lines.index.isin(set(table["line"]))
    return lines


def _silent(_message: str) -> None:
    return None

"""What a data folder holds, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FILES, GDSC_FOLDER
from explain_engine.data.genesets import FETCH_COMMAND as GENESET_COMMAND
from explain_engine.data.genesets import GENESET_FOLDER, HALLMARK_FILE
from explain_engine.data.manifest import Manifest, is_whole, load_manifest
from explain_engine.errors import DataUnavailableError
from explain_engine.record import Record

State = Literal["whole", "damaged", "missing"]


class FileState(Record):
    """One file that a complete folder has.

    Attributes
    ----------
    collection, file
        ``gdsc`` or ``genesets``, and the name.
    state
        ``whole`` (content is what the manifest lists), ``damaged`` or ``missing``.
    rows, columns, units, sources, notes
        As in the manifest; empty where it is missing.
    sha256
        Hash that the manifest lists.
    """

    collection: str
    file: str
    state: State
    rows: int = 0
    columns: int = 0
    units: str = ""
    sources: tuple[str, ...] = ()
    sha256: str = ""
    notes: tuple[str, ...] = ()


class DataInfo(Record):
    """State of a data folder.

    Attributes
    ----------
    folder
        The folder looked at.
    carriers
        Collection -> where its data came from.
    files
        All files a complete folder has.
    terms
        Terms of use and what to cite, of what is there.
    next_steps
        What to type to complete the folder; empty if complete.
    """

    folder: str
    carriers: dict[str, str]
    files: tuple[FileState, ...]
    terms: tuple[str, ...]
    next_steps: tuple[str, ...]


def data_info(folder: Path) -> DataInfo:
    """Look at the data folder; every listed file is hashed.

    Parameters
    ----------
    folder
        The workspace's data folder; it may be absent.
    """
    wanted = ((GDSC_FOLDER, GDSC_FILES, FETCH_COMMAND), (GENESET_FOLDER, (HALLMARK_FILE,), GENESET_COMMAND))
    files: list[FileState] = []
    carriers: dict[str, str] = {}
    terms: list[str] = []
    steps: list[str] = []
    for collection, names, command in wanted:
        try:
            manifest = load_manifest(folder / collection)
        except DataUnavailableError:
            manifest = None
        if manifest is not None:
            carriers[collection] = manifest.carrier
            terms.extend(manifest.terms)
        states = [_state(folder / collection, collection, name, manifest) for name in names]
        files.extend(states)
        if any(state.state != "whole" for state in states):
            steps.append(command)
    return DataInfo(
        folder=str(folder), carriers=carriers, files=tuple(files), terms=tuple(terms), next_steps=tuple(steps)
    )


def _state(folder: Path, collection: str, file: str, manifest: Manifest | None) -> FileState:
    entry = manifest.entry(file) if manifest is not None else None
    if entry is None or not (folder / file).is_file():
        return FileState(collection=collection, file=file, state="missing")
    return FileState(
        collection=collection,
        file=file,
        state="whole" if is_whole(folder, entry) else "damaged",
        rows=entry.rows,
        columns=entry.columns,
        units=entry.units,
        sources=tuple(source.name for source in entry.sources),
        sha256=entry.sha256,
        notes=entry.notes,
    )

"""What a data folder holds: one record a table, kept beside the tables; atomic writes; damage seen by hash."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from explain_engine.data.archives import sha256_of
from explain_engine.errors import DataUnavailableError
from explain_engine.record import Record

if TYPE_CHECKING:
    import pandas as pd

MANIFEST_NAME = "manifest.json"


class SourceFile(Record):
    """A file the tables were made from.

    Attributes
    ----------
    name
        Package and version, or the address.
    sha256
        Hash of the file as downloaded.
    licence
        Licence stated by the carrier; the data's own terms are in `Manifest.terms`.
    """

    name: str
    sha256: str
    licence: str


class TableEntry(Record):
    """One file of the folder.

    Attributes
    ----------
    file
        Name inside the folder.
    sha256
        Hash of the file as written.
    rows, columns
        Shape of the table (gene sets: sets and 0).
    units
        What the numbers are.
    sources
        The files it was made from.
    notes
        What a user must know of the conversion.
    """

    file: str
    sha256: str
    rows: int
    columns: int
    units: str
    sources: tuple[SourceFile, ...]
    notes: tuple[str, ...] = ()


class Manifest(Record):
    """Content of a data folder.

    Attributes
    ----------
    schema_version
        Version of this layout.
    carrier
        Where the data came from (``packages``, ``official``).
    made_by
        ``oncobrief <version>``.
    tables
        One entry a file, by name.
    terms
        Terms of use of the data and what to cite, to be shown to the user.
    """

    schema_version: int = 1
    carrier: str
    made_by: str
    tables: tuple[TableEntry, ...] = ()
    terms: tuple[str, ...] = ()

    def entry(self, file: str) -> TableEntry | None:
        """Entry of a file, None where it is not listed."""
        return next((table for table in self.tables if table.file == file), None)

    def with_entry(self, entry: TableEntry) -> Manifest:
        """Copy with one entry added or replaced."""
        others = tuple(table for table in self.tables if table.file != entry.file)
        return self.model_copy(update={"tables": tuple(sorted((*others, entry), key=lambda table: table.file))})


def made_by() -> str:
    """``oncobrief <version>`` of the running installation."""
    try:
        return f"oncobrief {version('oncobrief')}"
    except PackageNotFoundError:
        return "oncobrief (not installed)"


def load_manifest(folder: Path) -> Manifest | None:
    """Manifest of a folder; None where there is none.

    Raises
    ------
    DataUnavailableError
        The manifest is damaged or of another layout.
    """
    path = folder / MANIFEST_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"{path} cannot be read: {error}; fetch the data again") from error
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise DataUnavailableError(f"{path} is damaged ({error.error_count()} faults); fetch the data again") from error
    if manifest.schema_version != 1:
        raise DataUnavailableError(f"{path} has layout {manifest.schema_version}, this version reads 1; fetch again")
    return manifest


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest atomically."""
    text = manifest.model_dump_json(indent=1) + "\n"
    write_atomically(folder / MANIFEST_NAME, lambda path: path.write_text(text, encoding="utf-8"))


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file of the same folder, then rename it; a half file is never seen under `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files private to the user; a data table gets the permissions an ordinary new file would have.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_table(
    folder: Path,
    file: str,
    table: pd.DataFrame,
    *,
    units: str,
    sources: tuple[SourceFile, ...],
    notes: tuple[str, ...] = (),
) -> TableEntry:
    """Write a parquet table atomically and return its entry."""
    path = folder / file
    write_atomically(path, lambda target: table.to_parquet(target, compression="zstd"))
    rows, columns = table.shape
    return TableEntry(
        file=file, sha256=sha256_of(path), rows=rows, columns=columns, units=units, sources=sources, notes=notes
    )


def is_whole(folder: Path, entry: TableEntry | None) -> bool:
    """True where the listed file is there and has the listed hash."""
    return entry is not None and (folder / entry.file).is_file() and sha256_of(folder / entry.file) == entry.sha256


def verified(folder: Path, file: str, *, command: str) -> tuple[Path, TableEntry]:
    """Path and entry of a listed, undamaged file.

    Parameters
    ----------
    folder, file
        Data folder and the file's name.
    command
        What the user types to get it, for the message.

    Raises
    ------
    DataUnavailableError
        Nothing was fetched, the file is missing, or its content is not what the manifest lists.
    """
    manifest = load_manifest(folder)
    if manifest is None:
        raise DataUnavailableError(f"no data in {folder}; run `{command}` first")
    entry = manifest.entry(file)
    if entry is None or not (folder / file).is_file():
        raise DataUnavailableError(f"{folder / file} is missing; run `{command}` to complete the folder")
    if not is_whole(folder, entry):
        raise DataUnavailableError(
            f"{folder / file} is damaged: its content is not what the manifest lists; run `{command}` to rebuild it"
        )
    return folder / file, entry

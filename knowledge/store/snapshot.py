"""The snapshot: plain files whose digest names the state of the knowledge base.

Everything else (vectors, keyword index, Chroma) is derived from these files and can be thrown away.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from knowledge.documents import Document, Passage, Record
from knowledge.errors import InputError, StoreError
from knowledge.files import new_folder, sha256_of, write_text
from knowledge.mechanisms.model import KnownMechanism
from knowledge.passages import CUTTER

SCHEMA = 1
_FILES = ("documents.jsonl", "passages.jsonl", "mechanisms.jsonl")
_CURRENT = "current"
_Row = TypeVar("_Row", bound=Record)


class FileEntry(Record):
    """Digest and size of one file of a snapshot."""

    sha256: str
    rows: int
    bytes: int


class Manifest(Record):
    """What a snapshot holds; `snapshot` is computed from `files`, `cutter` and `schema_version` alone.

    Attributes
    ----------
    parent
        Snapshot this one was made from, None for the first.
    created
        Time of writing, UTC, ISO 8601; not part of the id.
    """

    schema_version: int
    snapshot: str
    cutter: str
    files: dict[str, FileEntry]
    parent: str | None
    created: str


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in memory; passages are in the order of their documents, documents sorted by id."""

    manifest: Manifest
    folder: Path
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    mechanisms: tuple[KnownMechanism, ...]

    @property
    def id(self) -> str:
        """Content digest, 16 hex digits; printed on every output."""
        return self.manifest.snapshot


def _identity(files: dict[str, FileEntry], cutter: str, schema_version: int) -> str:
    text = json.dumps([schema_version, cutter, [[name, files[name].sha256] for name in sorted(files)]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _lines(records: Iterable[Record]) -> str:
    return "".join(record.model_dump_json() + "\n" for record in records)


def write_snapshot(
    folder: Path,
    documents: Iterable[Document],
    passages: Iterable[Passage],
    mechanisms: Iterable[KnownMechanism],
    parent: str | None = None,
) -> Snapshot:
    """Write a snapshot under `folder` and return it; content that is already there is left as it is.

    The folder appears under its digest in one rename. Input order does not matter.
    """
    docs = tuple(sorted(documents, key=lambda document: document.id))
    order = {document.id: position for position, document in enumerate(docs)}
    cuts = tuple(sorted(passages, key=lambda passage: (order[passage.document_id], passage.start, passage.end)))
    facts = tuple(sorted(mechanisms, key=lambda mechanism: mechanism.id))
    texts = dict(zip(_FILES, (_lines(docs), _lines(cuts), _lines(facts)), strict=True))
    files = {}
    for (name, text), rows in zip(texts.items(), (len(docs), len(cuts), len(facts)), strict=True):
        raw = text.encode()
        files[name] = FileEntry(sha256=hashlib.sha256(raw).hexdigest(), rows=rows, bytes=len(raw))
    manifest = Manifest(
        schema_version=SCHEMA,
        snapshot=_identity(files, CUTTER, SCHEMA),
        cutter=CUTTER,
        files=files,
        parent=parent,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    target = folder / manifest.snapshot
    if not (target / "manifest.json").exists() or damage(folder, manifest.snapshot):
        with new_folder(target) as temporary:
            for name, text in texts.items():
                write_text(temporary / name, text)
            write_text(temporary / "manifest.json", manifest.model_dump_json(indent=1) + "\n")
    return Snapshot(read_manifest(folder, manifest.snapshot), target, docs, cuts, facts)


def read_manifest(folder: Path, snapshot_id: str) -> Manifest:
    """Read the manifest of one snapshot.

    Raises
    ------
    InputError
        There is no such snapshot; the message lists those there are.
    StoreError
        The manifest is damaged or of a newer schema.
    """
    path = folder / snapshot_id / "manifest.json"
    if not path.exists():
        raise InputError(
            f"no snapshot {snapshot_id!r} in {str(folder)!r}; there are: {', '.join(list_snapshots(folder)) or 'none'}"
        )
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise StoreError(f"{str(path)!r} is damaged: {error.errors()[0]['msg']}; ingest the sources again") from error
    if manifest.schema_version > SCHEMA:
        raise StoreError(
            f"snapshot {snapshot_id!r} has schema {manifest.schema_version}, this version reads up to {SCHEMA}; upgrade"
        )
    return manifest


def damage(folder: Path, snapshot_id: str) -> list[str]:
    """What is wrong with the files of a snapshot, in words; empty when every digest fits."""
    try:
        manifest = read_manifest(folder, snapshot_id)
    except StoreError as error:
        return [str(error)]
    problems = []
    for name, entry in manifest.files.items():
        path = folder / snapshot_id / name
        if not path.exists():
            problems.append(f"{name} is missing")
        elif (found := sha256_of(path)) != entry.sha256:
            problems.append(f"{name} has sha256 {found[:12]}, the manifest says {entry.sha256[:12]}")
    if _identity(manifest.files, manifest.cutter, manifest.schema_version) != snapshot_id:
        problems.append("the manifest's digests do not give the snapshot's id")
    return problems


def _read_lines(path: Path, model: type[_Row]) -> tuple[_Row, ...]:
    rows = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                rows.append(model.model_validate_json(line))
            except ValidationError as error:
                raise StoreError(f"{str(path)!r} line {number}: {error.errors()[0]['msg']}") from error
    return tuple(rows)


def read_snapshot(folder: Path, snapshot_id: str | None = None) -> Snapshot:
    """Read a snapshot, by default the current one, checking each file against its digest.

    Raises
    ------
    InputError
        There is none, or not this one.
    StoreError
        A file differs from its digest: the snapshot cannot be trusted and must be made again from its sources.
    """
    name = snapshot_id or current_id(folder)
    if name is None:
        raise InputError(f"no knowledge base in {str(folder)!r}; make one with: oncobrief knowledge build")
    manifest = read_manifest(folder, name)
    problems = damage(folder, name)
    if problems:
        others = ", ".join(other for other in list_snapshots(folder) if other != name and not damage(folder, other))
        raise StoreError(
            f"snapshot {name} is damaged: {'; '.join(problems)}. Build and ingest again"
            + (f", or use an older whole snapshot: {others}" if others else "")
        )
    base = folder / name
    documents = _read_lines(base / _FILES[0], Document)
    passages = _read_lines(base / _FILES[1], Passage)
    mechanisms = _read_lines(base / _FILES[2], KnownMechanism)
    return Snapshot(manifest, base, documents, passages, mechanisms)


def list_snapshots(folder: Path) -> list[str]:
    """Ids of the snapshots under `folder`, oldest first."""
    if not folder.is_dir():
        return []
    # Hidden folders are being written by another process and may be gone the next moment.
    found = [path for path in folder.glob("*/manifest.json") if not path.parent.name.startswith(".")]
    return [path.parent.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def current_id(folder: Path) -> str | None:
    """Id of the current snapshot, None when there is none yet.

    Raises
    ------
    StoreError
        The file that names it is damaged. It is never taken for an empty knowledge base: the next ingest would start
        from nothing.
    """
    pointer = folder / _CURRENT
    if not pointer.exists():
        return None
    name = pointer.read_bytes()[:100].decode("ascii", "replace").strip()
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        known = ", ".join(list_snapshots(folder)) or "none"
        raise StoreError(
            f"{str(pointer)!r} is damaged; write the id of the snapshot to use into it (newest last: {known}), "
            "or delete it to begin again"
        )
    return name


def set_current(folder: Path, snapshot_id: str) -> None:
    """Make `snapshot_id` the one that is opened by default."""
    write_text(folder / _CURRENT, snapshot_id + "\n")


def resolve_id(folder: Path, name: str) -> str:
    """Full id of a snapshot given by ``current``, ``parent`` or an unambiguous prefix of at least 4 digits."""
    if name in ("current", "parent"):
        here = current_id(folder)
        found = here if here is None or name == "current" else read_manifest(folder, here).parent
        if found is None:
            raise InputError(f"there is no {name} snapshot in {str(folder)!r}")
        return found
    matches: Sequence[str] = [other for other in list_snapshots(folder) if len(name) >= 4 and other.startswith(name)]
    if len(matches) != 1:
        listed = ", ".join(list_snapshots(folder)) or "none"
        raise InputError(f"{name!r} names {len(matches)} snapshots of {str(folder)!r}; there are: {listed}")
    return matches[0]

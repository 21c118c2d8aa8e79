"""Back-up of a workspace into one file, and its restoration into an empty one."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import InputError, WorkspaceError
from agent.ops.archive import ArchiveFile, ArchiveManifest, HashingReader, add_file, add_manifest, read_manifest
from agent.records import Record, current_versions, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.workspace import Workspace

    Report = Callable[[str], None]

# Made again from the plain files at the next opening.
_DERIVED = ("index", "vectors", "cache")
# Copies of inputs that a recorded command works on.
_PASSING = ("recordings",)
_SQLITE = (".sqlite", ".sqlite3", ".db")
_SLACK_BYTES = 64 << 20


class BackupReport(Record):
    """What was written or restored.

    Attributes
    ----------
    file, workspace
        Paths.
    sha256
        Digest of the list of files: the same for back-ups of the same content made at the same time; give it to
        ``restore --sha256`` to be sure of the file.
    files, bytes
        Counted over the workspace's files.
    left_out
        What was not taken, and how it comes back.
    """

    file: str
    workspace: str
    sha256: str
    files: int
    bytes: int
    left_out: tuple[str, ...]


def write_backup(workspace: Workspace, file: Path, *, data: bool = True) -> BackupReport:
    """Write everything that cannot be made again into one tar file; others may go on working meanwhile.

    Databases come first, through SQLite's own back-up, so that everything they name is in the folders read after them.

    Parameters
    ----------
    file
        ``.tar`` or ``.tar.gz``; appears only when whole, and nothing is written over.
    data
        Also the screen's tables (``data fetch`` brings them back otherwise).

    Raises
    ------
    InputError
        If there is no workspace, or the file exists or cannot be written.
    """
    root = workspace.root
    if not root.is_dir():
        raise InputError(f"no workspace in {str(root)!r}; nothing to back up")
    if file.exists():
        raise InputError(f"{str(file)!r} exists; give another name, a back-up is never written over")
    left_out = ["search indexes and vectors: built again when the knowledge base is opened"]
    if not data:
        left_out.append("the screen's tables: oncobrief data fetch")
    mode = "w:gz" if file.name.endswith((".gz", ".tgz")) else "w:"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=file.parent) as scratch:
            whole = Path(scratch) / "backup"
            with tarfile.open(whole, mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
                files = dict(_add_databases(archive, root, Path(scratch)))
                files |= dict(_add_folders(archive, root, data))
                manifest = ArchiveManifest(
                    made_by=f"oncobrief {current_versions().get('oncobrief', 'unknown')}",
                    created=utc_now(),
                    versions=current_versions(),
                    files=files,
                    left_out=tuple(left_out),
                )
                digest = add_manifest(archive, manifest)
            whole.chmod(0o600)
            whole.rename(file)
    except OSError as error:
        raise InputError(
            f"the back-up {str(file)!r} cannot be written ({error.strerror or error}); nothing is left of it"
        ) from error
    return _report(file, root, manifest, digest)


def restore_backup(
    file: Path, workspace: Workspace, *, sha256: str | None = None, report: Report | None = None
) -> BackupReport:
    """Restore a back-up into a workspace that is empty or does not exist; it appears only when all of it is checked.

    Parameters
    ----------
    sha256
        Digest that `write_backup` told; anything else is refused.

    Raises
    ------
    InputError
        If the back-up is damaged, manipulated or not the one expected, or there is no room for it.
    WorkspaceError
        If the workspace holds anything.
    """
    root = workspace.root
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise WorkspaceError(f"{str(root)!r} is not empty; restore into a new folder with --workspace DIR")
    if not file.is_file():
        raise InputError(f"there is no file {str(file)!r}")
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        room = max(shutil.disk_usage(root.parent).free - _SLACK_BYTES, 0)
        manifest, digest = read_manifest(file, max_bytes=room)
        if sha256 is not None and digest != sha256.lower():
            raise InputError(f"{file.name} has the digest {digest}, not the expected {sha256}; nothing was restored")
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root.parent) as scratch:
            target = Path(scratch) / "workspace"
            target.mkdir()
            _unpack(file, manifest, target)
            if report is not None:
                report("all digests fit; checking databases, bundles and snapshots")
            _check(target)
            if root.exists():
                root.rmdir()
            target.rename(root)
    except OSError as error:
        raise WorkspaceError(
            f"{str(root)!r} cannot be written to ({error.strerror or error}); nothing was restored"
        ) from error
    return _report(file, root, manifest, digest)


def _add_databases(archive: tarfile.TarFile, root: Path, scratch: Path) -> Iterator[tuple[str, ArchiveFile]]:
    for path in sorted(root.iterdir()):
        if not path.is_file() or path.is_symlink() or path.suffix not in _SQLITE or path.name.startswith("."):
            continue
        copy = scratch / path.name
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(
                sqlite3.connect(copy)
            ) as target:  # fmt: skip
                source.backup(target)
                verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.Error as error:
            raise InputError(f"the database {str(path)!r} cannot be copied ({error}); nothing was written") from error
        if verdict != "ok":
            raise InputError(f"the database {str(path)!r} is damaged ({verdict}); nothing was written")
        yield path.name, add_file(archive, path.name, copy)
        copy.unlink()


def _add_folders(archive: tarfile.TarFile, root: Path, data: bool) -> Iterator[tuple[str, ArchiveFile]]:
    tops = sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
    for folder in tops:
        top = folder.name
        if top.startswith(".") or top in _PASSING or (top == "data" and not data):
            continue
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") for part in parts)
            derived = top == "knowledge" and any(part in _DERIVED for part in parts[1:-1])
            passing = top == "tasks" and parts[1] in ("locks", "clients")
            # Links could lead out of the workspace: what they point at is not ours to copy.
            if hidden or derived or passing or path.is_symlink() or not path.is_file():
                continue
            name = "/".join(parts)
            try:
                yield name, add_file(archive, name, path)
            except FileNotFoundError:
                # A leftover that another process has just replaced or removed; finished things stay.
                continue


def _unpack(file: Path, manifest: ArchiveManifest, target: Path) -> None:
    with tarfile.open(file, "r:*") as archive:
        for member in archive:
            entry = manifest.files.get(member.name)
            source = archive.extractfile(member) if entry is not None else None
            if entry is None or source is None:
                continue
            path = target / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            reader = HashingReader(source)
            with path.open("wb") as out:
                shutil.copyfileobj(reader, out)
            if reader.sha256 != entry.sha256:
                raise InputError(f"{file.name}: {member.name!r} is damaged (its digest differs); nothing was restored")


def _check(root: Path) -> None:
    """Everything that can be read is read once."""
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.errors import BundleError
    from knowledge.store.snapshot import current_id, damage

    for path in root.iterdir():
        if path.is_file() and path.suffix in _SQLITE:
            with closing(sqlite3.connect(path)) as database:
                verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise InputError(f"the database {path.name} is damaged ({verdict}); nothing was restored")
    workspace = Workspace(root)
    for folder in sorted(workspace.bundles.iterdir()) if workspace.bundles.is_dir() else ():
        try:
            ExplanationBundle.load(folder)
        except BundleError as error:
            raise InputError(f"the back-up holds a damaged bundle: {error}; nothing was restored") from error
    snapshot = current_id(workspace.knowledge)
    problems = damage(workspace.knowledge, snapshot) if snapshot else []
    if problems:
        raise InputError(f"the back-up's knowledge base is damaged: {problems[0]}; nothing was restored")


def _report(file: Path, root: Path, manifest: ArchiveManifest, digest: str) -> BackupReport:
    return BackupReport(
        file=str(file),
        workspace=str(root),
        sha256=digest,
        files=len(manifest.files),
        bytes=sum(entry.bytes for entry in manifest.files.values()),
        left_out=manifest.left_out,
    )

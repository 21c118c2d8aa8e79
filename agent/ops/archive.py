"""The form of a back-up: a tar file of plain members and, last, a manifest that lists each with its digest."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

from agent.errors import InputError
from agent.records import Record

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
MANIFEST = "oncobrief-backup.json"
MAX_MANIFEST_BYTES = 256 << 20
MAX_FILES = 2_000_000


class ArchiveFile(Record):
    """One file of a back-up."""

    sha256: str
    bytes: int


class ArchiveManifest(Record):
    """What a back-up holds.

    Attributes
    ----------
    format
        Version of this form.
    made_by, created
        Program and time (UTC, ISO 8601).
    versions
        Of the libraries that wrote what is in it.
    files
        Path inside the workspace -> digest and size.
    left_out
        What was not taken, in words, and how it comes back.
    """

    format: int = FORMAT
    made_by: str
    created: str
    versions: dict[str, str]
    files: dict[str, ArchiveFile]
    left_out: tuple[str, ...]


class HashingReader(io.RawIOBase):
    """Reads a file of known size and keeps the digest of what went through."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._source.read(size)
        self._digest.update(data)
        return data

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of everything read so far."""
        return self._digest.hexdigest()


def add_file(archive: tarfile.TarFile, name: str, path: Path) -> ArchiveFile:
    """Add one file under `name`; times and owners are left out, so that equal content is an equal member."""
    with path.open("rb") as source:
        info = tarfile.TarInfo(name)
        info.size = path.stat().st_size
        info.mode = 0o644
        reader = HashingReader(source)
        archive.addfile(info, reader)
    return ArchiveFile(sha256=reader.sha256, bytes=info.size)


def add_manifest(archive: tarfile.TarFile, manifest: ArchiveManifest) -> str:
    """Add the manifest as the last member and return its digest: it stands for the whole back-up."""
    content = json.dumps(manifest.model_dump(mode="json"), indent=1, sort_keys=True).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size = len(content)
    info.mode = 0o644
    archive.addfile(info, io.BytesIO(content))
    return hashlib.sha256(content).hexdigest()


def read_manifest(path: Path, *, max_bytes: int) -> tuple[ArchiveManifest, str]:
    """Manifest of a back-up and its digest, after every member was looked at by name and kind.

    Parameters
    ----------
    max_bytes
        Room there is; a small file that would unpack to more is refused before it is unpacked.

    Raises
    ------
    InputError
        If it is no back-up of this program, is cut off, is of a newer form, or holds anything but plain files under
        plain relative names.
    """
    seen: dict[str, int] = {}
    total = 0
    content: bytes | None = None
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if not member.isreg():
                    raise InputError(f"{path.name}: {member.name[:200]!r} is no plain file; nothing was restored")
                total += member.size
                if total > max_bytes or len(seen) > MAX_FILES:
                    raise InputError(f"{path.name} unpacks to more than the {max_bytes:,} bytes there is room for")
                if member.name == MANIFEST:
                    source = archive.extractfile(member)
                    if source is None or member.size > MAX_MANIFEST_BYTES:
                        raise InputError(f"{path.name}: its list of files cannot be read; nothing was restored")
                    content = source.read()
                    continue
                if member.name in seen or not plain_name(member.name):
                    raise InputError(
                        f"{path.name}: the name {member.name[:200]!r} is not one that a back-up has; "
                        "nothing was restored"
                    )
                seen[member.name] = member.size
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(f"{str(path)!r} cannot be read as a back-up: {error}; nothing was restored") from error
    if content is None:
        raise InputError(f"{path.name} holds no list of files: it is cut off or no back-up; nothing was restored")
    try:
        manifest = ArchiveManifest.model_validate_json(content)
    except ValidationError as error:
        raise InputError(f"{path.name}: its list of files is damaged; nothing was restored") from error
    if manifest.format > FORMAT:
        raise InputError(f"{path.name} is of form {manifest.format}, this version reads {FORMAT}; upgrade first")
    if seen != {name: entry.bytes for name, entry in manifest.files.items()}:
        raise InputError(f"{path.name}: files and list of files differ; nothing was restored")
    return manifest, hashlib.sha256(content).hexdigest()


def plain_name(name: str) -> bool:
    """Whether a member's name is a relative path that stays inside the folder it is unpacked into."""
    parts = PurePosixPath(name).parts
    return bool(
        parts
        and not name.startswith("/")
        and "\\" not in name
        and "\x00" not in name
        and all(part not in ("..", ".") for part in name.split("/"))
        and "" not in name.split("/")
    )

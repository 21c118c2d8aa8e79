"""Download one file over HTTP(S): streamed, size bounded, never half there."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from explain_engine.data.archives import verify_sha256
from explain_engine.data.manifest import write_atomically
from explain_engine.data.pip_source import Progress
from explain_engine.errors import DataUnavailableError, InputError

_TRIES = 3


def download_file(
    address: str,
    target: Path,
    *,
    progress: Progress,
    max_bytes: int,
    sha256: str | None = None,
    timeout_s: float = 60.0,
) -> Path:
    """Download `address` to `target`; a broken transfer is tried again, three times in all.

    Parameters
    ----------
    address
        ``http://`` or ``https://``.
    target
        File to write; it appears only when whole.
    progress
        Told the start, the end, and every five seconds how far it is.
    max_bytes
        Larger files are refused.
    sha256
        Expected hash, if known.
    timeout_s
        Seconds without any byte after which a try fails.

    Raises
    ------
    InputError
        No web address.
    DataUnavailableError
        The server refuses, answers with a web page, sends too much or too little, or another content than expected.
    """
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
        raise InputError(f"{address!r} is no http or https address; give one, or the path of a file")
    for attempt in range(1, _TRIES + 1):
        progress(f"downloading {address}")
        try:
            write_atomically(target, lambda path: _stream(address, path, progress, max_bytes, timeout_s))
            break
        except _BrokenTransferError as error:
            if attempt == _TRIES:
                raise DataUnavailableError(f"{error}; tried {_TRIES} times: fetch again later") from error
            progress(f"  {error}; trying again")
            time.sleep(0.2 * attempt)
    if sha256 is not None:
        try:
            verify_sha256(target, sha256)
        except DataUnavailableError:
            target.unlink()
            raise
    return target


class _BrokenTransferError(DataUnavailableError):
    """A try failed in a way that another may not."""


def _stream(address: str, path: Path, progress: Progress, max_bytes: int, timeout_s: float) -> None:
    import httpx

    told = time.monotonic()
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=timeout_s) as client,
            client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer,
            path.open("wb") as sink,
        ):
            if answer.status_code >= 500:
                raise _BrokenTransferError(f"{address} answered {answer.status_code}")
            if answer.status_code != 200:
                raise DataUnavailableError(
                    f"{address} answered {answer.status_code} {answer.reason_phrase}; the file may have moved: find "
                    "its present address, or download it with a browser and give the file"
                )
            if "html" in answer.headers.get("content-type", ""):
                raise DataUnavailableError(
                    f"{address} answered with a web page, not a file; download it with a browser and give the file"
                )
            promised = int(answer.headers.get("content-length", "0") or 0)
            _bound(address, promised, max_bytes)
            received = 0
            for chunk in answer.iter_raw(1 << 18):
                received += len(chunk)
                _bound(address, received, max_bytes)
                sink.write(chunk)
                if time.monotonic() - told > 5:
                    told = time.monotonic()
                    progress(f"  {received / 1e6:,.0f} of {promised / 1e6:,.0f} MB")
            if promised and received != promised:
                raise _BrokenTransferError(f"{address} sent {received:,} of {promised:,} bytes")
    except httpx.HTTPError as error:
        raise _BrokenTransferError(f"{address}: {type(error).__name__} {error}") from error


def _bound(address: str, size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise DataUnavailableError(f"{address} sends more than the allowed {max_bytes:,} bytes; nothing was kept")

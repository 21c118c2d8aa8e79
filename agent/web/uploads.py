"""A user's own tables: taken in as a stream, checked in a process of its own, kept by user."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import shutil
import sys
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError

from agent.errors import InputError
from agent.records import Record, utc_now
from agent.workspace import write_atomic
from explain_engine.data.check import CheckReport
from explain_engine.data.dataset import ResponseKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet", ".h5ad")
MOST = 20
CHECK_S = 300
_ID = re.compile(r"[0-9a-f]{12}")
_LONGEST_NAME = 80


class Upload(Record):
    """One table of a user.

    Attributes
    ----------
    name
        As the user called it: text to show, never part of a path.
    report
        What `oncobrief data check` says of it.
    """

    id: str
    name: str
    bytes: int
    made: str
    report: CheckReport

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return self.report.ok


class Uploads:
    """Tables under one folder, each user's apart.

    Parameters
    ----------
    folder
        Made when something is kept.
    max_bytes
        Largest table, packed and unpacked.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        # Reading a large table takes memory: one at a time.
        self._turn = asyncio.Semaphore(1)

    async def take(self, user: str, name: str, kind: str, content: AsyncIterator[bytes]) -> Upload:
        """Keep a table and check it.

        Raises
        ------
        agent.errors.InputError
            If name, kind or size do not fit, the user has too many, or it could not be checked.
        """
        ending = _ending(name)
        if kind and kind not in get_args(ResponseKind):
            raise InputError(f"kind {kind!r}: give one of {', '.join(get_args(ResponseKind))}, or none")
        if len(self.all(user)) >= MOST:
            raise InputError(f"{MOST} tables are kept for you; delete one first")
        upload = secrets.token_hex(6)
        place = self._own(user) / upload
        place.mkdir(parents=True)
        whole = False
        try:
            path = place / f"{_plain_stem(name)}{ending}"
            size = await self._store(path, content)
            report = await self._check(path, kind)
            kept = Upload(id=upload, name=name[:200], bytes=size, made=utc_now(), report=report)
            write_atomic(place / "upload.json", kept.model_dump_json(indent=1) + "\n")
            whole = True
        finally:
            if not whole:
                shutil.rmtree(place, ignore_errors=True)
        return kept

    def all(self, user: str) -> tuple[Upload, ...]:
        """A user's tables, newest first."""
        found = []
        for path in self._own(user).glob("*/upload.json"):
            try:
                found.append(Upload.model_validate_json(path.read_bytes()))
            except (OSError, ValidationError):
                # Half deleted, or of another version: `delete` by its owner or by hand is all that is left to do.
                continue
        return tuple(sorted(found, key=lambda u: u.made, reverse=True))

    def delete(self, user: str, upload: str) -> None:
        """Remove a table.

        Raises
        ------
        agent.errors.InputError
            If the user has none of that id.
        """
        place = self._own(user) / upload
        if not _ID.fullmatch(upload) or not place.is_dir():
            raise InputError(f"you have no table {upload!r}")
        shutil.rmtree(place)

    def _own(self, user: str) -> Path:
        return self._folder / hashlib.sha256(user.encode()).hexdigest()[:24]

    async def _store(self, path: Path, content: AsyncIterator[bytes]) -> int:
        size = 0
        with path.open("wb") as file:
            async for piece in content:
                size += len(piece)
                if size > self._max_bytes:
                    raise InputError(f"the table is larger than {self._max_bytes:,} bytes; see --max-upload-mb")
                file.write(piece)
        if size == 0:
            raise InputError("the file is empty; choose a table")
        return size

    def file(self, user: str, upload: str) -> Path:
        """Where a user's table that can be used lies.

        Raises
        ------
        agent.errors.InputError
            If the user has none of that id, or it cannot be used as it is.
        """
        kept = next((u for u in self.all(user) if u.id == upload), None)
        if kept is None or not _ID.fullmatch(upload):
            raise InputError(f"you have no table {upload!r}")
        if not kept.ok:
            raise InputError(f"{kept.name!r} cannot be used as it is; see what was found against it")
        found = [p for p in (self._own(user) / upload).iterdir() if p.name.endswith(ENDINGS) and p.is_file()]
        if len(found) != 1:
            raise InputError(f"the file of {kept.name!r} is not there; delete it and upload it again")
        return found[0]

    async def in_child(self, module: str, arguments: list[str]) -> bytes:
        """What a module prints that reads tables, in a process whose death or appetite does not touch the server.

        Raises
        ------
        agent.errors.InputError
            If it takes too long.
        """
        async with self._turn:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                out, _ = await asyncio.wait_for(child.communicate(), CHECK_S)
            except TimeoutError:
                raise InputError(f"the tables could not be read within {CHECK_S} s; try smaller ones") from None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        return out

    async def _check(self, path: Path, kind: str) -> CheckReport:
        """The same check as the command's."""
        out = await self.in_child("agent.web.check_child", [str(path), kind, str(self._max_bytes)])
        try:
            found = CheckReport.model_validate(json.loads(out))
        except (ValueError, ValidationError):
            raise InputError("the table could not be checked; is it too large for this machine's memory?") from None
        return found.model_copy(update={"path": path.name})


def _ending(name: str) -> str:
    lower = name.lower()
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if lower.endswith(ending):
            return ending
    raise InputError(f"the name {name[:80]!r} has no known ending; use {', '.join(ENDINGS)}")


def _plain_stem(name: str) -> str:
    """A file name made of harmless characters; the user's own name is kept as text only."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]).strip("-_")
    return stem[:_LONGEST_NAME] or "table"

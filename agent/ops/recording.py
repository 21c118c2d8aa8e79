"""A recorded command: what went in, what came out, to the byte; and doing it again."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.cluster.book import file_digest
from agent.cluster.execute import deciding_versions
from agent.errors import InputError
from agent.ops.secrets import known_secrets, masker
from agent.records import Record, new_run_id, utc_now
from agent.workspace import Workspace, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Report = Callable[[str], None]

FORMAT = 1
# Commands whose results are files that follow from files; a server or a chat has no end to compare.
COMMANDS = ("explain", "null", "brief", "knowledge", "demo", "validate")
_PRIVATE = "<workspace>"
_INDEXES = ("index", "vectors", "cache")
# A snapshot's manifest and a run record hold the time they were written: they are no content.
_TIMED = ("manifest.json",)
# Where things lie is no input; a database of reviews must not be written to by a recording.
_NOT_RECORDED = ("ONCOBRIEF_WORKSPACE", "ONCOBRIEF_REFERENCE_DATA", "ONCOBRIEF_DATABASE_URL")


class Recording(Record):
    """One command, as it can be done again.

    Attributes
    ----------
    command
        Arguments after ``oncobrief``.
    environment
        Variables of ours that were set, without secrets.
    inputs
        Path inside the workspace -> SHA-256: data tables and the plain files of the knowledge base.
    snapshot
        Knowledge snapshot that was current, None where there was none.
    files
        Absolute path -> SHA-256 of files named on the command line.
    outputs
        Path inside the workspace -> SHA-256 of bundles, briefs and snapshots that the command made.
    stdout
        SHA-256 of what was printed, the workspace's path taken out.
    versions
        What decides about the bits.
    """

    format: int = FORMAT
    id: str
    command: tuple[str, ...]
    environment: dict[str, str]
    started: str
    finished: str
    exit_code: int
    inputs: dict[str, str]
    snapshot: str | None
    files: dict[str, str]
    outputs: dict[str, str]
    stdout: str
    versions: dict[str, str]


class Comparison(Record):
    """A replay beside its recording.

    Attributes
    ----------
    same, different, missing, extra
        Output files by name.
    stdout
        Whether the same was printed.
    versions
        Versions that differ: name -> recorded and here.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    stdout: bool
    exit_code: int
    versions: dict[str, tuple[str, str]]

    @property
    def identical(self) -> bool:
        """Whether everything came out the same to the byte."""
        return not (self.different or self.missing or self.extra) and self.stdout


def record_run(workspace: Workspace, command: Sequence[str], *, report: Report) -> tuple[Recording, bytes, Path]:
    """Run a command in a fresh workspace that holds copies of the inputs, then move what it made into `workspace`.

    So nothing that happened to lie around can be part of the result.

    Returns
    -------
    recording, stdout, folder
        The folder holds the outputs under their names inside the workspace.

    Raises
    ------
    InputError
        If the command is none that can be recorded, or names the workspace itself.
    """
    _refuse(command)
    run = new_run_id()
    folder = workspace.root / "recordings" / run
    private = Workspace(folder)
    snapshot = _snapshot(workspace)
    inputs = dict(_copy_inputs(workspace, private, snapshot))
    files = {str(path.absolute()): _need_digest(path) for path in _named_files(command)}
    before = dict(_outputs(private))
    started = utc_now()
    environment = _environment()
    code, printed = _execute(private, command, environment)
    outputs = {name: digest for name, digest in _outputs(private) if before.get(name) != digest}
    recording = Recording(
        id=run,
        command=tuple(command),
        environment=environment,
        started=started,
        finished=utc_now(),
        exit_code=code,
        inputs=inputs,
        snapshot=snapshot,
        files=files,
        outputs=outputs,
        stdout=_printed_digest(printed, private),
        versions=dict(deciding_versions()) | {"platform": platform.platform(terse=True)},
    )
    if code == 0:
        _merge(private, workspace, outputs, report)
    return recording, printed, folder


def replay(workspace: Workspace, recording: Recording, keep: Path | None = None) -> Comparison:
    """Do a recorded command again in a fresh workspace and compare every byte.

    Parameters
    ----------
    workspace
        Holds the inputs; they are checked first and never changed.
    keep
        A new folder to keep what came out; thrown away when None.

    Raises
    ------
    InputError
        If an input is missing or differs from the recorded one, or `keep` exists.
    """
    _refuse(recording.command)
    if keep is not None and keep.exists():
        raise InputError(f"{str(keep)!r} exists; give a new folder to keep the replay in")
    with tempfile.TemporaryDirectory(prefix="oncobrief-replay-") as scratch:
        private = Workspace(keep if keep is not None else Path(scratch) / "ws")
        found = dict(_copy_inputs(workspace, private, recording.snapshot, only=recording.inputs))
        wrong = sorted(name for name, digest in recording.inputs.items() if found.get(name) != digest)
        wrong += sorted(name for name, digest in recording.files.items() if file_digest(Path(name)) != digest)
        if wrong:
            listed = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
            raise InputError(
                f"{len(wrong)} of the recorded inputs are missing or hold other bytes here ({listed}); "
                "give the workspace that has them with --workspace"
            )
        before = dict(_outputs(private))
        code, printed = _execute(private, recording.command, recording.environment)
        made = {name: digest for name, digest in _outputs(private) if before.get(name) != digest}
        return _compare(recording, made, _printed_digest(printed, private), code)


def save_recording(recording: Recording, path: Path) -> None:
    """Write a recording in one step."""
    write_atomic(path, recording.model_dump_json(indent=1) + "\n")


def load_recording(path: Path) -> Recording:
    """Read a recording.

    Raises
    ------
    InputError
        If the file is none, or of a newer form.
    """
    try:
        found = Recording.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read ({error.strerror or error})") from error
    except ValidationError as error:
        raise InputError(f"{str(path)!r} is no recording that this version reads") from error
    if found.format > FORMAT:
        raise InputError(f"{str(path)!r} is of form {found.format}, this version reads {FORMAT}; upgrade")
    return found


def _compare(recording: Recording, made: Mapping[str, str], stdout: str, code: int) -> Comparison:
    here = dict(deciding_versions()) | {"platform": platform.platform(terse=True)}
    return Comparison(
        same=tuple(sorted(n for n, d in recording.outputs.items() if made.get(n) == d)),
        different=tuple(sorted(n for n, d in recording.outputs.items() if n in made and made[n] != d)),
        missing=tuple(sorted(n for n in recording.outputs if n not in made)),
        extra=tuple(sorted(n for n in made if n not in recording.outputs)),
        stdout=stdout == recording.stdout,
        exit_code=code,
        versions={
            name: (version, here.get(name, "absent"))
            for name, version in recording.versions.items()
            if here.get(name) != version
        },
    )


def _refuse(command: Sequence[str]) -> None:
    if not command or command[0] not in COMMANDS:
        shown = command[0] if command else "nothing"
        raise InputError(f"{shown!r} cannot be recorded; give one of {', '.join(COMMANDS)} after --")
    if "--workspace" in command or "--cluster" in command:
        raise InputError("give --workspace before run, and leave out --cluster: a recording has a workspace of its own")


def _environment() -> dict[str, str]:
    secrets = known_secrets()
    mask = masker(secrets)
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.upper().startswith("ONCOBRIEF_")
        and name.upper() not in _NOT_RECORDED
        and not name.upper().startswith("ONCOBRIEF_LOG")
        and mask(value) == value
    }


def _execute(private: Workspace, command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run in a process of its own, with our variables as recorded and secrets as they are set now."""
    secrets = set(known_secrets())
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("ONCOBRIEF_") or (value in secrets and name.upper() not in _NOT_RECORDED)
    }
    code = "import sys; from agent.cli.app import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "--workspace", str(private.root), *command],
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        check=False,
    )
    return done.returncode, done.stdout


def _snapshot(workspace: Workspace) -> str | None:
    from knowledge.store.snapshot import current_id

    return current_id(workspace.knowledge)


def _copy_inputs(
    workspace: Workspace, private: Workspace, snapshot: str | None, only: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Copy data and knowledge into the private workspace; yield name and digest of what counts as input."""
    from knowledge.store.snapshot import list_snapshots, set_current

    private.root.mkdir(parents=True, exist_ok=True)
    others = set(list_snapshots(workspace.knowledge)) - {snapshot}
    for top in (workspace.data, workspace.knowledge):
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            parts = path.relative_to(top).parts
            hidden = any(part.startswith(".") for part in parts)
            if hidden or path.is_symlink() or not path.is_file() or parts[0] in others or parts == ("current",):
                continue
            name = path.relative_to(workspace.root).as_posix()
            derived = top == workspace.knowledge and any(part in _INDEXES for part in parts[:-1])
            timed = top == workspace.knowledge and parts[-1] in _TIMED
            if derived and parts[0] != "vectors":
                # Vectors follow from texts and save minutes; an open index must not be shared with another process.
                continue
            if only is not None and not derived and not timed and name not in only:
                continue
            target = private.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if not derived and not timed:
                yield name, _need_digest(target)
    if snapshot is not None and (private.knowledge / snapshot).is_dir():
        set_current(private.knowledge, snapshot)


def _outputs(private: Workspace) -> Iterator[tuple[str, str]]:
    """Name and digest of every file that is content: bundles, briefs, plain files of snapshots."""
    for top in (private.bundles, private.briefs, private.knowledge):
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            parts = path.relative_to(top).parts
            hidden = any(part.startswith(".") for part in parts)
            derived = top == private.knowledge and (any(part in _INDEXES for part in parts[:-1]) or parts[-1] in _TIMED)
            if not hidden and not derived and path.is_file():
                yield path.relative_to(private.root).as_posix(), _need_digest(path)


def _merge(private: Workspace, workspace: Workspace, outputs: Mapping[str, str], report: Report) -> None:
    """Copy what was made, folder by folder; what is there under the same name stays, as its name is its content."""
    from knowledge.files import new_folder
    from knowledge.store.snapshot import current_id, set_current

    folders = {Path(*Path(name).parts[:2]) for name in outputs if len(Path(name).parts) > 2}
    for folder in sorted(folders):
        if (private.root / folder).is_dir() and not (workspace.root / folder).exists():
            with new_folder(workspace.root / folder) as scratch:
                shutil.copytree(private.root / folder, scratch, dirs_exist_ok=True)
            report(f"made: {workspace.root / folder}")
    for path in sorted(private.runs.glob("[!.]*.json")) if private.runs.is_dir() else ():
        write_atomic(workspace.runs / path.name, path.read_text(encoding="utf-8"))
    made = current_id(private.knowledge)
    if made is not None and f"knowledge/{made}/documents.jsonl" in outputs:
        set_current(workspace.knowledge, made)


def _named_files(command: Sequence[str]) -> Iterator[Path]:
    for word in command[1:]:
        path = Path(word.removeprefix("mechanisms:"))
        try:
            if path.is_file():
                yield path
        except OSError:
            # Too long for a name: a query, not a file.
            continue


def _need_digest(path: Path) -> str:
    digest = file_digest(path)
    if digest is None:
        raise InputError(f"{str(path)!r} cannot be read")
    return digest


def _printed_digest(printed: bytes, private: Workspace) -> str:
    return hashlib.sha256(printed.replace(str(private.root).encode(), _PRIVATE.encode())).hexdigest()

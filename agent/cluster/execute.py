"""What a worker does with a task, wherever it runs."""

from __future__ import annotations

import logging
import os
import platform
import socket
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from agent.cluster.book import TaskBook
from agent.cluster.errors import WorkerError
from agent.cluster.task import Task, TaskResult, resolve
from agent.workspace import Workspace

log = logging.getLogger("oncobrief.tasks")

# What decides about the bits of a result; a worker with others would give other bundles under the same name.
_DECIDES = ("oncobrief", "numpy", "scipy", "pandas", "pyarrow", "lightgbm", "scikit-learn", "gseapy")


@dataclass(frozen=True)
class Call:
    """A task on its way to a worker; plain values only, so that any transport can carry it.

    Attributes
    ----------
    task
        The task as JSON.
    root
        The workspace folder, as client and workers both see it.
    token
        Name of a file that the client has just written there.
    versions
        The client's `deciding_versions`.
    """

    task: str
    root: str
    token: str
    versions: tuple[tuple[str, str], ...]

    def parsed(self) -> Task:
        """The task as a record."""
        return Task.model_validate_json(self.task)


def deciding_versions() -> tuple[tuple[str, str], ...]:
    """Python, machine and the distributions that decide about results, with their versions."""
    found = [("python", platform.python_version()), ("machine", platform.machine())]
    for name in _DECIDES:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            found.append((name, "absent"))
    return tuple(found)


def token_path(root: Path, token: str) -> Path:
    """Where the client's token lies."""
    return root / "tasks" / "clients" / token


def execute(call: Call) -> TaskResult:
    """Do a task, or find it done; the result is on disk before it is returned.

    Errors of our own families become a failed result, so that one drug does not stop the others.

    Raises
    ------
    WorkerError
        If this worker does not see the workspace or runs other versions.
    """
    here = f"{socket.gethostname()} (process {os.getpid()})"
    root = Path(call.root)
    _check(call, root, here)
    task = call.parsed()
    book = TaskBook(Workspace(root))
    with book.lock(task):
        found = book.done(task)
        if found is not None:
            return found
        log.info("task begins", extra={"task": task.key, "label": task.name, "where": here})
        started, cpu = time.monotonic(), time.process_time()
        try:
            outcome = resolve(task.call)(book.workspace, **task.arguments)
        except Exception as error:  # noqa: BLE001 - a worker's outermost door: whatever failed belongs to this task alone
            result = _failed(task, error)
        else:
            result = TaskResult(
                key=task.key,
                label=task.name,
                status="done",
                value=dict(outcome.value),
                artefacts=book.digests(outcome.artefacts),
            )
        spent = {
            "seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu, 3),
            "where": here,
        }
        result = result.model_copy(update=spent)
        if result.status == "done":
            book.keep(result)
        log.info(
            "task ends",
            extra={"task": task.key, "label": task.name, "status": result.status, "error": result.error, **spent},
        )
        return result


def _check(call: Call, root: Path, here: str) -> None:
    if not token_path(root, call.token).is_file():
        raise WorkerError(
            f"worker {here} does not see the workspace {call.root!r} of this command; put the workspace on a folder "
            "that is mounted under the same path on every machine"
        )
    mine = dict(deciding_versions())
    other = [f"{name} {mine.get(name)} is not {wanted}" for name, wanted in call.versions if mine.get(name) != wanted]
    if other:
        raise WorkerError(
            f"worker {here} runs other versions, so its bundles would differ: {', '.join(other)}; "
            "install the same constraints on every machine"
        )


def _failed(task: Task, error: Exception) -> TaskResult:
    code = getattr(error, "exit_code", None)
    text = " ".join(str(error).split()) or "no message"
    known = isinstance(code, int)
    return TaskResult(
        key=task.key,
        label=task.name,
        status="failed",
        error=text if known else f"unexpected {type(error).__name__}: {text[:400]}",
        exit_code=code if isinstance(code, int) else 1,
    )

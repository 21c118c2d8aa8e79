"""The durable side of tasks: lists, results and locks under ``<workspace>/tasks``, each file written in one step."""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.cluster.errors import TaskError
from agent.cluster.task import Task, TaskResult
from agent.records import Record
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.workspace import Workspace


class TaskList(Record):
    """The tasks of one command, in order.

    Attributes
    ----------
    id
        Digest of the tasks' keys: the same work is the same list.
    """

    id: str
    tasks: tuple[Task, ...]


class TaskBook:
    """Lists and results of a workspace.

    Parameters
    ----------
    workspace
        Nothing is created before something is written.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.root = workspace.root / "tasks"

    def write_list(self, tasks: Sequence[Task]) -> TaskList:
        """Write the list down before any of it is begun."""
        keys = json.dumps([task.key for task in tasks])
        made = TaskList(id=hashlib.sha256(keys.encode()).hexdigest()[:16], tasks=tuple(tasks))
        write_atomic(self.root / "lists" / f"{made.id}.json", made.model_dump_json(indent=1) + "\n")
        return made

    def read_list(self, name: str) -> TaskList:
        """The list of that id or unambiguous beginning of one.

        Raises
        ------
        TaskError
            If there is none, or its file is damaged.
        """
        found = [path for path in self._lists() if name and path.stem.startswith(name)]
        if len(found) != 1:
            known = ", ".join(path.stem for path in self._lists()) or "none"
            raise TaskError(f"{name!r} names {len(found)} task lists of {str(self.root)!r}; there are: {known}")
        try:
            return TaskList.model_validate_json(found[0].read_bytes())
        except (OSError, ValidationError) as error:
            raise TaskError(
                f"{str(found[0])!r} is damaged; give the command of the list again, finished tasks are kept"
            ) from error

    def pending(self) -> dict[str, tuple[int, int]]:
        """Lists that are not finished: id -> tasks done and tasks in all."""
        counts: dict[str, tuple[int, int]] = {}
        for path in self._lists():
            try:
                tasks = TaskList.model_validate_json(path.read_bytes()).tasks
            except (OSError, ValidationError):
                counts[path.stem] = (0, 0)
                continue
            done = sum(self.done(task) is not None for task in tasks)
            if done < len(tasks):
                counts[path.stem] = (done, len(tasks))
        return counts

    def done(self, task: Task) -> TaskResult | None:
        """The kept result, if its file is whole and all its artefacts hold the bytes they had; else None."""
        try:
            content = json.loads(self._result(task.key).read_bytes())
            result = TaskResult.model_validate(content["result"])
            whole = content["digest"] == _digest(content["result"])
        except (OSError, ValueError, KeyError, TypeError):
            # Absent, half of a disk's sector, or of another version: the task is done again, which mends it.
            return None
        if not whole or result.key != task.key or result.status != "done":
            return None
        if any(file_digest(self.workspace.root / name) != digest for name, digest in result.artefacts.items()):
            return None
        return result.model_copy(update={"reused": True})

    def keep(self, result: TaskResult) -> None:
        """Write a finished task down."""
        content = result.model_dump(mode="json")
        text = json.dumps({"digest": _digest(content), "result": content}, indent=1)
        write_atomic(self._result(result.key), text + "\n")

    @contextmanager
    def lock(self, task: Task) -> Iterator[None]:
        """Hold a task: whoever else wants it waits, then finds it done. A dead holder's lock is gone with it."""
        path = self.root / "locks" / f"{task.key}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    def digests(self, paths: Sequence[Path]) -> dict[str, str]:
        """Path inside the workspace -> SHA-256 of each file, folders taken file by file.

        Raises
        ------
        TaskError
            If a path lies outside the workspace.
        """
        found: dict[str, str] = {}
        for path in paths:
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if not file.is_relative_to(self.workspace.root):
                    raise TaskError(f"{str(file)!r} is no file of the workspace {str(self.workspace.root)!r}")
                digest = file_digest(file)
                if digest is not None:
                    found[file.relative_to(self.workspace.root).as_posix()] = digest
        return found

    def _lists(self) -> list[Path]:
        folder = self.root / "lists"
        return sorted(folder.glob("[!.]*.json")) if folder.is_dir() else []

    def _result(self, key: str) -> Path:
        return self.root / "done" / f"{key}.json"


def file_digest(path: Path) -> str | None:
    """Hexadecimal SHA-256 of a file, None where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

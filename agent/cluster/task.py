"""A task: a named plain function with JSON arguments, whose content is its name."""

from __future__ import annotations

import hashlib
import importlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from agent.cluster.errors import TaskError
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.workspace import Workspace

    TaskFunction = Callable[..., "Outcome"]

_Function = TypeVar("_Function", bound="Callable[..., Outcome]")
_PACKAGES = ("agent.", "benchmarks.")
_MARK = "oncobrief_task"

Status = Literal["done", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What a task function returns.

    Attributes
    ----------
    value
        Plain JSON.
    artefacts
        Files or folders inside the workspace that the task made or re-used; the task counts as done as long as they
        hold the same bytes.
    """

    value: Mapping[str, Any]
    artefacts: tuple[Path, ...] = field(default=())


class Task(Record):
    """One piece of work.

    Attributes
    ----------
    call
        ``module:function``; the function is marked with `task_function` and takes the workspace and the arguments.
    arguments
        Plain JSON values by name. Everything the result depends on belongs here: the task's key is their digest.
    label
        How it is called in messages; not part of the key.
    """

    call: str
    arguments: dict[str, Any] = {}
    label: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of call and arguments, 32 hexadecimal digits.

        Raises
        ------
        TaskError
            If the arguments are no plain JSON.
        """
        try:
            text = json.dumps([self.call, self.arguments], sort_keys=True, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise TaskError(f"{self.call}: the arguments of a task are plain JSON ({error})") from error
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Label, or the key where there is none."""
        return self.label or self.key


class TaskResult(Record):
    """What came of a task.

    Attributes
    ----------
    key, label
        Of the task.
    status
        ``done``, or ``failed`` with `error`; failed ones are tried again by the next run.
    value
        What the function returned.
    artefacts
        Path inside the workspace -> SHA-256 of the file.
    error, exit_code
        Message and exit code of a failure.
    reused
        Whether the result was there already.
    seconds, cpu_seconds
        Time it took where it ran.
    where
        Host and process.
    """

    key: str
    label: str
    status: Status
    value: dict[str, Any] = {}
    artefacts: dict[str, str] = {}
    error: str = ""
    exit_code: int = 0
    reused: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    where: str = ""


def task_function(function: _Function) -> _Function:
    """Mark a module-level function as one that tasks may call: ``function(workspace, **arguments) -> Outcome``."""
    setattr(function, _MARK, True)
    return function


def resolve(call: str) -> Callable[..., Outcome]:
    """The function a task names.

    Raises
    ------
    TaskError
        If it lies outside this program, does not exist or is not marked: a task file never calls anything else.
    """
    module_name, _, name = call.partition(":")
    if not module_name.startswith(_PACKAGES) or not name.isidentifier():
        raise TaskError(f"task calls {call!r}, which is no task function of this program")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise TaskError(f"task calls {call!r}, which this version does not have ({error})") from error
    if getattr(found, _MARK, False) is not True:
        raise TaskError(f"task calls {call!r}, which is not marked as a task function")
    return cast("Callable[[Workspace], Outcome]", found)

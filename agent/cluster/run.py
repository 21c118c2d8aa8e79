"""Run a list of tasks: what is done already is taken as it is, the rest goes to a back-end."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from agent.cluster.book import TaskBook
from agent.cluster.execute import Call, deciding_versions, token_path
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.cluster.backends import Backend
    from agent.cluster.task import Task, TaskResult
    from agent.workspace import Workspace

    Progress = Callable[[str, float], None]
    Report = Callable[[str], None]


def run_tasks(
    tasks: Sequence[Task],
    workspace: Workspace,
    backend: Backend | None = None,
    *,
    progress: Progress | None = None,
    report: Report | None = None,
) -> tuple[TaskResult, ...]:
    """Do all tasks and return their results in the order given; the same results whatever the back-end.

    Parameters
    ----------
    tasks
        Equal tasks are done once.
    workspace
        Holds inputs, outputs and the durable list; every worker must see it under the same path.
    backend
        See `agent.cluster.backends`; in this process by default.
    progress
        Called with what has just finished and the share done, in [0, 1].
    report
        Told of failures and of workers that were lost.

    Raises
    ------
    agent.cluster.errors.TaskError
        If a task's arguments are no plain JSON.
    agent.cluster.errors.WorkerError
        If a worker cannot see the workspace or runs other versions.
    agent.cluster.errors.BackendError
        If the workers are lost for good; what is finished is kept.
    """
    from agent.cluster.backends import InProcess

    chosen = backend if backend is not None else InProcess()
    by_key = {task.key: task for task in tasks}
    if not by_key:
        return ()
    book = TaskBook(workspace)
    book.write_list(tasks)
    found: dict[str, TaskResult] = {}
    for key, task in by_key.items():
        if (done := book.done(task)) is not None:
            found[key] = done
    token = secrets.token_hex(8)
    path = token_path(workspace.root, token)
    write_atomic(path, "a client of this workspace\n")
    versions = deciding_versions()
    calls = [
        Call(task=task.model_dump_json(), root=str(workspace.root), token=token, versions=versions)
        for key, task in by_key.items()
        if key not in found
    ]
    tell = progress if progress is not None else _no_progress
    say = report if report is not None else _silent
    if found:
        say(f"{len(found)} of {len(by_key)} tasks were finished before")
    try:
        for result in chosen.run(calls, say):
            found[result.key] = result
            if result.status == "failed":
                say(f"{result.label}: failed: {result.error}")
            tell(result.label, len(found) / len(by_key))
    finally:
        path.unlink(missing_ok=True)
    return tuple(found[task.key] for task in tasks)


def _no_progress(_what: str, _share: float) -> None:
    return None


def _silent(_text: str) -> None:
    return None

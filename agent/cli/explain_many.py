"""The many-drug form of ``oncobrief explain``: tasks, where they run, and a table of what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.progress import note, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.cluster import Task, TaskResult
    from agent.cluster.backends import Backend
    from agent.settings import ExplainSettings
    from agent.workspace import Workspace

DEFAULT_JOBS = 2


def explain_many(
    ctx: typer.Context,
    drugs: Sequence[str],
    settings: ExplainSettings,
    parts: str,
    null_runs: int,
    backend: Backend,
    *,
    resume: str | None,
    as_json: bool,
) -> None:
    """Explain drugs as tasks; exit code 1 if some failed, 2 if all of them did for the input's sake.

    Raises
    ------
    agent.errors.InputError
        If a drug is unknown.
    """
    from agent.cluster import run_tasks
    from agent.cluster.book import TaskBook
    from agent.cluster.explain import explain_tasks
    from agent.ops.sweep import sweep
    from agent.pipeline import engine_settings

    engine_settings(settings)
    workspace = state_of(ctx).workspace(write=True)
    sweep(workspace)
    tasks: tuple[Task, ...]
    if resume is not None:
        tasks = TaskBook(workspace).read_list(resume).tasks
    else:
        tasks = explain_tasks(workspace, drugs, settings, parts.split(","), null_runs=null_runs)
    with progress_bar(f"explaining {len(tasks)} drugs") as tell:
        results = run_tasks(tasks, workspace, backend, progress=tell, report=note)
    _show(workspace, tasks, results, as_json=as_json)
    failed = [result for result in results if result.status == "failed"]
    if failed:
        raise typer.Exit(2 if len(failed) == len(results) and all(r.exit_code == 2 for r in failed) else 1)


def backend_of(jobs: int | None, cluster: str | None, memory: float | None) -> Backend:
    """Where the tasks run: a cluster, this process (``--jobs 1`` without a cap), or local processes.

    Raises
    ------
    agent.errors.InputError
        If a cluster is asked for together with local options.
    """
    from agent.cluster.backends import Dask, InProcess, Processes
    from agent.errors import InputError

    if cluster is not None:
        if jobs is not None or memory is not None:
            raise InputError("--jobs and --memory are for local processes: set them on the workers of --cluster")
        return Dask(cluster)
    if memory is not None:
        from agent.ops.limits import check_cap

        check_cap(memory)
    if jobs == 1 and memory is None:
        return InProcess()
    return Processes(jobs or DEFAULT_JOBS, memory)


def say_pending(ctx: typer.Context, *, as_json: bool) -> None:
    """Show the task lists of the workspace that are not finished."""
    from agent.cluster.book import TaskBook

    book = TaskBook(state_of(ctx).workspace())
    found = book.pending()
    if as_json:
        print_json({"pending": [{"list": name, "done": done, "tasks": n} for name, (done, n) in found.items()]})
        return
    for name, (done, n) in found.items():
        say(f"{name}: {done} of {n} done; go on with: oncobrief explain --resume {name}")
    if not found:
        say("no unfinished task list")


def _show(workspace: Workspace, tasks: Sequence[Task], results: Sequence[TaskResult], *, as_json: bool) -> None:
    if as_json:
        rows = [result.model_dump(mode="json", exclude={"artefacts"}) for result in results]
        print_json({"workspace": str(workspace.root), "drugs": rows})
        return
    for task, result in zip(tasks, results, strict=True):
        if result.status == "failed":
            say(f"{task.name}: failed: {result.error}")
            continue
        value = result.value
        how = "re-used" if result.reused else f"{result.cpu_seconds:.1f} CPU-s"
        r2 = "no R2" if value["r2"] is None else f"R2 {value['r2']:.2f} on unseen lines"
        say(f"{task.name}: {value['n_lines']} lines, {r2}, {', '.join(value['top'])} ({how}), bundle {value['bundle']}")
    done = sum(result.status == "done" for result in results)
    note(f"{done} of {len(results)} drugs explained, {sum(result.reused for result in results)} of them before")

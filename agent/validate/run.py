"""Run the drugs of a screen, one at a time or in worker processes; what is finished is never run again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.pipeline import engine_settings
from agent.settings import ExplainSettings
from agent.validate import methods
from agent.validate.one_drug import costly_baseline, validate_drug
from agent.validate.screen import ScreenDrug, screen_drugs
from agent.validate.store import Results, run_key
from agent.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import pandas as pd

    Report = Callable[[str], None]

FOLDER = "validate"


@dataclass(frozen=True, eq=False)
class Screen:
    """A screen of the workspace, opened for validation.

    Attributes
    ----------
    drugs
        All drugs of the screen, by name.
    results
        Where finished drugs of these data and settings are kept.
    files
        Data file -> SHA-256.
    """

    workspace: Workspace
    settings: ExplainSettings
    expression: pd.DataFrame
    drugs: tuple[ScreenDrug, ...]
    results: Results
    files: dict[str, str]


def open_screen(workspace: Workspace, settings: ExplainSettings) -> Screen:
    """Open the fetched screen of the settings.

    Raises
    ------
    agent.errors.InputError
        If nothing was fetched, or a setting does not fit.
    """
    from agent.errors import InputError
    from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
    from explain_engine.data.manifest import load_manifest
    from explain_engine.data.opening import open_expression, screen_file

    if not (workspace.data / GDSC_FOLDER).is_dir():
        raise InputError(f"no data in {str(workspace.data)!r}; fetch them with: {FETCH_COMMAND}")
    expression = open_expression(workspace.data)
    manifest = load_manifest(workspace.data / GDSC_FOLDER)
    if manifest is None:
        raise InputError(f"no whole data in {str(workspace.data)!r}; fetch them with: {FETCH_COMMAND}")
    names = ("expression.parquet", screen_file(settings.screen), "lines.parquet")
    files = {name: entry.sha256 for name in names if (entry := manifest.entry(name)) is not None}
    key = run_key(
        engine_settings(settings),
        screen=settings.screen,
        kind=settings.kind,
        files=files,
        methods=tuple(methods.PER_DRUG),
    )
    return Screen(
        workspace=workspace,
        settings=settings,
        expression=expression,
        drugs=screen_drugs(workspace.data, settings.screen, [str(g) for g in expression.columns]),
        results=Results(workspace.root / FOLDER, key),
        files=files,
    )


@dataclass
class Clock:
    """Time left, from the tasks finished in this session."""

    total: int
    started: float = field(default_factory=time.monotonic)
    done: int = 0

    def line(self, drug: str, words: str) -> str:
        """One line of progress."""
        self.done += 1
        left = (time.monotonic() - self.started) / self.done * (self.total - self.done)
        return f"{self.done} of {self.total}: {drug}, {words}" + (f"; about {_span(left)} left" if left > 0 else "")


def run_drugs(
    screen: Screen,
    drugs: Sequence[ScreenDrug],
    *,
    costly: Collection[str] = (),
    jobs: int = 1,
    report: Report,
) -> None:
    """Run what is missing, in the order given; stopping at any moment loses at most the drugs under way.

    Parameters
    ----------
    costly
        Names of the drugs for which the costly baselines are run too, after everything else.
    jobs
        Worker processes, each with one drug at a time and one thread.
    report
        Told of every drug as it is finished.
    """
    tasks = [Task(d, None) for d in drugs if screen.results.load(d.name) is None]
    if len(tasks) < len(drugs):
        report(f"{len(drugs) - len(tasks)} of {len(drugs)} drugs were there already")
    _run_tasks(screen, tasks, jobs, report)
    refused = {d.name for d in drugs if (run := screen.results.load(d.name)) is not None and run.refused is not None}
    tasks = [
        Task(d, method)
        for method in methods.COSTLY
        for d in drugs
        if d.name in costly and d.name not in refused and screen.results.costly(d.name, method) is None
    ]
    _run_tasks(screen, tasks, jobs, report)


@dataclass(frozen=True)
class Task:
    """One drug, and the costly baseline to run on it; None: everything else."""

    drug: ScreenDrug
    method: str | None


def _run_tasks(screen: Screen, tasks: Sequence[Task], jobs: int, report: Report) -> None:
    clock = Clock(total=len(tasks))
    finished = _one_by_one(screen, tasks) if jobs == 1 else _in_workers(screen, tasks, jobs)
    for task, words in finished:
        report(clock.line(task.drug.name, words))


def _one_by_one(screen: Screen, tasks: Sequence[Task]) -> Iterator[tuple[Task, str]]:
    for task in tasks:
        yield task, _carry_out(screen.workspace, screen.results, task, screen.settings, screen.expression)


def _in_workers(screen: Screen, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, str]]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # Spawned, not forked: a fork of a process with numerical threads may hang.
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(screen.workspace.root, screen.settings.model_dump(), screen.results.key),
    )
    try:
        waiting = {pool.submit(_work, task): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_WORKER: dict[str, Any] = {}


def _start_worker(root: Path, settings: dict[str, Any], key: str) -> None:
    import os

    from explain_engine.data.opening import open_expression

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    workspace = Workspace(root)
    _WORKER["workspace"] = workspace
    _WORKER["settings"] = ExplainSettings.model_validate(settings)
    _WORKER["results"] = Results(root / FOLDER, key)
    _WORKER["expression"] = open_expression(workspace.data)


def _work(task: Task) -> str:
    return _carry_out(_WORKER["workspace"], _WORKER["results"], task, _WORKER["settings"], _WORKER["expression"])


def _carry_out(
    workspace: Workspace, results: Results, task: Task, settings: ExplainSettings, expression: pd.DataFrame
) -> str:
    """Do one task and say in words what came of it."""
    drug = task.drug
    if task.method is not None:
        seconds = costly_baseline(workspace, results, drug.name, task.method, settings, expression)
        return f"{task.method}, {seconds:.0f} CPU-s"
    run = validate_drug(
        workspace, results, drug.name, drug.n_lines, settings, expression, tuple(methods.PER_DRUG), drug.targets
    )
    return f"refused: {run.refused}" if run.refused is not None else f"{sum(run.seconds.values()):.0f} CPU-s"


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 90:
        return f"{minutes / 60:.1f} h"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"

"""Run the drugs of a screen, one at a time or in worker processes; what is finished is never run again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.pipeline import engine_settings
from agent.settings import ExplainSettings
from agent.validate import methods
from agent.validate.one_drug import validate_drug
from agent.validate.screen import ScreenDrug, screen_drugs
from agent.validate.store import DrugRun, Results, run_key
from agent.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
    names = ("expression.parquet", screen_file(settings.screen), "lines.parquet")
    files = {name: manifest.entry(name).sha256 for name in names}
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
    """Time left, from the drugs finished in this session."""

    total: int
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    fresh: int = 0

    def line(self, drug: str, run: DrugRun, *, reused: bool) -> str:
        """One line of progress."""
        self.done += 1
        self.fresh += not reused
        what = (
            "was there"
            if reused
            else f"refused: {run.refused}"
            if run.refused
            else f"{sum(run.seconds.values()):.0f} CPU-s"
        )
        left = ""
        if self.fresh and self.done < self.total:
            seconds = (time.monotonic() - self.started) / self.fresh * (self.total - self.done)
            left = f"; about {_span(seconds)} left"
        return f"{self.done} of {self.total}: {drug}, {what}{left}"


def run_drugs(screen: Screen, drugs: Sequence[ScreenDrug], *, jobs: int = 1, report: Report) -> None:
    """Run what is missing, in the order given; stopping at any moment loses at most the drugs under way.

    Parameters
    ----------
    jobs
        Worker processes, each with one drug at a time and one thread.
    report
        Told of every drug as it is finished.
    """
    clock = Clock(total=len(drugs))
    missing = []
    for drug in drugs:
        run = screen.results.load(drug.name)
        if run is None:
            missing.append(drug)
        else:
            clock.done += 1
    if clock.done:
        report(f"{clock.done} of {len(drugs)} drugs were there already")
    finished = _one_by_one(screen, missing) if jobs == 1 else _in_workers(screen, missing, jobs)
    for drug, run in finished:
        report(clock.line(drug.name, run, reused=False))


def _one_by_one(screen: Screen, drugs: Sequence[ScreenDrug]) -> Iterator[tuple[ScreenDrug, DrugRun]]:
    for drug in drugs:
        yield drug, _validate(screen.workspace, screen.results, drug, screen.settings, screen.expression)


def _in_workers(screen: Screen, drugs: Sequence[ScreenDrug], jobs: int) -> Iterator[tuple[ScreenDrug, DrugRun]]:
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
        waiting = {pool.submit(_work, drug): drug for drug in drugs}
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


def _work(drug: ScreenDrug) -> DrugRun:
    return _validate(_WORKER["workspace"], _WORKER["results"], drug, _WORKER["settings"], _WORKER["expression"])


def _validate(
    workspace: Workspace, results: Results, drug: ScreenDrug, settings: ExplainSettings, expression: pd.DataFrame
) -> DrugRun:
    return validate_drug(
        workspace, results, drug.name, drug.n_lines, settings, expression, tuple(methods.PER_DRUG), drug.targets
    )


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 90:
        return f"{minutes / 60:.1f} h"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"

"""Task functions for tests and trials: they leave a mark for every time they were really run."""

from __future__ import annotations

import os
import signal
import time

from agent.cluster import Outcome, task_function
from agent.errors import InputError
from agent.workspace import Workspace


@task_function
def mark(workspace: Workspace, *, name: str, seconds: float = 0.0) -> Outcome:
    """Write a file; one line is kept of every begin and every end."""
    marks = workspace.root / "marks"
    marks.mkdir(exist_ok=True)
    with (marks / f"{name}.begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    made = marks / f"{name}.txt"
    made.write_text(f"made {name}")
    with (marks / f"{name}.ended").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return Outcome(value={"name": name}, artefacts=(made,))


@task_function
def refuse(workspace: Workspace, *, why: str) -> Outcome:
    """Fail as a bad input does."""
    raise InputError(why)


@task_function
def stumble(workspace: Workspace) -> Outcome:
    """Fail as a fault of the program does."""
    raise ZeroDivisionError("by zero")


@task_function
def die(workspace: Workspace, *, times: int) -> Outcome:
    """Kill the own process as often as asked, then work."""
    tally = workspace.root / "deaths"
    seen = len(tally.read_text()) if tally.exists() else 0
    if seen < times:
        with tally.open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(value={"deaths": seen})


def unmarked(workspace: Workspace) -> Outcome:
    """Not a task: it has no mark."""
    return Outcome(value={})

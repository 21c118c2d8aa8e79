"""Work that is started by a tool: once, followed, and stopped only by whoever started it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.background.state import Job
from agent.errors import InputError
from agent.examples_workspace import example_workspace
from agent.settings import Settings
from agent.tools import Toolbox
from agent.workspace import Workspace


class Recorded:
    """Jobs that only remember; no process is started."""

    def __init__(self) -> None:
        self.held: list[Job] = []

    def submit(self, kind: str, arguments: dict[str, object], *, user: str) -> Job:
        from agent.background.work import KINDS

        number = len(self.held)
        job = Job(
            id=f"20260101T00000{number}Z-0000000{number}",
            kind=kind,
            arguments=KINDS[kind].arguments(dict(arguments)),  # type: ignore[arg-type]
            status="running",
            progress=0.25,
            message="half of a half",
            user=user,
            created="now",
            updated="now",
        )
        self.held.append(job)
        return job

    def list(self) -> tuple[Job, ...]:
        return tuple(reversed(self.held))

    def get(self, job_id: str) -> Job:
        return next(job for job in self.held if job.id == job_id)

    def cancel(self, job_id: str) -> Job:
        at = next(i for i, job in enumerate(self.held) if job.id == job_id)
        self.held[at] = self.held[at].changed(status="cancelled", message="cancelled")
        return self.held[at]


@pytest.fixture
def tools(tmp_path) -> Toolbox:  # type: ignore[no-untyped-def]
    toolbox = Toolbox(example_workspace(tmp_path), Settings())
    toolbox.desk.jobs = Recorded()  # type: ignore[assignment]
    return toolbox


def test_the_same_work_is_not_started_twice(tools: Toolbox) -> None:
    first = tools.explain("gefitinib", ["modules"])
    again = tools.explain("Iressa", ["modules"])
    other = tools.explain("gefitinib")
    assert first.job == again.job != other.job
    assert "The job runs in the background" in first.text
    assert "25 %" in first.text
    assert tools.faults(first) == ()


def test_jobs_are_followed_and_cancelled_by_their_user_alone(tools: Toolbox) -> None:
    ann, bob = tools.for_user("ann"), tools.for_user("bob")
    job = ann.run_null("examplinib", 50).job
    assert job is not None
    assert "running" in bob.jobs(job).text
    assert tools.faults(bob.jobs()) == ()
    with pytest.raises(InputError, match="another user"):
        bob.cancel_job(job)
    assert bob.cancel_job().title == "No job runs"
    assert "cancelled" in ann.cancel_job().text


def test_a_drug_that_is_none_and_a_part_that_is_none_start_nothing(tools: Toolbox) -> None:
    assert tools.brief("zzzzzzz").title == "Which drug?"
    with pytest.raises(InputError, match="part"):
        tools.explain("gefitinib", ["everything"])
    assert tools.desk.jobs.list() == ()


def own_screen(workspace: Workspace, folder: Path) -> str:
    """A small screen of the user's own; returns its id."""
    import numpy as np
    import pandas as pd

    from agent.own.store import OwnScreens

    x = np.random.default_rng(2).standard_normal((62, 6))
    lines = [f"L{i}" for i in range(62)]
    folder.mkdir()
    pd.DataFrame(x, index=lines, columns=list("ABCDEF")).to_csv(folder / "x.csv", index_label="line")
    pd.DataFrame({"line": lines, "drug": "ABT-199", "auc": 1 / (1 + np.exp(-x[:, 0]))}).to_csv(
        folder / "y.csv", index=False
    )
    return OwnScreens(workspace).make("Our screen", folder / "x.csv", folder / "y.csv").id


def test_own_screens_are_listed_and_their_drugs_explained(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    tools = Toolbox(workspace, Settings())
    tools.desk.jobs = Recorded()  # type: ignore[assignment]
    assert "No screen of your own" in tools.own_screens().sentences[0].text
    screen = own_screen(workspace, tmp_path / "tables")
    listed = tools.own_screens()
    assert listed.table is not None and listed.table.rows[0][0].text == "Our screen"
    assert tools.faults(listed) == ()
    for name in ("venetoclax", "abt 199"):
        started = tools.explain(name, own="our SCREEN")
        assert started.job is not None and started.title == "Venetoclax in Our screen: explain runs"
        assert tools.desk.jobs.get(started.job).arguments["own"] == screen
    assert tools.explain("erlotinib", own="Our screen").suggestions == ("Venetoclax",)
    assert tools.brief("venetoclax", own="Theirs").suggestions == ("Our screen",)
    tools.close()

"""Jobs: progress, result, cancelling with everything started, a parent that dies, states that cannot be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from agent.background import Jobs
from agent.background.state import read_job, write_job
from agent.errors import InputError
from agent.workspace import Workspace

# A child whose work is scripted: it sleeps with a grandchild, or ends at once.
SITE = """
import os, subprocess, sys, time
from agent.background import work

def slow(workspace, arguments, tell):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (workspace.root / "grandchild").write_text(str(child.pid))
    tell("half way", 0.5)
    time.sleep(60)
    return {}

def quick(workspace, arguments, tell):
    tell("nearly", 0.9)
    return {"drug": str(arguments["drug"]), "bundle": "b1"}

def broken(workspace, arguments, tell):
    raise RuntimeError("the disk is on fire")

def gone(workspace, arguments, tell):
    tell("about to go", 0.3)
    os._exit(7)

RUNS = {"slow": slow, "quick": quick, "broken": broken, "gone": gone}

def pick(workspace, arguments, tell):
    return RUNS[arguments["drug"]](workspace, arguments, tell)

work.KINDS["explain"] = work.Kind(work.ExplainAsked, pick)
"""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE)
    root = Path(__file__).resolve().parents[4]
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{root}")
    return Jobs(Workspace(tmp_path / "ws"))


def until(what, seconds: float = 30.0) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_a_job_ends_with_its_result_and_its_state_stays(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit("explain", {"drug": "quick"}, user="ann")
    done = jobs.wait(job.id, 60)
    assert (done.status, done.progress, done.result) == ("done", 1.0, {"drug": "quick", "bundle": "b1"})
    assert done.user == "ann"
    again = Jobs(Workspace(tmp_path / "ws"))
    assert again.get(job.id) == done
    assert [j.id for j in again.list()] == [job.id]
    with pytest.raises(InputError, match="done"):
        jobs.resume(job.id)
    assert jobs.cancel(job.id) == done


def test_cancel_ends_the_whole_group_and_the_job_can_be_resumed(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit("explain", {"drug": "slow"})
    until(lambda: jobs.get(job.id).message == "half way")
    running = jobs.get(job.id)
    assert (running.status, running.progress) == ("running", 0.5)
    grandchild = int((tmp_path / "ws" / "grandchild").read_text())
    stopped = jobs.cancel(job.id)
    assert stopped.status == "cancelled"
    assert running.pid is not None
    until(lambda: dead(running.pid or 0) and dead(grandchild))
    assert jobs.get(job.id).status == "cancelled"
    again = jobs.resume(job.id)
    assert again.status == "queued"
    until(lambda: jobs.get(job.id).status == "running")
    assert jobs.cancel(job.id).status == "cancelled"


def test_a_job_outlives_its_parent_and_another_parent_can_cancel_it(jobs: Jobs, tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from agent.background import Jobs
        from agent.workspace import Workspace
        job = Jobs(Workspace(Path({str(tmp_path / "ws")!r}))).submit("explain", {{"drug": "slow"}})
        print(job.id, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    job_id = ran.stdout.strip()
    assert ran.returncode == -9, ran.stderr
    # Running is said before the work begins: cancelled then, it would have started nothing yet.
    until(lambda: (tmp_path / "ws" / "grandchild").exists())
    assert jobs.cancel(job_id).status == "cancelled"
    until(lambda: dead(int((tmp_path / "ws" / "grandchild").read_text())))


def test_a_child_that_dies_without_a_word_is_interrupted(jobs: Jobs) -> None:
    job = jobs.submit("explain", {"drug": "gone"})
    ended = jobs.wait(job.id, 60)
    assert (ended.status, ended.progress) == ("interrupted", 0.3)
    assert jobs.resume(job.id).status == "queued"
    assert jobs.wait(job.id, 60).status == "interrupted"


def test_a_failure_is_one_message(jobs: Jobs) -> None:
    job = jobs.submit("explain", {"drug": "broken"})
    ended = jobs.wait(job.id, 60)
    assert ended.status == "failed"
    assert ended.message == "unexpected RuntimeError: the disk is on fire"


def test_jobs_of_a_workspace_take_turns(jobs: Jobs) -> None:
    first = jobs.submit("explain", {"drug": "slow"})
    until(lambda: jobs.get(first.id).status == "running")
    second = jobs.submit("explain", {"drug": "quick"})
    until(lambda: "waits" in jobs.get(second.id).message)
    assert jobs.get(second.id).status == "queued"
    jobs.cancel(first.id)
    assert jobs.wait(second.id, 60).status == "done"


def test_states_that_cannot_be_read_are_shown_as_damaged(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit("explain", {"drug": "quick"})
    jobs.wait(job.id, 60)
    folder = tmp_path / "ws" / "jobs"
    for text in ("", "{", "[]", json.dumps({"id": job.id}), "\x00\xff"):
        (folder / f"{job.id}.json").write_text(text)
        found = jobs.get(job.id)
        assert found.status == "damaged"
        assert job.id in found.message
        assert [j.status for j in jobs.list()] == ["damaged"]
        assert jobs.cancel(job.id).status == "damaged"
        with pytest.raises(InputError):
            jobs.resume(job.id)
    write_job(folder, job)
    assert read_job(folder, job.id) == job


@pytest.mark.parametrize("job_id", ["", "..", "../../etc/passwd", "20260101T000000Z-0000000g", "x" * 5000])
def test_ids_are_no_paths(jobs: Jobs, job_id: str) -> None:
    with pytest.raises(InputError):
        jobs.get(job_id)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("rm", {"drug": "quick"}),
        ("explain", {}),
        ("explain", {"drug": ""}),
        ("explain", {"drug": "quick", "command": "rm -rf /"}),
        ("null", {"drug": "quick", "runs": 3}),
        ("explain", {"drug": "quick", "explain": {"bags": 1}}),
    ],
)
def test_bad_arguments_start_nothing(jobs: Jobs, kind: str, arguments: dict[str, object]) -> None:
    with pytest.raises(InputError):
        jobs.submit(kind, arguments)  # type: ignore[arg-type]
    assert jobs.list() == ()

"""A real scheduler and two workers as separate processes; workers and the scheduler are killed in the middle."""

import shutil
import time
from pathlib import Path

import pytest

from agent.cluster import Task, run_tasks
from agent.cluster.backends import Dask, InProcess
from agent.cluster.errors import BackendError, WorkerError
from agent.cluster.explain import explain_tasks
from agent.ops.trial import make_trial_workspace
from agent.settings import ExplainSettings
from agent.workspace import Workspace, open_workspace

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

from benchmarks.scale.local_cluster import LocalCluster, free_port

pytestmark = pytest.mark.slow
SETTINGS = ExplainSettings(bags=4)
MARK = "benchmarks.scale.trial_tasks:mark"


def begun(workspace: Workspace, name: str) -> int:
    return len((workspace.root / "marks" / f"{name}.begun").read_text().splitlines())


def when_done(workspace: Workspace, count: int, then) -> None:  # type: ignore[no-untyped-def]
    done = workspace.root / "tasks" / "done"
    until = time.monotonic() + 40
    while not done.is_dir() or len(list(done.glob("*.json"))) < count:
        assert time.monotonic() < until
        time.sleep(0.02)
    then()


def test_one_worker_killed_in_the_middle_gives_the_bundles_of_one_process(tmp_path: Path) -> None:
    import threading

    plain = open_workspace(tmp_path / "plain")
    make_trial_workspace(plain, n_lines=64, n_genes=20, n_drugs=4)
    shared = open_workspace(tmp_path / "shared")
    shutil.copytree(plain.data, shared.data)
    expected = run_tasks(explain_tasks(plain, [], SETTINGS), plain, InProcess())
    told: list[str] = []
    with LocalCluster(workers=2) as cluster:
        killer = threading.Thread(target=when_done, args=(shared, 1, lambda: cluster.kill(cluster.workers[0])))
        killer.start()
        results = run_tasks(explain_tasks(shared, [], SETTINGS), shared, Dask(cluster.address), report=told.append)
        killer.join()
        assert cluster.workers[0].poll() is not None
    assert [r.status for r in results] == ["done"] * 4
    assert [(r.value["digest"], r.artefacts) for r in results] == [(r.value["digest"], r.artefacts) for r in expected]


def test_a_killed_scheduler_is_waited_for_and_nothing_finished_is_repeated(tmp_path: Path) -> None:
    import threading

    workspace = open_workspace(tmp_path)
    names = "abcdef"
    tasks = [Task(call=MARK, arguments={"name": n, "seconds": 0.5}, label=n) for n in names]
    finished: set[str] = set()
    with LocalCluster(workers=1) as cluster:

        def restart() -> None:
            cluster.kill(cluster.scheduler)
            cluster.kill(cluster.workers[0])
            finished.update(path.stem for path in (workspace.root / "tasks" / "done").glob("*.json"))
            cluster.start_scheduler()
            cluster.start_worker()

        helper = threading.Thread(target=when_done, args=(workspace, 2, restart))
        helper.start()
        results = run_tasks(tasks, workspace, Dask(cluster.address, patience=60))
        helper.join()
    assert [r.label for r in results] == list(names)
    assert 2 <= len(finished) < 6
    for task in tasks:
        # What was finished was not begun again; what was under way when it was killed was begun twice at most.
        assert begun(workspace, task.label) <= (1 if task.key in finished else 2)


def test_no_scheduler_no_worker_and_a_worker_that_cannot_see_the_folder(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    tasks = [Task(call=MARK, arguments={"name": "a"}, label="a")]
    with pytest.raises(BackendError, match="no Dask scheduler answers"):
        run_tasks(tasks, workspace, Dask(f"tcp://127.0.0.1:{free_port()}", patience=0.1))
    with LocalCluster(workers=0) as cluster:
        with pytest.raises(BackendError, match="no worker has joined"):
            run_tasks(tasks, workspace, Dask(cluster.address, patience=0.5))
        cluster.start_worker()
        from agent.cluster.execute import Call, deciding_versions

        call = Call(task=tasks[0].model_dump_json(), root=str(tmp_path), token="absent", versions=deciding_versions())
        with pytest.raises(WorkerError, match="does not see the workspace"):
            list(Dask(cluster.address).run([call], lambda text: None))

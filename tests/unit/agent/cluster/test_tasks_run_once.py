"""Tasks: content names them, what is finished is never done again, a failure stays with its drug."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.cluster import Task, run_tasks
from agent.cluster.backends import Dask, InProcess, Processes
from agent.cluster.book import TaskBook
from agent.cluster.errors import BackendError, TaskError, WorkerError
from agent.cluster.execute import Call, deciding_versions, execute
from agent.cluster.explain import explain_tasks
from agent.cluster.task import resolve
from agent.errors import InputError
from agent.settings import ExplainSettings
from agent.workspace import Workspace, open_workspace
from explain_engine.bundle import ExplanationBundle

MODULE = "benchmarks.scale.trial_tasks"
SETTINGS = ExplainSettings(bags=4)


def marks(names, **arguments) -> list[Task]:  # type: ignore[no-untyped-def]
    return [Task(call=f"{MODULE}:mark", arguments={"name": name, **arguments}, label=name) for name in names]


def begun(workspace: Workspace, name: str) -> int:
    path = workspace.root / "marks" / f"{name}.begun"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_key_is_the_content_and_not_the_label() -> None:
    one, two = marks(["a"])[0], Task(call=f"{MODULE}:mark", arguments={"name": "a"}, label="other")
    assert one.key == two.key != marks(["b"])[0].key
    with pytest.raises(TaskError, match="plain JSON"):
        _ = Task(call="x", arguments={"a": float("nan")}).key


@pytest.mark.parametrize(
    "call", ["os:system", f"{MODULE}:unmarked", f"{MODULE}:absent", "agent.nowhere:f", "agent.cluster.run:run_tasks"]
)
def test_a_task_calls_nothing_but_task_functions(call: str) -> None:
    with pytest.raises(TaskError):
        resolve(call)


def test_finished_tasks_are_not_done_again_and_lost_artefacts_are(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    first = run_tasks(marks("abc"), workspace)
    assert [r.value["name"] for r in first] == ["a", "b", "c"]
    again = run_tasks(marks("cba"), workspace)
    assert [(r.value["name"], r.reused) for r in again] == [("c", True), ("b", True), ("a", True)]
    (workspace.root / "marks" / "b.txt").write_text("other bytes")
    third = {r.label: r.reused for r in run_tasks(marks("abc"), workspace)}
    assert third == {"a": True, "b": False, "c": True}
    assert begun(workspace, "a") == 1 and begun(workspace, "b") == 2


@pytest.mark.parametrize("damage", [b"", b"{", b'{"digest": "x", "result": {}}', b"\xff\xfe"])
def test_a_damaged_result_is_made_again(tmp_path: Path, damage: bytes) -> None:
    workspace = open_workspace(tmp_path)
    task = marks("a")[0]
    run_tasks([task], workspace)
    (workspace.root / "tasks" / "done" / f"{task.key}.json").write_bytes(damage)
    assert not run_tasks([task], workspace)[0].reused
    assert run_tasks([task], workspace)[0].reused


def test_a_failure_stays_with_its_task(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    tasks = [
        marks("a")[0],
        Task(call=f"{MODULE}:refuse", arguments={"why": "too few lines"}, label="r"),
        Task(call=f"{MODULE}:stumble", label="s"),
    ]
    told: list[str] = []
    results = run_tasks(tasks, workspace, report=told.append)
    assert [r.status for r in results] == ["done", "failed", "failed"]
    assert (results[1].error, results[1].exit_code) == ("too few lines", 2)
    assert results[2].error == "unexpected ZeroDivisionError: by zero"
    assert told == ["r: failed: too few lines", "s: failed: unexpected ZeroDivisionError: by zero"]
    assert TaskBook(workspace).pending() == {TaskBook(workspace).write_list(tasks).id: (1, 3)}


def test_worker_without_the_workspace_or_with_other_versions_says_so(tmp_path: Path) -> None:
    task = marks("a")[0].model_dump_json()
    with pytest.raises(WorkerError, match="does not see the workspace"):
        execute(Call(task=task, root=str(tmp_path), token="0", versions=deciding_versions()))
    token = tmp_path / "tasks" / "clients" / "0"
    token.parent.mkdir(parents=True)
    token.touch()
    with pytest.raises(WorkerError, match=r"numpy .* is not 0"):
        execute(Call(task=task, root=str(tmp_path), token="0", versions=(("numpy", "0"),)))


def test_a_process_that_dies_is_replaced_and_one_that_always_dies_is_told(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    told: list[str] = []
    tasks = [*marks("ab"), Task(call=f"{MODULE}:die", arguments={"times": 1}, label="die")]
    results = run_tasks(tasks, workspace, Processes(2), report=told.append)
    assert [r.status for r in results] == ["done"] * 3
    assert any("a process died" in line for line in told)
    with pytest.raises(BackendError, match="what is finished is kept"):
        run_tasks([Task(call=f"{MODULE}:die", arguments={"times": 99})], workspace, Processes(1))


def test_a_killed_client_repeats_only_what_was_under_way(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    code = (
        "from pathlib import Path; from agent.cluster import Task, run_tasks\n"
        "from agent.cluster.backends import Processes; from agent.workspace import open_workspace\n"
        f"tasks = [Task(call='{MODULE}:mark', arguments={{'name': n, 'seconds': 0.4}}) for n in 'abcdef']\n"
        f"run_tasks(tasks, open_workspace(Path({str(tmp_path)!r})), Processes(2))\n"
    )
    client = subprocess.Popen([sys.executable, "-c", code])
    done = workspace.root / "tasks" / "done"
    while not (done.is_dir() and len(list(done.glob("*.json"))) >= 2):
        assert client.poll() is None
        time.sleep(0.05)
    os.kill(client.pid, signal.SIGKILL)
    client.wait()
    finished = {path.stem for path in done.glob("*.json")}
    [(name, (n_done, n))] = TaskBook(workspace).pending().items()
    assert n == 6 and 2 <= n_done < 6
    tasks = TaskBook(workspace).read_list(name[:6]).tasks
    results = run_tasks(tasks, workspace, Processes(2))
    assert [r.value["name"] for r in results] == list("abcdef")
    for task in tasks:
        if task.key in finished:
            assert begun(workspace, task.arguments["name"]) == 1
    assert TaskBook(workspace).pending() == {}


def test_two_clients_share_the_work(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    code = (
        "from pathlib import Path; from agent.cluster import Task, run_tasks\n"
        "from agent.workspace import open_workspace\n"
        f"tasks = [Task(call='{MODULE}:mark', arguments={{'name': n, 'seconds': 0.2}}) for n in 'abcd']\n"
        f"print([r.value['name'] for r in run_tasks(tasks, open_workspace(Path({str(tmp_path)!r})))])\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [client.communicate()[0].strip() for client in both] == ["['a', 'b', 'c', 'd']"] * 2
    assert [begun(workspace, name) for name in "abcd"] == [1, 1, 1, 1]


@pytest.mark.parametrize("address", ["", "localhost", "http://h:1", "tcp://h", "tcp://:8786", "tcp://h:x"])
def test_what_is_no_scheduler_address_is_bad_usage(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="tcp://HOST:PORT"):
        run_tasks(marks("a"), open_workspace(tmp_path), Dask(address))


def test_drug_names_are_checked_before_any_work_and_data_are_part_of_the_key(trial) -> None:  # type: ignore[no-untyped-def]
    from explain_engine.errors import InputError as EngineInputError

    workspace = trial()
    with pytest.raises(EngineInputError, match="no drug 'nope'"):
        explain_tasks(workspace, ["Trialdrug-001", "nope"], SETTINGS)
    every = explain_tasks(workspace, [], SETTINGS)
    assert [task.label for task in every] == ["Trialdrug-001", "Trialdrug-002", "Trialdrug-003"]
    assert explain_tasks(workspace, ["trialdrug 001"], SETTINGS)[0].key == every[0].key
    manifest = workspace.data / "gdsc" / "manifest.json"
    content = json.loads(manifest.read_text())
    next(t for t in content["tables"] if t["file"] == "expression.parquet")["sha256"] = "1" * 64
    manifest.write_text(json.dumps(content))
    assert explain_tasks(workspace, ["Trialdrug-001"], SETTINGS)[0].key != every[0].key
    with pytest.raises(InputError, match="data fetch"):
        explain_tasks(open_workspace(workspace.root / "none"), [], SETTINGS)


def test_processes_give_the_bundles_of_one_process_bit_for_bit(trial) -> None:  # type: ignore[no-untyped-def]
    digests = {}
    for name, backend in (("here", InProcess()), ("processes", Processes(2))):
        workspace = trial(name)
        drugs = ["Trialdrug-001", "Trialdrug-002"]
        results = run_tasks(explain_tasks(workspace, drugs, SETTINGS, ["verdicts", "rules"]), workspace, backend)
        digests[name] = {r.label: (r.value["digest"], r.artefacts) for r in results}
        for result in results:
            bundle = ExplanationBundle.load(workspace.bundles / result.value["bundle"])
            assert bundle.digest == result.value["digest"]
            assert bundle.rules is not None
    assert digests["here"] == digests["processes"]

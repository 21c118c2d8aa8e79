"""The command for many drugs: options that fit together, a table of what came of them, exit codes."""

import json

import pytest

from agent.cli import app as cli
from agent.cluster.book import TaskBook
from agent.cluster.explain import explain_tasks
from agent.settings import ExplainSettings
from agent.workspace import Workspace


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--workspace", str(workspace.root), "explain", *args])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_all_drugs_then_nothing_left_to_do(trial, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    workspace = trial()
    tasks = explain_tasks(workspace, [], ExplainSettings(bags=4))
    made = TaskBook(workspace).write_list(tasks)
    code, out, _ = run(capsys, workspace, "--pending")
    assert code == 0 and f"{made.id}: 0 of 3 done" in out
    code, out, _ = run(capsys, workspace, "--resume", made.id[:5], "--jobs", "1", "--json")
    rows = json.loads(out)["drugs"]
    assert code == 0
    assert [(row["label"], row["status"], row["reused"]) for row in rows] == [
        (f"Trialdrug-00{n}", "done", False) for n in (1, 2, 3)
    ]
    code, out, err = run(capsys, workspace, "--all", "--bags", "4", "--jobs", "1")
    assert code == 0 and out.count("(re-used)") == 3
    assert "3 of 3 drugs explained, 3 of them before" in err
    assert json.loads(run(capsys, workspace, "--pending", "--json")[1]) == {"pending": []}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "give a DRUG, or --all"),
        (("--jobs", "2"), "give DRUG names, or --all"),
        (("Trialdrug-001", "--all"), "give DRUG names, or --all"),
        (("Trialdrug-001", "--resume", "x"), "give DRUG names, or --all"),
        (("--resume", "nothing"), "names 0 task lists"),
        (("Trialdrug-001", "--cluster", "nowhere"), "tcp://HOST:PORT"),
        (("Trialdrug-001", "--cluster", "tcp://h:1", "--jobs", "2"), "--jobs and --memory are for local processes"),
        (("Trialdrug-001", "Nope"), "no drug 'Nope'"),
        (("Trialdrug-001", "Trialdrug-002", "--bags", "7"), "give a multiple of 4"),
        (("Trialdrug-001", "Trialdrug-002", "--parts", "nulls"), "parts are"),
        (("Trialdrug-001", "--memory", "0.1"), "memory cap"),
        (("Trialdrug-001", "Trialdrug-002", "--memory", "0.1"), "memory cap"),
    ],
)
def test_options_that_do_not_fit_are_one_message(trial, capsys, args: tuple[str, ...], message: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(capsys, trial(), *args)
    assert (code, out) == (2, "")
    assert message in err and len(err.strip().splitlines()) == 1


def test_a_drug_that_fails_does_not_stop_the_others(trial, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    workspace = trial()
    tasks = explain_tasks(workspace, ["Trialdrug-001", "Trialdrug-002"], ExplainSettings(bags=4))
    broken = tasks[1].model_copy(update={"arguments": {**tasks[1].arguments, "drug": "Nope"}})
    made = TaskBook(workspace).write_list((tasks[0], broken))
    code, out, err = run(capsys, workspace, "--resume", made.id, "--jobs", "1")
    assert code == 1
    assert "Trialdrug-002: failed: GDSC2 has no drug 'Nope'" in out
    assert "1 of 2 drugs explained" in err
    only = TaskBook(workspace).write_list((broken,))
    assert run(capsys, workspace, "--resume", only.id, "--jobs", "1")[0] == 2

"""``oncobrief review`` over a workspace: text and JSON, exit codes 0, 1 and 2, decoys from a real bundle folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agent.cli.app import main
from agent.database import open_database
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.pipeline import load_tables, write_hypotheses
from agent.review import job
from agent.review.service import ReviewService
from agent.settings import BriefSettings, load_settings
from agent.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a bundle of 40 further measured genes and its brief in the queue."""
    found = Workspace(tmp_path / "workspace")
    made = example_tables()
    extra = pd.DataFrame({"gene": [f"OTHER{i}" for i in range(40)], "rank": np.arange(40) + 9})
    made["genes"] = pd.concat([made["genes"], extra], ignore_index=True)
    bundle = example_bundle().save(found.bundles, made)
    tables = load_tables(bundle, found.bundles / bundle.key)
    brief = write_hypotheses(bundle, tables, ExampleEvidence(), BriefSettings(hypotheses=3))
    engine = open_database(found)
    ReviewService(engine).add_brief(brief)
    engine.dispose()
    return found


@pytest.fixture
def run(workspace: Workspace, capsys: pytest.CaptureFixture[str]):
    """Run a command; return exit code, output and messages."""

    def call(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(["--workspace", str(workspace.root), "review", *words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def ids(run) -> list[str]:
    return [i["id"] for i in json.loads(run("list", "--json")[1])["items"]]


def test_list_show_and_decide(run) -> None:
    code, text, _ = run("list")
    items = ids(run)
    assert code == 0 and all(item in text for item in items)
    shown = json.loads(run("show", items[0], "--json")[1])
    assert shown["item"]["revision"] == 0
    code, said, _ = run("accept", items[0], "--reviewer", "ada", "--note", "fine", "--revision", "0", "--json")
    kept = json.loads(said)
    assert (code, kept["reviewer"], kept["reason"], kept["note"]) == (0, "ada", "good", "fine")
    code, said, _ = run("edit", items[1], "--text", "my words", "--reason", "unclear", "--reviewer", "ada")
    assert code == 0 and "marked as unchecked" in said
    code, said, _ = run("reject", items[2], "--reason", "weak_data", "--reviewer", "ada")
    assert code == 0
    statuses = [i["status"] for i in json.loads(run("list", "--json")[1])["items"]]
    assert statuses[:3] == ["accepted", "edited", "rejected"]
    _, text, _ = run("show", items[1])
    assert "the reviewer's own words; not checked" in text and "(not checked): my words" in text
    assert [i["id"] for i in json.loads(run("list", "--status", "rejected", "--json")[1])["items"]] == [items[2]]


def test_reviewer_is_the_login_name_where_none_is_given(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    kept = json.loads(run("accept", ids(run)[0], "--json")[1])
    assert kept["reviewer"] == "grace"


def test_exit_codes(run) -> None:
    item = ids(run)[0]
    run("accept", item, "--reviewer", "ada")
    assert run("accept", item, "--reviewer", "bob", "--revision", "0")[0] == 1
    assert run("accept", "nope")[0] == 2
    assert run("reject", item, "--reason", "good")[0] == 2
    assert run("reject", item)[0] == 2
    assert run("list", "--status", "maybe")[0] == 2
    assert run("accept", item, "--reviewer", "")[0] == 2
    for code, _, said in (run("accept", "nope"), run("reject", item, "--reason", "good")):
        assert said.startswith("oncobrief: ") and said.count("\n") == 1, code


def test_too_few_decisions_are_an_answer_and_no_failure(run) -> None:
    for command in ("agreement", "calibration"):
        code, text, _ = run(command)
        assert code == 0 and "not enough decisions" in text
        found = json.loads(run(command, "--json")[1])
        assert "not enough decisions" in found["missing"]


def test_export_to_stdout_and_file(run, tmp_path: Path) -> None:
    item = ids(run)[0]
    run("accept", item, "--reviewer", "ada")
    assert item in run("export", "csv")[1]
    out = tmp_path / "new" / "accepted.md"
    code, text, _ = run("export", "brief", "--out", str(out))
    assert code == 0 and text.strip() == str(out)
    assert item in out.read_text()
    assert run("export", "brief", "--status", "open")[0] == 2
    assert run("export", "pdf")[0] == 2


def test_damaged_database_is_exit_code_2_and_kept(run, workspace: Workspace) -> None:
    path = workspace.root / "oncobrief.sqlite"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 20)
    before = path.read_bytes()
    code, _, said = run("list")
    assert code == 2 and str(path) in said and "oncobrief restore" in said
    assert path.read_bytes() == before


class _Store:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def made_up_knowledge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.jobs.open_knowledge", lambda *_: _Store())
    monkeypatch.setattr("agent.store_evidence.StoreEvidence", lambda *_: ExampleEvidence())


def test_decoys_are_seen_in_the_blinded_view_alone(run, made_up_knowledge: None) -> None:
    plain = ids(run)
    code, said, _ = run("decoys", "--seed", "3", "--json")
    (made,) = json.loads(said)
    assert code == 0 and made["decoys"] == made["drafts"] == len(plain)
    assert ids(run) == plain
    views = {
        name: json.loads(run("list", "--blinded", "--reviewer", name, "--json")[1])["items"] for name in "abcdefgh"
    }
    assert {len(items) for items in views.values()} == {len(plain)}
    run("decoys", "--seed", "3")
    assert json.loads(run("list", "--blinded", "--reviewer", "a", "--json")[1])["items"] == views["a"]
    name, hidden = next((n, i["id"]) for n, items in views.items() for i in items if i["id"] not in plain)
    assert run("accept", hidden, "--blinded", "--reviewer", name)[0] == 0
    assert run("show", hidden, "--reviewer", "zed")[0] == 2
    assert "recorded" in run("unblind", "--reviewer", "zed", "--note", "done")[1]
    assert "DECOY" in run("show", hidden, "--reviewer", "zed")[1]
    assert "may be decoys" in run("list", "--blinded", "--reviewer", name)[1]


def test_decoys_need_drafts_and_their_bundle(run, workspace: Workspace, made_up_knowledge: None) -> None:
    assert run("decoys", "--drug", "Nothing")[0] == 2
    (workspace.bundles / "example0" / "bundle.json").unlink()
    code, _, said = run("decoys")
    assert code == 2 and "bundle.json" in said


def test_a_database_that_refuses_does_not_take_the_brief_along(workspace: Workspace) -> None:
    path = workspace.root / "oncobrief.sqlite"
    path.write_bytes(b"broken" * 100)
    bundle = example_bundle()
    tables = load_tables(bundle.save(workspace.bundles, example_tables()), workspace.bundles / bundle.key)
    brief = write_hypotheses(bundle, tables, ExampleEvidence(), BriefSettings())
    said: list[str] = []
    job.queue_for_review(workspace, load_settings(), brief, said.append)
    assert len(said) == 1 and "not queued" in said[0] and str(path) in said[0]


def test_help_names_every_step(run) -> None:
    _, text, _ = run("--help")
    for step in ("list", "show", "accept", "reject", "edit", "agreement", "calibration", "export", "decoys", "unblind"):
        assert f" {step} " in text

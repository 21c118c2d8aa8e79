"""``oncobrief chat``: once and at a prompt, threads listed and exported, bad usage."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from agent.cli.app import main
from agent.examples_workspace import example_workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_workspace(tmp_path_factory.mktemp("cli-chat")).root


def run(capsys: pytest.CaptureFixture[str], folder: Path, *args: str) -> tuple[int, str, str]:
    try:
        main(["--workspace", str(folder), "chat", *args])
    except SystemExit as left:
        code = left.code
    captured = capsys.readouterr()
    return int(code or 0), captured.out, captured.err


def test_once_as_json_then_on_in_the_thread_then_exported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, folder, "--once", "does GENA1 matter for examplnib?", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["by"] == "router"
    assert told["text"] == "I read “examplnib” as Examplinib."
    assert told["answers"][0]["subject"]["gene"] == "GENA1"
    thread = told["thread"]
    assert thread in err
    code, out, _ = run(capsys, folder, "--thread", thread, "--once", "what contradicts this?")
    assert code == 0
    assert "What contradicts GENA1 for Examplinib?" in out
    assert "“High GENA1 expression" in out
    code, out, _ = run(capsys, folder, "--threads", "--json")
    assert [row["id"] for row in json.loads(out)] == [thread]
    assert json.loads(out)[0]["messages"] == 4
    code, out, _ = run(capsys, folder, "--thread", thread, "--export", "markdown")
    assert code == 0
    assert out.startswith("# does GENA1 matter for examplnib?")
    code, out, _ = run(capsys, folder, "--thread", thread, "--export", "json")
    assert len(json.loads(out)["messages"]) == 4


def test_a_prompt_reads_until_exit(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("overview of examplinib\n\nand otheramab?\nexit\nnot read\n"))
    code, out, err = run(capsys, folder, "--user", "ann")
    assert code == 0
    assert "Examplinib: overview" in out
    assert "Otheramab: overview" in out
    assert "--thread" in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--export", "markdown"], "--thread"),
        (["--export", "pdf", "--thread", "x"], "markdown or json"),
        (["--thread", "no-such-thread", "--once", "help"], "thread"),
        (["--once", "   "], "empty"),
        (["--once", "x" * 3000], "shorten"),
    ],
)
def test_bad_usage_is_one_message(
    folder: Path, capsys: pytest.CaptureFixture[str], args: list[str], words: str
) -> None:
    code, out, err = run(capsys, folder, *args)
    assert code == 2
    assert words in err
    assert out == ""

"""Logs are JSON lines with a run's id; no key comes out anywhere; limits and full disks are told in words."""

import errno
import json
import logging
from pathlib import Path

import pytest

from agent.cli import app as cli
from agent.errors import InputError
from agent.ops.limits import check_cap, no_room
from agent.ops.logs import LOGGER, LogStream, logging_json, start_logging, stop_logging
from agent.ops.secrets import known_secrets, masker

KEY = "sk-planted-9f3b7c21"
PASSWORD = "p@ss word/7c21"
PLANTED = {
    "ONCOBRIEF_LLM__API_KEY": KEY,
    "ONCOBRIEF_LLM__BASE_URL": "http://127.0.0.1:9/v1",
    "ONCOBRIEF_LLM__MODEL": "tiny",
    "ONCOBRIEF_LLM__RETRIES": "0",
    "ONCOBRIEF_PUBMED_KEY": "ncbi-planted-5d2e",
    "ONCOBRIEF_WEB__TOKEN": "token-planted-1a2b3c4d",
}
SPELLINGS = (KEY, "9f3b7c21", "ncbi-planted", "token-planted", KEY[::-1])


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.fixture(autouse=True)
def quiet() -> object:
    yield None
    stop_logging()


def test_each_line_is_json_with_the_run(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    run_id = start_logging(file=file, secrets=[KEY], command="explain")
    logger = logging.getLogger(f"{LOGGER}.tasks")
    logger.info("task ends", extra={"task": "abc", "note": f"the key is {KEY}"})
    try:
        raise ValueError(f"broken by {KEY}")
    except ValueError as error:
        logger.error("failed\nin two lines", exc_info=error)
    LogStream().write("what a console shows\nhalf")
    stop_logging(3)
    assert not logging_json()
    text = file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["message"] for line in lines] == [
        "command begins", "task ends", "failed\nin two lines", "what a console shows", "command ends",
    ]  # fmt: skip
    assert {line["run"] for line in lines} == {run_id}
    assert lines[0]["command"] == "explain" and lines[-1]["exit_code"] == 3
    assert lines[1]["logger"] == "oncobrief.tasks" and lines[1]["task"] == "abc"
    assert "ValueError" in lines[2]["traceback"]
    assert KEY not in text and "[key removed]" in text
    with pytest.raises(InputError, match="cannot be written to"):
        start_logging(file=tmp_path / "none" / "log", command="x")


def test_levels_and_nothing_without_being_asked(tmp_path: Path) -> None:
    assert not logging_json()
    start_logging(level="error", file=tmp_path / "log", command="x")
    logging.getLogger(LOGGER).info("too little")
    stop_logging(0)
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize("name", ["ONCOBRIEF_LLM__API_KEY", "oncobrief_llm__api_key", "OncoBrief_LLM__Api_Key"])
def test_keys_are_known_whatever_the_case_of_the_variable(name: str) -> None:
    assert known_secrets({name: KEY}) == (KEY,)


def test_passwords_of_addresses_and_keys_of_groups_are_known() -> None:
    from urllib.parse import quote

    url = f"postgresql://user:{quote(PASSWORD, safe='')}@db.example/x"
    found = known_secrets({"ONCOBRIEF_DATABASE_URL": url, "ONCOBRIEF_LLM": json.dumps({"api_key": KEY}), "HOME": "/h"})
    assert {KEY, PASSWORD, url} <= set(found)
    mask = masker(found)
    for text in (f"could not connect to {url}", f"password {PASSWORD} refused", f"{KEY}!"):
        assert PASSWORD not in mask(text) and KEY not in mask(text)
    assert known_secrets({"ONCOBRIEF_DATABASE_URL": "sqlite:///x", "ONCOBRIEF_LLM": "no json"}) == ()
    assert masker(())("as it is") == "as it is"


def test_a_planted_key_comes_out_nowhere(copy, capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    base = ("--workspace", str(workspace.root))
    said = []
    for args in (
        (*base, "brief", "Trialdrug-001", "--bags", "4", "--llm", "--out", str(tmp_path / "out")),
        (*base, "brief", "Trialdrug-001", "--bags", "4", "--llm", "--dry-run", "--json"),
        (*base, "--log-json", "brief", "Trialdrug-001", "--bags", "4", "--llm"),
        (*base, "--debug", "explain", KEY),
        (*base, "explain", KEY, "--log-json"),
        (*base, "knowledge", "ingest", f"/nowhere/{KEY}"),
        (*base, "doctor", "--json"),
        (*base, "backup", str(tmp_path / "b.tar")),
    ):
        code, out, err = run(capsys, *args)
        assert code in (0, 1, 2)
        said.append(out + err)
    for text in said:
        assert not [word for word in SPELLINGS if word in text], text[-2000:]
    for path in [p for folder in (workspace.root, tmp_path) for p in folder.rglob("*") if p.is_file()]:
        data = path.read_bytes()
        assert not [word for word in SPELLINGS if word.encode() in data], path


def test_no_room_is_found_through_the_chain() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/x/y")
    wrapped = RuntimeError("writing failed")
    wrapped.__cause__ = full
    assert "'/x/y'" in str(no_room(wrapped))
    assert no_room(ValueError("database or disk is full"))
    assert no_room(ValueError("something else")) is None
    loop = ValueError("a")
    loop.__context__ = loop
    assert no_room(loop) is None


@pytest.mark.parametrize("gigabytes", [0, -1, 1.9, float("nan"), 1e30])
def test_caps_that_cannot_work_are_refused(gigabytes: float) -> None:
    with pytest.raises(InputError, match="memory cap"):
        check_cap(gigabytes)

"""The outer door of the command line: speed, exit codes, one message a failure."""

import subprocess
import sys

import pytest

from agent.cli import app as cli
from agent.cli import lazy
from explain_engine.errors import InputError

HEAVY = ("numpy", "pandas", "lightgbm", "shap", "chromadb", "openai", "langchain", "matplotlib", "pydantic_settings")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, agent.cli.app as a\n"
        "try:\n    a.main(['--help'])\nexcept SystemExit as e:\n    assert e.code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for name in cli.COMMANDS:
        assert name in done.stdout


def test_unknown_command_suggests_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["demoo"])
    assert caught.value.code == 2
    assert "Did you mean 'demo'" in capsys.readouterr().err


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def boom(self: object, ctx: object, name: str) -> object:
        raise error

    monkeypatch.setattr(cli.app.info.cls, "get_command", boom)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("drug 'x' is unknown"), 2, "oncobrief: drug 'x' is unknown\n"),
        (ZeroDivisionError("division by zero"), 1, "oncobrief: unexpected ZeroDivisionError: division by zero\n"),
    ],
)
def test_failures_are_one_message_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int, message: str
) -> None:
    _fail_with(monkeypatch, error)
    with pytest.raises(SystemExit) as caught:
        cli.main(["demo"])
    captured = capsys.readouterr()
    assert caught.value.code == code
    assert captured.err.startswith(message)
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    with pytest.raises(SystemExit):
        cli.main(["--debug", "demo"])
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_with(monkeypatch, KeyboardInterrupt())
    with pytest.raises(SystemExit) as caught:
        cli.main(["demo"])
    assert caught.value.code == 130


def test_each_listed_command_has_a_home() -> None:
    assert all(isinstance(entry, lazy.LazyCommand) and entry.help for entry in cli.COMMANDS.values())

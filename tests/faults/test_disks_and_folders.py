"""A full disk and a folder that cannot be written to: one clear message, nothing half-written, work goes on after."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import app as cli
from agent.workspace import Workspace
from explain_engine.bundle import ExplanationBundle
from knowledge.store.snapshot import current_id, damage

pytestmark = pytest.mark.slow


def oncobrief(workspace: Workspace, *args: str, file_bytes: int | None = None) -> tuple[int, str]:
    """Run the program; with `file_bytes` no file may grow beyond it, as on a disk that is full."""

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale.oncobrief_main", "--workspace", str(workspace.root), *args],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    return done.returncode, done.stderr


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def is_one_message(errors: str) -> bool:
    told = [line for line in errors.splitlines() if line.startswith("oncobrief: ")]
    return len(told) == 1 and "Traceback" not in errors


def test_a_full_disk_while_explaining(copy) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    before = visible(workspace.bundles)
    command = ("explain", "Trialdrug-002", "--bags", "4")
    code, errors = oncobrief(workspace, *command, file_bytes=8_000)
    assert code == 1 and is_one_message(errors), errors
    assert "no room" in errors and "--workspace" in errors
    assert visible(workspace.bundles) == before
    assert not list(workspace.bundles.glob(".*"))
    assert oncobrief(workspace, *command)[0] == 0
    [new] = visible(workspace.bundles) - before
    assert ExplanationBundle.load(workspace.bundles / new).digest


def test_a_full_disk_while_ingesting(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"id": "note:1", "text": "' + "TG00001 was seen. " * 2000 + '"}\n')
    before = current_id(workspace.knowledge)
    code, errors = oncobrief(workspace, "knowledge", "ingest", str(notes), file_bytes=20_000)
    assert code == 1 and is_one_message(errors), errors
    assert "no room" in errors
    now = current_id(workspace.knowledge)
    assert now == before or not damage(workspace.knowledge, str(now))
    assert oncobrief(workspace, "knowledge", "ingest", str(notes))[0] == 0
    assert not damage(workspace.knowledge, str(current_id(workspace.knowledge)))


def test_a_full_disk_while_backing_up(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, errors = oncobrief(copy(), "backup", str(tmp_path / "b.tar"), file_bytes=20_000)
    assert code == 2 and is_one_message(errors), errors
    assert "nothing was written" in errors or "nothing is left of it" in errors
    assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".writing*"))


def test_a_small_file_system_that_fills_up(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import shutil

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        from agent.workspace import open_workspace

        shutil.copytree(copy("source").data, disk / "ws" / "data")
        workspace = open_workspace(disk / "ws")
        workspace.bundles.mkdir()
        (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 70_000))
        code, errors = oncobrief(workspace, "explain", "Trialdrug-001", "--bags", "4")
        assert code == 1 and is_one_message(errors), errors
        assert "no room" in errors
        assert visible(workspace.bundles) == set()
        (disk / "filler").unlink()
        assert oncobrief(workspace, "explain", "Trialdrug-001", "--bags", "4")[0] == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, errors = oncobrief(workspace, "explain", "Trialdrug-002", "--bags", "4")
        assert code == 2 and is_one_message(errors), errors
        assert "cannot be written to" in errors and "Read-only" in errors
        # Looking is still possible.
        assert oncobrief(workspace, "explain", "--pending")[0] == 0
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.parametrize(
    "args", [("explain", "x"), ("brief", "x"), ("knowledge", "build"), ("explain", "a", "b"), ("data", "fetch")]
)
def test_a_folder_that_cannot_be_written_to(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--workspace", "/proc/self/nowhere", *args])
    errors = capsys.readouterr().err
    assert stop.value.code == 2 and is_one_message(errors), errors
    assert "cannot be written to" in errors and "--workspace DIR" in errors


def test_a_workspace_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ws").write_text("a file")
    with pytest.raises(SystemExit) as stop:
        cli.main(["--workspace", str(tmp_path / "ws"), "explain", "x"])
    assert stop.value.code == 2 and is_one_message(capsys.readouterr().err)

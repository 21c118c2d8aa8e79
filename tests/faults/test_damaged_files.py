"""Every kind of file of a workspace, damaged in several ways: rebuilt, or one clear message that says what to do."""

import json
from pathlib import Path

import pytest

from agent.cli import app as cli
from agent.workspace import Workspace
from knowledge.build import open_store

pytestmark = pytest.mark.slow


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--workspace", str(workspace.root), *args])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


DAMAGE = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "flipped": lambda data: bytes([data[0] ^ 0xFF]) + data[1:-1] + bytes([data[-1] ^ 0xFF]),
    "noise": lambda data: bytes(range(256)) * 8,
}
EXPLAIN = ("explain", "Trialdrug-001", "--bags", "4", "--json")
SEARCH = ("knowledge", "search", "venetoclax", "--json")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["bundle.json", "genes.parquet", "lines.parquet"])
def test_a_damaged_bundle_is_made_anew(copy, capsys, name: str, damage: str) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    [folder] = workspace.bundles.iterdir()
    digest = json.loads((folder / "bundle.json").read_text())["digest"]
    path = folder / name
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    code, out, err = run(capsys, workspace, *EXPLAIN)
    assert code == 0, err
    assert "damaged" in err
    assert json.loads(out)["digest"] == digest


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["expression.parquet", "response_gdsc2.parquet", "manifest.json"])
def test_damaged_data_are_one_message_with_the_next_step(copy, capsys, name: str, damage: str) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    path = workspace.data / "gdsc" / name
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    code, out, err = run(capsys, workspace, *EXPLAIN)
    told = [line for line in err.splitlines() if line.startswith("oncobrief: ")]
    assert (code, out) == (1, "")
    assert len(told) == 1 and "Traceback" not in err
    assert "damaged" in told[0] or "cannot be read" in told[0]
    assert "fetch" in told[0]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["documents.jsonl", "passages.jsonl", "manifest.json"])
def test_a_damaged_snapshot_is_told_and_building_again_mends_it(copy, capsys, name: str, damage: str) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    current = (workspace.knowledge / "current").read_text().strip()
    path = workspace.knowledge / current / name
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    code, _, err = run(capsys, workspace, *SEARCH)
    told = [line for line in err.splitlines() if line.startswith("oncobrief: ")]
    assert code == 1
    assert len(told) == 1 and "Traceback" not in err
    assert "damaged" in told[0] and "again" in told[0]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_rebuilt(copy, capsys, damage: str) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    with open_store(workspace.knowledge):
        pass
    code, before, _ = run(capsys, workspace, *SEARCH)
    assert code == 0
    current = (workspace.knowledge / "current").read_text().strip()
    derived = [workspace.knowledge / current / "index", workspace.knowledge / "vectors"]
    for path in [p for folder in derived for p in folder.rglob("*") if p.is_file() and p.name != ".lock"]:
        path.write_bytes(DAMAGE[damage](path.read_bytes() or b"x"))
    code, after, err = run(capsys, workspace, *SEARCH)
    assert code == 0, err
    assert json.loads(after)["hits"] == json.loads(before)["hits"]


@pytest.mark.parametrize("content", [b"", b"0123456789abcdef\n", b"../../etc\n", b"\xff\xfe", b"x" * 5000])
def test_a_damaged_pointer_to_the_current_snapshot(copy, capsys, content: bytes) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    (workspace.knowledge / "current").write_bytes(content)
    code, out, err = run(capsys, workspace, *SEARCH)
    told = [line for line in err.splitlines() if line.startswith("oncobrief: ")]
    assert code in (1, 2) and out == ""
    assert len(told) == 1 and "unexpected" not in told[0] and "Traceback" not in err, err


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_one_message(copy, damage: str) -> None:  # type: ignore[no-untyped-def]
    from agent.database import open_database
    from agent.errors import AgentError

    workspace = copy()
    path: Path = workspace.root / "oncobrief.sqlite"
    for beside in workspace.root.glob("oncobrief.sqlite*"):
        beside.unlink()
    open_database(workspace).dispose()
    for beside in workspace.root.glob("oncobrief.sqlite-*"):
        beside.unlink()
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    if damage == "empty":
        # A file without content is a database without tables: they are made.
        open_database(workspace).dispose()
        return
    with pytest.raises(AgentError) as caught:
        open_database(workspace)
    assert str(path) in str(caught.value) or "oncobrief.sqlite" in str(caught.value)

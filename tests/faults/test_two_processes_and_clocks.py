"""Two processes in one workspace lose nothing of each other; a clock that was set back changes nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.ops.sweep import sweep
from agent.pipeline import explain_or_reuse, load_dataset
from agent.settings import ExplainSettings
from agent.workspace import Workspace
from explain_engine.bundle import ExplanationBundle
from knowledge.build import add, open_store
from knowledge.documents import Document
from knowledge.retrieve.search import search
from knowledge.store.snapshot import read_snapshot

pytestmark = pytest.mark.slow


def start(workspace: Workspace, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scale.oncobrief_main", "--workspace", str(workspace.root), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_two_processes_at_once_in_one_workspace(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    for name in "ab":
        rows = "".join(f'{{"id": "note:{name}{n}", "text": "Note {name}{n} on TG00001."}}\n' for n in range(3))
        (tmp_path / f"{name}.jsonl").write_text(rows)
    both = [
        start(workspace, "knowledge", "ingest", str(tmp_path / "a.jsonl")),
        start(workspace, "knowledge", "ingest", str(tmp_path / "b.jsonl")),
        start(workspace, "explain", "Trialdrug-002", "--bags", "4", "--parts", "verdicts"),
        start(workspace, "explain", "Trialdrug-002", "--bags", "4", "--parts", "verdicts"),
    ]
    ended = [(process.communicate()[1], process.returncode) for process in both]
    assert [code for _, code in ended] == [0, 0, 0, 0], ended
    held = {document.id for document in read_snapshot(workspace.knowledge).documents}
    assert {f"note:{name}{n}" for name in "ab" for n in range(3)} <= held
    for folder in workspace.bundles.iterdir():
        bundle = ExplanationBundle.load(folder)
        for name in bundle.arrays:
            bundle.array(folder, name)
    assert len(list(workspace.bundles.iterdir())) == 3


def test_a_bundle_that_is_being_read_is_not_taken_away(copy) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    [folder] = workspace.bundles.iterdir()
    bundle = ExplanationBundle.load(folder)
    arrays = {name: bundle.array(folder, name) for name in bundle.arrays}
    before = (folder.stat().st_ino, (folder / "bundle.json").stat().st_ino)
    assert bundle.save(workspace.bundles, arrays) == bundle
    assert (folder.stat().st_ino, (folder / "bundle.json").stat().st_ino) == before
    (folder / "genes.parquet").write_bytes(b"damaged")
    assert bundle.save(workspace.bundles, arrays) == bundle
    assert bundle.array(folder, "genes").equals(arrays["genes"])
    assert [path.name for path in workspace.bundles.iterdir()] == [folder.name]


def test_a_clock_that_was_set_back(copy) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    later = time.time() + 30 * 24 * 3600
    for path in workspace.root.rglob("*"):
        os.utime(path, (later, later))
    settings = ExplainSettings(bags=4)
    assert explain_or_reuse(load_dataset(workspace, "Trialdrug-001", settings), settings, workspace.bundles).reused
    report = add(workspace.knowledge, [Document(id="note:1", text="A later note.", kind="note", source="t")])
    assert report.added == ("note:1",)
    with open_store(workspace.knowledge) as store:
        assert store.snapshot.id == report.snapshot
        assert search(store, "venetoclax").hits
    (workspace.bundles / ".writing-old").mkdir()
    os.utime(workspace.bundles / ".writing-old", (later, later))
    assert sweep(workspace) == ()


def test_leftovers_are_swept_after_a_day_and_nothing_else(copy) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    left = [workspace.bundles / ".writing-x", workspace.knowledge / ".0123.tmp", workspace.root / ".probe-1"]
    for path in left:
        path.mkdir()
        (path / "half").write_text("half")
    young = workspace.bundles / ".writing-y"
    young.mkdir()
    old = time.time() - 2 * 24 * 3600
    for path in left:
        os.utime(path / "half", (old, old))
        os.utime(path, (old, old))
    kept = {path for path in workspace.root.rglob("*") if not any(path.is_relative_to(gone) for gone in left)}
    assert set(sweep(workspace)) == set(left)
    assert set(workspace.root.rglob("*")) == kept
    assert young in kept and workspace.knowledge / ".lock" in kept


def test_sigterm_leaves_through_the_clean_up(copy) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    before = set(workspace.root.rglob("*"))
    process = start(workspace, "explain", "Trialdrug-001", "Trialdrug-002", "--jobs", "2", "--seed", "7")
    marker = workspace.root / "tasks" / "clients"
    until = time.monotonic() + 60
    while not (marker.is_dir() and list(marker.iterdir())) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(1.0)
    workers = [int(pid) for pid in children(process.pid)]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Traceback" not in errors
    assert list(marker.iterdir()) == []
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    new = {path for path in set(workspace.root.rglob("*")) - before if "tasks" not in path.parts}
    for path in new:
        assert not path.name.startswith(".writing-") or not path.is_dir()


def children(pid: int) -> list[str]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return path.read_text().split() if path.exists() else []

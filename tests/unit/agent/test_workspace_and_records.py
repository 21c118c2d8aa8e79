"""The workspace is proved writable before work starts, and what is written there is whole or absent."""

from pathlib import Path

import pytest

from agent.errors import WorkspaceError
from agent.records import RunRecord, current_versions, new_run_id, utc_now
from agent.workspace import open_workspace, write_atomic


def test_workspace_under_a_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("x")
    with pytest.raises(WorkspaceError, match="--workspace DIR") as caught:
        open_workspace(blocker / "inside").ensure_writable()
    assert caught.value.exit_code == 2


def test_opening_creates_nothing(tmp_path: Path) -> None:
    open_workspace(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_proof_of_writability_leaves_no_file(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "new").ensure_writable()
    assert list(workspace.root.iterdir()) == []


def test_failed_write_keeps_the_old_file_and_leaves_no_scratch(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "new \udc80")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_record_round_trips(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    record = RunRecord(
        id=new_run_id(),
        command="brief",
        started=utc_now(),
        finished=utc_now(),
        settings={},
        versions=current_versions(),
    )
    path = record.save(workspace)
    assert path.parent == workspace.runs
    assert RunRecord.model_validate_json(path.read_text()) == record


def test_run_ids_do_not_collide() -> None:
    assert len({new_run_id() for _ in range(1000)}) == 1000

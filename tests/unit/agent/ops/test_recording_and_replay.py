"""The same inputs give the same bytes: a recorded command done again elsewhere, and its description as RO-Crate."""

import json
import shutil
from pathlib import Path

import pytest

from agent.cli import app as cli
from agent.errors import InputError
from agent.ops.crate import METADATA, crate_metadata, write_crate
from agent.ops.recording import load_recording, record_run, replay
from agent.workspace import Workspace, open_workspace

BRIEF = ("brief", "Trialdrug-001", "--bags", "4", "--json")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.fixture(scope="module")
def recorded(full: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Path, Path]:
    """Workspace, recording and crate of a brief made in a workspace that had neither bundle nor brief."""
    folder = tmp_path_factory.mktemp("recorded")
    workspace = open_workspace(folder / "ws")
    for top in ("data", "knowledge"):
        shutil.copytree(full.root / top, workspace.root / top)
    file, crate = folder / "run.json", folder / "crate"
    with pytest.raises(SystemExit) as stop:
        args = ["run", "--record", str(file), "--crate", str(crate), "--", *BRIEF]
        cli.main(["--workspace", str(workspace.root), *args])
    assert not stop.value.code
    return workspace, file, crate


def test_two_workspaces_give_the_same_bundle_and_brief(
    recorded, full: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    workspace, file, _ = recorded
    # The other workspace has lived: it holds bundles and briefs already.
    code, out, _ = run(capsys, "--workspace", str(full.root), "replay", str(file), "--json")
    found = json.loads(out)
    assert (code, found["identical"]) == (0, True)
    assert found["different"] == found["missing"] == found["extra"] == []
    kinds = {name.rsplit("/", 1)[-1] for name in found["same"]}
    assert {"bundle.json", "genes.parquet", "brief.json", "brief.md", "brief.html", "brief.ris"} <= kinds
    for name in load_recording(file).outputs:
        assert (workspace.root / name).is_file()
    assert list(workspace.runs.glob("*.json"))
    assert not list((workspace.root / "recordings").iterdir())


def test_other_inputs_are_refused_and_other_outputs_told(
    recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    workspace, file, _ = recorded
    other = open_workspace(tmp_path / "ws")
    for top in ("data", "knowledge"):
        shutil.copytree(workspace.root / top, other.root / top)
    with (other.data / "gdsc" / "lines.parquet").open("ab") as table:
        table.write(b"x")
    with pytest.raises(InputError, match=r"1 of the recorded inputs .*lines\.parquet"):
        replay(other, load_recording(file))
    changed = json.loads(file.read_text())
    name = next(name for name in changed["outputs"] if name.endswith("brief.md"))
    changed["outputs"][name] = "0" * 64
    changed["outputs"]["briefs/x/gone.md"] = "0" * 64
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    code, out, _ = run(capsys, "--workspace", str(workspace.root), "replay", str(tmp_path / "changed.json"))
    assert code == 1
    assert f"different: {name}" in out and "missing: briefs/x/gone.md" in out


def test_the_crate_describes_run_inputs_outputs_and_software(recorded) -> None:  # type: ignore[no-untyped-def]
    import hashlib

    _, file, crate = recorded
    recording = load_recording(file)
    content = json.loads((crate / METADATA).read_text())
    assert content == crate_metadata(recording)
    assert content["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph = {entity["@id"]: entity for entity in content["@graph"]}
    assert len(graph) == len(content["@graph"])
    assert graph[METADATA]["about"] == {"@id": "./"}
    assert graph[METADATA]["conformsTo"]["@id"].endswith("/ro/crate/1.1")
    root = graph["./"]
    assert {"name", "description", "datePublished", "license", "hasPart"} <= set(root)
    for part in root["hasPart"]:
        path = crate / part["@id"]
        assert path.is_file()
        stated = graph[part["@id"]].get("sha256")
        assert stated in (None, hashlib.sha256(path.read_bytes()).hexdigest())
    action = graph[f"#run-{recording.id}"]
    assert action["name"].startswith("oncobrief brief")
    assert len(action["result"]) == len(recording.outputs) and len(action["object"]) == len(recording.inputs)
    for reference in (*action["result"], *action["object"], *action["instrument"]):
        assert reference["@id"] in graph
    assert graph["#software-lightgbm"]["version"] == recording.versions["lightgbm"]
    assert {p.relative_to(crate).as_posix() for p in crate.rglob("*") if p.is_file()} == {
        METADATA, *(part["@id"] for part in root["hasPart"])
    }  # fmt: skip


@pytest.mark.parametrize(
    "command", [(), ("serve",), ("chat",), ("run", "x"), ("explain", "--workspace", "x"), ("explain", "--cluster", "y")]
)
def test_what_has_no_end_or_another_place_cannot_be_recorded(tmp_path: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        record_run(open_workspace(tmp_path), command, report=lambda text: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"format": 99}'])
def test_a_file_that_is_no_recording_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(InputError, match="no recording"):
        load_recording(tmp_path / "r.json")
    with pytest.raises(InputError, match="cannot be read"):
        load_recording(tmp_path / "absent.json")


def test_a_failed_command_is_recorded_with_its_code(full: Workspace, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws")
    shutil.copytree(full.data, workspace.data)
    recording, _, folder = record_run(workspace, ("explain", "Nope"), report=lambda text: None)
    assert (recording.exit_code, recording.outputs) == (2, {})
    with pytest.raises(InputError, match="exists"):
        write_crate(recording, folder, tmp_path)

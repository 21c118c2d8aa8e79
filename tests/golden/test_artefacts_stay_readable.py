"""What every version so far wrote is opened and read by this one; the artefacts are made up and name their maker."""

import json
from pathlib import Path

import pytest

from agent.ops.recording import load_recording
from agent.pipeline import open_bundle
from agent.report.model import HypothesisBrief
from explain_engine.bundle import ExplanationBundle
from knowledge.store.snapshot import current_id, read_snapshot

ARTEFACTS = Path(__file__).resolve().parents[1] / "data" / "artefacts"
VERSIONS = sorted(path for path in ARTEFACTS.iterdir() if path.is_dir())
each = pytest.mark.parametrize("kept", VERSIONS, ids=lambda path: path.name)


def test_there_are_artefacts_and_they_are_small() -> None:
    assert "0.1.0" in {path.name for path in VERSIONS}
    for kept in VERSIONS:
        assert sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) < 300_000


@each
def test_bundles_are_read_whole(kept: Path) -> None:
    folders = sorted((kept / "bundles").iterdir())
    assert folders
    for folder in folders:
        found = open_bundle(folder)
        stated = json.loads((folder / "bundle.json").read_text())
        assert found.bundle.digest == stated["digest"]
        for name in found.bundle.arrays:
            assert len(found.bundle.array(folder, name)) > 0
    assert any(ExplanationBundle.load(folder).null is not None for folder in folders)


@each
def test_snapshots_are_read_whole(kept: Path) -> None:
    name = current_id(kept / "knowledge")
    snapshot = read_snapshot(kept / "knowledge")
    assert snapshot.id == name
    assert snapshot.documents and snapshot.passages and snapshot.mechanisms


@each
def test_briefs_are_read_whole(kept: Path) -> None:
    raw = json.loads((kept / "briefs" / "brief.json").read_text())
    # Beside the record itself the file repeats claims and ledger rows for programs.
    assert raw.pop("claims") and raw.pop("ledger")
    brief = HypothesisBrief.model_validate(raw)
    assert brief.hypotheses and brief.drug == "Examplinib"


@each
def test_recordings_are_read(kept: Path) -> None:
    assert load_recording(kept / "recording.json").command == ("explain", "Examplinib")

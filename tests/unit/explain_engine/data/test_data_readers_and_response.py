"""Readers: the table as it stands, or one clear refusal."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explain_engine.data.readers import read_matrix, read_symbols, read_table
from explain_engine.data.response import open_response_table
from explain_engine.errors import InputError


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.txt", "m.csv.gz", "m.tsv.gz", "m.parquet"])
def test_a_matrix_survives_every_format(matrix: pd.DataFrame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    given = matrix.rename(index={"LN-0": "697", "LN-1": "NA1"})
    if name.endswith("parquet"):
        given.to_parquet(path)
    else:
        given.to_csv(path, sep="," if "csv" in name else "\t")
    read = read_matrix(path)
    assert list(read.index) == list(given.index)
    assert read.index.name == "line"
    pd.testing.assert_frame_equal(read, given, check_names=False, rtol=1e-12, check_column_type=False)


def test_duplicate_columns_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("line,TP53,TP53,TP53.1\na,1,2,3\n")
    assert list(read_matrix(path).columns) == ["TP53", "TP53", "TP53.1"]


def test_a_header_without_a_name_for_the_row_names_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text('"TP53"\t"MYC"\n"A549"\t1.5\t2\n"697"\t3\t4\n')
    read = read_matrix(path)
    assert list(read.index) == ["A549", "697"]
    assert read.loc["A549"].tolist() == [1.5, 2]


def test_depmap_gene_names_lose_their_entrez_id(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(",TP53 (7157),HLA-A (3105),odd (x)\nACH-000001,1,2,3\n")
    assert list(read_matrix(path).columns) == ["TP53", "HLA-A", "odd (x)"]


def test_quoted_names_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(b'\xef\xbb\xbfline,"A, ""B""","two\nlines"\r\n"x, y",1,2\r\n')
    read = read_matrix(path)
    assert list(read.columns) == ['A, "B"', "two\nlines"]
    assert read.index.tolist() == ["x, y"]
    assert read.iloc[0].tolist() == [1, 2]


REFUSED_TEXT = {
    "empty.csv": (b"", r"empty \(0 bytes\)"),
    "blank.csv": (b"\n\n", "is empty"),
    "tabs.csv": (b"line\tTP53\tMYC\na\t1\t2\n", "3 when split at each tab; give the right separator"),
    "semicolons.csv": (b"line;TP53\na;1,5\n", "2 when split at each semicolon"),
    "single.csv": (b"line\na\n", "single column"),
    "ragged.csv": (b"line,A,B\nx,1,2\ny,1,2,3,4\n", "Expected 3 fields in line 3, saw 5"),
    "latin.csv": (b"line,A\n\xe9,1\n", "not UTF-8 text"),
    "nul.csv": (b"line,A\nx,\x001\n", "NUL"),
    "quotes.csv": (b'line,"A\nx,1\n', "quotes"),
    "sheet.csv": (b"PK\x03\x04rest", "spreadsheet"),
    "numbers.tsv": (b"0.1\t0.2\n", None),
    "table.docx": (b"abc", "unknown ending '.docx'"),
    "broken.parquet": (b"PAR1 no", "cannot be read as parquet"),
    "broken.csv.gz": (b"no gzip", "gzip"),
}


@pytest.mark.parametrize("name", [name for name, (_, message) in REFUSED_TEXT.items() if message])
def test_unreadable_files_are_refused(tmp_path: Path, name: str) -> None:
    content, message = REFUSED_TEXT[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_matrix(path)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is no file"):
        read_table(tmp_path)


def test_sizes_are_bounded_packed_and_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("line,A\n" + "x,1\n" * 1000)
    with pytest.raises(InputError, match="more than the 1,000 that are read"):
        read_table(path, max_bytes=1000)
    packed = tmp_path / "m.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert packed.stat().st_size < 1000
    with pytest.raises(InputError, match="unpacks to more than"):
        read_table(packed, max_bytes=1000)


def test_a_matrix_without_line_names_is_refused(matrix: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    matrix.reset_index(drop=True).to_parquet(path)
    with pytest.raises(InputError, match="first column holds numbers, not line names"):
        read_matrix(path)


def test_h5ad_without_its_library_names_the_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.h5ad"
    path.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(InputError, match=r"pip install 'oncobrief\[anndata\]'"):
        read_matrix(path)


def test_h5ad_is_read_where_its_library_is_installed(matrix: pd.DataFrame, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    path = tmp_path / "m.h5ad"
    anndata.AnnData(matrix).write_h5ad(path)
    read = read_matrix(path)
    np.testing.assert_allclose(read.to_numpy(), matrix.to_numpy())
    assert list(read.index) == list(matrix.index) and list(read.columns) == list(matrix.columns)
    path.write_bytes(b"junk")
    with pytest.raises(InputError, match="cannot be read as AnnData"):
        read_matrix(path)


def test_symbols_are_read_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("TP53\n\n MYC \r\nTP53\n")
    assert read_symbols(path) == {"TP53", "MYC"}
    path.write_text(" \n")
    with pytest.raises(InputError, match="no symbol"):
        read_symbols(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_symbols(tmp_path / "none")


def _table(tmp_path: Path, text: str, name: str = "r.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("CELL_LINE_NAME,DRUG_NAME,LN_IC50", "ln_ic50"),
        ("ccl_name,cpd_name,area_under_curve", "auc"),
        ("cell_line,drug,auc", "auc"),
        ("ModelID,compound,AUC", "auc"),
    ],
)
def test_usual_column_names_are_known(tmp_path: Path, header: str, kind: str) -> None:
    table = open_response_table(_table(tmp_path, f"{header}\n697,A,1.5\nHT-29,A,2.5\n"), kind=kind)  # type: ignore[arg-type]
    assert table.of("a").to_dict() == {"697": 1.5, "HT-29": 2.5}


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = _table(tmp_path, "zell,stoff,wert\nx,A,1\n", "r.tsv")
    with pytest.raises(InputError, match="when split at each comma"):
        open_response_table(path, kind="auc")
    options = {"line_column": "zell", "drug_column": "stoff", "value_column": "wert", "sep": ","}
    assert open_response_table(path, kind="auc", **options).of("A").to_dict() == {"x": 1.0}  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"no column with drugs \(looked for 'x'\).*columns are zell"):
        open_response_table(path, kind="auc", **{**options, "drug_column": "x"})  # type: ignore[arg-type]


def test_repeats_are_refused_or_averaged_and_told(tmp_path: Path) -> None:
    path = _table(tmp_path, "line,drug,auc\nx,A,1\nx,A,3\ny,A,5\n,A,5\nz,A,\n")
    with pytest.raises(InputError, match=r"2 rows of r\.csv repeat a line and drug: for example x with A"):
        open_response_table(path, kind="auc")
    table = open_response_table(path, kind="auc", repeats="mean")
    assert table.of("A").to_dict() == {"x": 2.0, "y": 5.0}
    assert len(table.notes) == 3
    assert any("2 rows that repeat" in note for note in table.notes)
    with pytest.raises(InputError, match="refuse, mean"):
        open_response_table(path, kind="auc", repeats="max")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("line,drug,auc\nx,A,high\n", "holds 'high'"),
        ("line,drug,auc\nx,A,\n", "no row with a line"),
        ("line,drug,other\nx,A,1\n", "no column with auc values"),
        ("line,drug,auc,AUC\nx,A,1,2\n", "2 columns with auc values"),
    ],
)
def test_response_tables_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_response_table(_table(tmp_path, text), kind="auc")


def test_lines_that_would_merge_are_refused(tmp_path: Path) -> None:
    table = open_response_table(_table(tmp_path, "line,drug,auc\nHT29,A,1\nht 29,A,2\n"), kind="auc")
    with pytest.raises(InputError, match=r"1 pairs of lines.*HT29 and ht 29 -> HT-29"):
        table.spelled_as(["HT-29"])
    assert table.spelled_as(["OTHER"]).of("A").to_dict() == {"HT29": 1.0, "ht 29": 2.0}


def test_an_unknown_drug_gets_near_matches(tmp_path: Path) -> None:
    table = open_response_table(_table(tmp_path, "line,drug,auc\nx,navitoclax,1\n"), kind="auc", name="CTRPv2")
    with pytest.raises(InputError, match="CTRPv2 has no drug 'navitoklax'; did you mean navitoclax"):
        table.of("navitoklax")

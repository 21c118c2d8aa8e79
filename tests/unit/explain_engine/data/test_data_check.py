"""The file check: recognises the table, and says everything at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explain_engine.data.check import CheckReport, check_file


def _errors(report: CheckReport) -> str:
    return " | ".join(f"{f.what}: {f.where}" for f in report.findings if f.severity == "error")


def _response(**columns: object) -> pd.DataFrame:
    lines = [f"LN-{number}" for number in range(70)]
    rng = np.random.default_rng(5)
    table = {"cell_line": lines * 2, "drug": ["A"] * 70 + ["B"] * 70, "ln_ic50": rng.normal(2, 2, 140)}
    return pd.DataFrame({**table, **columns})


def test_sound_tables_can_be_used(matrix: pd.DataFrame, tmp_path: Path) -> None:
    matrix.to_csv(tmp_path / "m.csv")
    report = check_file(tmp_path / "m.csv")
    assert report.ok and report.findings == ()
    assert (report.table, report.rows, report.columns) == ("expression matrix", 80, 12)
    _response().to_csv(tmp_path / "r.csv", index=False)
    report = check_file(tmp_path / "r.csv")
    assert report.ok and report.table == "response table"
    assert [finding.severity for finding in report.findings] == ["note"]


def test_every_fault_of_a_matrix_is_told_at_once(matrix: pd.DataFrame, tmp_path: Path) -> None:
    x = matrix.iloc[:50].copy()
    x.iloc[0, 0], x.iloc[1, 1] = np.nan, np.inf
    x["GENE5"] = 3.0
    x = x.astype(object)
    x.iloc[2, 3] = "n.d."
    x.columns = [*x.columns[:-2], "TP53", "GENE5"]
    x.index = ["LN-9", *x.index[1:]]
    x.to_csv(tmp_path / "m.csv")
    report = check_file(tmp_path / "m.csv", known_genes=[gene for gene in matrix.columns if gene != "MYC"])
    text = _errors(report)
    for part in (
        "1 gene name more than once in the columns of the expression matrix: TP53",
        "1 line name more than once in the rows of the expression matrix: LN-9",
        "KRAS; 'KRAS' holds 'n.d.'",
        "infinite values: first at LN-1/EGFR",
        "1 expression value missing",
        "1 gene with the same value in all 50 lines: GENE5",
        "1 gene not among the 11 known symbols: MYC",
        "only 50 lines, 60 are needed",
    ):
        assert part in text
    assert all(finding.next_step for finding in report.findings)
    assert not report.ok


def test_a_transposed_matrix_gets_this_one_finding(matrix: pd.DataFrame, tmp_path: Path) -> None:
    matrix.T.to_csv(tmp_path / "m.csv")
    report = check_file(tmp_path / "m.csv")
    assert len(report.findings) == 1
    assert "transposed" in report.findings[0].what


def test_lines_in_columns_are_seen_without_common_genes(tmp_path: Path) -> None:
    names = [f"ACH-{number:06d}" for number in range(70)]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(90, 70)), columns=names)
    table.insert(0, "gene", [f"ENSG{number}" for number in range(90)])
    table.to_csv(tmp_path / "m.csv", index=False)
    assert "transposed" in check_file(tmp_path / "m.csv").findings[0].what


def test_raw_counts_are_a_warning(matrix: pd.DataFrame, tmp_path: Path) -> None:
    (matrix.abs() * 1000).round().to_csv(tmp_path / "m.csv")
    report = check_file(tmp_path / "m.csv")
    assert report.ok
    assert report.findings[0].severity == "warning" and "raw counts" in report.findings[0].what


@pytest.mark.parametrize(
    ("columns", "kind", "message"),
    [
        ({"ln_ic50": np.linspace(0.1, 0.9, 140)}, None, "as AUC does"),
        ({"ln_ic50": np.linspace(-3, 3, 140)}, "auc", "an area is never negative"),
        ({"ln_ic50": [*["x"], *np.linspace(-3, 3, 139)]}, None, "holds 'x'"),
        ({"ln_ic50": [*[-np.inf], *np.linspace(-3, 3, 139)]}, None, "infinite"),
        ({"cell_line": ["LN-0", "LN-0", *[f"LN-{n}" for n in range(138)]]}, None, "other rows repeat"),
        (
            {"cell_line": [f"LN-{n}" for n in range(140)], "drug": [f"D{n // 20}" for n in range(140)]},
            None,
            "no drug has",
        ),
    ],
)
def test_faults_of_a_response_table(tmp_path: Path, columns: dict[str, object], kind: str | None, message: str) -> None:
    _response(**columns).to_csv(tmp_path / "r.csv", index=False)
    report = check_file(tmp_path / "r.csv", kind=kind)  # type: ignore[arg-type]
    assert message in _errors(report)
    assert not report.ok


def test_warnings_and_notes_of_a_response_table(tmp_path: Path) -> None:
    table = _response()
    table.loc[0, "cell_line"] = None
    table.loc[1, "ln_ic50"] = np.nan
    table.loc[table["drug"] == "B", "ln_ic50"] = 1.5
    table.loc[70:75, "drug"] = "C"
    table.to_csv(tmp_path / "r.csv", index=False)
    report = check_file(tmp_path / "r.csv")
    told = {finding.what: finding.severity for finding in report.findings}
    assert told["1 row without a line or drug"] == "warning"
    assert told["1 row without ln_ic50"] == "note"
    assert told["1 of 3 drugs with fewer than 60 lines"] == "note"
    assert told["2 drugs with one and the same ln_ic50 in all lines"] == "warning"
    assert report.ok


def test_a_response_table_without_a_drug_column_is_recognised(tmp_path: Path) -> None:
    _response().rename(columns={"drug": "stoff"}).to_csv(tmp_path / "r.csv", index=False)
    report = check_file(tmp_path / "r.csv")
    assert report.table == "response table" and "no column with drugs" in _errors(report)


@pytest.mark.parametrize("name", ["none.csv", "a.xyz"])
def test_an_unreadable_file_is_a_finding_not_a_failure(tmp_path: Path, name: str) -> None:
    if name == "a.xyz":
        (tmp_path / name).write_text("x")
    report = check_file(tmp_path / name)
    assert report.table == "unreadable" and not report.ok
    assert report.findings[0].next_step

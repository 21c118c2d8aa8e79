"""The door: everything that is wrong is refused with its name, everything left out is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explain_engine.data.dataset import ResponseDataset
from explain_engine.data.faults import TableError
from explain_engine.data.opening import open_dataset, open_expression, open_own_response
from explain_engine.data.response import open_response_table
from explain_engine.errors import DataUnavailableError, InputError

Frames = tuple[pd.DataFrame, pd.Series]
Change = Callable[[pd.DataFrame, pd.Series], Frames]


def _cell(value: object) -> Change:
    def change(matrix: pd.DataFrame, response: pd.Series) -> Frames:
        changed = matrix.astype(object) if isinstance(value, str) else matrix.copy()
        changed.iloc[3, 2] = value
        return changed, response

    return change


def _names(axis: str, old: str, new: object) -> Change:
    return lambda matrix, response: (matrix.rename(**{axis: {old: new}}), response)


REFUSED: dict[str, tuple[Change, str]] = {
    "empty": (lambda m, y: (m.iloc[:0], y), r"empty \(0 lines x 12 genes\)"),
    "no genes": (lambda m, y: (m.iloc[:, :0], y), r"empty \(80 lines x 0 genes\)"),
    "transposed": (lambda m, y: (m.T, y), "transposed.*rows TP53"),
    "gene twice": (_names("columns", "MYC", "TP53"), r"1 gene name more than once.*: TP53;"),
    "line twice": (_names("index", "LN-1", "LN-0"), r"1 line name more than once.*: LN-0;"),
    "gene without a name": (_names("columns", "MYC", " "), r"1 gene without a name: numbers 3"),
    "text cell": (
        _cell("n.d."),
        r"1 column of the expression.* numbers: MYC; 'MYC' holds 'n.d.' at 'LN-3';",
    ),
    "flag column": (lambda m, y: (m.assign(MYC=m["MYC"] > 0), y), "not made of numbers: MYC.*stored as bool"),
    "infinite": (_cell(-np.inf), "infinite values: first at LN-3/MYC;"),
    "missing": (
        _cell(np.nan),
        r"1 expression value missing, in 1 gene and 1 line: genes MYC; lines LN-3;.*impute",
    ),
    "constant": (lambda m, y: (m.assign(MYC=1.0), y), "1 gene with the same value in all 80 lines: MYC"),
    "constant but for a gap": (
        lambda m, y: (m.assign(MYC=[np.nan, *[1.0] * 79]), y),
        "1 expression value missing",
    ),
    "59 lines": (lambda m, y: (m, y.iloc[:59]), "only 59 lines have both.*60 are needed"),
    "other names": (lambda m, y: (m, y.rename(index=lambda name: f"x{name}")), "only 0 lines have both"),
    "response twice": (lambda m, y: (m, pd.concat([y, y.iloc[:1]])), "1 line name more than once in the response"),
    "no response": (lambda m, y: (m, y * np.nan), "no line has a response"),
    "text response": (
        lambda m, y: (m, y.astype(object).replace(y.iloc[0], "high")),
        "numbers.*holds 'high'",
    ),
    "infinite response": (lambda m, y: (m, y.replace(y.iloc[0], np.inf)), "response to d holds infinite"),
    "AUC claimed ln IC50": (lambda m, y: (m, y.rank(pct=True)), "claimed to be ln.*as AUC does; claim kind 'auc'"),
    "IC50 not logged": (lambda m, y: (m, np.exp(y + 3)), "above 20 is impossible"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(matrix: pd.DataFrame, response: pd.Series, case: str) -> None:
    change, message = REFUSED[case]
    x, y = change(matrix, response)
    with pytest.raises(InputError, match=message) as caught:
        ResponseDataset.from_frames(x, y, drug="d", kind="ln_ic50")
    assert isinstance(caught.value, TableError)
    assert caught.value.next_step
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("factor", "message"), [(1.0, "an area is never negative.*'ln_ic50'"), (1000.0, "far above any AUC")]
)
def test_ln_ic50_claimed_as_auc_is_refused(
    matrix: pd.DataFrame, response: pd.Series, factor: float, message: str
) -> None:
    values = response if factor == 1.0 else response.abs() * factor
    with pytest.raises(InputError, match=message):
        ResponseDataset.from_frames(matrix, values, drug="d", kind="auc")


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_both_scales_of_auc_pass(matrix: pd.DataFrame, response: pd.Series, scale: float) -> None:
    data = ResponseDataset.from_frames(matrix, response.rank(pct=True) * scale, drug="d", kind="auc")
    assert data.y.max() == scale


@pytest.mark.parametrize(
    "options", [{"nan": "guess"}, {"unknown_genes": "x"}, {"constant_genes": ""}, {"kind": "ec50"}]
)
def test_unknown_choices_are_refused(matrix: pd.DataFrame, response: pd.Series, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="one of"):
        ResponseDataset.from_frames(matrix, response, **{"drug": "d", "kind": "ln_ic50", **options})


def test_sound_tables_pass_unchanged(matrix: pd.DataFrame, response: pd.Series) -> None:
    data = ResponseDataset.from_frames(matrix, response.iloc[::-1], drug="d", kind="ln_ic50", sources={"a": "b"})
    pd.testing.assert_frame_equal(data.X, matrix)
    np.testing.assert_array_equal(data.y, response)
    assert list(data.y.index) == list(data.X.index) == list(data.lineage.index)
    assert set(data.lineage) == {"unknown"}
    assert len(data.unmapped.lines_without_lineage) == 80
    assert data.unmapped.lines_without_response == data.unmapped.lines_without_expression == ()
    assert data.sources == {"a": "b"}


def test_what_is_left_out_is_listed(matrix: pd.DataFrame, response: pd.Series) -> None:
    y = response.copy()
    y.iloc[0] = np.nan
    y = pd.concat([y.drop("LN-1"), pd.Series({"OTHER": 1.0})])
    lineage = pd.Series("skin", index=matrix.index).drop("LN-5")
    flags = pd.Series(data=True, index=["LN-6"])
    data = ResponseDataset.from_frames(
        matrix, y, drug="d", kind="ln_ic50", lineage=lineage, lineage_inferred=flags, notes=("said",)
    )
    assert data.n_lines == 78
    assert data.unmapped.lines_without_response == ("LN-0", "LN-1")
    assert data.unmapped.lines_without_expression == ("OTHER",)
    assert data.unmapped.lines_without_lineage == ("LN-5", "LN-6")
    assert data.lineage["LN-5"] == "unknown" and data.lineage["LN-6"] == "skin"
    assert data.lineage_inferred["LN-6"] and not data.lineage_inferred["LN-7"]
    assert data.unmapped.notes == ("said",)


def test_missing_values_are_dropped_or_imputed_and_counted(matrix: pd.DataFrame, response: pd.Series) -> None:
    x = matrix.copy()
    x.iloc[0, 2] = x.iloc[1, 2] = x.iloc[4, 5] = np.nan
    x["EMPTY"] = np.nan
    dropped = ResponseDataset.from_frames(x, response, drug="d", kind="ln_ic50", nan="drop")
    assert dropped.unmapped.dropped_genes == dict.fromkeys(("MYC", "RB1", "EMPTY"), "missing values")
    assert dropped.unmapped.imputed_values == 0
    imputed = ResponseDataset.from_frames(x, response, drug="d", kind="ln_ic50", nan="impute")
    assert imputed.unmapped.imputed_values == 3
    assert imputed.unmapped.dropped_genes == {"EMPTY": "no value in any line"}
    assert imputed.X.loc["LN-0", "MYC"] == matrix["MYC"].iloc[2:].median()
    pd.testing.assert_frame_equal(imputed.X.iloc[5:], matrix.iloc[5:])


def test_gaps_in_lines_that_are_not_used_do_not_matter(matrix: pd.DataFrame, response: pd.Series) -> None:
    x = matrix.copy()
    x.iloc[0, 2] = np.nan
    data = ResponseDataset.from_frames(x, response.iloc[1:], drug="d", kind="ln_ic50")
    assert data.unmapped.imputed_values == 0


def test_unknown_and_constant_genes_are_refused_or_dropped(matrix: pd.DataFrame, response: pd.Series) -> None:
    x = matrix.assign(GENE5=2.5)
    known = [gene for gene in x.columns if gene != "MYC"]
    with pytest.raises(InputError, match="1 gene not among the 11 known symbols: MYC"):
        ResponseDataset.from_frames(x, response, drug="d", kind="ln_ic50", known_genes=known)
    data = ResponseDataset.from_frames(
        x, response, drug="d", kind="ln_ic50", known_genes=known, unknown_genes="drop", constant_genes="drop"
    )
    assert data.unmapped.dropped_genes == {"MYC": "unknown symbol", "GENE5": "constant"}
    assert data.n_genes == 10
    with pytest.raises(InputError, match="no gene is left"):
        ResponseDataset.from_frames(x, response, drug="d", kind="ln_ic50", known_genes=["A"], unknown_genes="drop")


def test_raw_counts_are_hinted_at_not_refused(matrix: pd.DataFrame, response: pd.Series) -> None:
    counts = (matrix.abs() * 1000).round()
    data = ResponseDataset.from_frames(counts, response, drug="d", kind="ln_ic50")
    assert "raw counts" in data.unmapped.notes[0]
    intensities = ResponseDataset.from_frames(matrix.abs() * 1000, response, drug="d", kind="ln_ic50")
    assert "TPM" in intensities.unmapped.notes[0]


def test_numbers_as_line_names_meet_text(matrix: pd.DataFrame, response: pd.Series) -> None:
    x = matrix.set_axis(range(80), axis=0)
    y = response.set_axis([str(number) for number in range(80)])
    assert ResponseDataset.from_frames(x, y, drug="d", kind="ln_ic50").n_lines == 80


def test_the_digest_follows_what_a_model_may_see(matrix: pd.DataFrame, response: pd.Series) -> None:
    first = ResponseDataset.from_frames(matrix, response, drug="d", kind="ln_ic50")
    assert first.digest == ResponseDataset.from_frames(matrix.copy(), response, drug="d", kind="ln_ic50").digest
    changed = matrix.copy()
    changed.iloc[0, 0] += 1e-9
    for x, y, drug in ((changed, response, "d"), (matrix, response + 1e-9, "d"), (matrix, response, "e")):
        assert ResponseDataset.from_frames(x, y, drug=drug, kind="ln_ic50").digest != first.digest


def test_the_fetched_data_open_for_one_drug(fetched: Path) -> None:
    data = open_dataset(fetched, "venetoclax")
    assert (data.drug, data.screen, data.kind, data.n_lines, data.n_genes) == ("Venetoclax", "GDSC2", "ln_ic50", 70, 8)
    assert data.unmapped.lines_without_response == ("ORPHAN",)
    assert data.lineage["TT"] == "skin"
    assert set(data.sources) == {"expression.parquet", "response_gdsc2.parquet", "lines.parquet"}
    table = pd.read_parquet(fetched / "gdsc" / "response_gdsc2.parquet")
    rows = table[(table["drug"] == "Acetalax") & (table["repeat"] == 2)].set_index("line")
    second = open_dataset(fetched, "Acetalax#2", kind="auc", screen="gdsc2", expression=open_expression(fetched))
    np.testing.assert_array_equal(second.y, rows["auc"].loc[second.y.index])
    assert "screened Acetalax 2 times" in second.unmapped.notes[0]
    renamed = open_dataset(fetched, "venetoclax", rename={"NAPRT1": "NAPRT", "ABSENT": "X"})
    assert "NAPRT" in renamed.X.columns
    assert "1 gene symbols were replaced" in renamed.unmapped.notes[0]
    with pytest.raises(InputError, match="more than once"):
        open_dataset(fetched, "venetoclax", rename={"NAPRT1": "TP53"})
    with pytest.raises(InputError, match="ln_ic50, auc"):
        open_dataset(fetched, "venetoclax", kind="ec50")  # type: ignore[arg-type]


def test_no_data_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="run `oncobrief data fetch gdsc` first"):
        open_dataset(tmp_path, "venetoclax")


def test_a_second_screen_meets_the_fetched_expression(fetched: Path, tmp_path: Path, carriers: object) -> None:
    lines = carriers.lines  # type: ignore[attr-defined]
    file = tmp_path / "screen.csv"
    rows = [f"{name.replace('-', '').lower()},ABT-199,{12 + number / 10}" for number, name in enumerate(lines)]
    file.write_text("\n".join(["ccl_name,cpd_name,area_under_curve", *rows[1:]]))
    table = open_response_table(file, kind="auc", name="CTRPv2")
    data = open_own_response(fetched, table, "venetoclax", synonyms={"Venetoclax": ["ABT-199"]})
    assert (data.drug, data.screen, data.kind, data.n_lines) == ("ABT-199", "CTRPv2", "auc", 69)
    assert data.y["LN-0"] == 12.3
    assert data.sources["CTRPv2"] == table.source_sha256

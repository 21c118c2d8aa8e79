"""Finished drugs as files, the running order, and what is run again."""

from __future__ import annotations

import pandas as pd
import pytest

from agent.errors import InputError
from agent.validate import methods
from agent.validate.screen import PAPER_DRUGS, ScreenDrug, choose, running_order, spellings
from agent.validate.store import DrugRun, Results, run_key
from explain_engine.settings import ExplainSettings


def _drug(name: str, *, measured: bool = True, paper: bool = False) -> ScreenDrug:
    return ScreenDrug(name=name, n_lines=100, targets=("EGFR",), measured=("EGFR",) if measured else (), in_paper=paper)


def _tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    genes = pd.DataFrame({"consensus": [-1.0, -2.0]}, index=pd.Index(["A", "B"], name="gene"))
    return genes, pd.DataFrame({"y": [0.1], "tissue": ["t"]}, index=["L"])


def test_paper_first_then_a_shuffle_of_the_measured_then_the_rest() -> None:
    drugs = [_drug(f"d{i:02d}", measured=i % 3 > 0) for i in range(30)]
    drugs += [_drug("p1", paper=True), _drug("p2", measured=False, paper=True)]
    order = [d.name for d in running_order(drugs, 1)]
    measured = [d.name for d in drugs if d.measured and not d.in_paper]
    assert order[0] == "p1"
    assert set(order[1 : 1 + len(measured)]) == set(measured)
    assert order[1 : 1 + len(measured)] != measured
    assert order[1 + len(measured)] == "p2"
    assert order == [d.name for d in running_order(list(reversed(drugs)), 1)]
    assert order != [d.name for d in running_order(drugs, 2)]


def test_the_papers_drugs_are_twenty() -> None:
    assert len(set(PAPER_DRUGS)) == 20


def test_drugs_are_found_by_synonym_and_unknown_ones_refused() -> None:
    drugs = [_drug("Venetoclax"), _drug("Erlotinib")]
    assert [d.name for d in choose(drugs, ["abt-199", "erlotinib", "Venetoclax"])] == ["Venetoclax", "Erlotinib"]
    with pytest.raises(InputError, match="near names: Erlotinib"):
        choose(drugs, ["erlotinb"])
    assert spellings(drugs)["venetoclax"] == "Venetoclax"


def test_why_a_drug_has_no_target_figure() -> None:
    assert _drug("a").why_not is None
    assert _drug("a", measured=False).why_not == "target not in the matrix (EGFR)"
    assert ScreenDrug(name="a", n_lines=3).why_not == "no annotated target gene"


def test_a_whole_result_is_loaded_and_a_damaged_one_is_not(tmp_path) -> None:
    results = Results(tmp_path, "key")
    saved = results.save(DrugRun(key="key", drug="A-1", n_lines=90), *_tables())
    assert results.load("A-1") == saved
    assert results.load("A1") is None
    assert Results(tmp_path, "other").load("A-1") is None
    pd.testing.assert_frame_equal(results.table(saved, "genes"), _tables()[0])
    table = next((tmp_path / "key").glob("*.genes.parquet"))
    table.write_bytes(table.read_bytes()[:-5])
    assert results.load("A-1") is None


def test_half_a_record_counts_as_none(tmp_path) -> None:
    results = Results(tmp_path, "key")
    results.save(DrugRun(key="key", drug="A", n_lines=90), *_tables())
    record = next((tmp_path / "key").glob("*.json"))
    record.write_text(record.read_text()[:40])
    assert results.load("A") is None


def test_a_refused_drug_is_kept_with_its_reason(tmp_path) -> None:
    results = Results(tmp_path, "key")
    results.save(DrugRun(key="key", drug="A", n_lines=30, refused="30 lines"), None, None)
    loaded = results.load("A")
    assert loaded is not None
    assert loaded.refused == "30 lines"


def test_names_that_differ_in_signs_only_do_not_collide(tmp_path) -> None:
    results = Results(tmp_path, "key")
    results.save(DrugRun(key="key", drug="AB-1", n_lines=90), *_tables())
    results.save(DrugRun(key="key", drug="AB1", n_lines=91), *_tables())
    kept = [results.load(name) for name in ("AB-1", "AB1")]
    assert [run.n_lines for run in kept if run is not None] == [90, 91]


def test_costly_baselines_are_kept_apart(tmp_path) -> None:
    results = Results(tmp_path, "key")
    assert results.costly("A", methods.ILLUME) is None
    results.save_costly("A", methods.ILLUME, pd.Series([2.0, 1.0], index=["A", "B"]))
    scores = results.costly("A", methods.ILLUME)
    assert scores is not None
    assert scores.to_dict() == {"A": 2.0, "B": 1.0}


def test_the_key_follows_everything_that_decides_about_numbers() -> None:
    def key(settings: ExplainSettings, files: dict[str, str], names: tuple[str, ...] = ("a",)) -> str:
        return run_key(settings, screen="GDSC2", kind="ln_ic50", files=files, methods=names)

    base = key(ExplainSettings(), {"x": "1"})
    assert base == key(ExplainSettings(), {"x": "1"})
    assert len({base, key(ExplainSettings(seed=1), {"x": "1"}), key(ExplainSettings(), {"x": "2"})}) == 3
    assert base != key(ExplainSettings(), {"x": "1"}, ("a", "b"))

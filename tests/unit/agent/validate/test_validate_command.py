"""The command over a small screen on disk: run, resume, report, refuse."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agent.cli.app import main
from agent.validate import methods, run
from explain_engine.data.manifest import Manifest, TableEntry, save_manifest

GENES = ["EGFR", "BCL2", "ERBB2", "MDM2", *(f"GENE{i}" for i in range(40))]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a screen in which EGFR decides about erlotinib; one drug has too few lines."""
    monkeypatch.delenv("ONCOBRIEF_REFERENCE_DATA", raising=False)
    folder = tmp_path / "ws" / "data" / "gdsc"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    lines = [f"L{i}" for i in range(120)]
    X = pd.DataFrame(rng.normal(size=(120, len(GENES))).astype("float32"), index=lines, columns=GENES)
    X.index.name = "line"
    tissue = pd.DataFrame({"tissue": [f"t{i % 4}" for i in range(120)]}, index=X.index)
    drugs = {
        "Erlotinib": -1.5 * X["EGFR"] + 0.5 * rng.normal(size=120),
        "Venetoclax": pd.Series(rng.normal(size=120), index=X.index),
        "Afatinib": pd.Series(rng.normal(size=120), index=X.index).iloc[:30],
    }
    rows = [
        pd.DataFrame({"line": y.index, "drug": drug, "repeat": 1, "ln_ic50": y.to_numpy(), "auc": 0.5})
        for drug, y in drugs.items()
    ]
    tables = {"expression.parquet": X, "response_gdsc2.parquet": pd.concat(rows), "lines.parquet": tissue}
    entries = []
    for name, table in tables.items():
        table.to_parquet(folder / name)
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        entries.append(
            TableEntry(file=name, sha256=digest, rows=len(table), columns=table.shape[1], units="test", sources=())
        )
    save_manifest(folder, Manifest(carrier="packages", made_by="test", tables=tuple(entries), terms=()))
    return tmp_path / "ws"


def _call(workspace: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(workspace), "validate", *words])
    return int(ended.value.code or 0)


def test_run_resume_and_report(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("--bags", "4", "--all", "--illume", "none", "--json", "--out", str(tmp_path / "out"))
    assert _call(workspace, *words) == 0
    report = json.loads(capsys.readouterr().out)
    level = report["genes"][0]
    rank = {d["drug"]: d["ranks"] for d in level["drugs"]}
    assert set(rank) == {"Erlotinib", "Venetoclax"}
    assert rank["Erlotinib"][methods.CONSENSUS] == 1.0
    assert rank["Erlotinib"][methods.CORRELATION] == 1.0
    assert [r["drug"] for r in report["coverage"]["refused"]] == ["Afatinib"]
    assert {t["drug"]: t["why"] for t in report["targets"] if t["target"] == "EGFR"} == {"Erlotinib": "recovered"}
    assert (tmp_path / "out" / "validation.html").is_file()

    def must_not_run(*_: object, **__: object) -> None:
        raise AssertionError("a finished drug was run again")

    monkeypatch.setattr(run, "validate_drug", must_not_run)
    assert _call(workspace, *words) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["genes"] == report["genes"]
    assert again["targets"] == report["targets"]


def test_a_drug_whose_result_was_lost_is_run_again_alone(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("--bags", "4", "--drugs", "Erlotinib,Venetoclax", "--illume", "none", "--level", "gene")
    assert _call(workspace, *words, "--out", str(tmp_path / "a")) == 0
    lost = next((workspace / "validate").glob("*/venetoclax-*.genes.parquet"))
    lost.unlink()
    capsys.readouterr()
    assert _call(workspace, *words, "--out", str(tmp_path / "b")) == 0
    told = capsys.readouterr().err
    assert "1 of 2 drugs were there already" in told
    assert "1 of 1: Venetoclax" in told
    before, after = (json.loads((tmp_path / f / "validation.json").read_text()) for f in "ab")
    assert before["genes"] == after["genes"]


def test_the_report_alone_runs_nothing(workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _call(workspace, "--bags", "4", "--all", "--report", "--out", str(tmp_path / "out")) == 0
    said = capsys.readouterr().out
    assert "0 of 2 drugs with a measured target" in said or "0 of 3 drugs with a measured target" in said
    assert not (workspace / "bundles").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--drugs", "Erlotinb"), "near names: Erlotinib"),
        (("--level", "gens"), "unknown level 'gens'"),
        (("--illume", "some"), "one of paper, all, none"),
        (("--drugs", "Erlotinib", "--gold", "absent.tsv"), "there is no file"),
        (("--drugs", "Erlotinib", "--bags", "3"), "give a multiple of 4"),
    ],
)
def test_wrong_input_is_refused_before_any_work(
    workspace: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert _call(workspace, *words) == 2
    assert message in capsys.readouterr().err
    assert not (workspace / "bundles").exists()


def test_without_data_it_says_how_to_get_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(tmp_path, "--drugs", "Erlotinib") == 2
    assert "oncobrief data fetch" in capsys.readouterr().err


@pytest.mark.slow
def test_worker_processes_give_the_same_numbers(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--bags", "4", "--all", "--illume", "none", "--level", "gene,group", "--json")
    assert _call(workspace, *words, "--jobs", "2") == 0
    in_workers = json.loads(capsys.readouterr().out)
    for path in (workspace / "validate").glob("*/*.json"):
        path.unlink()
    assert _call(workspace, *words) == 0
    alone = json.loads(capsys.readouterr().out)
    assert in_workers["genes"] == alone["genes"]
    assert in_workers["groups"] == alone["groups"]
    assert in_workers["coverage"] == alone["coverage"]

"""The commands as a user runs them, on a small knowledge base with the real embedder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from knowledge.errors import InputError, StoreError

DOCUMENTS = [
    {"id": "pmid:1", "pmid": "1", "text": "High BCL2 sensitises leukaemia to ABT-199."},
    {"id": "pmid:2", "pmid": "2", "text": "HER2 amplification predicts response to lapatinib."},
    {"id": "bad"},
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "docs.jsonl"
    path.write_text("\n".join(map(json.dumps, DOCUMENTS)))
    done = run(tmp_path / "ws", "ingest", str(path), "--json")
    answer = json.loads(done)
    assert (answer["documents"], answer["passages"]) == (2, 2)
    (outcome,) = answer["ingested"]
    assert outcome["refused"] == [{"where": "docs.jsonl line 3", "reason": "no text"}]
    return tmp_path / "ws"


def run(workspace: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["--workspace", str(workspace), "knowledge", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_search_shows_span_hash_and_reason(workspace: Path) -> None:
    answer = json.loads(run(workspace, "search", "who responds", "--drug", "venetoclax", "--json"))
    (hit,) = answer["hits"]
    assert (hit["pmid"], hit["span"], len(hit["sha256"])) == ("1", [0, 42], 64)
    assert hit["why"]
    assert answer["drug"] == "Venetoclax"
    assert answer["abstained"] is False
    text = run(workspace, "search", "HER-2 amplification", "-k", "1")
    assert answer["snapshot"] in text
    assert "PMID 2" in text
    assert "found because it names ERBB2 (gene)" in text


def test_search_abstains_in_words(workspace: Path) -> None:
    assert "nothing shown: no passage names both" in run(workspace, "search", "--drug", "lapatinib", "--gene", "BCL2")


def test_stats_diff_and_verify(workspace: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps(DOCUMENTS[0] | {"text": "BCL2 changed its mind."}))
    run(workspace, "ingest", str(more))
    changed = json.loads(run(workspace, "diff", "--json"))
    assert (changed["changed"], changed["documents_added"]) == (["pmid:1"], [])
    assert "changed: 1 (pmid:1)" in run(workspace, "diff", "parent", "current")
    assert json.loads(run(workspace, "stats", "--json"))["documents"] == 2
    assert "whole" in run(workspace, "verify")
    current = (workspace / "knowledge" / "current").read_text().strip()
    (workspace / "knowledge" / current / "documents.jsonl").write_text("")
    assert "DAMAGED" in run(workspace, "verify", code=1)
    with pytest.raises(StoreError, match=r"older whole snapshot"):
        run(workspace, "search", "x")


@pytest.mark.parametrize(
    "arguments", [("search", ""), ("search", "x", "--kind", "poem"), ("ingest", "none.jsonl"), ("diff", "zzzz")]
)
def test_bad_input_is_an_input_error(workspace: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        run(workspace, *arguments)


def test_without_a_knowledge_base_the_way_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="oncobrief knowledge build"):
        run(tmp_path / "empty", "search", "x")


def test_names_are_resolved_found_in_text_and_told_where_they_are_missing(tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    assert "missing: cell lines; run: oncobrief data fetch gdsc" in run(workspace, "names")
    cells = workspace / "knowledge" / "names" / "cells.csv"
    cells.parent.mkdir(parents=True)
    cells.write_text("cell_line,cosmic_id\nMOLT-4,905958\nKM-H2,1\nKMH-2,2\n")
    said = run(workspace, "names", "--kind", "cell", "MOLT4", "KMH2", "nothing")
    assert said.splitlines() == [
        "MOLT4: MOLT-4 (cosmic:905958)",
        "KMH2: ambiguous, KM-H2 or KMH-2",
        "1 mapped, 1 ambiguous, 1 unmapped",
        "unmapped: nothing",
    ]
    mapped = json.loads(run(workspace, "names", "HER2", "--json"))
    assert mapped["mapped"] == {"HER2": "ERBB2"}
    spans = run(workspace, "names", "--text", "ABT-199 kills MOLT4 with BCL-2")
    assert spans.splitlines() == ["0-7 ABT-199: drug Venetoclax", "14-19 MOLT4: cell MOLT-4", "25-30 BCL-2: gene BCL2"]
    assert json.loads(run(workspace, "names", "--json"))["sizes"]["cell"] == 3

"""The independent reader of briefs passes a true brief and finds each kind of fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.examples import NOTE, RECORDS, ExampleEvidence, example_tables
from agent.examples_depth import example_deep_bundle
from agent.pipeline import Tables, write_hypotheses
from agent.report.files import write_brief
from agent.settings import BriefSettings
from benchmarks.agent.brief_check import Store, Tally, check_brief, shown_as

BUNDLE = json.loads(example_deep_bundle().model_dump_json())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A brief on disk, and the plain files of a snapshot that holds its documents."""
    root = tmp_path_factory.mktemp("reread")
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    brief = write_hypotheses(example_deep_bundle(), tables, ExampleEvidence(), BriefSettings(hypotheses=12))
    write_brief(brief, {}, root)
    rows = [{"id": r.id, "text": r.summary, "retracted": False} for r in RECORDS]
    rows.append({"id": NOTE.id, "text": NOTE.text, "retracted": False})
    (root / "snap").mkdir()
    (root / "snap" / "documents.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (root / "current").write_text("snap\n")
    return root


def checked(folder: Path, tmp_path: Path, change: Callable[[Any], None] | None = None) -> Tally:
    brief = json.loads((folder / "brief.json").read_text(encoding="utf-8"))
    if change is not None:
        change(brief)
    path = tmp_path / "brief.json"
    path.write_text(json.dumps(brief), encoding="utf-8")
    return check_brief(path, Store(folder), BUNDLE)


def test_a_true_brief_holds_to_the_last_sentence(folder: Path, tmp_path: Path) -> None:
    found = checked(folder, tmp_path)
    assert found.faults == []
    assert found.held == found.factual
    assert found.literature > 5
    assert found.measured > 30
    assert found.numbers > 100


def first(brief: Any, kind: str) -> Any:
    return next(c for h in brief["hypotheses"] for c in h["draft"]["claims"] if c["kind"] == kind)


def alter_quote(brief: Any) -> None:
    first(brief, "literature")["rows"][0]["quote"] += " "


def move_span(brief: Any) -> None:
    first(brief, "literature")["rows"][0]["start"] += 1


def drop_rows(brief: Any) -> None:
    first(brief, "literature")["rows"] = []


def other_document(brief: Any) -> None:
    first(brief, "literature")["rows"][0]["document_id"] = "card:nowhere"


def other_number(brief: Any) -> None:
    first(brief, "measured")["sentence"]["numbers"][0]["value"] += 1.0


def number_of_its_own(brief: Any) -> None:
    first(brief, "measured")["sentence"]["text"] += " In 12 lines."


def other_path(brief: Any) -> None:
    first(brief, "measured")["sentence"]["numbers"][0]["path"] = "fit.n_lines"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (alter_quote, "bytes differ"),
        (move_span, "bytes differ"),
        (drop_rows, "no ledger row"),
        (other_document, "no document card:nowhere"),
        (other_number, "the sentence says"),
        (number_of_its_own, "a number of its own"),
        (other_path, "the sentence says"),
    ],
)
def test_each_fault_is_found(folder: Path, tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    found = checked(folder, tmp_path, change)
    assert any(message in fault for fault in found.faults)
    assert found.held < found.factual


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (-0.371, ".2f", "−0.37"),
        (-0.001, ".2f", "0.00"),
        (0.95, "%", "95"),
        (0.00004, "p", "4e−05"),
        (-2.0, "abs .1f", "2.0"),
        (6163, ",d", "6,163"),
    ],
)
def test_numbers_are_written_as_the_brief_writes_them(value: float, spec: str, text: str) -> None:
    assert shown_as(value, spec) == text

"""Exports: formulas stay text, markup stays text, only accepted hypotheses become a brief."""

import csv
import io
import json

import pytest
import rispy

from agent.errors import InputError
from agent.report.model import HypothesisBrief
from agent.review.service import ReviewService

EVIL = '=HYPERLINK("http://x","y")'


@pytest.fixture
def decided(sqlite_service: ReviewService, brief: HypothesisBrief) -> tuple[ReviewService, tuple[str, ...]]:
    service = sqlite_service
    ids = service.add_brief(brief)
    service.accept(ids[0], "ada", note=EVIL)
    service.reject(ids[1], "@bob", "known", "-2+3")
    service.edit(ids[2], "ada", "+1 <script>alert(1)</script> [x](javascript:y) _own_", "unclear")
    service.accept(ids[2], "ada")
    return service, ids


Decided = tuple[ReviewService, tuple[str, ...]]


def test_json_holds_everything_and_reads_back(decided: Decided) -> None:
    service, ids = decided
    found = json.loads(service.export("json"))
    assert [i["item"]["id"] for i in found["items"]] == list(ids)
    by_id = {i["item"]["id"]: i for i in found["items"]}
    assert by_id[ids[0]]["decisions"][0]["note"] == EVIL
    assert [v["checked"] for v in by_id[ids[2]]["versions"]] == [True, False]
    assert [i["item"]["id"] for i in json.loads(service.export("json", status="rejected"))["items"]] == [ids[1]]
    assert json.loads(service.export("json", drug="none"))["items"] == []


def test_csv_cells_are_no_formulas(decided: Decided) -> None:
    service, ids = decided
    rows = list(csv.DictReader(io.StringIO(service.export("csv"))))
    assert [row["id"] for row in rows] == list(ids)
    assert rows[0]["note"] == "'" + EVIL
    assert (rows[1]["reviewer"], rows[1]["note"]) == ("'@bob", "'-2+3")
    assert rows[2]["statement"].startswith("'+1 ")
    assert rows[2]["wording"] == "own words of ada, not checked"
    assert {row["status"] for row in rows} == {"accepted", "rejected", "open"}
    for row in rows:
        for name, cell in row.items():
            numeric = name in ("data_score", "score_low", "score_high", "null_q", "decisions")
            assert numeric or not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "\t"))
    assert float(rows[0]["data_score"]) > 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", " =", "＝", "＠"])
def test_every_start_of_a_formula_is_quoted(sqlite_service: ReviewService, brief: HypothesisBrief, start: str) -> None:
    item = sqlite_service.add_brief(brief)[0]
    sqlite_service.edit(item, "ada", f"x{start}", "unclear")
    sqlite_service.accept(item, "ada", note=f"{start}1+1")
    rows = list(csv.DictReader(io.StringIO(sqlite_service.export("csv"))))
    assert rows[0]["note"].startswith(("'", "1"))


def test_ris_holds_the_sources_of_accepted_hypotheses_alone(decided: Decided, brief: HypothesisBrief) -> None:
    service, _ = decided
    entries = rispy.loads(service.export("ris"))
    accepted = [brief.hypotheses[0], brief.hypotheses[2]]
    cited = {row.document_id for h in accepted for row in h.draft.rows}
    assert len(entries) == len(cited)
    only = service.export("ris", drug="none")
    assert rispy.loads(only) == []


def test_brief_says_whose_words_they_are_and_runs_nothing(decided: Decided, brief: HypothesisBrief) -> None:
    service, ids = decided
    text = service.export("brief")
    assert text.count("\n### ") == 2
    assert ids[0] in text and ids[1] not in text
    assert "the reviewer's own words; not checked" in text
    drafted = brief.hypotheses[2].draft.statement.text
    assert drafted in text.replace("\\", "")
    assert "<script>" not in text and "[x](javascript" not in text
    for hypothesis in (brief.hypotheses[0], brief.hypotheses[2]):
        for row in hypothesis.draft.rows:
            assert row.sha256[:12] in text
    assert "Research use only" in text


def test_empty_queue_exports_and_says_so(sqlite_service: ReviewService) -> None:
    assert "No hypothesis was accepted yet" in sqlite_service.export("brief")
    assert len(sqlite_service.export("csv").splitlines()) == 1


def test_wrong_format_and_wrong_status_are_refused(sqlite_service: ReviewService) -> None:
    with pytest.raises(InputError, match="json, csv, ris, brief"):
        sqlite_service.export("xlsx")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="accepted hypotheses only"):
        sqlite_service.export("brief", status="rejected")

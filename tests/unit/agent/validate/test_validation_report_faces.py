"""The faces of a report: the same numbers in each, nothing fetched from outside, failures named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.validate import methods
from agent.validate.cases import Case, Rankings
from agent.validate.levels.genes import gene_level
from agent.validate.levels.verdicts import target_rows
from agent.validate.model import Coverage, GoldUsed, NotRun, ValidationReport
from agent.validate.report.blocks import p_words, rank_words
from agent.validate.report.files import write_report
from agent.validate.report.html import render_html
from agent.validate.report.markdown import render_markdown
from agent.validate.report.summary import summary_text
from explain_engine.stability.records import Verdict


@pytest.fixture
def report(make_case: Callable[..., Case], make_rankings: Callable[..., Rankings]) -> ValidationReport:
    cases = [make_case(f"drug{i}<b>", f"G{i:03d}", place=1 + i) for i in range(10)]
    for case in cases:
        verdict = Verdict(gene=case.drug.targets[0], code="no_signal", why="w")
        object.__setattr__(case, "run", case.run.model_copy(update={"verdicts": (verdict,)}))
    rankings = make_rankings(cases)
    level = gene_level("annotated targets", rankings, {c.name: c.drug.targets for c in cases})
    assert level is not None
    return ValidationReport(
        key="k",
        screen="GDSC2",
        kind="ln_ic50",
        settings={"seed": 0},
        files={"expression.parquet": "abc"},
        versions={"numpy": "2"},
        order_seed=1,
        coverage=Coverage(
            screen=12,
            asked=12,
            finished=10,
            refused=(NotRun(drug="few", reason="40 lines"),),
            waiting=1,
            with_target=11,
            finished_with_target=10,
            without_target=(NotRun(drug="none", reason="no annotated target gene"),),
        ),
        gold=(GoldUsed(name="targets", source="s", n_facts=10, n_positive=10, n_with_pmid=0, n_drugs=10),),
        methods={m: methods.DESCRIPTIONS[m] for m in (*rankings.names, methods.CHANCE)},
        genes=(level,),
        targets=target_rows(rankings, {}, {}),
        seconds={"consensus": 1.5},
        missing=("class: nothing",),
    )


def test_markdown_holds_every_baseline_by_name_and_every_drug_left_out(report: ValidationReport) -> None:
    text = render_markdown(report)
    for name in (methods.CONSENSUS, methods.TREESHAP, methods.LITERATURE, methods.TARGETED, methods.CHANCE):
        assert f"| {name} |" in text
    assert "| few | 40 lines |" in text
    assert "| none | no annotated target gene |" in text
    assert "Not run: class: nothing." in text


def test_summary_names_the_baselines_that_were_not_beaten(report: ValidationReport) -> None:
    text = summary_text(report)
    assert "10 of 11 drugs with a measured target" in text
    assert "1 wait, 1 were refused" in text
    compared = {c.second for c in report.genes[0].comparisons}
    beaten = re.search(r"Better at p < 0.01 on both MRR and hits@50: (.*)", text)
    rest = re.search(r"Not better at p < 0.01 on both: (.*)", text)
    named = (beaten[1] if beaten else "") + (rest[1] if rest else "")
    assert all(name in named for name in compared)
    # Every gene of this world stands among the first 50 half the time: hits@50 cannot be beaten everywhere.
    assert rest is not None


def test_page_is_self_contained_and_escaped(report: ValidationReport) -> None:
    page = render_html(report)
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "url(" not in page
    assert "drug0<b>" not in page
    assert "drug0&lt;b&gt;" in page
    assert page.count("<svg") == 3
    assert page.count("aria-label=") >= 3


def test_files_agree_with_each_other(report: ValidationReport, tmp_path: Path) -> None:
    paths = write_report(report, tmp_path / "out")
    assert [p.name for p in paths] == ["validation.html", "validation.md", "validation.json", "summary.txt"]
    content = json.loads(paths[2].read_text())
    mrr = content["genes"][0]["rows"][0]["mrr"]["value"]
    assert f"{mrr:.3f}" in paths[0].read_text()
    assert f"{mrr:.3f}" in paths[1].read_text()
    assert f"{mrr:.3f}" in paths[3].read_text()
    assert ValidationReport.model_validate_json(paths[2].read_text()) == report


def test_a_report_without_finished_drugs_says_so(report: ValidationReport) -> None:
    empty = report.model_copy(update={"genes": (), "targets": (), "missing": ("no drug is finished",)})
    assert "Not run: no drug is finished." in render_markdown(empty)
    assert "<h2" in render_html(empty)


@pytest.mark.parametrize(("p", "words"), [(0.0002, "<0.001"), (0.0123, "0.012"), (None, "-")])
def test_p_is_never_zero(p: float | None, words: str) -> None:
    assert p_words(p) == words


def test_half_ranks_are_shown_as_such() -> None:
    assert [rank_words(v) for v in (3.0, 3581.5, None)] == ["3", "3,581.5", "-"]

"""Further parts in the brief: numbers by reference, every face, and what is said where nothing was found."""

import re

import pytest

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.hypotheses.candidates import candidates_of
from agent.hypotheses.claims import check_numbers
from agent.pipeline import Tables, write_hypotheses
from agent.report.depth import depth_of
from agent.report.files import figures_of
from agent.report.html import render_html
from agent.report.markdown import render_markdown
from agent.report.model import HypothesisBrief
from agent.report.null import null_text
from agent.report.null_figure import null_figure
from agent.report.text import render_text
from agent.report.wording import missing_line
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle


def brief_of(bundle: ExplanationBundle) -> HypothesisBrief:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    return write_hypotheses(bundle, tables, ExampleEvidence(), BriefSettings())


@pytest.fixture(scope="module")
def deep() -> HypothesisBrief:
    return brief_of(example_deep_bundle())


def test_every_number_of_every_line_is_a_reference(deep: HypothesisBrief) -> None:
    roots = {"bundle": example_deep_bundle(), "counts": deep.depth.counts}
    assert len(deep.depth.lines) == 7
    for line in deep.depth.lines:
        checks = check_numbers(line.sentence, roots)  # type: ignore[arg-type]
        assert all(c.passed for c in checks), (line.part, checks)


def test_q_makes_a_hypothesis_confident_and_a_large_one_does_not(deep: HypothesisBrief) -> None:
    tiers = {h.draft.candidate.id: h.draft.candidate.support for h in deep.hypotheses}
    assert tiers["gene:GENA1"].tier == "confident"
    bundle = example_deep_bundle()
    genes = tuple(g.model_copy(update={"q": 0.2}) for g in bundle.attribution.genes)
    other = bundle.model_copy(update={"attribution": bundle.attribution.model_copy(update={"genes": genes})})
    support = candidates_of(other, 1)[0].support
    assert support.tier == "weak"
    assert "its q against the null runs is above 0.05" in support.why


def test_html_shows_all_parts_escaped_and_without_script(deep: HypothesisBrief) -> None:
    made = example_tables()
    page = render_html(deep, figures_of(deep, made["expression"], made["lines"]))
    for heading in ("Null runs", "Annotated targets", "Second screen", "Interactions", "Modules", "Rules"):
        assert f'<h3 class="minor">{heading}</h3>' in page
    assert "Made up &lt;b&gt; set" in page
    assert "LINE-&lt;03&gt;" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    # every anchor of the page leads somewhere
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_plain_brief_has_neither_section() -> None:
    plain = brief_of(example_bundle())
    page = render_html(plain, {})
    assert 'id="firm"' not in page
    assert 'id="beyond"' not in page
    assert "Not run for this bundle: second screen, modules, rules, annotated targets, stability" in missing_line(plain)


def test_text_has_one_line_a_part(deep: HypothesisBrief) -> None:
    text = render_text(deep)
    assert (
        "Null runs: 0 of 19 null runs reached the strongest gene group's agreement with the response (tissue and"
    ) in " ".join(text.split())
    assert "Annotated targets: GENA1 recovered; GENX not measured." in text


def test_empty_parts_are_answers() -> None:
    bundle = example_deep_bundle()
    genes = tuple(g.model_copy(update={"q": 0.9}) for g in bundle.attribution.genes)
    groups = tuple(g.model_copy(update={"q": 0.9}) for g in bundle.attribution.groups)
    assert bundle.interactions is not None
    empty = bundle.model_copy(
        update={
            "attribution": bundle.attribution.model_copy(update={"genes": genes, "groups": groups}),
            "verdicts": (),
            "replication": (),
            "interactions": bundle.interactions.model_copy(update={"calls": ()}),
            "modules": (),
            "rules": (),
            "counterfactuals": (),
        }
    )
    brief = brief_of(empty)
    said = [x.sentence.text for x in brief.not_found if x.kind == "none called"]
    assert len(said) == 7
    assert any("out of 27 gene pairs screened" in line.sentence.text for line in brief.depth.lines)
    page = render_html(brief, {})
    assert "none acts on the response beyond tissue and chance" in page


def test_replication_without_findings_says_there_was_nothing_to_look_up() -> None:
    bundle = example_deep_bundle()
    assert bundle.replication
    screen = bundle.replication[0].model_copy(update={"findings": (), "share_replicated": 0.0})
    brief = brief_of(bundle.model_copy(update={"replication": (screen,)}))
    said = "nothing to look up: no leading gene has a settled direction"
    line = next(x.sentence.text for x in brief.depth.lines if x.part == "replication")
    assert line == f"{screen.screen}: {said}."
    missing = [x.sentence.text for x in brief.not_found if x.sentence.text.startswith("Second screen")]
    assert missing == [f"Second screen, {screen.screen}: {said}."]
    for face in (render_html(brief, {}), render_markdown(brief), render_text(brief)):
        words = " ".join(face.split())
        assert said in words
        for wrong in ("0 of the 0", "none of the leading genes holds", "looked up in", "| gene found in"):
            assert wrong not in words


def test_score_is_called_by_its_name_and_null_says_what_was_reached(deep: HypothesisBrief) -> None:
    scores = " ".join(s.text for s in deep.scores)
    assert "The model's out-of-bag R² is 0.37; that of the overall mean is −0.01." in scores
    assert "explains" not in scores
    bundle = example_deep_bundle()
    genes = example_tables()["genes"].assign(p=0.5, q=0.9)
    said = null_text(bundle, genes, genes.rename(columns={"gene": "id"})).splitlines()[0]
    assert "0 of 19 null runs reached this: the strongest gene group's agreement with the response" in said


def test_counts_come_from_the_whole_tables() -> None:
    import pandas as pd

    table = pd.DataFrame({"gene": list("abcd"), "rank": [9, 2, 1, 4], "p": [0.01] * 4, "q": [0.01, 0.05, 0.2, 0.1]})
    depth = depth_of(example_deep_bundle(), table, table.rename(columns={"gene": "id"}).iloc[1:2])
    assert [(s.kind, s.name, s.rank) for s in depth.standouts] == [
        ("gene", "a", 9), ("gene", "b", 2), ("gene", "d", 4), ("group", "b", 2)
    ]  # fmt: skip
    counts = depth.counts
    assert (counts.genes, counts.groups) == (2, 1)
    assert counts.replicated == (1,)


def test_null_figure_tells_its_numbers(deep: HypothesisBrief) -> None:
    assert deep.depth.null is not None
    figure = null_figure(deep.depth.null)
    assert figure.svg.count('class="null-run"') == 19
    assert "19 null runs" in figure.alt
    flat = deep.depth.null.model_copy(update={"null_max": (0.0,) * 19, "observed": 0.0})
    assert null_figure(flat).svg.count('class="null-run"') == 19

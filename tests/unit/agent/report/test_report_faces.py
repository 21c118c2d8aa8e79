"""Markdown, HTML, text and RIS say the same, escape what was retrieved, and ask nothing of the network."""

import html
import html.parser
import itertools
import re

import pytest
import rispy

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.hypotheses.claims import LiteratureClaim
from agent.pipeline import Tables, write_hypotheses
from agent.report.files import brief_json, figures_of
from agent.report.html import render_html
from agent.report.markdown import escape, render_markdown
from agent.report.model import HypothesisBrief, Reference
from agent.report.ris import render_ris
from agent.report.summary import bundle_summary, bundle_text
from agent.report.text import render_text
from agent.settings import BriefSettings

MADE = example_tables()
BRIEF = write_hypotheses(
    example_bundle(),
    Tables(genes=MADE["genes"], lines=MADE["lines"], expression=MADE["expression"]),
    ExampleEvidence(),
    BriefSettings(),
)
PAGE = render_html(BRIEF, figures_of(BRIEF, MADE["expression"], MADE["lines"]))
VOID = {"meta", "br", "line", "circle", "path", "polyline", "link", "img", "hr"}


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


PARSED = Page(PAGE)


def test_page_is_well_formed_with_ids_used_once_and_links_that_lead_somewhere() -> None:
    assert not PARSED.faults
    assert not PARSED.open
    ids = [attrs["id"] for _, attrs in PARSED.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in PARSED.tags:
        href = attrs.get("href") or ""
        if tag == "a" and href.startswith("#"):
            assert href[1:] in ids
        labelled = attrs.get("aria-labelledby")
        assert labelled is None or labelled in ids


def test_page_loads_nothing_and_runs_nothing() -> None:
    assert not {"script", "link", "iframe", "img", "object", "embed", "form"} & {tag for tag, _ in PARSED.tags}
    for tag, attrs in PARSED.tags:
        assert "src" not in attrs
        assert not [a for a in attrs if a.startswith("on")]
        if tag == "a" and (attrs["href"] or "").startswith("http"):
            assert "noreferrer" in (attrs["rel"] or "")
    assert "url(" not in PAGE
    assert "@import" not in PAGE
    policy = next(a["content"] for t, a in PARSED.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


def test_headings_are_in_order_and_figures_have_words() -> None:
    levels = [int(tag[1]) for tag, _ in PARSED.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    figures = [attrs for tag, attrs in PARSED.tags if tag == "svg" and attrs.get("role") == "img"]
    assert len(figures) == 2
    assert all(len(f["aria-label"] or "") > 40 for f in figures)


def test_retrieved_text_is_shown_and_not_obeyed() -> None:
    assert "<script>" not in PAGE
    assert any("<script>alert(1)</script>" in words for words in PARSED.words)
    assert "<script>" not in render_markdown(BRIEF)
    assert r"\<script\>alert(1)\</script\>" in render_markdown(BRIEF)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a &lt;b&gt; &amp; c", "a &amp;lt;b&amp;gt; &amp;amp; c"),
        ("see WWW.example.org", "see WWW&#46;example.org"),
        ("http://x.org", "http:&#47;&#47;x.org"),
        ("ask me@example.org or @someone", "ask me@<!-- -->example.org or @<!-- -->someone"),
        ("&#64;x", r"&amp;\#64;x"),
    ],
)
def test_markdown_neither_decodes_nor_links_what_was_retrieved(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_methods_say_what_has_seen_the_response_and_what_the_rank_counts() -> None:
    consensus = BRIEF.model_copy(
        update={"provenance": BRIEF.provenance.model_copy(update={"attribution": "bagged consensus"})}
    )
    for face in (render_markdown, lambda brief: render_html(brief, {})):
        said = html.unescape(face(consensus))
        assert "Attributions are out of bag in the response" in said
        assert "computed from the expression of all lines, without any response" in said
        assert "credit from look-alike genes and from pairs" in said
        assert "credit from look-alike genes" not in face(BRIEF)


def test_first_screen_has_what_it_promises() -> None:
    first = " ".join(" ".join(PARSED.words).split()).split("What the data put forward")[0]
    for words in (
        "Examplinib",
        "made-up screen",
        "90 cell lines",
        "High GENA1 = sensitive to Examplinib.",
        "Cells with more GENA1 died of Examplinib.",
        "supports",
        "suggestive",
        "mean of the tissue alone",
        "Not found:",
        "Research use only.",
        "example-snapshot",
        BRIEF.provenance.bundle_digest[:16],
    ):
        assert words in first, words


def test_every_number_of_a_sentence_shows_its_path() -> None:
    marked = [a["title"] for t, a in PARSED.tags if t == "span" and a.get("class") == "n" and "title" in a]
    assert "bundle: attribution.genes[0].effect.estimate" in marked
    assert "sheet: n_per_arm" in marked


def test_page_adapts_to_the_reader() -> None:
    for rule in ("prefers-color-scheme: dark", "@media print", "@media (max-width"):
        assert rule in PAGE
    assert 'name="viewport"' in PAGE


def failed(brief: HypothesisBrief) -> HypothesisBrief:
    """The brief with one ledger check turned to failed."""
    first = brief.hypotheses[0]
    claims = []
    for claim in first.draft.claims:
        if isinstance(claim, LiteratureClaim):
            row = claim.rows[0]
            check = row.checks[0].model_copy(update={"passed": False, "detail": "made to fail"})
            claim = claim.model_copy(update={"rows": (row.model_copy(update={"checks": (check,)}),)})
        claims.append(claim)
    draft = first.draft.model_copy(update={"claims": tuple(claims)})
    return brief.model_copy(update={"hypotheses": (first.model_copy(update={"draft": draft}), *brief.hypotheses[1:])})


def test_failed_check_is_shown_on_both_faces() -> None:
    broken = failed(BRIEF)
    assert "made to fail" in render_html(broken, {})
    assert "made to fail" in render_markdown(broken)


def test_empty_brief_still_renders() -> None:
    empty = BRIEF.model_copy(
        update={
            "hypotheses": (),
            "genes": (),
            "not_found": (),
            "references": (),
            "left_out": (),
            "headline": BRIEF.headline.model_copy(update={"grounds": (), "confidence": None, "hypothesis": None}),
        }
    )
    assert not Page(render_html(empty, {})).faults
    assert "No hypothesis could be put forward." in render_markdown(empty)
    assert render_text(empty)
    assert render_ris(empty) == ""


def test_text_fits_a_terminal() -> None:
    text = render_text(BRIEF)
    assert max(map(len, text.splitlines())) <= 100
    assert "H1  Higher GENA1 expression" in text


def test_markdown_tables_keep_their_columns() -> None:
    rows = [line for line in render_markdown(BRIEF).splitlines() if line.startswith("|")]
    tables: list[list[str]] = []
    for line in render_markdown(BRIEF).splitlines():
        if not line.startswith("|"):
            tables.append([])
        else:
            tables[-1].append(line)
    assert len(rows) > 10
    for table in filter(None, tables):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1


def test_ris_is_read_back_and_names_a_paper_once() -> None:
    cited = [
        Reference(document_id="card:a", pmid="11", title="Card", source="cards", is_card=True),
        Reference(
            document_id="pmid:11", pmid="11", title="The paper", journal="J", year=2020, source="pubmed", is_card=False
        ),
        Reference(document_id="card:b", pmid="11", title="Card", source="cards", is_card=True),
        Reference(document_id="card:c", pmid="12", title="Card c", source="cards", is_card=True),
    ]
    entries = rispy.loads(render_ris(BRIEF.model_copy(update={"references": tuple(cited)})))
    assert [e["accession_number"] for e in entries] == ["11", "12"]
    assert entries[0]["title"] == "The paper"
    assert "not a quotation" in entries[1]["notes"][0]


def test_json_faces_hold_what_programs_read() -> None:
    found = brief_json(BRIEF)
    rows = found["ledger"]
    assert isinstance(rows, list)
    assert {"quote", "label", "passage_id", "start", "end", "sha256"} <= set(rows[0])
    claims = found["claims"]
    assert isinstance(claims, list)
    assert {c["kind"] for c in claims} == {"measured", "literature", "inference"}
    summary = bundle_summary(example_bundle())
    assert summary["genes"][0]["gene"] == "GENA1"
    for key in ("interactions", "modules", "rules", "counterfactuals", "null", "verdicts"):
        assert key in summary
    assert "GENA1" in bundle_text(example_bundle(), 3)


@pytest.mark.parametrize("name", ["scores", "scatter"])
def test_figures_are_parts_of_the_page(name: str) -> None:
    figure = figures_of(BRIEF, MADE["expression"], MADE["lines"])[name]
    assert figure.alt
    assert figure.caption in PAGE
    assert not Page(figure.svg).faults

"""Whatever a document holds, the ledger quotes it byte for byte and no face lets it out of its place."""

import html.parser
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.examples import DRUG, ExampleEvidence, example_bundle
from agent.hypotheses.candidates import candidates_of
from agent.hypotheses.claims import LiteratureClaim
from agent.hypotheses.drafting import Names, draft_hypothesis
from agent.hypotheses.ledger import EvidenceItem
from agent.hypotheses.numbers import Num, Sentence, compose, stray_digits, untrue_numbers
from agent.report.html import sentence_html
from agent.report.markdown import escape
from knowledge.documents import Document, Passage

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=120)
BUNDLE = example_bundle()
CANDIDATE = candidates_of(BUNDLE, 1)[0]
SOURCE = ExampleEvidence()


class Words(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@given(TEXT)
def test_html_shows_exactly_the_text(text: str) -> None:
    shown = Words(str(sentence_html(Sentence(text=text))))
    assert shown.tags == []
    assert shown.words.replace("\r\n", "\n").replace("\r", "\n") == text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXT)
def test_markdown_lets_no_mark_through(text: str) -> None:
    out = escape(text).replace("@<!-- -->", "")
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~$]", out)
    assert "\n" not in out
    assert "://" not in out
    assert "@" not in out
    assert not re.search(r"www\.", out, re.IGNORECASE)
    assert not re.search(r"&(?!amp;|#47;|#46;)", out)


@settings(max_examples=60)
@given(before=TEXT, quote=TEXT, after=TEXT)
def test_quote_is_the_exact_span_whatever_surrounds_it(before: str, quote: str, after: str) -> None:
    document = Document(id="pmid:1", text=before + quote + after, kind="abstract", source="test", pmid="1")
    passage = Passage.cut(document, len(before), len(before) + len(quote))
    item = EvidenceItem(document=document, passage=passage)
    draft = draft_hypothesis(BUNDLE, CANDIDATE, [item], Names(drug=(DRUG,), gene=("GENA1",)), drug_has_records=True)
    claims = [c for c in draft.claims if isinstance(c, LiteratureClaim)]
    assert len(claims) == 1
    row = claims[0].rows[0]
    assert document.text[row.start : row.end] == row.quote == quote
    assert quote in claims[0].sentence.text
    named = DRUG.lower() in quote.lower() and "gena1" in quote.lower()
    assert row.valid <= named
    assert row.label in ("supports", "contradicts") if row.label != "unverified" else True


@given(st.integers(0, 5), st.sampled_from([".2f", ".3f", "d", ",d", "%"]), TEXT)
def test_number_stands_where_its_reference_says(index: int, spec: str, word: str) -> None:
    sentence = compose(
        "{word} {n} end",
        {"word": word, "n": Num(path=f"attribution.genes[{index}].rank", spec=spec)},
        {"bundle": BUNDLE},
    )
    ref = sentence.numbers[0]
    assert sentence.text[ref.start : ref.end] == ref.text
    assert untrue_numbers(sentence, {"bundle": BUNDLE}) == ()
    assert stray_digits(sentence) == ()

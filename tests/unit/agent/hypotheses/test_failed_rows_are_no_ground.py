"""A retracted record is shown with its failed check and is ground for nothing."""

import pytest

from agent.examples import DRUG, ExampleEvidence, example_bundle, example_tables
from agent.grounding import Entity
from agent.hypotheses.candidates import candidates_of
from agent.hypotheses.claims import InferenceClaim, LiteratureClaim
from agent.hypotheses.drafting import Names, draft_hypothesis
from agent.hypotheses.ledger import Check, EvidenceItem
from agent.hypotheses.model import HypothesisDraft
from agent.pipeline import Tables, write_hypotheses
from agent.report.html import render_html
from agent.report.markdown import render_markdown
from agent.report.text import render_text
from agent.report.wording import best_first
from agent.settings import BriefSettings

BUNDLE = example_bundle()
CANDIDATE = candidates_of(BUNDLE, 1)[0]
SUPPORT = "Cells with more GENA1 died of Examplinib."
FAILURE = "record is not retracted"


def dated(item: EvidenceItem, year: int, *, retracted: bool) -> EvidenceItem:
    document = item.document.model_copy(update={"retracted": retracted, "year": year})
    return item.model_copy(update={"document": document})


class Retracting(ExampleEvidence):
    """The example's evidence with every record that supports GENA1 retracted, or all of its records."""

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        found = super().items(drug, entity, limit)
        if entity.label != "GENA1":
            return found
        return tuple(
            dated(item, 1990 if retracted else 2015, retracted=retracted)
            for item in found
            for retracted in [self.everything or item.quote == SUPPORT]
        )


def drafted(source: Retracting) -> HypothesisDraft:
    items = source.items(DRUG, source.gene("GENA1"), 9)
    names = Names(drug=(DRUG,), gene=("GENA1",))
    return draft_hypothesis(BUNDLE, CANDIDATE, items, names, drug_has_records=True)


def test_verdict_support_novelty_and_grounds_leave_it_out() -> None:
    draft = drafted(Retracting())
    assert draft.verdict.code == "not_comparable"
    assert draft.verdict.agreeing == ()
    assert draft.literature.supporting == 0
    assert draft.novelty.code == "on record"
    assert draft.novelty.first_year == 2015
    assert draft.novelty.why.startswith("1 curated record(s) of it")
    cited = [c for c in draft.claims if isinstance(c, LiteratureClaim)]
    assert [c.rows[0].valid for c in cited] == [True, False]
    inference = next(c for c in draft.claims if isinstance(c, InferenceClaim))
    assert cited[0].id in inference.basis
    assert cited[1].id not in inference.basis


def test_a_pair_with_nothing_else_is_not_on_record() -> None:
    draft = drafted(Retracting(everything=True))
    assert draft.verdict.code == "retracted"
    assert draft.novelty.code == "retracted"
    assert draft.novelty.first_year is None
    assert "2 more failed a check" in draft.novelty.why
    inference = next(c for c in draft.claims if isinstance(c, InferenceClaim))
    assert "was retracted" in inference.sentence.text


def test_best_first_puts_a_valid_mention_before_a_failed_support() -> None:
    rows = drafted(Retracting()).rows
    assert [(r.label, r.valid) for r in best_first(reversed(rows))] == [("mentions", True), ("supports", False)]


@pytest.mark.parametrize("everything", [False, True])
def test_no_face_shows_it_as_ground_nor_without_its_failure(everything: bool) -> None:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    brief = write_hypotheses(BUNDLE, tables, Retracting(everything=everything), BriefSettings())
    cited = [c for c in brief.headline.grounds if isinstance(c, LiteratureClaim)]
    assert all(row.valid for c in cited for row in c.rows)
    assert SUPPORT not in render_text(brief)
    markdown = render_markdown(brief)
    assert SUPPORT in markdown
    for line in markdown.splitlines():
        assert SUPPORT not in line or FAILURE in line
        if line.startswith("| GENA1 |"):
            assert "agrees with the record" not in line
            assert (FAILURE in line) == everything
    page = render_html(brief, {})
    row = page.split('<th scope="row">GENA1')[1].split("</tr>")[0]
    assert ("Check failed: " + FAILURE in row) == everything


def test_text_shows_failures_of_a_ground() -> None:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    brief = write_hypotheses(BUNDLE, tables, ExampleEvidence(), BriefSettings())
    first = brief.headline.grounds[0]
    broken = first.model_copy(update={"checks": (Check(name="made up", passed=False, detail="to fail"),)})
    headline = brief.headline.model_copy(update={"grounds": (broken,)})
    assert "Check failed: made up (to fail)." in render_text(brief.model_copy(update={"headline": headline}))

"""A real, small model on the real wire: briefs are written and the ledger holds, whatever it says."""

import pytest

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.llm.session import Session
from agent.model_job import ModelWriter
from agent.pipeline import Tables, write_hypotheses
from agent.report.html import render_html
from agent.report.markdown import render_markdown
from agent.settings import BriefSettings, LLMSettings
from benchmarks.agent.local_model import MODEL, missing, served
from knowledge.ids.tables import load_names

pytestmark = [
    pytest.mark.llm,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]


def test_the_ledger_holds_whatever_a_real_model_writes(tmp_path):
    tables = example_tables()
    made_up = Tables(genes=tables["genes"], lines=tables["lines"], expression=tables["expression"])
    find = load_names(tmp_path / "names").lexicon.find
    plain = write_hypotheses(example_bundle(), made_up, ExampleEvidence(), BriefSettings(hypotheses=1))
    with served() as url:
        settings = LLMSettings(
            base_url=url,
            model=MODEL,
            timeout_s=240,
            max_output_tokens=200,
            temperature=0.7,
            seed=3,
            repairs=0,
            retries=0,
        )
        with Session(settings, cache=tmp_path / "answers") as session:
            brief = write_hypotheses(
                example_bundle(), made_up, ExampleEvidence(), BriefSettings(hypotheses=1), ModelWriter(find, session)
            )
    used = session.budget.used
    assert used.requests == 1
    assert used.prompt_tokens > 0
    assert brief.language_model is not None
    assert brief.language_model.status in ("used", "fallback")
    proposal = brief.hypotheses[0].proposal
    assert proposal is not None
    # Whatever it wrote is either shown under a label or refused with a reason; nothing of the templates is changed.
    assert proposal.sentences or proposal.rejected or proposal.why
    assert [h.model_copy(update={"proposal": None}) for h in brief.hypotheses] == list(plain.hypotheses)
    for sentence in proposal.sentences:
        assert sentence.label != "supports" or all(row.valid and row.label == "supports" for row in sentence.rows)
        assert all(check.passed for check in sentence.checks)
    page, text = render_html(brief, {}), render_markdown(brief)
    for refused in proposal.rejected:
        assert refused.id in page
        assert refused.id in text

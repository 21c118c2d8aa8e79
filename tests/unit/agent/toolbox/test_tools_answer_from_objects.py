"""Every tool: what it says stands in the bundle, its tables or a stored passage, or it says what is missing."""

from __future__ import annotations

import hashlib
import json

import pytest

from agent.examples_workspace import example_workspace
from agent.settings import Settings
from agent.toolbox.catalogue import TOOLS
from agent.toolbox.records import Answer
from agent.tools import Toolbox

ASKED: list[tuple[str, dict[str, object]]] = [
    ("overview", {"drug": "Examplinib"}),
    ("gene", {"drug": "Examplinib", "gene": "GENA1"}),
    ("gene", {"drug": "Examplinib", "gene": "GENZ"}),
    ("gene", {"drug": "Examplinib", "gene": "GENX"}),
    ("lineage", {"drug": "Examplinib", "gene": "GENB"}),
    ("lineage", {"drug": "Examplinib", "gene": "GENE5"}),
    ("compare", {"first": "Examplinib", "second": "Otheramab"}),
    ("contradictions", {"drug": "Examplinib"}),
    ("contradictions", {"drug": "Examplinib", "gene": "GENA1"}),
    ("known", {"drug": "Examplinib"}),
    ("known", {"drug": "Examplinib", "gene": "GENB"}),
    ("known", {"drug": "Examplinib", "gene": "GENZ"}),
    ("draft", {"drug": "Examplinib"}),
    ("draft", {"drug": "Examplinib", "gene": "GENA1"}),
    ("draft", {"drug": "Examplinib", "module": 1}),
    ("lines_to_test", {"drug": "Examplinib"}),
    ("why_line", {"drug": "Examplinib", "line": "line 03"}),
    ("modules", {"drug": "Examplinib", "number": 1}),
    ("interactions", {"drug": "Examplinib"}),
    ("rules", {"drug": "Examplinib"}),
    ("null", {"drug": "Examplinib"}),
    ("verdicts", {"drug": "Examplinib"}),
    ("replication", {"drug": "Examplinib"}),
    ("stability", {"drug": "Examplinib"}),
    ("literature", {"query": "made-up cells", "drug": "Examplinib"}),
    ("show_passage", {"passage_id": "note:1#0-87"}),
    ("drugs", {}),
    ("drugs", {"query": "example"}),
    ("runs", {}),
    ("jobs", {}),
    ("help", {}),
]


def ask(toolbox: Toolbox, tool: str, arguments: dict[str, object]) -> Answer:
    answer = getattr(toolbox, tool)(**arguments)
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(("tool", "arguments"), ASKED, ids=[f"{t}-{'-'.join(map(str, a.values()))}" for t, a in ASKED])
def test_every_number_and_quote_stands_where_the_answer_says(
    toolbox: Toolbox, tool: str, arguments: dict[str, object]
) -> None:
    answer = ask(toolbox, tool, arguments)
    assert answer.sentences
    assert toolbox.faults(answer) == ()
    # The whole answer survives the wire.
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_a_changed_number_a_changed_quote_and_a_foreign_passage_are_found(toolbox: Toolbox) -> None:
    answer = ask(toolbox, "known", {"drug": "Examplinib", "gene": "GENA1"})
    at = next(i for i, s in enumerate(answer.sentences) if s.ref is not None and s.ref.kind == "passage")
    sentence = answer.sentences[at]
    ref = sentence.ref
    assert ref is not None and ref.kind == "passage"
    assert hashlib.sha256(ref.quote.encode()).hexdigest() == ref.sha256
    for changed in (
        ref.model_copy(update={"quote": ref.quote.replace("GENA1", "GENA2")}),
        ref.model_copy(update={"start": ref.start + 1}),
        ref.model_copy(update={"passage_id": "note:9#0-3"}),
    ):
        worse = answer.model_copy(update={"sentences": (sentence.model_copy(update={"ref": changed}),)})
        assert toolbox.faults(worse)
    measured = ask(toolbox, "gene", {"drug": "Examplinib", "gene": "GENA1"})
    said = measured.sentences[1]
    worse = measured.model_copy(
        update={"sentences": (said.model_copy(update={"text": said.text.replace("−0.62", "−0.26")}),)}
    )
    assert toolbox.faults(worse)
    added = measured.model_copy(update={"sentences": (said.model_copy(update={"text": said.text + " In 17 lines."}),)})
    assert any("17" in fault for fault in toolbox.faults(added))


def test_gene_answer_is_that_of_the_bundle(toolbox: Toolbox) -> None:
    opened = toolbox.desk.shelf.find("Examplinib")
    assert opened is not None
    gene = opened.bundle.attribution.genes[0]
    text = ask(toolbox, "gene", {"drug": "examplinib", "gene": "gena1"}).text
    assert f"{gene.effect.estimate:.2f}".replace("-", "−") in text
    assert "The data cannot tell GENA1 from GENA2" in text
    assert "the finding replicates" in text
    assert "confident" in text


def test_contradictions_hold_passage_record_verdict_and_screen(toolbox: Toolbox) -> None:
    answer = ask(toolbox, "contradictions", {"drug": "Examplinib"})
    refs = [s.ref for s in answer.sentences if s.ref is not None and s.ref.kind == "passage"]
    assert {"note:2"} <= {ref.document_id for ref in refs}
    assert all(ref.label == "contradicts" for ref in refs)
    assert "GENB does not hold" in answer.text
    assert "The record and the data disagree on GENB" in answer.text
    assert "GENX is not among the genes of the matrix" in answer.text


def test_a_drug_without_a_bundle_is_said_to_have_none_and_the_job_is_offered(toolbox: Toolbox) -> None:
    for tool, arguments in (
        ("overview", {"drug": "Gefitinib"}),
        ("gene", {"drug": "Iressa", "gene": "EGFR"}),
        ("compare", {"first": "Examplinib", "second": "gefitinib"}),
    ):
        answer = ask(toolbox, tool, arguments)
        assert "Gefitinib has not been explained" in answer.text
        assert answer.missing is not None
        assert "explain Gefitinib" in answer.suggestions
        assert all(s.source == "none-found" for s in answer.sentences)
        assert answer.job is None


@pytest.mark.parametrize(
    ("tool", "arguments", "offered"),
    [
        ("overview", {"drug": "examplnib"}, None),
        ("overview", {"drug": "zzzzzzzz"}, ()),
        ("gene", {"drug": "Examplinib", "gene": "NOSUCHGENE"}, ()),
        ("why_line", {"drug": "Examplinib", "line": "LINE-0"}, None),
        ("why_line", {"drug": "Examplinib", "line": "<script>alert(1)</script>"}, ()),
    ],
)
def test_unknown_names_come_back_with_what_is_near(
    toolbox: Toolbox, tool: str, arguments: dict[str, object], offered: tuple[str, ...] | None
) -> None:
    answer = ask(toolbox, tool, arguments)
    if offered is None:
        assert answer.suggestions
    else:
        assert answer.suggestions == offered
        assert answer.missing


def test_parts_that_were_not_run_say_so(toolbox: Toolbox) -> None:
    for tool in ("modules", "interactions", "rules", "null", "verdicts", "replication", "stability"):
        answer = ask(toolbox, tool, {"drug": "Otheramab"})
        assert "not run" in answer.title
        assert answer.missing is not None
    assert "draft a hypothesis" not in ask(toolbox, "modules", {"drug": "Otheramab"}).text
    assert "no module 9" in ask(toolbox, "draft", {"drug": "Examplinib", "module": 9}).title


def test_a_new_bundle_is_seen_and_a_damaged_one_is_passed_over(tmp_path) -> None:  # type: ignore[no-untyped-def]
    workspace = example_workspace(tmp_path)
    tools = Toolbox(workspace, Settings())
    assert "overview" in tools.overview("Examplinib").title
    path = workspace.bundles / "example1" / "bundle.json"
    content = json.loads(path.read_text())
    content["bundle"]["fit"]["n_lines"] = 4
    path.write_text(json.dumps(content))
    answer = tools.overview("Examplinib")
    assert "has not been explained" in answer.text
    assert "digest" in tools.desk.shelf.damaged["example1"]
    tools.close()


def test_catalogue_and_toolbox_fit(toolbox: Toolbox) -> None:
    for spec in TOOLS:
        method = getattr(toolbox, spec.name)
        taken = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        assert tuple(spec.arguments.model_fields) == taken, spec.name

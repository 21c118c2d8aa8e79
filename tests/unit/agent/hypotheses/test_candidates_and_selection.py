"""Candidates carry their data support; what is not shown is listed with its reason."""

import pytest

from agent.examples import DRUG, RECORDS, ExampleEvidence, example_bundle, example_tables
from agent.hypotheses.candidates import candidates_of
from agent.pipeline import Tables, write_hypotheses
from agent.report.model import HypothesisBrief
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle
from explain_engine.record import Interval
from explain_engine.stability.records import Verdict


def tables() -> Tables:
    made = example_tables()
    return Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])


def brief(bundle: ExplanationBundle | None = None, **settings: int) -> HypothesisBrief:
    return write_hypotheses(bundle or example_bundle(), tables(), ExampleEvidence(), BriefSettings(**settings))


def first_gene(**changes: object) -> ExplanationBundle:
    bundle = example_bundle()
    genes = (bundle.attribution.genes[0].model_copy(update=changes), *bundle.attribution.genes[1:])
    return bundle.model_copy(update={"attribution": bundle.attribution.model_copy(update={"genes": genes})})


def test_score_is_the_smaller_effect_times_the_share_of_bags() -> None:
    support = candidates_of(first_gene(selection_frequency=0.9), 1)[0].support
    assert support.score.estimate == pytest.approx(0.62 * 0.8 * 0.9)


def test_adjusted_effect_of_the_other_sign_leaves_nothing() -> None:
    other = Interval(estimate=0.3, low=0.2, high=0.4, method="m")
    bundle = first_gene(adjusted_effect=other)
    assert candidates_of(bundle, 1)[0].support.score.estimate == 0.0
    left = {x.label: x.reason for x in brief(bundle).left_out}
    assert "taken out" in left["GENA1"]


def test_no_finding_is_confident_without_a_null() -> None:
    assert {c.support.tier for c in candidates_of(example_bundle(), 7)} == {"suggestive", "weak"}
    assert candidates_of(first_gene(q=0.01), 1)[0].support.tier == "confident"
    assert candidates_of(first_gene(q=0.2), 1)[0].support.tier == "weak"


def test_verdict_and_opposed_lineages_weaken() -> None:
    verdict = Verdict(gene="GENA1", code="explained_by_lineage", why="lineage explains it")
    bundle = first_gene(q=0.01).model_copy(update={"verdicts": (verdict,)})
    found = candidates_of(bundle, 1)[0].support
    assert found.tier == "weak"
    assert "lineage explains it" in found.why
    within = {"GENA1": Interval(estimate=0.5, low=0.1, high=0.9, method="m")}
    assert candidates_of(first_gene(q=0.01), 1, within)[0].support.tier == "weak"


def test_every_candidate_is_shown_or_listed_with_a_reason() -> None:
    made = brief(hypotheses=2)
    shown = {h.draft.candidate.gene for h in made.hypotheses}
    left = {x.label: x.reason for x in made.left_out}
    assert shown == {"GENA1", "GENC"}
    assert shown | set(left) >= {g.gene for g in example_bundle().attribution.genes}
    assert "one correlated group with GENA1" in left["GENA2"]
    assert "direction not settled" in left["GENE5"]
    assert "below the 2 shown" in left["GENB"]
    assert left["GENX"] == "on record, but not in the matrix"
    assert left["GENZ"] == "on record, but rank 8 of 8 in the data"


def test_member_with_the_records_speaks_for_its_group() -> None:
    bundle = example_bundle()
    a, b = bundle.attribution.genes[:2]
    swapped = (b.model_copy(update={"rank": 1}), a.model_copy(update={"rank": 2}), *bundle.attribution.genes[2:])
    other = bundle.model_copy(update={"attribution": bundle.attribution.model_copy(update={"genes": swapped})})
    assert brief(other).hypotheses[0].draft.candidate.gene == "GENA1"


def test_conflict_is_a_hypothesis_of_its_own() -> None:
    conflict = next(h for h in brief().hypotheses if h.draft.candidate.gene == "GENB")
    assert conflict.draft.verdict.code == "contradicts"
    assert any("opposite directions" in c.sentence.text for c in conflict.draft.claims)


def test_every_rendered_sentence_is_covered() -> None:
    made = brief()
    for hypothesis in made.hypotheses:
        assert not hypothesis.draft.refused
        for claim in (*hypothesis.draft.claims, *hypothesis.test):
            if claim.kind == "literature":
                assert claim.rows
                assert all(row.valid for row in claim.rows)
            else:
                assert claim.checks
                assert all(c.passed for c in claim.checks)


def test_same_inputs_same_brief() -> None:
    assert brief() == brief()


def test_brief_survives_json() -> None:
    made = brief()
    assert HypothesisBrief.model_validate_json(made.model_dump_json()) == made


def test_targets_that_cannot_be_judged_are_named() -> None:
    kinds = {(n.kind, n.sentence.terms[0]) for n in brief().not_found if n.sentence.terms}
    assert ("not measured", "GENX") in kinds
    assert ("not put forward", "GENZ") in kinds
    assert ("ambiguous", "GENE5") in kinds
    assert {r.drug for r in RECORDS} == {DRUG}


def test_direction_the_model_leaves_open_is_taken_from_within_lineages() -> None:
    open_effect = Interval(estimate=-0.1, low=-0.3, high=0.1, method="m")
    bundle = first_gene(direction="mixed", effect=open_effect, adjusted_effect=None)

    def found(low: float, high: float) -> tuple[str, str, str]:
        within = {"GENA1": Interval(estimate=(low + high) / 2, low=low, high=high, method="m")}
        candidate = candidates_of(bundle, 1, within)[0]
        return candidate.direction, candidate.direction_from, candidate.support.tier

    assert found(-0.9, -0.1) == ("higher_sensitises", "within lineages", "weak")
    assert found(0.1, 0.9)[0] == "mixed"
    assert found(-0.9, 0.1)[0] == "mixed"
    alone = bundle.model_copy(update={"attribution": bundle.attribution.model_copy(update={"groups": ()})})
    made = next(h for h in brief(alone).hypotheses if h.draft.candidate.gene == "GENA1")
    assert any("in the model holds zero" in c.sentence.text for c in made.draft.claims)
    assert not made.sheet.opposed if made.sheet else False

"""Groups, pairs, modules and rules: data support on one scale, evidence of their own, one ranking with the genes."""

import math

import pytest

from agent.examples import DRUG, NOTE, ExampleEvidence, example_tables
from agent.examples_depth import example_deep_bundle
from agent.grounding import Entity
from agent.hypotheses.beyond_candidates import groups_of, modules_of, pair_of, pairs_of, rules_of
from agent.hypotheses.beyond_evidence import joint_items, joint_span
from agent.hypotheses.beyond_support import product_spread
from agent.hypotheses.candidates import candidates_of, prediction_faults
from agent.hypotheses.claims import LiteratureClaim
from agent.hypotheses.ledger import EvidenceItem
from agent.hypotheses.model import HypothesisDraft
from agent.hypotheses.novelty import CoMentions, count_years
from agent.pipeline import Tables, beyond_of, write_hypotheses
from agent.report.model import HypothesisBrief
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle
from explain_engine.record import Interval
from knowledge.documents import Document, Passage

DEEP = example_deep_bundle()


def tables() -> Tables:
    made = example_tables()
    return Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])


def brief(bundle: ExplanationBundle = DEEP, source: ExampleEvidence | None = None, **settings: int) -> HypothesisBrief:
    return write_hypotheses(
        bundle, tables(), source or ExampleEvidence(), BriefSettings(**{"hypotheses": 20} | settings)
    )


def drafts(made: HypothesisBrief) -> dict[str, HypothesisDraft]:
    return {h.draft.candidate.id: h.draft for h in made.hypotheses}


def with_pair(**changes: object) -> ExplanationBundle:
    found = DEEP.interactions
    assert found is not None
    call = found.calls[0].model_copy(update={"corner_counts": (20, 20, 20, 20), **changes})
    return DEEP.model_copy(update={"interactions": found.model_copy(update={"calls": (call,)})})


def interval(estimate: float, half: float) -> Interval:
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, method="m")


def test_every_kind_is_a_candidate_and_shown_or_listed() -> None:
    made = brief()
    named = {h.draft.candidate.kind for h in made.hypotheses} | {
        part.partition(":")[0] for x in made.left_out for part in x.id.split(" ")
    }
    assert {"gene", "group", "pair", "module", "rule"} <= named


def test_pair_score_is_a_quarter_of_the_held_out_contrast() -> None:
    found = pairs_of(with_pair())[0].support
    assert found.score.estimate == pytest.approx(0.6 / 4)
    assert found.tier == "confident"
    uneven = pairs_of(with_pair(corner_counts=(40, 10, 10, 20)))[0].support
    mean = (40 + 20 - 20) / 80
    assert uneven.score.estimate == pytest.approx(0.6 / 4 * math.sqrt(1 - mean**2))
    assert product_spread((0, 0, 0, 0)) == 0.0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"held_out_strength": interval(-0.6, 0.7)}, "holds zero"),
        ({"held_out_strength": interval(0.6, 0.2)}, "does not point the same way"),
        ({"confirmed": False}, "did not bear it out"),
        ({"q": 0.2}, "its q"),
        ({"corner_counts": (20, 20, 20, 9)}, "fewer than ten lines"),
    ],
)
def test_pair_with_a_fault_is_weak_with_its_reason(changes: dict[str, object], why: str) -> None:
    support = pairs_of(with_pair(**changes))[0].support
    assert support.tier == "weak"
    assert any(why in reason for reason in support.why)


def test_pair_without_held_out_lines_is_at_most_suggestive_and_shrunk() -> None:
    support = pairs_of(with_pair(held_out_strength=None, held_out_p=None, confirmed=False, q=0.04))[0].support
    assert support.tier == "suggestive"
    assert support.score.estimate == pytest.approx(0.8 / 4 * 0.96)


def test_unconfirmed_pairs_are_listed_with_their_faults_and_never_shown() -> None:
    made = brief()
    assert not any(d.candidate.genes == ("GENC", "GEND") for d in drafts(made).values())
    reason = next(x.reason for x in made.left_out if x.label == "GENC × GEND")
    assert reason.startswith("weak: the held-out lines did not bear it out")


def test_pair_numbers_refer_to_the_call_they_speak_of() -> None:
    call, path = pair_of(DEEP, pairs_of(DEEP)[1])
    assert (call.first_gene, path) == ("GENC", "interactions.unconfirmed[0]")


def test_pair_without_a_passage_on_both_says_what_is_known_of_each() -> None:
    draft = drafts(brief(with_pair()))["pair:GENA1 × GENB"]
    assert draft.verdict.code == "each_known"
    assert draft.rows == ()
    assert draft.literature.score == 0
    assert any("each known with Examplinib" in c.sentence.text for c in draft.claims)
    second = with_pair(second_gene="GENF", second="GENF")
    one = drafts(brief(second))["pair:GENA1 × GENF"]
    assert one.verdict.code == "one_known"
    neither = with_pair(first_gene="GENF", first="GENF", second_gene="GENE5", second="GENE5")
    assert drafts(brief(neither))["pair:GENF × GENE5"].verdict.code == "neither_known"


class Joint(ExampleEvidence):
    """Has one dated text that names both genes of the pair with the drug, over two sentences."""

    document = Document(
        id="pmid:7",
        text="Start. Examplinib kills cells. GENA1 and GENB decide together. End. GENA1 again.",
        kind="abstract",
        source="made up",
        pmid="7",
        year=2011,
    )

    def together(self, drug: str, entities: object, limit: int) -> tuple[EvidenceItem, ...]:
        passage = Passage.cut(self.document, 0, len(self.document.text))
        return (EvidenceItem(document=self.document, passage=passage),)

    def co_mentions(self, drug: str, entities: object) -> CoMentions:
        return count_years([self.document.year])


def test_pair_evidence_is_a_row_that_names_both_and_supports_nothing() -> None:
    draft = drafts(brief(with_pair(), Joint()))["pair:GENA1 × GENB"]
    assert draft.verdict.code == "joint"
    (row,) = draft.rows
    assert row.valid
    assert row.quote == "Examplinib kills cells. GENA1 and GENB decide together."
    assert row.quote == Joint.document.text[row.start : row.end]
    assert {c.name for c in row.checks} >= {"names the gene GENA1", "names the gene GENB", "names the drug"}
    assert (row.label, draft.literature.tier) == ("unverified", "mentioned")
    assert (draft.novelty.code, draft.novelty.first_year) == ("mentioned", 2011)
    assert "2011: 1" in draft.novelty.why


def test_joint_span_is_the_shortest_run_and_no_longer_than_three_sentences() -> None:
    text = "A x. B y. C z. A B. D."
    assert joint_span(text, [["A"], ["B"]]) == (15, 19)
    assert joint_span("A x. B y. C z. D w.", [["A"], ["D"]]) is None
    found = joint_items(
        ExampleEvidence(), DRUG, [Entity(feature="GEND", curie=None, label="GEND", how="approved", names=("GEND",))], 5
    )
    assert [item.document.id for item in found] == [NOTE.id]


def test_module_score_is_its_effect_times_how_well_it_is_found_again() -> None:
    found = modules_of(DEEP)[0]
    assert found.support.score.estimate == pytest.approx(0.45 * 0.71)
    assert found.support.tier == "confident"
    assert found.direction == "higher_sensitises"
    assert DEEP.modules is not None
    for changes, why in (
        ({"stability": 0.4}, "not found again"),
        ({"q": 0.06}, "its q"),
        ({"effect": interval(-0.4, 0.5)}, "holds zero"),
        ({"random_p": 0.3}, "random modules"),
    ):
        module = DEEP.modules[0].model_copy(update=changes)
        support = modules_of(DEEP.model_copy(update={"modules": (module,)}))[0].support
        assert support.tier == "weak", changes
        assert any(why in reason for reason in support.why)


def test_evidence_on_a_member_never_supports_the_module() -> None:
    draft = drafts(brief())["module:GENA1 module"]
    assert draft.verdict.code == "members_known"
    labels = {row.label for row in draft.rows}
    assert labels == {"mentions"}
    assert draft.literature.score == 2
    assert all("not of the whole" in row.why for row in draft.rows)


def test_rule_never_stands_above_its_best_gene_nor_above_suggestive() -> None:
    assert DEEP.rules is not None
    best = candidates_of(DEEP, 7)[0].support.score
    found = rules_of(DEEP, 2.0)[0].support
    assert found.score.estimate <= best.estimate
    assert found.tier == "suggestive"
    small = rules_of(DEEP, 0.01)[0].support.score
    # (0.8 - 0.5) / density of the normal at its median, times sqrt(0.3 / 0.7) and the spread of the response.
    assert small.estimate == pytest.approx(0.3 * math.sqrt(2 * math.pi) * math.sqrt(3 / 7) * 0.01)
    rule = DEEP.rules[0].model_copy(update={"measured": interval(0.55, 0.2)})
    weak = rules_of(DEEP.model_copy(update={"rules": (rule,)}), 2.0)[0].support
    assert weak.tier == "weak"


def test_rule_on_a_gene_that_speaks_already_is_left_out() -> None:
    assert DEEP.rules is not None
    rule = DEEP.rules[0].model_copy(update={"conditions": DEEP.rules[0].conditions[:1]})
    made = brief(DEEP.model_copy(update={"rules": (rule,)}))
    assert "says of one gene what the hypothesis on GENA1 says" in {x.reason for x in made.left_out}


def test_group_speaks_where_nothing_tells_its_genes_apart() -> None:
    class Silent(ExampleEvidence):
        def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
            return ()

    shown = drafts(brief(source=Silent()))
    assert "group:GENA1+1" in shown
    assert "gene:GENA1" not in shown
    assert shown["group:GENA1+1"].verdict.code == "members_unknown"
    known = drafts(brief())
    assert "gene:GENA1" in known
    assert "group:GENA1+1" not in known


def test_group_that_differs_within_lineages_is_weak() -> None:
    genes = candidates_of(DEEP, 7)
    other = groups_of(DEEP, genes, {"GENA1+1": interval(0.5, 0.1)})[0].support
    assert other.tier == "weak"
    assert groups_of(DEEP, genes, {"GENA1+1": interval(-0.5, 0.1)})[0].support.tier == "confident"


def test_nothing_is_confident_where_the_model_does_not_beat_the_mean() -> None:
    """A tissue mean without effect runs against the response out of the bag: to beat it alone means nothing."""
    fit = DEEP.fit.model_copy(update={"model": DEEP.fit.model.model_copy(update={"r2": interval(0.0, 0.01)})})
    assert fit.gain_over_tissue is not None
    assert fit.gain_over_tissue.low > 0.0
    bundle = DEEP.model_copy(update={"fit": fit})
    assert prediction_faults(DEEP) == ((), ())
    assert prediction_faults(bundle) == ((), ("the model does not clearly beat the mean of all lines",))


def test_nothing_is_confident_where_the_model_does_not_beat_the_tissue() -> None:
    fit = DEEP.fit.model_copy(update={"gain_over_tissue": interval(0.01, 0.05)})
    bundle = with_pair().model_copy(update={"fit": fit})
    found, _ = beyond_of(bundle, tables(), candidates_of(bundle, 7))
    assert {c.kind for c in found} == {"group", "pair", "module", "rule"}
    assert {c.support.tier for c in found} == {"weak"}


def test_every_sentence_of_every_kind_passes_its_checks_and_has_a_test_that_could_kill_it() -> None:
    made = brief(with_pair(), Joint())
    assert {h.draft.candidate.kind for h in made.hypotheses} == {"gene", "pair", "module", "rule"}
    for hypothesis in made.hypotheses:
        assert not hypothesis.draft.refused
        assert any("falls if" in claim.sentence.text for claim in hypothesis.test)
        for claim in (*hypothesis.draft.claims, *hypothesis.test):
            held = [c for row in claim.rows for c in row.checks] if isinstance(claim, LiteratureClaim) else claim.checks
            assert held
            assert all(check.passed for check in held), (claim.id, held)


def test_claim_ids_are_unique() -> None:
    made = brief(with_pair(), Joint())
    ids = [c.id for h in made.hypotheses for c in (*h.draft.claims, *h.test)]
    assert len(ids) == len(set(ids))


def test_group_score_keeps_what_is_left_of_its_genes_beyond_lineage() -> None:
    genes = candidates_of(DEEP, 7)
    plain = groups_of(DEEP, genes, {})[0].support.score.estimate
    # Both genes of the example keep 0.8 of their effects.
    assert plain == pytest.approx(1.0 * 0.8)
    turned = tuple(
        g.model_copy(update={"adjusted_effect": interval(0.3, 0.1)}) if g.gene == "GENA1" else g
        for g in DEEP.attribution.genes
    )
    bundle = DEEP.model_copy(update={"attribution": DEEP.attribution.model_copy(update={"genes": turned})})
    left = 0.4 * 0.8 / (0.62 + 0.4)
    assert groups_of(bundle, genes, {})[0].support.score.estimate == pytest.approx(left)


def test_gene_on_record_speaks_for_its_group_however_weak_its_data() -> None:
    genes = tuple(g.model_copy(update={"q": 0.5}) if g.gene == "GENA1" else g for g in DEEP.attribution.genes)
    bundle = DEEP.model_copy(update={"attribution": DEEP.attribution.model_copy(update={"genes": genes})})
    shown = drafts(brief(bundle))
    assert shown["gene:GENA1"].candidate.support.tier == "weak"
    assert "group:GENA1+1" not in shown


def test_nothing_is_confident_without_null_runs_of_the_whole_chain() -> None:
    bundle = with_pair().model_copy(update={"null": None})
    assert pairs_of(bundle)[0].support.tier == "suggestive"
    assert modules_of(bundle)[0].support.tier == "suggestive"

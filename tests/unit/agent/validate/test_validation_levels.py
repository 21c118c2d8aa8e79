"""Each level on drugs whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from agent.validate import methods
from agent.validate.cases import Case, Rankings
from agent.validate.levels.classes import ADJUSTED, BLIND, EXPLANATION, class_level
from agent.validate.levels.deep import deep_level
from agent.validate.levels.genes import gene_level
from agent.validate.levels.groups import group_level
from agent.validate.levels.hypotheses import BriefSummary, HypothesisLine, hypothesis_level
from agent.validate.levels.sets import set_level
from agent.validate.levels.signs import sign_level
from agent.validate.levels.verdicts import MEANING, WHY_ORDER, target_rows
from explain_engine.stability.records import Verdict
from knowledge.mechanisms.model import KnownMechanism

MakeCase = Callable[..., Case]
MakeRankings = Callable[..., Rankings]


def _fact(drug: str, gene: str, direction: str, alteration: str = "expression") -> KnownMechanism:
    return KnownMechanism(
        id=f"{drug}/{gene}/{direction}",
        drug=drug,
        entity=gene,
        entity_kind="gene",
        relation="sensitivity",
        alteration=alteration,
        direction=direction,
        context="c",
        summary="s",
        level="curated",
        source="src",
        record_id="r",
        pmid="1",
    )


@pytest.fixture
def found(make_case: MakeCase) -> list[Case]:
    return [make_case(f"drug{i}", f"G{i:03d}", place=1 + i % 2) for i in range(12)]


def test_gene_level_counts_ranks_and_beats_chance(found: list[Case], make_rankings: MakeRankings) -> None:
    level = gene_level("t", make_rankings(found), {c.name: c.drug.targets for c in found})
    assert level is not None
    own = level.rows[0]
    assert own.method == methods.CONSENSUS
    assert own.mrr.value == pytest.approx(0.75)
    assert own.hits == {10: 12, 20: 12, 50: 12, 100: 12}
    assert own.p_mrr < 0.001
    assert level.chance_hits[50] == pytest.approx(6.0)
    assert level.rows[0].hits[10] > level.chance_hits[10]
    against = {(c.measure, c.second): c for c in level.comparisons}
    assert against[("MRR", methods.CHANCE)].p < 0.001
    assert against[("MRR", methods.TREESHAP)].difference.value > 0
    assert {methods.LITERATURE, methods.TARGETED, methods.OTHERS} <= {r.method for r in level.rows}


def test_a_drug_that_does_badly_stays_in(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    cases = [make_case("good", "G001", 1), make_case("bad", "G002", 100)]
    level = gene_level("t", make_rankings(cases), {c.name: c.drug.targets for c in cases})
    assert level is not None
    assert level.rows[0].n_drugs == 2
    assert {d.drug: d.ranks[methods.CONSENSUS] for d in level.drugs} == {"good": 1.0, "bad": 100.0}


def test_unmeasured_genes_are_told_of_and_not_ranked(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    cases = [make_case("a", "G001", 3), make_case("b", "G002", 5)]
    level = gene_level("t", make_rankings(cases), {"a": ["G001", "ABSENT"], "b": ["ABSENT"]})
    assert level is not None
    assert [(d.drug, d.not_measured) for d in level.drugs] == [("a", ("ABSENT",))]


def test_a_costly_baseline_is_compared_on_the_drugs_it_was_run_on(
    found: list[Case], make_rankings: MakeRankings
) -> None:
    for case in found[:5]:
        case.table[methods.ILLUME] = np.arange(100.0)
    level = gene_level("t", make_rankings(found), {c.name: c.drug.targets for c in found})
    assert level is not None
    assert {c.n_drugs for c in level.comparisons if c.second == methods.ILLUME} == {5}
    assert next(r for r in level.rows if r.method == methods.ILLUME).n_drugs == 5
    assert next(r for r in level.rows if r.method == methods.CONSENSUS).n_drugs == 12


def test_popularity_as_target_does_not_count_the_drug_itself(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    case = make_case("x", "G001", 1)
    case.table.rename(index={"G005": "BCL2", "G006": "EGFR"}, inplace=True)
    object.__setattr__(case, "drug", case.drug.model_copy(update={"targets": ("EGFR",)}))
    ranks = make_rankings([case]).ranks(case, methods.TARGETED)
    counts = make_rankings([case])._target_counts
    assert counts["EGFR"] > 1
    assert ranks[6] == (1.0 if counts["EGFR"] - 1 > counts["BCL2"] else 2.0)


def test_consensus_of_the_others_leaves_the_drug_out(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    cases = [make_case("a", "G001", 1), make_case("b", "G001", 90)]
    both = make_rankings(cases)
    np.testing.assert_allclose(both.ranks(cases[0], methods.OTHERS), both.ranks(cases[1], methods.CONSENSUS))


def test_sign_level_counts_agreement_and_leaves_contested_pairs_out(make_case: MakeCase) -> None:
    cases = [make_case("a", "G001", 1, effect=-1.0), make_case("b", "G002", 1, effect=1.0)]
    facts = {
        "a": [_fact("a", "G001", "higher_sensitises"), _fact("a", "G009", "higher_resists", "mutation")],
        "b": [
            _fact("b", "G002", "higher_sensitises"),
            _fact("b", "G003", "higher_sensitises"),
            _fact("b", "G003", "higher_resists"),
        ],
    }
    level = sign_level("t", cases, facts)
    assert level is not None
    assert [(p.drug, p.gene, p.agrees) for p in level.pairs] == [("a", "G001", True), ("b", "G002", False)]
    assert level.contested == ("b - G003",)
    own = level.rows[0]
    assert (own.agree, own.n_pairs) == (1, 2)
    share = [float((c.table["effect"] < 0).mean()) for c in cases]
    assert own.expected == pytest.approx(sum(share))


def test_sign_level_by_rank_compares_with_genes_of_the_same_part(make_case: MakeCase) -> None:
    high, low = make_case("high", "G001", 3, effect=-1.0), make_case("low", "G002", 90, effect=1.0)
    facts = {name: [_fact(name, gene, "higher_sensitises")] for name, gene in (("high", "G001"), ("low", "G002"))}
    level = sign_level("t", [high, low], facts)
    assert level is not None
    assert [(x.ranks, x.agree, x.n_pairs) for x in level.strata] == [("1 to 50", 1, 1), ("51 to 500", 0, 1)]
    first = high.table["consensus"] >= -50
    assert level.strata[0].expected == pytest.approx(float((high.table["effect"][first] < 0).mean()))


def test_group_level_allows_for_group_sizes(make_case: MakeCase) -> None:
    case = make_case("a", "G001", 1)
    case.table["group_rank"] = 1.0
    level = group_level("t", [case], {"a": ["G001"]})
    assert level is not None
    assert level.rows[0].hits[10] == 1
    # Every gene lies in the first group: a hit is no evidence at all.
    assert level.rows[0].expected[10] == pytest.approx(1.0)
    assert level.rows[0].p[10] == pytest.approx(1.0)


def test_set_level_finds_own_sets_and_not_those_of_any_drug(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    sets = {f"S{k}": [f"G{j:03d}" for j in range(6 * k, 6 * k + 6)] for k in range(12)}
    cases = []
    for k in range(8):
        case = make_case(f"d{k}", f"G{6 * k:03d}", 1)
        lifted = case.table["consensus"].copy()
        lifted[sets[f"S{k}"]] = 0.0
        # One set comes up for every drug, and is nobody's own.
        lifted[sets["S11"]] = 1.0
        case.table["consensus"] = lifted
        cases.append(case)
    own = {c.name: (f"S{k}",) for k, c in enumerate(cases)}
    left_out = {c.name: c.drug.targets for c in cases}
    level = set_level("t", make_rankings(cases), sets, own, left_out, [methods.CONSENSUS, methods.TREESHAP])
    assert level is not None
    row, other = level.rows
    assert row.place.value < 0.2 < row.others
    assert row.p < 0.01
    assert other.p > 0.01
    common = set_level("t", make_rankings(cases), sets, dict.fromkeys(own, ("S11",)), left_out, [methods.CONSENSUS])
    assert common is not None
    assert common.rows[0].place.value < 0.1
    assert common.rows[0].p > 0.5


def test_class_level_retrieves_like_explanations(make_case: MakeCase) -> None:
    cases = []
    for k in range(8):
        case = make_case(f"d{k}", "G050", 50)
        mark = 10 * (k % 2)
        case.table["score"] = 0.01
        case.table.iloc[mark : mark + 5, case.table.columns.get_loc("score")] = 5.0
        case.table["effect"] = 1.0
        cases.append(case)
    level = class_level("t", cases, {c.name: f"class{k % 2}" for k, c in enumerate(cases)})
    assert level is not None
    values = {r.similarity: r.map.value for r in level.rows}
    assert values[EXPLANATION] == pytest.approx(1.0)
    assert values["random order"] < 0.75
    compared = {(c.first, c.second) for c in level.comparisons}
    assert (EXPLANATION, ADJUSTED) in compared
    assert {(first, BLIND) for first in (EXPLANATION, ADJUSTED)} <= compared
    assert (ADJUSTED, EXPLANATION) not in compared
    assert all(c.p_holm is not None and c.p_holm >= c.p for c in level.comparisons)
    assert level.n_queries == 8
    assert class_level("t", cases, {c.name: "one" for c in cases}) is None


def test_hypothesis_level_tells_known_pairs_called_new(make_case: MakeCase) -> None:
    case = make_case("a", "G001", 1)
    shown = (
        HypothesisLine(gene="G004", genes=("G004", "G001"), tier="confident", verdict="new", novelty="not found"),
        HypothesisLine(gene="G001", genes=("G001",), tier="weak", verdict="agrees", novelty="not found"),
    )
    brief = BriefSummary(
        drug="a", snapshot="s", bundle="b", shown=shown, orders={"data alone": ("G001", "G004")}, seconds=0.1
    )
    level = hypothesis_level("t", [case], {"a": brief}, {"a": ["G001"]})
    assert level is not None
    hits = {r.order: r.hits for r in level.rows}
    assert hits == {
        "as in the brief": {1: 0, 3: 1, 6: 1},
        "as in the brief, any gene named": {1: 1, 3: 1, 6: 1},
        "data alone": {1: 1, 3: 1, 6: 1},
    }
    named = next(r for r in level.rows if r.order.endswith("any gene named"))
    assert named.expected == pytest.approx({1: 0.02, 3: 0.02, 6: 0.02})
    assert level.called_new == ("a - G001",)
    assert (level.n_known, level.agrees, level.tiers["confident"]) == (1, 1, 1)
    assert level.expected[3] == pytest.approx(0.03)


def _judged(case: Case, code: str) -> Case:
    verdict = Verdict(gene=case.drug.targets[0], code=code, why="w")
    object.__setattr__(case, "run", case.run.model_copy(update={"verdicts": (verdict,)}))
    return case


def test_missed_targets_are_looked_at_further(make_case: MakeCase, make_rankings: MakeRankings) -> None:
    family = _judged(make_case("family", "G001", 90), "no_signal")
    top = [str(g) for g in family.table["consensus"].sort_values(ascending=False).index[:3]]
    quiet = _judged(make_case("quiet", "G002", 90, gain_low=-0.1), "no_signal")
    elsewhere = _judged(make_case("elsewhere", "G003", 90), "no_signal")
    hit = _judged(make_case("hit", "G004", 1), "recovered")
    rows = target_rows(make_rankings([family, quiet, elsewhere, hit]), {"FAM": ("G001", *top)}, {"P": ("G003", "G099")})
    why = {r.drug: r.why for r in rows}
    # Three of three members among the first 50 of 100 happen one time in eight: no evidence.
    assert why == {
        "family": "signal elsewhere",
        "quiet": "model not clearly better than tissue",
        "elsewhere": "signal elsewhere",
        "hit": "recovered",
    }
    # First in the ranking and still not firm: that is a reason of its own, not a signal elsewhere.
    first = _judged(make_case("first", "G005", 1), "no_signal")
    first.table["selection_frequency"] = 0.25
    row = target_rows(make_rankings([first]), {}, {})[0]
    assert (row.why, row.rank, row.selection) == ("high rank, not firm", 1.0, 0.25)
    assert (row.effect, row.effect_low, row.spread) == (-1.0, pytest.approx(-1.1), None)
    assert set(MEANING) == set(WHY_ORDER)
    many = [str(g) for g in family.table["consensus"].sort_values(ascending=False).index[:8]]
    rows = target_rows(make_rankings([family]), {"FAM": ("G001", *many)}, {})
    assert rows[0].why == "family member instead"
    assert rows[0].instead is not None
    assert rows[0].instead_p == pytest.approx(np.prod([(50 - i) / (100 - i) for i in range(8)]))


def _parts(modules: list[tuple[str, ...]] | None, calls: list[tuple[str, str]] | None) -> SimpleNamespace:
    """The fields of a bundle that the level reads."""
    return SimpleNamespace(
        modules=None if modules is None else [SimpleNamespace(members=m, target_sets=("S",)) for m in modules],
        interactions=None
        if calls is None
        else SimpleNamespace(calls=[SimpleNamespace(first=a, second=b, first_gene=a, second_gene=b) for a, b in calls]),
    )


def test_modules_and_called_pairs_beside_chance(make_case: MakeCase) -> None:
    cases = [make_case("a", "G001", 1), make_case("b", "G002", 1), make_case("c", "G003", 1)]
    bundles = {
        "a": _parts([("G001", "G050"), ("G060",)], [("G010", "G011"), ("G020", "G021")]),
        "b": _parts([], None),
        "c": _parts(None, None),
    }
    edges = {"G010": frozenset({"G011"}), "G011": frozenset({"G010"})}
    level = deep_level(cases, bundles, edges)  # type: ignore[arg-type]
    assert level is not None
    assert [r.drug for r in level.rows] == ["a", "b"]
    assert (level.with_target, level.n_modules) == (1, 2)
    assert level.expected == pytest.approx(0.03)
    assert (level.n_pairs, level.n_known, level.rows[0].known) == (2, 1, ("G010 x G011",))
    # Two directed edges among 100 * 99 ordered pairs, two pairs of single genes.
    assert level.known_expected == pytest.approx(2 * 2 / 9900)
    assert deep_level(cases, {"c": bundles["c"]}, edges) is None  # type: ignore[dict-item]

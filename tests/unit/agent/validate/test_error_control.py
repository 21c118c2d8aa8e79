"""Simulated screens for error control: what is permuted and renamed, what is true of them, how shares are counted."""

from __future__ import annotations

import numpy as np
import pytest

from agent.hypotheses.candidates import Candidate, DataSupport, Kind
from agent.validate.control import ControlRun, ControlSize, Found, PlantedP, ScreenKind, plain_test, simulate
from agent.validate.control_count import confident, find_rows, named_rows, screen_rows
from agent.validate.control_truth import Truth
from benchmarks.validate.error_control import plan
from benchmarks.validate.error_control_page import page
from explain_engine.record import Interval
from explain_engine.settings import ExplainSettings
from explain_engine.synth import planted_cohort

SIZE = ControlSize(n_lines=100, n_genes=460)
NAMES = ["BCL2", "MCL1", "BCL2"]
PLANTED = PlantedP(role="additive", gene_p=0.02, group_p=0.3, plain_p=0.2)


def _candidate(kind: Kind, *genes: str, members: tuple[str, ...] = ()) -> Candidate:
    interval = Interval(estimate=1.0, low=0.5, high=1.5, level=0.95, method="given")
    return Candidate(
        id=f"{kind}:{genes[0]}",
        kind=kind,
        label=genes[0],
        gene=genes[0],
        genes=genes,
        index=0,
        rank=1,
        direction="higher_resists",
        direction_from="model",
        group="g",
        members=members,
        support=DataSupport(score=interval, tier="confident", why=(), q=0.01),
    )


def _run(kind: ScreenKind, seed: int = 0, **given: object) -> ControlRun:
    base = ControlRun(
        kind=kind,
        size=SIZE,
        seed=seed,
        pearson=0.4,
        within=0.4,
        beats_tissue=True,
        shown=5,
        headline="weak",
        confident=(),
        held_back={},
        agreeing=0,
        least_q=0.5,
        family_p=0.5,
        planted=(PLANTED,) if kind == "signal" else (),
        idle=(100, 5, 10),
        idle_groups=(20, 1, 2),
        plain_least=0.5,
        plain_idle=(100, 4, 9),
        seconds=1.0,
    )
    return base.model_copy(update=given)


def _found(verdict: str = "planted", *, strict: bool = True, kind: str = "gene") -> Found:
    return Found.model_validate(
        {"kind": kind, "label": "BCL2", "strict": strict, "verdict": verdict, "agrees": verdict == "false"}
    )


def test_permutation_keeps_what_tissue_explains() -> None:
    kept, _ = simulate("signal", 0, SIZE, NAMES, np.random.default_rng(0))
    shuffled, truth = simulate("null", 0, SIZE, NAMES, np.random.default_rng(0))
    assert kept.lineage.nunique() > 1
    for tissue, rows in kept.lineage.groupby(kept.lineage):
        assert sorted(kept.y.loc[rows.index]) == sorted(shuffled.y.loc[rows.index]), tissue
    assert (kept.y != shuffled.y).mean() > 0.5
    assert not truth.roles
    assert not truth.acting


def test_names_are_moved_with_their_genes() -> None:
    cohort = planted_cohort("A", 100, 460, 0)
    dataset, truth = simulate("signal", 0, SIZE, NAMES, np.random.default_rng(3))
    np.testing.assert_array_equal(dataset.X.to_numpy(), cohort.dataset().X.to_numpy())
    own, new = list(cohort.dataset().X.columns), list(dataset.X.columns)
    assert {"BCL2", "MCL1"} <= set(new)
    assert len(set(new)) == 460
    assert list(truth.roles) == [
        new[own.index(g)]
        for g in (
            *cohort.truth.additive,
            *(x for p in cohort.truth.pairs for x in (p.first, p.second)),
            *cohort.truth.module,
        )
    ]
    assert truth.blocks == {new[own.index(g)]: block for g, block in cohort.truth.blocks.items()}
    assert len(truth.acting) == 460, "with 460 genes every block holds a planted one"


def test_a_panel_holds_the_genes_most_correlated_with_the_response() -> None:
    dataset, truth = simulate("panel", 1, SIZE, [], np.random.default_rng(0))
    assert dataset.X.shape == (100, 460)
    assert not truth.roles
    r = np.abs(np.corrcoef(dataset.X.to_numpy(), dataset.y.to_numpy(), rowvar=False)[-1, :-1])
    assert r.min() > 0.1, "the weakest of the best sixth; of all genes it would be near zero"


def test_a_hypothesis_is_planted_its_block_or_false() -> None:
    planted = planted_cohort("A", 100, 1000, 2).truth
    truth = Truth.of(planted, {})
    pair = planted.pairs[0]
    gene = next(iter(planted.additive))
    mates = [g for g, b in planted.blocks.items() if b == planted.blocks[gene] and g != gene]
    idle = [g for g in planted.blocks if g not in truth.acting]
    assert truth.judge(_candidate("gene", gene)) == "planted"
    assert truth.judge(_candidate("gene", mates[0], members=(gene,))) == "its block", "a gene speaks for itself alone"
    assert truth.judge(_candidate("gene", idle[0])) == "false"
    assert truth.judge(_candidate("group", mates[0], members=(mates[1], gene))) == "planted"
    assert truth.judge(_candidate("module", mates[0], members=(mates[1], idle[0]))) == "its block"
    assert truth.judge(_candidate("group", mates[0], members=(idle[0], idle[1]))) == "false"
    assert truth.judge(_candidate("pair", pair.second, pair.first)) == "planted"
    near = next(g for g, b in planted.blocks.items() if b == planted.blocks[pair.first] and g != pair.first)
    assert truth.judge(_candidate("pair", near, pair.second)) == "its block"
    assert truth.judge(_candidate("pair", pair.first, gene)) == "false"
    assert Truth.nothing(planted.blocks).judge(_candidate("gene", gene)) == "false"


def test_plain_test_has_small_p_for_a_gene_that_is_the_response() -> None:
    dataset, _ = simulate("null", 0, SIZE, [], np.random.default_rng(0))
    p = plain_test(dataset, ExplainSettings())
    assert p.between(0, 1).all()
    assert 0.02 < (p <= 0.1).mean() < 0.25
    y = dataset.y.copy()
    y[:] = dataset.X.iloc[:, 7]
    told = plain_test(type(dataset)(**{**vars(dataset), "y": y}), ExplainSettings())
    assert told.idxmin() == dataset.X.columns[7]
    assert told.min() < 1e-12


def test_rows_count_screens_hypotheses_and_genes() -> None:
    runs = [
        _run("signal", 0, confident=(_found(), _found("false", strict=False)), least_q=0.03, family_p=0.08),
        _run("signal", 1, confident=(_found("its block", kind="module"),), headline="confident"),
    ]
    whole = {(r.what, r.level): (r.count, r.of) for r in screen_rows(runs, signal=True)}
    assert whole["a confident hypothesis", 0.05] == (2, 2)
    assert whole["a confident hypothesis that names a planted gene", 0.05] == (1, 2)
    assert whole["a confident hypothesis that is false", 0.05] == (0, 2)
    assert whole["a confident hypothesis that is false", 0.1] == (1, 2)
    assert whole["a gene or group at q of at most the level", 0.05] == (1, 2)
    assert whole["family p of the groups", 0.05] == (0, 2)
    assert whole["family p of the groups", 0.1] == (1, 2)
    assert whole["the first sentence of the brief is confident", None] == (1, 2)
    found = {(r.what, r.level): (r.count, r.of) for r in find_rows(runs)}
    assert found["false among confident hypotheses", 0.05] == (0, 2)
    assert found["false among confident hypotheses", 0.1] == (1, 3)
    assert found["false among confident hypotheses: genes", 0.1] == (1, 2)
    assert ("false among confident hypotheses: pairs", 0.1) not in found
    named = {(r.what, r.level): (r.count, r.of) for r in named_rows(runs, signal=True)}
    assert named["genes that do not act, p", 0.1] == (20, 200)
    assert named["planted genes, p of the gene", 0.05] == (2, 2)
    assert named["planted genes, p of its group", 0.1] == (0, 2)
    assert named["- additive genes", 0.05] == (2, 2)
    assert found["planted pairs with a confident pair of their blocks", 0.05] == (0, 12)
    assert confident(runs[0], 0.05) == (_found(),)


def test_screens_settled_without_null_runs_count_for_the_brief_alone() -> None:
    settled = _run(
        "null", 1, tested=False, beats_tissue=False, least_q=None, family_p=None, idle=None, idle_groups=None
    )
    runs = [_run("null", 0, least_q=0.01), settled]
    whole = {(r.what, r.level): (r.count, r.of) for r in screen_rows(runs, signal=False)}
    assert whole["a confident hypothesis", 0.05] == (0, 2)
    assert whole["a gene or group at q of at most the level", 0.05] == (1, 1)
    assert whole["family p of the groups", 0.1] == (0, 1)
    named = {(r.what, r.level): r.of for r in named_rows(runs, signal=False)}
    assert named["genes that do not act, p", 0.05] == 100
    assert named["plain correlation, genes that do not act, p", 0.05] == 200


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_stopped_run_has_had_the_same_share_of_every_kind(share: float) -> None:
    order = plan(30, 20, 10)
    assert len(order) == len(set(order)) == 110
    begun = order[: round(share * len(order))]
    for kind, setting, count in (("null", "A", 30), ("signal", "B", 20), ("panel", "B", 10)):
        assert sum((k, s) == (kind, setting) for k, s, _ in begun) == pytest.approx(share * count, abs=1)


def test_page_has_a_column_for_each_setting_and_says_when_it_is_empty() -> None:
    text = page([_run("null"), _run("signal", 1, confident=(_found(),))], ExplainSettings())
    assert "| a confident hypothesis | 0.05 | 0 of 1: 0.000 (0.000 to 0.975) | none of 0 | 0 of 1" in text
    assert "| a confident hypothesis | 0.05 | 1 of 1: 1.000 (0.025 to 1.000) | none of 0 | 1 of 1" in text
    assert "pre-selected on the response that is then" not in text
    nothing_found = page([_run("null"), _run("signal", 1)], ExplainSettings())
    assert "False ones among the confident hypotheses of screens with signal: none of 0." in nothing_found
    assert "No screen has run yet" in page([], ExplainSettings())

"""Null runs, verdicts, replication, stability report, local measures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, spearmanr

from explain_engine.attribution.groups import group_genes
from explain_engine.engine import explain
from explain_engine.errors import InputError
from explain_engine.predict.trees import TreeSettings
from explain_engine.settings import ExplainSettings
from explain_engine.stability.attach import attach_null
from explain_engine.stability.local_measures import ablation_ratio, faithfulness, robustness
from explain_engine.stability.nulls import NullChain, benjamini_hochberg, null_run, summarise
from explain_engine.stability.replicate import correlation_interval, replicate, within_tissue_correlation
from explain_engine.stability.resample import stability_report
from explain_engine.stability.verdict import verdicts
from explain_engine.synth import null_cohort, planted_cohort

SMALL = ExplainSettings(
    repeats=1, components=3, trees=TreeSettings(rounds=25, feature_fraction=0.1), draws=100, listed=40, adjusted=True
)


@pytest.fixture(scope="module")
def cohort():
    return planted_cohort("A", 300, 460, 4, n_test=200, oracle_r2=0.9)


@pytest.fixture(scope="module")
def explained(cohort):
    return explain(cohort.dataset(), SMALL)


@pytest.fixture(scope="module")
def null(cohort):
    return null_run(cohort.dataset(), SMALL, 19)


def test_strong_signal_is_beyond_every_null_run(null, cohort):
    assert null.report.n_reached == 0
    assert null.report.p == pytest.approx(1 / 20)
    assert null.genes["gene"].iloc[0] in cohort.truth.genes
    assert (null.genes["q"].to_numpy() >= null.genes["p"].to_numpy()).all()


def test_null_runs_are_reproducible_and_need_enough_runs(cohort, null):
    again = null_run(cohort.dataset(), SMALL, 19)
    assert again.report == null.report
    with pytest.raises(InputError, match="19"):
        null_run(cohort.dataset(), SMALL, 5)


def test_permutation_stays_within_tissue_and_keeps_the_explained_part():
    dataset = null_cohort(200, 100, 0).dataset()
    chain = NullChain(dataset, SMALL)
    permuted = chain.permuted(np.random.default_rng(0))
    rest, rest_permuted = chain.y - chain._kept, permuted - chain._kept
    assert not np.allclose(rest, rest_permuted)
    for code in np.unique(chain.codes):
        rows = chain.codes == code
        np.testing.assert_allclose(np.sort(rest[rows]), np.sort(rest_permuted[rows]))


def test_family_p_of_exchangeable_runs_is_uniform():
    rng = np.random.default_rng(0)
    names = [f"g{j}" for j in range(30)]
    groups = group_genes(rng.standard_normal((80, 30)), names)
    p = []
    for _ in range(300):
        values = rng.standard_normal((20, 30))
        p.append(summarise(values, groups.sums(values), names, groups, 0).report.p)
    assert set(np.round(np.array(p) * 20).astype(int)) <= set(range(1, 21))
    assert abs(np.mean(p) - 0.525) < 4 * np.std(p) / np.sqrt(300)


def test_gate_keeps_its_level_where_genes_are_not_alike_and_bounds_every_q():
    # A few genes are far wilder than the others, and groups repeat their genes: neither p alone would do for both.
    rng = np.random.default_rng(3)
    names = [f"g{j}" for j in range(30)]
    groups = group_genes(rng.standard_normal((80, 30)), names)
    scale = np.where(np.arange(30) < 3, 30.0, 1.0)
    gates = []
    for _ in range(600):
        values = rng.standard_normal((40, 30)) * scale
        result = summarise(values, groups.sums(values), names, groups, 0)
        gates.append(result.gate)
        assert min(result.genes["q"].min(), result.groups["q"].min()) >= result.gate
        assert result.gate >= min(result.report.p, result.genes["p_family"].min())
    for level in (0.05, 0.1, 0.5):
        share = np.mean(np.array(gates) <= level)
        assert share <= level + 4 * np.sqrt(level * (1 - level) / 600)
        assert share >= 0.4 * level


def test_benjamini_hochberg_equals_scipy():
    p = np.random.default_rng(1).random(50) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p))


def test_attach_null_fills_bundle_and_tables(explained, null):
    bundle, arrays = attach_null(*explained, null)
    assert bundle.null == null.report
    assert all(g.p is not None and g.q is not None for g in bundle.attribution.genes)
    assert {"p", "q"} <= set(arrays["genes"].columns)
    assert arrays["genes"]["rank"].tolist() == explained[1]["genes"]["rank"].tolist()


def test_verdicts_name_each_case(explained, null, cohort):
    bundle, arrays = attach_null(*explained, null)
    best = null.genes["gene"].iloc[0]
    weak = null.genes["gene"].iloc[-1]
    spread = cohort.X.std()
    flat = next(g for g in arrays["genes"]["gene"].tail(50) if g not in (best, weak))
    spread[flat] = 0.0
    out = {v.gene: v for v in verdicts(bundle, arrays["genes"], arrays["groups"], spread, [best, flat, "NOSUCH", weak])}
    assert out[best].code == "recovered"
    assert out[best].numbers["q"] <= 0.05
    assert out[flat].code == "not_varying"
    assert out["NOSUCH"].code == "not_measured"
    assert out[weak].code in {"no_signal", "recovered_as_group", "explained_by_lineage"}


def test_a_gene_known_only_by_its_group_is_recovered_as_group(explained, cohort):
    bundle, arrays = explained
    genes, groups = arrays["genes"].copy(), arrays["groups"].copy()
    genes["q"], groups["q"] = 0.9, 0.9
    target = genes["gene"].iloc[-1]
    groups.loc[groups["id"] == genes["group"].iloc[-1], "q"] = 0.01
    (verdict,) = verdicts(bundle, genes, groups, cohort.X.std(), [target])
    assert verdict.code == "recovered_as_group"


def test_only_a_rank_lost_by_taking_tissue_out_is_explained_by_lineage(explained, cohort):
    bundle, arrays = explained
    genes, groups = arrays["genes"].copy(), arrays["groups"].copy()
    genes["q"], groups["q"] = 0.9, 0.9
    target, own = genes["gene"].iloc[-1], groups["id"] == genes["group"].iloc[-1]
    genes.loc[genes["gene"] == target, "rank"] = 3

    def judged(adjusted):
        genes.loc[genes["gene"] == target, "adjusted_rank"] = adjusted
        groups.loc[own, "adjusted_rank"] = adjusted
        return verdicts(bundle, genes, groups, cohort.X.std(), [target])[0]

    lost, kept = judged(len(genes)), judged(1)
    assert lost.code == "explained_by_lineage"
    assert "rank 3 (" in lost.why
    assert kept.code == "no_signal"
    assert "q = 0.9" in kept.why


def test_findings_replicate_on_fresh_lines_and_not_on_a_shuffled_response(explained, cohort):
    bundle, arrays = explained
    fresh = cohort.dataset("test")
    out = replicate(bundle, arrays["genes"], cohort.dataset().X.index, fresh)
    assert out.n_shared_lines == 0
    assert out.share_replicated > out.share_by_chance
    shuffled = dataclasses.replace(
        fresh, y=pd.Series(np.random.default_rng(0).permutation(fresh.y), index=fresh.y.index)
    )
    assert replicate(bundle, arrays["genes"], fresh.X.index, shuffled).share_replicated < out.share_replicated


def test_within_tissue_correlation_equals_spearman_for_one_tissue():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 4)), rng.standard_normal(60)
    r, freedom = within_tissue_correlation(X, y, ["one"] * 60)
    np.testing.assert_allclose(r, [spearmanr(X[:, j], y).statistic for j in range(4)])
    assert freedom == 58
    interval = correlation_interval(0.3, freedom)
    assert interval.low < 0.3 < interval.high


def test_tissue_alone_gives_no_correlation_within_tissues():
    cohort = null_cohort(1500, 60, 2)
    r, freedom = within_tissue_correlation(cohort.X.to_numpy(), cohort.y.to_numpy(), list(cohort.lineage))
    assert np.abs(r).max() < 4.5 / np.sqrt(freedom)


def test_stability_report_lists_every_perturbation(cohort):
    report, rankings = stability_report(cohort.dataset(), SMALL, repeats=3)
    kinds = {a.perturbation for a in report.agreements}
    assert kinds == {"re-training", "80 % subsamples", "bootstrap (distinct lines)", "neighbouring lines"}
    by = {(a.perturbation, a.measure, a.level): a.value.estimate for a in report.agreements}
    assert by["re-training", "jaccard@50", "gene"] > 0.2
    assert len(rankings) == 3
    with pytest.raises(InputError):
        stability_report(cohort.dataset(), SMALL, repeats=2)


def test_local_measures_of_controls():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 20))
    beta = np.zeros(20)
    beta[:3] = [2.0, -1.0, 1.0]
    prediction = X @ beta
    label = (prediction > 0).astype(np.intp)
    constant, noise = np.ones((120, 20)), rng.standard_normal((120, 20))
    assert robustness(constant, X, label) == pytest.approx(1.0)
    assert faithfulness(constant, prediction) == 0.0
    assert robustness(noise, X, label) < 0.2
    assert faithfulness(X * beta, prediction) > 0.35
    assert ablation_ratio(lambda Z: Z @ beta, X, X * beta, top=3) > 3
    assert ablation_ratio(lambda Z: Z @ beta, X, noise, top=3) == pytest.approx(1.0, abs=0.35)

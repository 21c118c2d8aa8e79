"""Modules: communities, calls beyond tissue, enrichment against a second implementation."""

import numpy as np
import pytest

from explain_engine.errors import InputError
from explain_engine.interactions.records import InteractionSet
from explain_engine.modules.activity import activity, call_modules
from explain_engine.modules.background import broad_components, take_out
from explain_engine.modules.enrich import benjamini_hochberg, measured_sets, over_representation, prerank
from explain_engine.modules.find import ModuleSettings, find_modules
from explain_engine.modules.graph import communities, gene_graph
from explain_engine.plot.enrichment import enrichment_plot
from explain_engine.plot.network import network_plot

SETTINGS = ModuleSettings(bootstraps=3)


def blocks(n=240, count=10, size=8, seed=0):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(n, count))
    sign = np.where(np.arange(count * size) % size == size - 1, -1.0, 1.0)
    Z = 0.75 * sign * np.repeat(factor, size, axis=1) + 0.66 * rng.normal(size=(n, count * size))
    return (Z - Z.mean(0)) / Z.std(0), factor, [f"G{j:02d}" for j in range(count * size)]


SETS = {
    "mine": {
        "block three": [f"G{j:02d}" for j in range(24, 32)] + ["ELSEWHERE"],
        "spread": [f"G{j:02d}" for j in range(0, 80, 9)],
    }
}


@pytest.fixture(scope="module")
def found():
    Z, factor, genes = blocks()
    y = -0.6 * factor[:, 3] + np.random.default_rng(9).normal(size=len(Z))
    return find_modules(
        Z, y, np.zeros(len(y), np.intp), genes, gene_sets=SETS, targets=["G25", "NOWHERE"], settings=SETTINGS
    )


def test_the_planted_module_is_found_whole(found):
    assert len(found) == 1
    module = found[0]
    assert set(module.members) == {f"G{j:02d}" for j in range(24, 32)}
    assert module.against == ("G31",)
    assert module.effect.high < 0 and module.q <= 0.05 and module.random_p <= 0.05
    assert module.stability > 0.9 and module.contains_target is True
    assert set(module.hubs) <= set(module.members) and module.id == f"{module.hubs[0]} module"


def test_enrichment_of_the_module(found):
    table = {(e.method, e.gene_set): e for e in found[0].enrichment}
    over = table["over-representation", "block three"]
    assert set(over.overlap) == set(found[0].members) and over.score > 50
    assert ("over-representation", "spread") not in table
    assert table["prerank", "block three"].q <= 0.05
    assert "block three" in found[0].target_sets


def test_over_representation_equals_the_hypergeometric_tail():
    from scipy.stats import hypergeom

    genes = [f"G{j:02d}" for j in range(80)]
    sets = measured_sets(SETS, genes)
    members = ["G24", "G25", "G26", "G40"]
    (hit,) = over_representation(members, sets, genes)
    assert hit.p == pytest.approx(hypergeom.sf(2, 80, 8, 4), rel=1e-9)
    assert hit.q == pytest.approx(2 * hit.p, rel=1e-9)
    assert prerank(np.arange(80.0), genes, {}, seed=0) == ()
    with pytest.raises(InputError, match="same symbols"):
        measured_sets({"c": {"s": ["X", "Y"]}}, genes)


def test_benjamini_hochberg_equals_statsmodels_formula():
    p = np.array([0.01, 0.04, 0.03, 0.2])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.04, 0.16 / 3, 0.16 / 3, 0.2])


def test_no_module_where_only_tissue_acts():
    Z, _, genes = blocks(seed=3)
    tissue = np.arange(len(Z)) % 6
    rng = np.random.default_rng(3)
    Z = Z + (rng.normal(size=(6, Z.shape[1])))[tissue]
    Z = (Z - Z.mean(0)) / Z.std(0)
    y = rng.normal(size=6)[tissue] * 2 + rng.normal(size=len(Z))
    assert find_modules(Z, y, tissue, genes, settings=SETTINGS) == ()


def test_graph_is_symmetric_signed_and_splits_into_blocks():
    Z, _, _ = blocks()
    graph = gene_graph(Z, 7)
    assert abs(graph.weight - graph.weight.T).max() == 0
    assert graph.sign[0, 1] == 1 and graph.sign[0, 7] == -1
    label = communities(graph, seed=0)
    truth = np.repeat(np.arange(10), 8)
    assert all(len(np.unique(label[truth == b])) == 1 for b in range(10)) and label.max() == 9
    joined = gene_graph(Z, 7, interactions=[(0, 79)])
    assert joined.weight[0, 79] == joined.weight[79, 0] > graph.weight[0, 79]
    alone = gene_graph(np.random.default_rng(0).normal(size=(2000, 4)))
    assert communities(alone, 0).tolist() == [0, 1, 2, 3]


def test_a_module_is_not_called_for_what_it_shares_with_a_stronger_one():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(300, 1))
    A = np.hstack([a, 0.6 * a + 0.8 * rng.normal(size=(300, 1)), rng.normal(size=(300, 4))])
    A = (A - A.mean(0)) / A.std(0)
    target = A[:, 0] + 0.5 * rng.normal(size=300)
    assert call_modules(A, target, np.zeros(300, np.intp), np.empty((300, 0)), 0.05, 0).called == (0,)


def test_broad_components_are_taken_out_and_blocks_stay():
    Z, _, _ = blocks(count=70)
    assert broad_components(Z).shape[1] == 0
    wide = Z + np.random.default_rng(0).normal(size=(len(Z), 1))
    components = broad_components(wide - wide.mean(0))
    assert components.shape[1] == 1
    left = take_out(wide, np.zeros(len(Z), np.intp), components)
    assert abs(np.corrcoef(left.T)[0, 40]) < 0.25 < np.corrcoef(wide.T)[0, 40]
    small = wide[:, :80]
    assert broad_components(small - small.mean(0)).shape[1] == 0


def test_activity_is_standard_and_members_may_run_against_it():
    Z, _, _ = blocks()
    score = activity(Z, np.arange(8))
    assert score.std() == pytest.approx(1.0) and np.corrcoef(score, Z[:, 7])[0, 1] < 0


def test_plots_say_what_they_show(found):
    figure = network_plot(found, None, "drug X")
    text = {t.get_text() for t in figure.axes[0].texts}
    assert found[0].hubs[0] in text and "8 genes" in " ".join(text)
    figure = enrichment_plot(found)
    assert "block three" in [t.get_text() for t in figure.axes[0].get_yticklabels()]
    with pytest.raises(InputError, match="nothing to draw"):
        network_plot((), InteractionSet(n_pairs_screened=1, null_scheme="", calls=()), "drug X")
    with pytest.raises(InputError, match="nothing to draw"):
        enrichment_plot(())


def test_sizes_are_checked():
    with pytest.raises(InputError, match="do not match"):
        find_modules(np.zeros((5, 2)), np.zeros(4), np.zeros(5, np.intp), ["a", "b"])


def test_modules_are_called_at_the_level_stated_where_many_components_are_taken_out():
    # Half of the degrees of freedom go to strata and components: a permuted response must lose them again.
    rng = np.random.default_rng(8)
    strata = np.repeat(np.arange(15), 4)
    components = np.linalg.qr(take_out(rng.standard_normal((60, 15)), strata, np.empty((60, 0))))[0]
    called = 0
    for seed in range(150):
        A = take_out(rng.standard_normal((60, 12)), strata, components)
        target = take_out(rng.standard_normal(60), strata, components)
        called += bool(call_modules(A, target, strata, components, 0.05, seed).called)
    assert called <= 150 * 0.05 + 4 * np.sqrt(150 * 0.05 * 0.95)

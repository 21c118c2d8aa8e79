"""Gene groups, the adjusted view, credit sharing, pair evidence, smooth local explanations."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from explain_engine.attribution import groups as groups_module
from explain_engine.attribution.adjust import nuisance, nuisance_fit, residual_expression
from explain_engine.attribution.groups import group_genes
from explain_engine.attribution.local import local_slopes, smooth_slopes
from explain_engine.attribution.pair_evidence import pair_evidence, pair_threshold
from explain_engine.attribution.rank import direction, positions, resampled_error, selection_frequency
from explain_engine.attribution.sharing import Sharing
from explain_engine.record import Interval
from explain_engine.synth import planted_cohort


@pytest.fixture(scope="module")
def cohort():
    return planted_cohort("A", 400, 460, 2)


def test_groups_are_the_planted_blocks(cohort):
    genes = list(cohort.X.columns)
    groups = group_genes(cohort.X.to_numpy(), genes)
    blocks = [cohort.truth.blocks[g] for g in genes]
    assert adjusted_rand_score(blocks, groups.label) > 0.85
    assert sorted(j for part in groups.members for j in part) == list(range(460))
    assert len(set(groups.names)) == len(groups.names)


def test_wide_matrices_take_the_gathered_way_and_still_find_blocks(cohort, monkeypatch):
    monkeypatch.setattr(groups_module, "_DIRECT_LIMIT", 100)
    genes = list(cohort.X.columns)
    groups = group_genes(cohort.X.to_numpy(), genes)
    assert adjusted_rand_score([cohort.truth.blocks[g] for g in genes], groups.label) > 0.6


def test_group_sums_and_scores(cohort):
    X = cohort.X.to_numpy()
    groups = group_genes(X, list(cohort.X.columns))
    values = np.random.default_rng(0).standard_normal((3, 460))
    sums = groups.sums(values)
    for g, part in enumerate(groups.members):
        np.testing.assert_allclose(sums[:, g], values[:, list(part)].sum(axis=1))
    scores = groups.scores(X)
    for g, part in enumerate(groups.members):
        assert np.corrcoef(scores[:, g], X[:, part[0]])[0, 1] > 0.3


def test_adjustment_removes_tissue_and_sees_no_outside_response():
    cohort = planted_cohort("B", 300, 460, 1)
    X = cohort.X.to_numpy()
    codes = np.unique(cohort.lineage, return_inverse=True)[1]
    design = nuisance(X, codes, 5)
    np.testing.assert_allclose(design.T @ design, np.eye(design.shape[1]), atol=1e-8)
    R = residual_expression(X, design)
    for code in np.unique(codes):
        assert np.abs(R[codes == code].mean(axis=0)).max() < 1e-8
    inside = np.arange(200)
    y = cohort.y.to_numpy()
    changed = y.copy()
    changed[200:] += 100.0
    np.testing.assert_allclose(nuisance_fit(y, design, inside), nuisance_fit(changed, design, inside))
    assert np.corrcoef(nuisance_fit(y, design, inside)[200:], y[200:])[0, 1] > 0.2


def test_sharing_passes_credit_to_look_alikes_only():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((500, 40))
    Z[:, 1] = Z[:, 0] + 0.2 * rng.standard_normal(500)
    importance = np.zeros(40)
    importance[0] = 1.0
    shared = Sharing(Z, importance, 0.5).score(importance)
    assert shared[0] > shared[1] > 20 * shared[2:].max()
    np.testing.assert_array_equal(Sharing(Z, importance, 0.0).score(importance), importance)
    both = Sharing(Z, importance, 0.5).score(np.stack([importance, 2 * importance]))
    np.testing.assert_allclose(both[1], 2 * both[0])


def test_pair_evidence_finds_a_product_and_little_in_noise():
    rng = np.random.default_rng(1)
    Z = rng.standard_normal((500, 120))
    residual = 0.5 * Z[:, 4] * Z[:, 90] + rng.standard_normal(500)
    found = pair_evidence(Z, residual)
    assert set(np.flatnonzero(found)) == {4, 90}
    assert found[4] == found[90] > 0
    false = [np.count_nonzero(pair_evidence(Z, rng.standard_normal(500))) / 2 for _ in range(40)]
    assert np.mean(false) < 1.0


def test_pair_threshold_expects_a_quarter_of_a_false_pair():
    from scipy.stats import norm

    for m in (100, 1000, 6163):
        assert 2 * norm.sf(pair_threshold(m)) * m * (m - 1) / 2 == pytest.approx(0.25, rel=1e-6)


def test_ranks_frequencies_and_directions():
    assert positions(np.array([0.1, 3.0, 3.0, 2.0])).tolist() == [4, 1, 2, 3]
    over_bags = np.array([[3.0, 2.0, 0.0], [3.0, 0.0, 2.0]])
    np.testing.assert_array_equal(selection_frequency(over_bags, 2), [1.0, 0.5, 0.5])
    error = resampled_error(over_bags, 4)
    np.testing.assert_allclose(error, np.sqrt((1 / 2 + 1 / 3) * over_bags.var(axis=0, ddof=1)))
    for low, high, expected in ((0.1, 1, "higher_resists"), (-1, -0.1, "higher_sensitises"), (-1, 1, "mixed")):
        assert direction(Interval(estimate=0, low=low, high=high, method="x")) == expected


def test_smooth_slopes_recover_a_linear_model_exactly():
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((150, 8))
    beta = rng.standard_normal(8)
    phi = Z * beta
    np.testing.assert_allclose(smooth_slopes(phi, Z), np.tile(beta, (150, 1)))
    fitted = phi.sum(axis=1)
    np.testing.assert_allclose(local_slopes(phi, Z, fitted, fitted[:5], neighbours=10), np.tile(beta, (5, 1)))


def test_local_slopes_average_the_lines_of_nearest_prediction():
    rng = np.random.default_rng(4)
    Z, phi, fitted = rng.standard_normal((60, 4)), rng.standard_normal((60, 4)), rng.standard_normal(60)
    wanted = np.array([-9.0, -0.3, 0.0, 0.4, 9.0, fitted[7]])
    slopes = smooth_slopes(phi, Z, 2.0)
    nearest = np.argsort(np.abs(fitted[None, :] - wanted[:, None]), axis=1)[:, :9]
    np.testing.assert_allclose(
        local_slopes(phi, Z, fitted, wanted, neighbours=9), slopes[nearest].mean(axis=1), atol=1e-12
    )
    np.testing.assert_allclose(
        local_slopes(phi, Z, fitted, wanted, neighbours=500), np.tile(slopes.mean(axis=0), (6, 1)), atol=1e-12
    )

"""Sparse TreeSHAP interactions against shap's dense ones, shapiq's index and brute force."""

import warnings

import lightgbm as lgb
import numpy as np
import pytest

from explain_engine.errors import InputError
from explain_engine.interactions.model_view import group_pairs
from explain_engine.interactions.treeshap import mean_interactions, tree_interactions


def fitted(seed=0, n=200, m=8, leaves=7, rounds=25):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, m))
    y = X[:, 0] * X[:, 1] + (X[:, 2] > 0) * (X[:, 3] > 0) + X[:, 4] + 0.3 * rng.normal(size=n)
    params = {"num_leaves": leaves, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "seed": seed}
    return lgb.train(params, lgb.Dataset(X, y), rounds), X


@pytest.mark.parametrize("leaves", [2, 7, 40])
def test_equals_shap(leaves):
    shap = pytest.importorskip("shap")
    model, X = fitted(leaves=leaves)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dense = shap.TreeExplainer(model).shap_interaction_values(X[:15])
    sparse = tree_interactions(model, X)
    ours = np.stack([sparse.dense(i, X.shape[1]) for i in range(15)])
    np.testing.assert_allclose(ours, dense, atol=1e-10)


def test_equals_shapiq_order_two():
    shapiq = pytest.importorskip("shapiq")
    model, X = fitted(m=5, rounds=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explainer = shapiq.TreeExplainer(model=model, max_order=2, index="SII", min_order=1)
        values = [explainer.explain(x) for x in X[:5]]
    sparse = tree_interactions(model, X[:5])
    known = {tuple(p): v for p, v in zip(sparse.pairs.tolist(), sparse.values, strict=True)}
    for i, value in enumerate(values):
        for pair, position in value.interaction_lookup.items():
            if len(pair) == 2:
                ours = known[pair][i] if pair in known else 0.0
                assert ours == pytest.approx(value.values[position], abs=1e-10)


def test_equals_the_definition_over_all_coalitions():
    from itertools import combinations
    from math import factorial

    from explain_engine.interactions.trees import read_trees

    model, X = fitted(m=5, rounds=4)
    x, m = X[3], 5
    leaves = [leaf for tree in read_trees(model) for leaf in tree.leaves()]

    def worth(coalition):
        total = 0.0
        for leaf in leaves:
            share = leaf.value
            for f, low, high, reach in zip(leaf.features, leaf.low, leaf.high, leaf.reach, strict=True):
                share *= float(low < x[f] <= high) if f in coalition else reach
            total += share
        return total

    sparse = tree_interactions(model, x[None])
    known = {tuple(p): v[0] for p, v in zip(sparse.pairs.tolist(), sparse.values, strict=True)}
    for i, j in combinations(range(m), 2):
        rest = [k for k in range(m) if k not in (i, j)]
        expected = 0.0
        for size in range(len(rest) + 1):
            weight = factorial(size) * factorial(m - size - 2) / factorial(m - 1)
            for s in map(set, combinations(rest, size)):
                expected += weight * (worth(s | {i, j}) - worth(s | {i}) - worth(s | {j}) + worth(s))
        assert known.get((i, j), 0.0) == pytest.approx(expected, abs=1e-12)


def test_shapley_values_add_to_the_prediction_and_match_lightgbm():
    model, X = fitted(leaves=15)
    sparse = tree_interactions(model, X)
    np.testing.assert_allclose(sparse.base + sparse.phi.sum(axis=0), model.predict(X), atol=1e-9)
    contributions = model.predict(X, pred_contrib=True)
    np.testing.assert_allclose(sparse.phi.T, contributions[:, sparse.features], atol=1e-9)
    np.testing.assert_allclose(sparse.main.sum(axis=0) + sparse.values.sum(axis=0), sparse.phi.sum(axis=0), atol=1e-9)


def test_only_pairs_on_a_shared_path_are_kept():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 6))
    stumps = lgb.train(
        {"num_leaves": 2, "verbose": -1, "num_threads": 1}, lgb.Dataset(X, X[:, 0] + X[:, 1]), num_boost_round=20
    )
    assert tree_interactions(stumps, X).pairs.shape == (0, 2)


def test_mean_over_models_uses_only_the_allowed_lines():
    first, X = fitted(0)
    second, _ = fitted(1)
    use = [np.arange(len(X)) < 120, np.arange(len(X)) >= 80]
    both = mean_interactions(iter([first, second]), X, use)
    known = {tuple(p): v for p, v in zip(both.pairs.tolist(), both.values, strict=True)}
    alone = tree_interactions(first, X)
    for pair, values in zip(alone.pairs.tolist(), alone.values, strict=True):
        np.testing.assert_allclose(known[tuple(pair)][:80], values[:80], atol=1e-12)


def test_group_pairs_sum_members_and_drop_pairs_within_a_group():
    model, X = fitted(m=6, leaves=15)
    sparse = tree_interactions(model, X)
    label = np.array([0, 0, 1, 1, 2, 2])
    view = group_pairs(sparse, label)
    assert all(a < b for a, b in view.groups)
    ends = label[sparse.pairs]
    inside = (ends.min(axis=1) == 0) & (ends.max(axis=1) == 1)
    assert view.strength[view.ranks()[0, 1] - 1] == pytest.approx(np.abs(sparse.values[inside].sum(axis=0)).mean())


def test_refuses_what_it_cannot_explain():
    model, X = fitted()
    with pytest.raises(InputError, match="finite"):
        tree_interactions(model, np.full_like(X, np.nan))
    with pytest.raises(InputError, match="columns"):
        tree_interactions(model, X[:, :2])
    with pytest.raises(InputError, match="not a LightGBM model"):
        tree_interactions(object(), X)
    with pytest.raises(InputError, match="no model"):
        mean_interactions([], X)
    with pytest.raises(InputError, match="shape"):
        mean_interactions([model], X, [np.ones(3, dtype=bool)])
    several = lgb.train(
        {"objective": "multiclass", "num_class": 3, "verbose": -1, "num_threads": 1},
        lgb.Dataset(X, np.arange(len(X)) % 3),
        num_boost_round=2,
    )
    with pytest.raises(InputError, match="several outputs"):
        tree_interactions(several, X)
    codes = np.column_stack([np.arange(len(X)) % 5, X[:, 0]]).astype(float)
    kinds = lgb.train(
        {"verbose": -1, "num_threads": 1, "min_data_per_group": 1, "min_data_in_leaf": 5},
        lgb.Dataset(codes, (codes[:, 0] == 2) * 1.0, categorical_feature=[0]),
        num_boost_round=3,
    )
    with pytest.raises(InputError, match="categorical"):
        tree_interactions(kinds, codes)

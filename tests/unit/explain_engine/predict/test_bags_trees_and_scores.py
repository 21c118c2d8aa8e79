"""Bags, boosted trees, single effects, baselines and scores."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score

from explain_engine.errors import InputError
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.baselines import PRIOR_LINES, mean_prediction, tissue_mean_prediction
from explain_engine.predict.score import gain, line_weights, score
from explain_engine.predict.single_effects import single_effects
from explain_engine.predict.trees import SharedTrees, TreeSettings


def test_every_line_is_outside_once_a_repeat():
    bags = draw_bags(103, 4, 3, 5)
    seen = np.zeros(103, int)
    for inside, outside in bags:
        assert set(inside) | set(outside) == set(range(103))
        assert not set(inside) & set(outside)
        seen[outside] += 1
    assert (seen == 3).all()
    assert bags.n_bags == 12
    assert (draw_bags(103, 4, 3, 5).fold == bags.fold).all()
    assert (draw_bags(103, 4, 3, 6).fold != bags.fold).any()


@pytest.mark.parametrize(("folds", "repeats", "lines"), [(1, 1, 50), (2, 0, 50), (6, 1, 50)])
def test_impossible_bags_are_refused(folds, repeats, lines):
    with pytest.raises(InputError):
        draw_bags(lines, folds, repeats, 0)


def test_contributions_add_to_the_prediction_and_equal_a_model_trained_apart():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 30))
    y = X[:, 0] + X[:, 1] * X[:, 2] + 0.1 * rng.standard_normal(200)
    shared = SharedTrees(X, TreeSettings(rounds=30, feature_fraction=1.0))
    inside = np.arange(0, 200, 2)
    booster = shared.fit(y, inside, 3)
    outside = np.arange(1, 200, 2)
    values = shared.contributions(booster, outside)
    np.testing.assert_allclose(values.sum(axis=1), shared.predict(booster, outside), atol=1e-10)
    # One label vector serves every subset: a second fit on another response must not disturb the first.
    other = shared.fit(-y, inside, 3)
    np.testing.assert_allclose(shared.predict(other, outside), -shared.predict(booster, outside), atol=1e-6)
    again = shared.fit(y, inside, 3)
    np.testing.assert_array_equal(shared.predict(again, outside), shared.predict(booster, outside))
    assert isinstance(booster, lgb.Booster)


def test_single_effects_find_sparse_signal_and_split_look_alikes():
    rng = np.random.default_rng(1)
    Z = rng.standard_normal((400, 200)).astype(np.float32)
    Z[:, 9] = Z[:, 5]
    y = 1.0 * Z[:, 5] - 0.7 * Z[:, 50] + 0.5 * rng.standard_normal(400)
    beta = single_effects(Z - Z.mean(axis=0), y - y.mean(), 10)
    assert set(np.argsort(-np.abs(beta))[:3]) == {5, 9, 50}
    assert beta[5] == pytest.approx(beta[9], rel=1e-3)
    assert beta[5] + beta[9] == pytest.approx(1.0, abs=0.1)
    assert beta[50] == pytest.approx(-0.7, abs=0.1)
    assert np.abs(np.delete(beta, [5, 9, 50])).max() < 0.05


def test_single_effects_of_noise_are_small_and_of_nothing_are_zero():
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((300, 500)).astype(np.float32)
    Z -= Z.mean(axis=0)
    noise = rng.standard_normal(300)
    fitted = Z @ single_effects(Z, noise, 10)
    assert fitted.var() < 0.25 * noise.var()
    assert not single_effects(Z, np.zeros(300), 10).any()


def test_screening_keeps_the_answer_where_the_signal_is_marginal():
    rng = np.random.default_rng(3)
    Z = rng.standard_normal((250, 2200)).astype(np.float32)
    Z -= Z.mean(axis=0)
    y = Z[:, 1700] + 0.4 * rng.standard_normal(250)
    beta = single_effects(Z, y, 5)
    assert beta.shape == (2200,)
    assert int(np.argmax(np.abs(beta))) == 1700


def test_baselines_use_only_lines_inside_the_bag():
    y = np.arange(80.0)
    codes = np.repeat([0, 1], 40)
    bags = draw_bags(80, 2, 1, 0)
    mean, tissue = mean_prediction(y, bags), tissue_mean_prediction(y, codes, bags)
    for inside, outside in bags:
        np.testing.assert_allclose(mean[outside], y[inside].mean())
        for code in (0, 1):
            own = inside[codes[inside] == code]
            expected = (y[own].sum() + PRIOR_LINES * y[inside].mean()) / (len(own) + PRIOR_LINES)
            np.testing.assert_allclose(tissue[outside[codes[outside] == code]], expected)


def test_scores_equal_scipy_and_intervals_hold_the_estimate():
    rng = np.random.default_rng(4)
    y = rng.standard_normal(150)
    prediction = y + rng.standard_normal(150)
    weights = line_weights(150, 500, 0)
    out = score("model", y, prediction, weights)
    assert out.pearson.estimate == pytest.approx(pearsonr(y, prediction).statistic)
    assert out.spearman.estimate == pytest.approx(spearmanr(y, prediction).statistic)
    assert out.r2.estimate == pytest.approx(r2_score(y, prediction))
    for interval in (out.pearson, out.spearman, out.r2):
        assert interval.low < interval.estimate < interval.high
    better = gain(y, prediction, rng.standard_normal(150), weights)
    assert better.low > 0


def test_constant_predictions_have_no_correlation():
    y = np.random.default_rng(0).standard_normal(60)
    weights = line_weights(60, 100, 0)
    out = score("mean", y, np.full(60, y.mean()), weights)
    assert out.pearson is None
    assert out.r2.estimate == pytest.approx(0.0)
    assert gain(y, y, np.zeros(60), weights) is None

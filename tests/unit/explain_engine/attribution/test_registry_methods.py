"""Every registered method finds a strong gene; values against second implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from explain_engine.attribution.consensus_model import fit_consensus
from explain_engine.attribution.kernelshap import coalition_masks, explain_kernel_shap
from explain_engine.attribution.lime import explain_lime
from explain_engine.attribution.linear import explain_linear, ridge_coefficients
from explain_engine.attribution.own_model import check_predictor, load_predictor
from explain_engine.attribution.problem import Problem
from explain_engine.attribution.registry import METHODS, explain_with, method
from explain_engine.attribution.treeshap import explain_treeshap
from explain_engine.errors import InputError
from explain_engine.predict.bags import draw_bags


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((160, 12))
    y = 1.5 * Z[:, 3] - 0.8 * Z[:, 7] + 0.3 * rng.standard_normal(160)
    return Problem(Z=Z, y=y, codes=np.zeros(160, dtype=np.intp), explained=Z[:25], seed=1)


@pytest.mark.parametrize("name", [m.name for m in METHODS if not m.name.startswith("illume")])
def test_strong_gene_comes_first(problem, name):
    out = explain_with(name, problem)
    assert list(np.argsort(-out.importance)[:2]) == [3, 7]
    assert (out.phi is not None) == method(name).local
    if out.phi is not None:
        assert out.phi.shape == problem.explained.shape
        assert np.corrcoef(out.phi[:, 3], problem.explained[:, 3])[0, 1] > 0.8


@pytest.mark.parametrize("name", ["illume-plus", "illume-plus-published"])
def test_illume_answers_in_shape(problem, name):
    out = explain_with(name, problem)
    assert out.phi.shape == problem.explained.shape
    assert np.isfinite(out.phi).all()


def test_linear_equals_ridge_of_scikit_learn(problem):
    ours = ridge_coefficients(problem.Z, problem.y)
    values = np.linalg.eigvalsh((problem.Z - problem.Z.mean(0)) @ (problem.Z - problem.Z.mean(0)).T)
    penalties = [
        Ridge(alpha=p * np.maximum(values, 0).mean()).fit(problem.Z, problem.y).coef_ for p in (0.1, 0.3, 1, 3, 10)
    ]
    assert min(np.abs(ours - other).max() for other in penalties) < 1e-8


def test_linear_of_a_given_model_is_coefficient_times_deviation(problem):
    model = Ridge().fit(problem.Z, problem.y)
    given = Problem(problem.Z, problem.y, problem.codes, problem.explained, model)
    out = explain_linear(given)
    np.testing.assert_allclose(out.phi, (problem.explained - problem.Z.mean(0)) * model.coef_)


def test_kernel_shap_equals_closed_form_for_a_linear_model(problem):
    model = Ridge().fit(problem.Z, problem.y)
    out = explain_kernel_shap(Problem(problem.Z, problem.y, problem.codes, problem.explained[:4], model))
    np.testing.assert_allclose(out.phi, (problem.explained[:4] - problem.Z.mean(0)) * model.coef_, atol=1e-4)


def test_coalitions_come_with_their_complements():
    masks = coalition_masks(9, 40, 0)
    assert (masks[::2] ^ masks[1::2]).all()
    assert masks.any(axis=1).all()


def test_treeshap_of_a_forest_equals_the_shap_package(problem):
    import shap

    forest = RandomForestRegressor(10, max_depth=3, random_state=0, n_jobs=1).fit(problem.Z, problem.y)
    out = explain_treeshap(Problem(problem.Z, problem.y, problem.codes, problem.explained, forest))
    np.testing.assert_allclose(out.phi, shap.TreeExplainer(forest).shap_values(problem.explained))
    with pytest.raises(InputError, match="no tree model"):
        explain_treeshap(Problem(problem.Z, problem.y, problem.codes, problem.explained, check_predictor(Odd())))


def test_lime_agrees_with_the_published_package(problem):
    from lime.lime_tabular import LimeTabularExplainer

    model = Ridge().fit(problem.Z, problem.y)
    given = Problem(problem.Z, problem.y, problem.codes, problem.explained[:1], model)
    ours = explain_lime(given, samples=2000).phi[0] / problem.explained[0]
    explainer = LimeTabularExplainer(problem.Z, mode="regression", discretize_continuous=False, random_state=0)
    theirs = dict(
        explainer.explain_instance(problem.explained[0], model.predict, num_features=12, num_samples=2000).as_map()[1]
    )
    assert spearmanr(ours, [theirs[j] for j in range(12)]).statistic > 0.9


def test_consensus_model_is_the_sum_of_its_contributions(problem):
    model = fit_consensus(problem.Z, problem.y, draw_bags(160, 4, 1, 0), seed=0)
    prediction = model.predict(problem.explained)
    rest = prediction - model.contributions(problem.explained).sum(axis=1)
    assert np.ptp(rest) < 1e-4
    assert np.corrcoef(prediction, problem.y[:25])[0, 1] > 0.9


def test_skops_round_trip_and_refusals(problem, tmp_path):
    import skops.io as sio

    path = tmp_path / "model.skops"
    sio.dump(Ridge().fit(problem.Z, problem.y), path)
    model = load_predictor(path)
    assert (
        explain_with("linear", Problem(problem.Z, problem.y, problem.codes, problem.explained, model)).phi is not None
    )
    sio.dump({"odd": 1}, path)
    with pytest.raises(InputError, match="no predict"):
        load_predictor(path)
    with pytest.raises(InputError, match="not a readable"):
        load_predictor(tmp_path / "absent.skops")


class Odd:
    def predict(self, X):
        return np.zeros((len(X), 2))


def test_bad_problems_are_refused(problem):
    with pytest.raises(InputError, match="no attribution method"):
        explain_with("magic", problem)
    with pytest.raises(InputError, match="shapes disagree"):
        explain_with("linear", Problem(problem.Z, problem.y[:5], problem.codes, problem.explained))
    with pytest.raises(InputError, match="one finite number"):
        explain_with("lime", Problem(problem.Z, problem.y, problem.codes, problem.explained, Odd()))
    with pytest.raises(InputError, match="fits its own"):
        explain_with("bagged consensus", Problem(problem.Z, problem.y, problem.codes, problem.explained, Odd()))

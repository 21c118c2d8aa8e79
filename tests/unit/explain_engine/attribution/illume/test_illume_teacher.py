"""The encoder taught by TreeSHAP: its gradient, what it learns, that it never makes the curves worse, bad input."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from explain_engine.attribution.illume import IllumePlus, IllumeTeacher, Lesson, method
from explain_engine.attribution.illume.encoder import Encoder
from explain_engine.attribution.illume.teacher_curves import GeneCurves, fit_curves
from explain_engine.attribution.illume.teacher_objective import TaughtBatch, TaughtScale, taught_objective
from explain_engine.errors import InputError


def contributions_of(X):
    """A black box whose exact contributions are known: a line, a step, and nothing else."""
    phi = np.zeros_like(X)
    phi[:, 0] = 0.8 * X[:, 0]
    phi[:, 1] = np.where(X[:, 1] > 0.5, 1.0, -0.3)
    return phi


@pytest.fixture(scope="module")
def taught():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 30))
    phi = contributions_of(X)
    model = IllumeTeacher(n_latents=4, rank=3, max_epochs=10, random_state=0).fit(X, phi, phi.sum(axis=1) + 2.0)
    return model, rng.normal(size=(200, 30))


@pytest.mark.parametrize("seed", range(6))
def test_gradient_is_that_of_automatic_differentiation(seed):
    rng = np.random.default_rng(seed)
    b, d, m, k, r = rng.integers(2, 7), rng.integers(2, 6), rng.integers(4, 12), rng.integers(1, 5), rng.integers(1, 4)
    batch = TaughtBatch(rng.normal(size=(b, d)), rng.normal(size=(b, m)), rng.normal(size=(b, m)), rng.normal(size=b))
    scale = TaughtScale(phi=1.7, prediction=0.6, shrinkage=2.0, prediction_weight=0.8)
    maps, basis, loadings = rng.normal(size=(k * r, d)), rng.normal(size=(m, r + 1)), rng.normal(size=k)

    def plain(maps, basis, loadings):
        total = 0.0
        for i in range(b):
            raw = anp.dot(anp.reshape(anp.dot(maps, batch.x[i]), (k, r)), basis[:, :r].T) + basis[:, r]
            w = raw / anp.sqrt(anp.sum(raw**2, axis=1, keepdims=True))
            e = anp.dot(loadings, w)
            miss = anp.sum((batch.phi[i] - batch.genes[i] * e) ** 2) + scale.shrinkage * anp.sum(e**2)
            gap = (batch.prediction[i] - anp.dot(batch.genes[i], e)) ** 2
            total = total + miss / scale.phi + scale.prediction_weight * gap / scale.prediction
        return total / b

    value, gradient, own = taught_objective(Encoder(maps, basis), loadings, batch, scale)
    assert value == pytest.approx(plain(maps, basis, loadings), rel=1e-10)
    for position, mine in enumerate((gradient.maps, gradient.basis, own)):
        theirs = grad(plain, position)(maps, basis, loadings)
        assert np.abs(mine - theirs).max() < 1e-8 * np.abs(theirs).max()


def test_curves_interpolate_their_knots_and_stay_flat_outside():
    curves = GeneCurves(np.array([2.0]), np.array([[-1.0], [0.0], [1.0]]), np.array([[0.5], [0.0], [4.0]]))
    at = np.array([[-3.0], [-1.0], [-0.5], [0.0], [0.5], [1.0], [9.0]])
    bent = curves.contributions(at)[:, 0] - 2.0 * at[:, 0]
    assert bent == pytest.approx([0.5, 0.5, 0.25, 0.0, 2.0, 4.0, 4.0])


def test_a_heavy_penalty_leaves_the_straight_line_and_tied_knots_do_no_harm():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    X[:, 2] = (rng.random(100) < 0.03).astype(float)  # most quantiles coincide
    phi = contributions_of(X)
    heavy = fit_curves(X, phi, n_knots=8, penalty=1e12)
    assert np.abs(heavy.heights).max() < 1e-9
    light = fit_curves(X, phi, n_knots=8, penalty=1.0)
    assert np.isfinite(light.contributions(X)).all()
    assert ((phi - light.contributions(X)) ** 2).sum() < ((phi - heavy.contributions(X)) ** 2).sum()


def test_contributions_and_prediction_of_new_lines(taught):
    model, new = taught
    truth, found = contributions_of(new), model.contributions(new)
    assert ((found - truth) ** 2).sum() < 0.1 * (truth**2).sum()
    assert np.corrcoef(model.predict(new), truth.sum(axis=1))[0, 1] > 0.95
    assert np.allclose(model.predict(new), model.taught_["drug"].base + found.sum(axis=1))
    assert set(np.argsort(-model.global_attribution(new))[:2]) == {0, 1}
    known = model.taught_["drug"]
    assert known.r2_curves > known.r2_straight + 0.02


def test_slopes_are_the_empirical_bayes_slopes_of_the_contributions(taught):
    model, new = taught
    standard = model.coordinates_.standardise(new)
    phi, slope = model.contributions(new), model.taught_["drug"].curves.slope
    expected = (phi * standard + 2.0 * slope) / (standard**2 + 2.0)
    assert np.allclose(model.slopes(new), expected)


def test_the_same_seed_gives_the_same_bits(taught):
    model, new = taught
    again = IllumeTeacher(n_latents=4, rank=3, max_epochs=10, random_state=0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 30))
    phi = contributions_of(X)
    again.fit(X, phi, phi.sum(axis=1) + 2.0)
    assert np.array_equal(again.contributions(new), model.contributions(new))


def test_encoder_is_kept_where_slopes_follow_a_shared_programme_and_serves_both_drugs():
    # Slopes of genes 0 to 9 turn over with gene 20: no curve of one gene can say that, line-wise slopes can.
    rng = np.random.default_rng(1)
    X = rng.normal(size=(600, 24))
    lessons, truth = [], {}
    for name, size in (("one", 1.0), ("two", -2.0)):
        phi = np.zeros_like(X)
        phi[:, :10] = size * 0.3 * X[:, :10] * np.sign(X[:, [20]])
        truth[name] = phi[400:]
        lessons.append(Lesson(name, np.arange(400), phi[:400], phi[:400].sum(axis=1)))
    model = IllumeTeacher(n_latents=8, rank=4, max_epochs=150, shrinkage=0.1, learning_rate=5e-3, random_state=0)
    model.fit(X[:400], lessons)
    assert model.encoder_ is not None
    for name, phi in truth.items():
        assert model.taught_[name].r2_curves < 0.2
        assert model.taught_[name].r2_encoder > 0.6
        found = model.contributions(X[400:], name)
        assert ((found - phi) ** 2).sum() < 0.4 * (phi**2).sum()


def test_encoder_is_dropped_where_it_does_not_help():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 40))
    phi = 0.1 * rng.normal(size=X.shape)
    model = IllumeTeacher(n_latents=8, rank=4, max_epochs=20, random_state=0).fit(X, phi, rng.normal(size=80))
    assert model.encoder_ is None
    assert not model.taught_["drug"].loadings.any()


def good():
    X = np.random.default_rng(0).normal(size=(40, 6))
    return X, contributions_of(X), X[:, 0].copy()


BAD = {
    "shape": (lambda X, phi, f: (X, phi[:, :-1], f), {}, r"phi has shape \(40, 5\)"),
    "nan": (lambda X, phi, f: (X, np.where(phi > 0, np.nan, phi), f), {}, "NaN"),
    "no prediction": (lambda X, phi, f: (X, phi, None), {}, "together with the predictions"),
    "constant prediction": (lambda X, phi, f: (X, phi, np.ones(40)), {}, "nothing to explain"),
    "constant gene": (lambda X, phi, f: (np.where(np.arange(6) == 2, 1.0, X), phi, f), {}, "constant"),
    "rows": (lambda X, phi, f: (X, [Lesson("a", np.arange(1, 41), phi, f)], None), {}, "outside the 40 lines"),
    "names": (lambda X, phi, f: (X, [Lesson("a", np.arange(40), phi, f)] * 2, None), {}, "same name"),
    "few lines": (lambda X, phi, f: (X, [Lesson("a", np.arange(3), phi[:3], f[:3])], None), {}, "too few lines"),
    "knots": (lambda X, phi, f: (X, phi, f), {"n_knots": 1}, "n_knots"),
    "rank": (lambda X, phi, f: (X, phi, f), {"n_latents": 3, "rank": 7}, "rank=7 is larger"),
    "latents": (lambda X, phi, f: (X, phi, f), {"n_latents": 7}, "n_latents=7 is larger"),
    "shrinkage": (lambda X, phi, f: (X, phi, f), {"n_latents": 0, "shrinkage": 0.0}, "shrinkage"),
}


@pytest.mark.parametrize("case", BAD, ids=lambda name: name.replace(" ", "-"))
def test_bad_input_gives_one_clear_error(case):
    change, settings, message = BAD[case]
    with pytest.raises(InputError, match=message):
        IllumeTeacher(**({"n_latents": 0} | settings)).fit(*change(*good()))


def test_an_unknown_drug_is_refused_by_name(taught):
    model, new = taught
    with pytest.raises(InputError, match="'other' was not taught; choose one of 'drug'"):
        model.contributions(new, "other")


def test_every_listed_method_is_a_function_with_the_agreed_interface():
    X, phi, f = good()
    for listed in method.METHODS:
        assert listed.doi
        extra = {"phi": phi, "n_latents": 0} if listed.name == "illume-teacher" else {"max_epochs": 2}
        values = getattr(method, listed.function)(X, f, random_state=0, **extra)
        assert values.shape == X.shape
        assert np.isfinite(values).all()
    direct = IllumePlus(random_state=0, max_epochs=2).fit(X, f).attributions(X)
    assert np.array_equal(method.illume_attributions(X, f, random_state=0, max_epochs=2), direct)

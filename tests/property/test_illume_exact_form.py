"""The exact form against the plain recipe with automatic differentiation, over random shapes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explain_engine.attribution.illume.coordinates import fit_coordinates
from explain_engine.attribution.illume.encoder import Encoder, combine_slopes, forward
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.gram import Batch, Recipe, dense_objective
from explain_engine.attribution.illume.similarity import Bandwidths, cosine_distance, log_kernel, prediction_distance
from explain_engine.attribution.illume.terms import LossWeights
from explain_engine.attribution.illume.topk import sparse_objective

_PATH = Path(__file__).parents[1] / "unit/explain_engine/attribution/illume/plain_recipe.py"
_SPEC = importlib.util.spec_from_file_location("plain_recipe", _PATH)
plain = importlib.util.module_from_spec(_SPEC)
sys.modules["plain_recipe"] = plain
_SPEC.loader.exec_module(plain)

NAMES = ("kld", "jac", "orth", "corr", "rec")


@st.composite
def problems(draw, top_k: bool):
    seed = draw(st.integers(0, 2**31))
    lines, k, r = draw(st.integers(3, 7)), draw(st.integers(2, 4)), draw(st.integers(1, 3))
    m = draw(st.integers(max(k, r), 14))
    rng = np.random.default_rng(seed)
    keep = draw(st.integers(2, m)) if top_k and m >= 2 else None
    weights = {name: draw(st.sampled_from([0.0, 0.3, 1.0])) for name in NAMES}
    if not any(weights.values()):
        weights["kld"] = 1.0
    predictions = rng.dirichlet(np.ones(3), size=lines) if draw(st.booleans()) else None
    problem = plain.PlainProblem(
        x=rng.normal(size=(lines, m)),
        predictions=predictions,
        k=k,
        r=r,
        width_x=draw(st.sampled_from([0.3, 1.0])),
        width_y=draw(st.sampled_from([0.2, 1.0])),
        weights=weights,
        stop_gradient=draw(st.booleans()),
        keep=keep,
    )
    return problem, rng.normal(size=(k * r, m)), rng.normal(size=(m, r + 1))


def batch_of(problem, x, genes):
    widths = Bandwidths(problem.width_x, problem.width_y)
    log_sy = None
    if problem.predictions is not None:
        log_sy = log_kernel(prediction_distance(problem.predictions), widths.prediction)
    log_sx = log_kernel(cosine_distance(problem.x), widths.cosine)
    return Batch(x, log_sx, log_sy, (problem.x**2).sum(axis=1), genes), widths


def relative(mine, theirs):
    return np.abs(mine - theirs).max() / max(1e-9, np.abs(theirs).max())


def compare(problem, loss, gradient, maps, basis):
    values, grad_maps, grad_basis = plain.objective_and_gradient(maps, basis, problem)
    for name in NAMES:
        if problem.weights[name]:
            assert getattr(loss, name) == pytest.approx(values[name], rel=1e-8, abs=1e-14)
    assert loss.total == pytest.approx(sum(problem.weights[n] * values[n] for n in NAMES), rel=1e-8, abs=1e-14)
    assert relative(gradient.maps, grad_maps) < 1e-8
    assert relative(gradient.basis, grad_basis) < 1e-8


@settings(max_examples=40, deadline=None)
@given(problems(top_k=False))
def test_dense_losses_and_gradients(case):
    problem, maps, basis = case
    batch, widths = batch_of(problem, problem.x, None)
    recipe = Recipe(LossWeights(**problem.weights), widths, problem.x.shape[1], problem.stop_gradient)
    loss, gradient = dense_objective(Encoder(maps, basis), batch, recipe)
    compare(problem, loss, gradient, maps, basis)


@settings(max_examples=40, deadline=None)
@given(problems(top_k=True))
def test_top_k_losses_and_gradients(case):
    problem, maps, basis = case
    batch, widths = batch_of(problem, problem.x, problem.x)
    recipe = Recipe(LossWeights(**problem.weights), widths, problem.x.shape[1], problem.stop_gradient)
    loss, gradient = sparse_objective(Encoder(maps, basis), batch, recipe, problem.keep)
    compare(problem, loss, gradient, maps, basis)


@settings(max_examples=20, deadline=None)
@given(problems(top_k=False))
def test_training_in_singular_vector_coordinates_is_the_same_objective(case):
    # In coordinates x~ = V'x the encoder (A~, B~) stands for A = A~ V', B = V B~ in gene space.
    problem, _, _ = case
    lines = problem.x.shape[0]
    wide = np.random.default_rng(lines).normal(size=(lines, 5 * lines))
    problem = plain.PlainProblem(**{**problem.__dict__, "x": wide})
    coordinates = fit_coordinates(wide, standardise=False, reduce=True)
    d = coordinates.lift.shape[1]
    rng = np.random.default_rng(d)
    encoder = Encoder(rng.normal(size=(problem.k * problem.r, d)), rng.normal(size=(d, problem.r + 1)))
    batch, widths = batch_of(problem, coordinates.project(wide), None)
    recipe = Recipe(LossWeights(**problem.weights), widths, wide.shape[1], problem.stop_gradient, coordinates.lift)
    loss, gradient = dense_objective(encoder, batch, recipe)
    maps, basis = encoder.maps @ coordinates.lift.T, coordinates.lift @ encoder.basis
    values, grad_maps, grad_basis = plain.objective_and_gradient(maps, basis, problem)
    assert loss.total == pytest.approx(sum(problem.weights[n] * values[n] for n in NAMES), rel=1e-8, abs=1e-14)
    assert relative(gradient.maps, grad_maps @ coordinates.lift) < 1e-8
    assert relative(gradient.basis, coordinates.lift.T @ grad_basis) < 1e-8


@settings(max_examples=25, deadline=None)
@given(problems(top_k=True))
def test_explanations_are_the_weighted_slopes_that_were_never_formed(case):
    problem, maps, basis = case
    beta = np.random.default_rng(0).normal(size=problem.k)
    m = problem.x.shape[1]
    identity = fit_coordinates(problem.x, standardise=False, reduce=False)
    for keep in (None, problem.keep):
        local = plain.PlainProblem(**{**problem.__dict__, "keep": keep})
        w = np.array([plain.slopes(maps, basis, row, local, unit=True, masked=True) for row in problem.x])
        fitted = FittedEncoder.build(identity, Encoder(maps, basis), keep)
        expected = np.einsum("k,bkm->bm", beta, w)
        assert np.allclose(fitted.slopes(problem.x, beta), expected, rtol=1e-6, atol=1e-12)
        assert np.allclose(fitted.latents(problem.x), np.einsum("bkm,bm->bk", w, problem.x), rtol=1e-6, atol=1e-12)
        shuffled = problem.x[::-1]
        cross = np.einsum("bkm,bm->bk", w, shuffled)
        assert np.allclose(fitted.cross_latents(problem.x, shuffled), cross, rtol=1e-6, atol=1e-12)
        some = np.array([problem.k - 1, 0])
        assert np.allclose(fitted.rows(problem.x[0], some), w[0, some], rtol=1e-6, atol=1e-12)
        assert fitted.rows(problem.x[0], some).shape == (2, m)
    encoder = Encoder(maps, basis)
    direct = combine_slopes(encoder, forward(encoder, problem.x).omega, beta)
    assert np.allclose(direct, FittedEncoder.build(identity, encoder, None).slopes(problem.x, beta))

"""Faults of the published method and program (its seeding is tested with the estimator), each mended by default."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from explain_engine.attribution.illume import IllumePlus, preset, surrogate
from explain_engine.attribution.illume import gram as gram_module
from explain_engine.attribution.illume.encoder import Encoder
from explain_engine.attribution.illume.gram import Batch, Recipe, dense_objective
from explain_engine.attribution.illume.refine import step_pairs
from explain_engine.attribution.illume.rules import decode, leaf_premises, wilson
from explain_engine.attribution.illume.similarity import Bandwidths, cosine_distance, log_kernel, prediction_distance
from explain_engine.attribution.illume.support import largest
from explain_engine.attribution.illume.surrogate import Surrogate
from explain_engine.attribution.illume.terms import LossWeights
from explain_engine.attribution.illume.training import keep_schedule


@pytest.fixture(scope="module")
def cohort() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(160, 15))
    p = 1 / (1 + np.exp(-(2 * X[:, 0] - 2 * X[:, 1] + 1.5 * X[:, 2] * X[:, 3])))
    return X, np.column_stack([p, 1 - p])


def fit(cohort, **settings):
    X, p = cohort
    return IllumePlus(**({"n_latents": 10, "rank": 3, "max_epochs": 20, "random_state": 0} | settings)).fit(X, p)


@pytest.fixture(scope="module")
def dense(cohort):
    return fit(cohort)


@pytest.fixture(scope="module")
def sparse(cohort):
    return fit(cohort, sparsity=2, surrogate="tree")


# --- kernels: the black box's predictions must reach the loss


def test_prediction_kernel_is_not_nearly_uniform(cohort):
    _, p = cohort
    shrunk = 1 / 3 + 0.1 * (p - 0.5)  # the range of a boosted model's probabilities on a hard drug
    distance = prediction_distance(shrunk)

    def largest_to_smallest(choice):
        width = preset.bandwidths(cohort[0], shrunk, choice).prediction
        return np.exp(-0.5 * (distance.max() / width) ** 2)

    assert largest_to_smallest("unit") > 0.98
    assert largest_to_smallest("median") < 0.3


def test_default_uses_median_widths_and_the_published_mode_width_one(cohort, dense):
    assert dense.model_.widths.prediction < 0.9
    assert fit(cohort, paper_faithful=True, max_epochs=1).model_.widths == Bandwidths(1.0, 1.0)


# --- a continuous response stays continuous


def test_continuous_prediction_is_explained_without_classes(cohort):
    X, p = cohort
    model = IllumePlus(n_latents=10, rank=3, max_epochs=20, random_state=0).fit(X, np.log(p[:, 0] / p[:, 1]))
    assert model.head_ == "regression"
    assert model.surrogate_.kind == "ridge"
    assert np.unique(model.predict(X)).size > 100


# --- surrogate selection


def test_surrogate_is_chosen_on_all_training_lines_not_on_the_few_held_out_ones():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 20))
    target = (z[:, 0] + 0.5 * rng.normal(size=300) > 0).astype(int)
    noise_z, noise_target = rng.normal(size=(20, 20)), rng.integers(0, 2, 20)
    by_noise = {
        str(surrogate.fit_published_surrogate("logistic", z, target, noise_z, rng.permutation(noise_target), 0).chosen)
        for _ in range(8)
    }
    assert len(by_noise) > 1  # as published: which strength wins depends on the draw of a few lines
    chosen = {str(surrogate.fit_class_surrogate("logistic", z, target, seed).chosen) for seed in range(4)}
    assert len(chosen) <= 2


# --- Jacobian term


def _random_batch(rng, lines=6, m=8):
    x = rng.normal(size=(lines, m))
    p = rng.dirichlet(np.ones(3), size=lines)
    log_sy = log_kernel(prediction_distance(p), 1.0)
    return Batch(x, log_kernel(cosine_distance(x), 1.0), log_sy, (x**2).sum(axis=1))


def test_gradient_of_the_jacobian_term_is_its_true_gradient():
    rng = np.random.default_rng(2)
    batch, maps, basis = _random_batch(rng), rng.normal(size=(6, 8)), rng.normal(size=(8, 3))
    direction, step = rng.normal(size=maps.shape), 1e-6
    weights = LossWeights(kld=0.0, jac=1.0)

    def value(at):
        return dense_objective(Encoder(at, basis), batch, Recipe(weights, Bandwidths(), 8))[0].jac

    slope = (value(maps + step * direction) - value(maps - step * direction)) / (2 * step)
    true, held = (
        dense_objective(Encoder(maps, basis), batch, Recipe(weights, Bandwidths(), 8, stop_gradient=stop))[1].maps
        for stop in (False, True)
    )
    assert (true * direction).sum() == pytest.approx(slope, rel=1e-6)
    assert abs((held * direction).sum() - slope) > 1e-2 * abs(slope)


def test_terms_of_weight_zero_are_not_computed(monkeypatch):
    rng = np.random.default_rng(2)
    called = []
    for name in ("_overlap", "_decode", "latent_correlation", "_jacobian"):
        monkeypatch.setattr(gram_module, name, lambda *a, name=name: called.append(name))
    recipe = Recipe(LossWeights(kld=1.0, jac=0.0), Bandwidths(), 8)
    dense_objective(Encoder(rng.normal(size=(6, 8)), rng.normal(size=(8, 3))), _random_batch(rng), recipe)
    assert called == []


# --- K schedule and masks


def test_default_k_schedule_drops_the_same_share_each_epoch():
    plan = keep_schedule(1134, 2, 500, published=False)
    decay = plan[: int(np.argmax(plan == 2)) + 1]
    large = decay[decay > 50]
    assert (large[1:] / large[:-1]).min() > 0.8
    published = keep_schedule(1134, 2, 500, published=True)
    assert -np.diff(published).min() >= 2  # several genes leave in the very last epochs before K
    last = published[published > 2][-3:]
    assert last[-1] > 3
    assert plan[-1] == published[-1] == 2
    assert published.size == 650


def test_mask_entry_l_belongs_to_latent_l_also_beyond_ten_latents(cohort):
    # Published: masks followed names sorted as text (z0, z1, z10, z11, z2, ...).
    model = fit(cohort, n_latents=12, sparsity=2, max_epochs=3)
    line = model.model_.encoder.coordinates.standardise(cohort[0][:1])
    rows = model.model_.encoder.rows(line[0], np.arange(12))
    assert ((rows != 0).sum(axis=1) == 2).all()
    assert np.allclose(rows @ line[0], model.transform(cohort[0][:1])[0])


@pytest.mark.parametrize("count", [1, 3, 4, 5, 9])
def test_largest_entries_in_absolute_value_are_kept(count):
    full = np.random.default_rng(count).normal(size=(2, 3, 10))
    expected = np.sort(np.argsort(-np.abs(full), axis=2)[:, :, :count], axis=2)
    assert np.array_equal(largest(full, count), expected)


def test_rules_come_from_an_encoder_trained_with_the_mask_it_is_read_with(cohort, sparse):
    X, _ = cohort
    assert sparse.encoder_ is sparse.model_.encoder
    assert sparse.model_.encoder.keep == 2
    as_published = fit(cohort, surrogate="tree", paper_faithful=True)
    assert as_published.encoder_.keep is None
    assert as_published.model_.encoder.keep == 2
    assert len(as_published.decision_rules(X[:3])) == 3


# --- refinement


def test_refinement_moves_the_slopes_before_anything_else_and_is_repeatable(cohort, dense):
    X, p = cohort
    wanted = (p[:, 0] > 0.5).astype(int)
    contradicted = np.flatnonzero(dense.predict(X) != wanted)
    assert contradicted.size > 3
    before, after = dense.attributions(X), dense.attributions(X, p)
    changed = np.abs(after - before).max(axis=1) > 0
    assert np.array_equal(np.flatnonzero(changed), contradicted)
    assert np.array_equal(after, dense.attributions(X, p))


def test_refined_lines_carry_slopes_that_give_the_black_box_label(cohort, dense):
    X, p = cohort
    model = dense.model_
    standard, z = model.encoder.coordinates.standardise(X), dense.transform(X)
    wanted = (p[:, 0] > 0.5).astype(int)
    found = model.refinement(standard, z, wanted)
    moved = np.flatnonzero(found.partner >= 0)
    under = model.encoder.cross_latents(model.agreeing.lines[found.partner[moved]], standard[moved])
    refined = z[moved] + found.a_w[moved, None] * (under - z[moved]) + found.shift[moved]
    assert np.array_equal(dense.surrogate_.label(refined), wanted[moved])
    # The expression moves only where the slopes have gone the whole way.
    assert (found.a_w[moved][found.a_x[moved] > 0] == 1).all()
    assert not found.unresolved.any()


def test_published_order_tries_untouched_slopes_first_and_ours_never_does():
    published, ours = step_pairs(published=True, seed=0), step_pairs(published=False, seed=0)
    assert published.shape == (3000, 2)
    assert (published[:20, 0] == 0).any()
    assert (ours[:, 0] > 0).all()
    assert tuple(published[-1]) == tuple(ours[-1]) == (1.0, 1.0)


# --- rules


def _stump(thresholds):
    """A hand-made chain of thresholds on one latent, as a tree that scikit-learn would build."""
    z = np.concatenate([np.linspace(-2, 2, 81)[:, None]])
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    target = np.array([sum(v > e for e in edges) % 2 for v in z[:, 0]])
    model = DecisionTreeClassifier(random_state=0).fit(z, target)
    model.tree_.threshold[model.tree_.feature >= 0] = np.round(model.tree_.threshold[model.tree_.feature >= 0], 1)
    return Surrogate("tree", model, np.zeros(1), np.ones(1), {})


def test_a_threshold_of_zero_is_a_threshold():
    chosen = _stump([-1.0, 0.0, 1.0])
    assert 0.0 in chosen.model.tree_.threshold[chosen.model.tree_.feature >= 0]
    premises = leaf_premises(chosen).values()
    spans = sorted((float(p.low[0]), float(p.high[0])) for p in premises)
    assert spans == [(-np.inf, -1.0), (-1.0, 0.0), (0.0, 1.0), (1.0, np.inf)]


def test_every_line_satisfies_its_own_rule_and_rules_touch_few_genes(cohort, sparse):
    X, p = cohort
    for y in (None, p):
        for rule in sparse.decision_rules(X, y):
            row = X[rule.line]
            for bound in rule.bounds:
                value = row[int(bound.gene[1:])]
                slack = 1e-5
                assert bound.low is None or value >= bound.low - slack
                assert bound.high is None or value <= bound.high + slack
            # K = 2 genes a latent; a refined slope mixes those of two lines.
            assert 1 <= len(rule.bounds) <= (4 if rule.refined else 2) * len(rule.premises)


def test_bounds_of_one_latent_are_the_solution_for_one_gene_at_a_time():
    rng = np.random.default_rng(0)
    line, row = rng.normal(size=6), np.array([0.6, 0.0, -0.8, 0.0, 0.0, 0.0])
    chosen = _stump([0.0])
    upper = next(p for p in leaf_premises(chosen).values() if np.isfinite(p.high[0]))
    line = line - (row @ line + 0.3) * row  # z = -0.3 satisfies z <= 0
    box = decode(upper, row[None], line, np.array([row @ line]))
    assert box.high[0] == pytest.approx((0.0 - row[2] * line[2]) / row[0])
    assert box.low[2] == pytest.approx((0.0 - row[0] * line[0]) / row[2])
    assert np.isinf(box.low[[0, 1, 3, 4, 5]]).all()
    assert box.holds(line[None])[0]
    assert box.violated(line + np.array([10.0, 0, 0, 0, 0, 0])).tolist() == [0]


def test_rules_are_scored_on_lines_nothing_was_trained_on(cohort):
    X, p = cohort
    model = IllumePlus(n_latents=10, rank=3, max_epochs=20, random_state=0, sparsity=2, surrogate="tree").fit(
        X[:120], p[:120], X_val=X[120:], y_val=p[120:]
    )
    truth = (p[120:, 0] > 0.5).astype(int)
    for rule in model.decision_rules(X[:10]):
        inside = np.ones(40, dtype=bool)
        for bound in rule.bounds:
            value = X[120:, int(bound.gene[1:])]
            inside &= (value >= (-np.inf if bound.low is None else bound.low)) & (
                value <= (np.inf if bound.high is None else bound.high)
            )
        assert rule.score.n_covered == inside.sum()
        if inside.any():
            assert rule.score.precision.estimate == pytest.approx((truth[inside] == rule.label).mean())
            assert rule.score.precision.low <= rule.score.precision.estimate <= rule.score.precision.high
        else:
            assert rule.score.precision is None


def test_wilson_interval_against_known_values():
    # 7 of 10: 0.3968 to 0.8922 (Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E).
    assert wilson(7, 10) == pytest.approx((0.3968, 0.8922), abs=5e-5)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0


def test_counterfactuals_are_violated_and_the_black_box_is_asked(cohort, sparse):
    X, _ = cohort
    asked = []

    def black_box(lines):
        asked.append(lines)
        return (2 * lines[:, 0] - 2 * lines[:, 1] + 1.5 * lines[:, 2] * lines[:, 3] > 0).astype(int)

    found = sparse.counterfactual_rules(X[:20], black_box)
    labels = sparse.predict(X[:20])
    assert sum(map(len, found)) > 0
    position = 0
    for i, group in enumerate(found):
        assert len({len(rule.violated) for rule in group}) <= 1
        if not group:
            continue
        moved = asked[position]
        position += 1
        for rule, line in zip(group, moved, strict=True):
            assert rule.label == 1 - labels[i]
            # Another line, of the other class, satisfies the rule; this line does not.
            example = X[rule.example]
            for bound in rule.bounds:
                value, own = example[int(bound.gene[1:])], X[i, int(bound.gene[1:])]
                low = -np.inf if bound.low is None else bound.low
                high = np.inf if bound.high is None else bound.high
                assert low - 1e-5 <= value <= high + 1e-5
                assert (bound.gene in rule.violated) == (not low <= own <= high)
            changed = {f"x{j}" for j in np.flatnonzero(np.abs(line - X[i]) > 1e-9)}
            assert changed == set(rule.violated)
            assert rule.flips == (black_box(line[None])[0] == rule.label)
            asked.pop()
    assert all(rule.flips is None for group in sparse.counterfactual_rules(X[:5]) for rule in group)


# --- memory


def test_attributions_never_form_the_slopes_of_all_latents():
    rng = np.random.default_rng(0)
    n, k, m = 60, 40, 3000
    X = rng.normal(size=(n, m))
    model = IllumePlus(n_latents=k, max_epochs=1, random_state=0).fit(X, X[:, 0])
    tracemalloc.start()
    model.attributions(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.2 * n * k * m * 8

"""Rules and counterfactuals against the model they were searched on."""

import lightgbm as lgb
import numpy as np
import pytest
from scipy.stats import binomtest

from explain_engine.errors import InputError
from explain_engine.interactions.records import Interaction, Surface
from explain_engine.plot.rule_card import rule_card_plot
from explain_engine.plot.surface import surface_plot
from explain_engine.record import Interval
from explain_engine.rules.boxes import LeafBoxes
from explain_engine.rules.counterfactual import learn_plausible
from explain_engine.rules.find import (
    RuleSearch,
    find_counterfactuals,
    find_rules,
    mean_prediction,
    share_interval,
)
from explain_engine.rules.search import RuleSettings

SETTINGS = RuleSettings(asked=1500)


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(500, 12))
    Z[:, 5] = 0.9 * Z[:, 0] + 0.44 * rng.normal(size=500)
    y = 1.5 * ((Z[:, 0] > 0.3) & (Z[:, 1] > 0)) + 0.3 * Z[:, 2] + 0.2 * rng.normal(size=500)
    params = {"num_leaves": 6, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 8}
    models = [lgb.train({**params, "seed": s}, lgb.Dataset(Z[:350], y[:350]), 40) for s in (0, 1)]
    importance = np.abs(models[0].predict(Z[:350], pred_contrib=True)[:, :-1]).mean(0)
    return Z, y, models, importance, [f"G{j}" for j in range(12)]


def test_drug_rules_hold_on_new_lines_and_are_scored_as_stated(world):
    Z, y, models, importance, genes = world
    rules = find_rules(models, Z[:350], genes, importance, Z[350:], measured=y[350:], threshold=0.6, settings=SETTINGS)
    assert {r.outcome for r in rules} == {"sensitive", "resistant"}
    answer = mean_prediction(models)(Z[350:]) <= 0.6
    for rule in rules:
        cover = np.ones(150, dtype=bool)
        for c in rule.conditions:
            column = Z[350:, int(c.gene[1:])]
            cover &= column > c.threshold if c.op == ">" else column <= c.threshold
        right = answer[cover] == (rule.outcome == "sensitive")
        assert rule.n_covered == cover.sum() and rule.coverage == pytest.approx(cover.mean())
        assert rule.precision.estimate == pytest.approx(right.mean())
        assert rule.lift == pytest.approx(right.mean() / rule.base_rate)
        truth = (y[350:] <= 0.6)[cover] == (rule.outcome == "sensitive")
        assert rule.measured is not None and rule.measured.estimate == pytest.approx(truth.mean())
    firm = next(r for r in rules if r.outcome == "resistant")
    assert {"G1"} <= {c.gene for c in firm.conditions} and firm.precision.estimate > 0.85


def test_rule_of_a_line_covers_the_line_and_gives_its_answer(world):
    Z, _, models, importance, genes = world
    search = RuleSearch(mean_prediction(models), Z[:350], importance, genes, threshold=0.6, settings=SETTINGS)
    lines = Z[350:370]
    rules = search.line_rules(lines, [f"L{k}" for k in range(20)], Z[350:])
    answers = mean_prediction(models)(lines) <= 0.6
    assert sum(r is not None for r in rules) >= 18
    for x, sensitive, rule in zip(lines, answers, rules, strict=True):
        if rule is not None:
            assert rule.outcome == ("sensitive" if sensitive else "resistant")
            for c in rule.conditions:
                assert (x[int(c.gene[1:])] > c.threshold) == (c.op == ">")
            assert rule.n_covered >= 1 and len(rule.conditions) <= SETTINGS.conditions


def test_wilson_interval_equals_scipy():
    ours = share_interval(17, 20)
    expected = binomtest(17, 20).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=1e-4)
    none = share_interval(0, 0)
    assert (none.low, none.high) == (0.0, 1.0)


def test_boxes_predict_and_profile_equal_the_models(world):
    Z, _, models, _, _ = world
    boxes, predict = LeafBoxes(models), mean_prediction(models)
    for x in Z[350:356]:
        assert boxes.predict(x) == pytest.approx(predict(x[None])[0], abs=1e-9)
        profile = boxes.profile(x)
        assert np.all(profile[boxes.current(x)] == 0)
        for s in range(0, boxes.n_segments, 7):
            value = boxes.right[s] if np.isfinite(boxes.right[s]) else boxes.left[s] + 1
            moved = x.copy()
            moved[boxes.genes[boxes.row[s]]] = value
            assert predict(moved[None])[0] - predict(x[None])[0] == pytest.approx(profile[s], abs=1e-9)


def test_every_counterfactual_flips_the_model_within_the_plausible_range(world):
    Z, _, models, _, genes = world
    predict = mean_prediction(models)
    names = [f"L{k}" for k in range(40)]
    found = find_counterfactuals(models, Z[:350], genes, Z[350:390], names, threshold=0.6)
    assert len(found) >= 30
    boxes = LeafBoxes(models)
    plausible = learn_plausible(Z[:350], boxes.genes)
    for c in found:
        x = Z[350 + int(c.line[1:])].copy()
        low, high = plausible.limits(x)
        assert c.prediction_before == pytest.approx(predict(x[None])[0])
        before = x.copy()
        for gene, old, new in c.changes:
            j = int(gene[1:])
            row = int(np.searchsorted(boxes.genes, j))
            assert old == x[j] and low[row] <= new <= high[row]
            x[j] = new
        assert predict(x[None])[0] == pytest.approx(c.prediction_after)
        assert (c.prediction_before <= 0.6) != (c.prediction_after <= 0.6)
        assert c.size == pytest.approx(np.abs(x - before).sum())


def test_partners_limit_what_is_plausible(world):
    Z, *_ = world
    plausible = learn_plausible(Z[:350], np.array([0]))
    x = np.zeros(12)
    x[5] = -1.5
    x[0] = -1.3
    low, high = plausible.limits(x)
    # gene 5 runs with gene 0: a line that is low in one cannot be high in the other
    assert high[0] < 1.2 and low[0] < -1.3


def test_inputs_are_checked(world):
    Z, _, models, importance, genes = world
    with pytest.raises(InputError, match="one side"):
        find_rules(models, Z[:350], genes, importance, Z[350:], threshold=99.0)
    with pytest.raises(InputError, match="no model"):
        find_counterfactuals([], Z, genes, Z[:1], ["a"])
    with pytest.raises(InputError, match="do not match"):
        find_rules(models, Z[:350], genes, importance[:-1], Z[350:])
    with pytest.raises(InputError, match="held-out"):
        find_rules(models, Z[:350], genes, importance, Z[:0], settings=SETTINGS)


def test_plots_say_what_they_show(world):
    Z, _, models, importance, genes = world
    rules = find_rules(models, Z[:350], genes, importance, Z[350:], threshold=0.6, settings=SETTINGS)
    text = " ".join(t.get_text() for t in rule_card_plot(rules, "drug X").axes[0].texts)
    assert rules[0].conditions[0].gene in text and "lift" in text
    with pytest.raises(InputError, match="no rule"):
        rule_card_plot((), "drug X")
    interval = Interval(estimate=1.0, low=0.5, high=1.5, method="made up")
    grid = Surface(
        first_edges=(-1, 0, 1), second_edges=(-1, 0, 1), mean=((0.1, None), (-0.3, 0.2)), count=((3, 0), (4, 5))
    )
    call = Interaction(
        first="A+1", second="B", first_gene="A", second_gene="B", kind="and", strength=interval, p=0.1, q=0.1,
        confirmed=True, corner_counts=(3, 4, 0, 5), corner_means=(0.1, -0.3, 0.0, 0.2), surface=grid,
    )  # fmt: skip
    figure = surface_plot(call, "auc")
    cells = [t.get_text() for t in figure.axes[0].texts]
    assert "-0.30\n(4)" in cells and not any("(0)" in t for t in cells)
    with pytest.raises(InputError, match="no surface"):
        surface_plot(call.model_copy(update={"surface": None}), "auc")

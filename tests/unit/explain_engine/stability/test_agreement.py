"""Agreement measures against known values and second implementations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from explain_engine.errors import InputError
from explain_engine.stability.agreement import (
    jaccard,
    kuncheva,
    mean_pairwise,
    nogueira,
    rank_biased_overlap,
    spearman,
    top_set,
)


def rbo_by_definition(a, b, p):
    """Sum to the depth of the lists; beyond it the last agreement is held: the extrapolated form, summed directly."""
    first, second = list(np.argsort(-a, kind="stable")), list(np.argsort(-b, kind="stable"))
    m, total, agreement = len(first), 0.0, 0.0
    for depth in range(1, 4000):
        if depth <= m:
            agreement = len(set(first[:depth]) & set(second[:depth])) / depth
        total += (1 - p) * p ** (depth - 1) * agreement
    return total


@given(st.integers(0, 10_000), st.integers(2, 40), st.sampled_from([0.5, 0.9, 0.98]))
@settings(max_examples=40, deadline=None)
def test_rank_biased_overlap_equals_its_definition(seed, m, p):
    a, b = np.random.default_rng(seed).standard_normal((2, m))
    assert rank_biased_overlap(a, b, p) == pytest.approx(rbo_by_definition(a, b, p), abs=1e-9)


def test_spearman_equals_scipy_and_survives_constants():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 6, (2, 50)).astype(float)
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(a, np.zeros(50)) == 0.0


def test_jaccard_and_kuncheva_by_hand():
    a = np.array([5.0, 4, 3, 2, 1, 0, 0, 0, 0, 0])
    b = np.array([5.0, 0, 4, 0, 3, 0, 0, 0, 0, 0])
    # top 3: {0, 1, 2} and {0, 2, 4}: two shared of four
    assert jaccard(a, b, 3) == 0.5
    assert kuncheva(a, b, 3) == pytest.approx((2 * 10 - 9) / (3 * 7))
    assert kuncheva(a, a, 3) == 1.0
    with pytest.raises(InputError):
        kuncheva(a, b, 10)


def test_kuncheva_of_random_sets_is_zero_on_average():
    rng = np.random.default_rng(0)
    values = [kuncheva(*rng.standard_normal((2, 200)), 30) for _ in range(400)]
    assert abs(np.mean(values)) < 4 * np.std(values) / 20


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_nogueira_is_the_mean_kuncheva_index_for_equal_sizes(seed):
    scores = np.random.default_rng(seed).standard_normal((5, 30))
    chosen = np.stack([top_set(row, 7) for row in scores])
    pairwise = np.mean([kuncheva(a, b, 7) for a, b in combinations(scores, 2)])
    assert nogueira(chosen).estimate == pytest.approx(pairwise)


def test_nogueira_interval_covers_a_known_population_value():
    # Items are selected independently with known probabilities, so the population value is known in closed form.
    p = np.concatenate([np.full(10, 0.9), np.full(90, 0.02)])
    truth = 1 - (p * (1 - p)).mean() / (p.mean() * (1 - p.mean()))
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        interval = nogueira(rng.random((40, 100)) < p)
        hits += interval.low <= truth <= interval.high
    assert 0.88 <= hits / 200 <= 0.99


def test_nogueira_extremes():
    same = np.tile(np.arange(20) < 4, (3, 1))
    assert nogueira(same).estimate == 1.0
    for bad in (np.zeros((3, 5), bool), np.ones((3, 5), bool), same[:1]):
        with pytest.raises(InputError):
            nogueira(bad)


def test_mean_pairwise_and_its_jackknife():
    scores = np.random.default_rng(2).standard_normal((6, 80))
    interval = mean_pairwise(scores, spearman)
    assert interval.estimate == pytest.approx(np.mean([spearman(a, b) for a, b in combinations(scores, 2)]))
    left = [mean_pairwise(np.delete(scores, i, axis=0), spearman).estimate for i in range(6)]
    error = np.sqrt(5 / 6 * np.sum((np.array(left) - np.mean(left)) ** 2))
    assert interval.high - interval.estimate == pytest.approx(1.959964 * error, rel=1e-5)


@given(st.integers(0, 1000), st.integers(1, 19))
@settings(max_examples=30, deadline=None)
def test_measures_are_symmetric_and_bounded(seed, k):
    a, b = np.random.default_rng(seed).standard_normal((2, 20))
    for value, swapped in (
        (jaccard(a, b, k), jaccard(b, a, k)),
        (rank_biased_overlap(a, b), rank_biased_overlap(b, a)),
    ):
        assert value == pytest.approx(swapped)
        assert 0 <= value <= 1
    assert kuncheva(a, b, k) == pytest.approx(kuncheva(b, a, k))
    assert rank_biased_overlap(a, a) == pytest.approx(1.0)

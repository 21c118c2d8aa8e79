"""Ranks, recovery and the exact chance levels, against enumeration and second implementations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import roc_auc_score

from agent.validate.ranks import (
    best_rank_distribution,
    chance_hits,
    chance_reciprocal,
    midranks,
    recovery,
    tail_of_hits,
    tail_of_reciprocals,
)


def test_midranks_put_the_largest_first_and_share_ties() -> None:
    assert midranks(np.array([3.0, 9.0, 3.0, -1.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_midranks_refuse_a_gap() -> None:
    with pytest.raises(ValueError, match="1 of 2 scores are missing"):
        midranks(np.array([1.0, np.nan]))


@pytest.mark.parametrize(("m", "t"), [(7, 1), (7, 3), (6, 6), (9, 2)])
def test_best_rank_distribution_equals_enumeration(m: int, t: int) -> None:
    counts = np.zeros(m)
    for chosen in itertools.combinations(range(m), t):
        counts[chosen[0]] += 1
    np.testing.assert_allclose(best_rank_distribution(m, t), counts / math.comb(m, t), atol=1e-12)


def test_chance_levels_equal_enumeration() -> None:
    m, t, k = 8, 3, 2
    best = [chosen[0] + 1 for chosen in itertools.combinations(range(m), t)]
    assert chance_hits(m, t, k) == pytest.approx(np.mean([b <= k for b in best]))
    assert chance_reciprocal(m, t) == pytest.approx(np.mean([1 / b for b in best]))


def test_chance_of_one_gene_in_six_thousand() -> None:
    assert chance_hits(6163, 1, 50) == pytest.approx(50 / 6163)


@pytest.mark.parametrize("t", [0, 5])
def test_a_draw_that_cannot_be_is_refused(t: int) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        best_rank_distribution(4, t)


def test_recovery_auroc_equals_the_second_implementation() -> None:
    scores = np.random.default_rng(3).integers(0, 6, size=60).astype(float)
    places = [4, 17, 33]
    truth = np.zeros(60)
    truth[places] = 1
    found = recovery(midranks(scores), places)
    assert found.auroc == pytest.approx(roc_auc_score(truth, scores))
    assert found.rank == midranks(scores)[places].min()
    assert found.reciprocal == 1 / found.rank


def test_tail_of_hits_is_binomial_for_equal_chances() -> None:
    for observed in range(9):
        assert tail_of_hits([0.3] * 8, observed) == pytest.approx(binom.sf(observed - 1, 8, 0.3))


def test_tail_of_reciprocals_is_uniform_under_chance_and_small_for_a_find() -> None:
    sizes = [(200, 1)] * 12
    rng = np.random.default_rng(11)
    p = [tail_of_reciprocals(sizes, float(np.mean(1 / rng.integers(1, 201, size=12))), draws=999) for _ in range(300)]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.06)
    assert tail_of_reciprocals(sizes, 0.9, draws=999) == pytest.approx(1 / 1000)

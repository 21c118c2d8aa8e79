"""Kappas against scikit-learn, a published worked example and a count over all pairs of raters."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from agent.review.agreement import CATEGORIES, LEAST_ITEMS, agreement_of, cohen_kappa, fleiss_kappa
from agent.review.resampling import percentile_interval, resampled_weights, wilson

# Ten subjects, fourteen raters, five categories: https://en.wikipedia.org/wiki/Fleiss'_kappa#Worked_example
WORKED_EXAMPLE = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ],
    dtype=float,
)


def brute_force_fleiss(counts: np.ndarray) -> Fraction:
    """By counting: share of agreeing pairs of raters, against pairs of ratings drawn from all of them."""
    ratings = [[k for k, c in enumerate(row) for _ in range(int(c))] for row in counts]
    agreeing = [Fraction(sum(a == b for a, b in combinations(r, 2)), len(list(combinations(r, 2)))) for r in ratings]
    everything = [k for row in ratings for k in row]
    chance = sum(Fraction(everything.count(k), len(everything)) ** 2 for k in set(everything))
    observed = sum(agreeing, Fraction(0)) / len(agreeing)
    return (observed - chance) / (1 - chance)


@pytest.mark.parametrize("seed", range(6))
def test_cohen_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 3, 30 + seed)
    b = np.where(rng.random(len(a)) < 0.6, a, rng.integers(0, 3, len(a)))
    table = np.zeros((3, 3))
    np.add.at(table, (a, b), 1.0)
    assert float(cohen_kappa(table)) == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


def test_fleiss_is_that_of_the_worked_example() -> None:
    found = float(fleiss_kappa(WORKED_EXAMPLE)[0])
    assert found == pytest.approx(0.210, abs=5e-4)
    assert found == pytest.approx(float(brute_force_fleiss(WORKED_EXAMPLE)), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_fleiss_is_that_of_a_count_over_pairs(seed: int) -> None:
    counts = np.random.default_rng(seed).multinomial(4, [0.5, 0.3, 0.2], size=17).astype(float)
    assert float(fleiss_kappa(counts)[0]) == pytest.approx(float(brute_force_fleiss(counts)), abs=1e-12)


def test_fleiss_with_weights_is_that_of_the_repeated_items() -> None:
    weights = np.array([[2.0, 0, 1, 0, 3, 0, 1, 1, 1, 1]])
    repeated = np.repeat(WORKED_EXAMPLE, weights[0].astype(int), axis=0)
    assert fleiss_kappa(WORKED_EXAMPLE, weights) == pytest.approx(fleiss_kappa(repeated), abs=1e-12)


def test_unequal_numbers_of_raters_are_refused() -> None:
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss_kappa(np.array([[1.0, 1.0], [2.0, 1.0]]))


def _ratings(reviewers: dict[str, str]) -> dict[str, dict[str, str]]:
    """One letter an item: a, r, e, or a dot for none."""
    verbs = {"a": "accept", "r": "reject", "e": "edit"}
    n = len(next(iter(reviewers.values())))
    return {f"i{i}": {name: verbs[word[i]] for name, word in reviewers.items() if word[i] != "."} for i in range(n)}


def test_two_reviewers_have_cohens_kappa_with_an_interval() -> None:
    given = {"ada": "aaaarrrreeaarr", "bob": "aaarrrraeeaara"}
    found = agreement_of(_ratings(given))  # type: ignore[arg-type]
    (pair,) = found.pairs
    assert pair.kappa is not None and found.missing is None and found.fleiss is None
    assert pair.kappa.estimate == pytest.approx(cohen_kappa_score(list(given["ada"]), list(given["bob"])))
    assert pair.kappa.low < pair.kappa.estimate < pair.kappa.high
    assert "bootstrap over 14 items" in pair.kappa.method
    assert (found.items, pair.items) == (14, 14)
    assert pair.observed == pytest.approx(11 / 14)
    assert found.decisions["ada"] == {"accept": 6, "reject": 6, "edit": 2}
    assert agreement_of(_ratings(given)) == found  # type: ignore[arg-type]


def test_three_reviewers_have_fleiss_over_what_all_decided() -> None:
    given = {"ada": "aaaarrrreeaarr.", "bob": "aaarrrraeeaaraa", "cy": "aararrraeeaarar"}
    found = agreement_of(_ratings(given))  # type: ignore[arg-type]
    assert found.fleiss is not None and found.fleiss_items == 14
    counts = np.array([[sum(w[i] == c for w in given.values()) for c in "are"] for i in range(14)], float)
    assert found.fleiss.estimate == pytest.approx(float(brute_force_fleiss(counts)))
    assert len(found.pairs) == 3
    assert found.items == 15


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ada": "aaaa"}, "needs two"),
        ({"ada": "aaaa....", "bob": "....aaaa"}, "share no item"),
        ({"ada": "a" * (LEAST_ITEMS - 1), "bob": "r" * (LEAST_ITEMS - 1)}, f"needs {LEAST_ITEMS}"),
        ({"ada": "a" * 20, "bob": "a" * 20}, "undefined"),
    ],
)
def test_not_enough_decisions_is_an_answer(given: dict[str, str], said: str) -> None:
    found = agreement_of(_ratings(given))  # type: ignore[arg-type]
    assert found.missing is not None and said in found.missing
    assert all(pair.kappa is None for pair in found.pairs)


def test_no_decision_at_all_is_an_answer() -> None:
    found = agreement_of({"i": {}})
    assert found.missing is not None and found.reviewers == ()
    assert CATEGORIES == ("accept", "reject", "edit")


def test_interval_covers_as_often_as_it_says() -> None:
    """Simulated raters with a known kappa: 95 % intervals hold it in at least 88 of 100 studies of 60 items."""
    rng = np.random.default_rng(1)
    # Both raters read a fair truth correctly with probability 0.85: observed 0.745, chance 0.5, kappa 0.49.
    truth_kappa = (0.85**2 + 0.15**2 - 0.5) / 0.5
    held = 0
    for study in range(100):
        truth = rng.random(60) < 0.5
        words = ["".join("a" if x else "r" for x in truth ^ (rng.random(60) < 0.15)) for _ in range(2)]
        (pair,) = agreement_of(_ratings({"a": words[0], "b": words[1]}), seed=study).pairs  # type: ignore[arg-type]
        assert pair.kappa is not None
        held += pair.kappa.low <= truth_kappa <= pair.kappa.high
    assert 88 <= held < 100


@pytest.mark.parametrize(("successes", "n"), [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29)])
def test_wilson_is_that_of_scipy(successes: int, n: int) -> None:
    found = wilson(successes, n)
    other = binomtest(successes, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_share_of_nothing_is_refused() -> None:
    for successes, n in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no share"):
            wilson(successes, n)


def test_whole_groups_are_drawn() -> None:
    weights = resampled_weights(["a", "b", "a", "c"], seed=3, draws=50)
    assert weights.shape == (50, 4)
    assert np.all(weights[:, 0] == weights[:, 2])
    assert np.all(weights[:, 0] + weights[:, 1] + weights[:, 3] == 3)


def test_undefined_draws_are_counted_and_too_many_give_no_interval() -> None:
    values = np.array([0.1, 0.2, 0.3, np.nan])
    found = percentile_interval(0.2, values, "4 items")
    assert found is not None and "1 undefined ones left out" in found.method
    assert percentile_interval(0.2, np.array([0.1, np.nan, np.nan]), "3 items") is None

"""Paired bootstrap, families of drugs, Holm and exact intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from agent.validate.compare import bootstrap_mean, compare, exact_interval, families_of, holm


def test_equal_methods_do_not_differ() -> None:
    values = [0.1, 0.9, 0.4]
    found = compare("MRR", ("a", values), ("b", values), [0, 1, 2])
    assert found.p == 1.0
    assert found.difference.value == 0.0


def test_a_clear_difference_is_found_and_has_a_direction() -> None:
    rng = np.random.default_rng(0)
    better = rng.uniform(0.5, 1, 40)
    found = compare("MRR", ("a", list(better)), ("b", list(better - 0.3)), list(range(40)))
    assert found.p < 0.001
    assert found.difference.low > 0.25
    turned = compare("MRR", ("b", list(better - 0.3)), ("a", list(better)), list(range(40)))
    assert turned.difference.value < 0
    assert turned.p == found.p


def test_drugs_of_one_family_are_no_independent_tries() -> None:
    gaps = [1.0] * 12 + [-0.2] * 4
    alone = compare("MRR", ("a", gaps), ("b", [0.0] * 16), list(range(16)))
    joined = compare("MRR", ("a", gaps), ("b", [0.0] * 16), [0] * 12 + [1, 2, 3, 4])
    assert alone.p < 0.01
    assert joined.p_families > 0.1
    assert joined.n_families == 5


def test_paired_p_is_level_under_no_difference() -> None:
    rng = np.random.default_rng(5)
    p = [
        compare("x", ("a", list(rng.normal(size=30))), ("b", [0.0] * 30), list(range(30)), draws=500).p
        for _ in range(200)
    ]
    assert np.mean(np.array(p) < 0.05) < 0.11


def test_holm_by_hand() -> None:
    base = compare("x", ("a", [1.0, 2.0]), ("b", [0.0, 0.0]), [0, 1])
    found = holm([base.model_copy(update={"p": p}) for p in (0.01, 0.04, 0.03)])
    assert [c.p_holm for c in found] == pytest.approx([0.03, 0.06, 0.06])


def test_families_join_through_shared_targets() -> None:
    labels = families_of([frozenset("AB"), frozenset("C"), frozenset("BD"), frozenset("DE"), frozenset("F")])
    assert labels[0] == labels[2] == labels[3]
    assert len({labels[0], labels[1], labels[4]}) == 3


@pytest.mark.parametrize(("k", "n"), [(0, 9), (9, 9), (3, 40)])
def test_exact_interval_equals_the_second_implementation(k: int, n: int) -> None:
    known = binomtest(k, n).proportion_ci(method="exact")
    assert exact_interval(k, n) == pytest.approx((known.low, known.high))


def test_one_drug_has_no_spread() -> None:
    mean = bootstrap_mean([0.25])
    assert (mean.value, mean.low, mean.high) == (0.25, 0.25, 0.25)


def test_a_handful_of_drugs_proves_nothing() -> None:
    found = compare("x", ("a", [0.3, 0.4, 0.5]), ("b", [0.0] * 3), [0, 1, 1])
    assert found.p == 0.25
    assert found.p_families == 0.5

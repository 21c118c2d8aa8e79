"""Blockwise screens against the naive double loop."""

import numpy as np
import pytest

from explain_engine.errors import InputError
from explain_engine.interactions.forms import FORMS, learn_forms
from explain_engine.interactions.screen import LogWeight, order_by_group, product_screen


def naive(Z, r):
    Z = (Z - Z.mean(0)) / np.where(Z.std(0) > 0, Z.std(0), 1.0)
    out = {}
    for i in range(Z.shape[1]):
        for j in range(i + 1, Z.shape[1]):
            p = Z[:, i] * Z[:, j]
            out[i, j] = np.corrcoef(p, r)[0, 1] * np.sqrt(len(r)) if p.std() > 1e-9 else 0.0
    return out


@pytest.mark.parametrize("block", [3, 7, 100])
def test_product_screen_equals_the_double_loop(block):
    rng = np.random.default_rng(0)
    Z, r = rng.normal(size=(50, 19)), rng.normal(size=50)
    Z[:, 4] = 2.0
    expected = naive(Z, r)
    top = product_screen(Z, r, top=60, dtype=np.float64, block=block)
    strongest = sorted(expected, key=lambda k: -abs(expected[k]))[:60]
    assert [tuple(p) for p in zip(top.first.tolist(), top.second.tolist(), strict=True)] == strongest
    np.testing.assert_allclose(top.score, [expected[k] for k in strongest], atol=1e-12)


def test_single_precision_is_close():
    rng = np.random.default_rng(1)
    Z, r = rng.normal(size=(80, 40)), rng.normal(size=80)
    exact = product_screen(Z, r, top=20, dtype=np.float64)
    fast = product_screen(Z, r, top=20)
    np.testing.assert_allclose(fast.score, exact.score, atol=1e-4)


def test_group_maxima_equal_brute_force():
    rng = np.random.default_rng(2)
    Z = rng.normal(size=(60, 14))
    label = np.array([0, 1, 1, 2, 0, 3, 3, 3, 2, 1, 0, 4, 4, 2])
    forms = learn_forms(Z).transform(Z)
    screen = order_by_group([forms[f] for f in FORMS], label)
    r = rng.normal(size=60)
    mass = rng.dirichlet(np.ones(14))
    weight = LogWeight(mass, 0.5)
    best = {}
    for form in FORMS:
        for (i, j), z in naive(forms[form], r).items():
            a, b = sorted((label[i], label[j]))
            if a != b:
                value = 0.5 * z * z + np.log(0.5 + 0.5 * 0.5 * 14**2 * mass[i] * mass[j])
                best[a, b] = max(best.get((a, b), -np.inf), value)
    seen = {}
    for block in screen.blocks(weight):
        evidence = block.evidence(r)
        values, first, second = block.strongest(evidence, -np.inf)
        for value, i, j in zip(values, first, second, strict=True):
            seen[tuple(sorted((label[i], label[j])))] = value
            assert evidence[block.rows == i, block.later == j] == value
        high = block.strongest(evidence, 1.0)[0]
        assert sorted(high) == sorted(v for v in values if v > 1.0)
    assert seen.keys() == best.keys()
    for key, value in best.items():
        assert seen[key] == pytest.approx(value, abs=2e-3)


def test_forms_transfer_to_new_lines():
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(200, 3))
    forms = learn_forms(Z)
    np.testing.assert_allclose(forms.shares(Z[:5]), forms.shares(Z)[:5])
    assert np.all(forms.shares(np.full((1, 3), 99.0)) < 1)
    table = forms.transform(Z)
    assert np.unique(table["median"][:, 0]).size == 2
    assert np.corrcoef(table["product"][:, 0], Z[:, 0])[0, 1] > 0.99


def test_sizes_are_checked():
    with pytest.raises(InputError, match="residual"):
        product_screen(np.zeros((5, 3)), np.zeros(4))

"""What must not change the answer, does not."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explain_engine.attribution.groups import group_genes
from explain_engine.attribution.pair_evidence import pair_evidence
from explain_engine.attribution.sharing import Sharing
from explain_engine.predict.single_effects import single_effects
from explain_engine.stability.nulls import benjamini_hochberg


def draw(seed, n=70, m=25):
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n, m))
    Z -= Z.mean(axis=0)
    return rng, Z / Z.std(axis=0), Z[:, 0] - 0.5 * Z[:, 1] + rng.standard_normal(n)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_single_effects_follow_gene_order_sign_and_scale(seed):
    rng, Z, y = draw(seed)
    z32 = Z.astype(np.float32)
    beta = single_effects(z32, y, 5)
    order = rng.permutation(25)
    np.testing.assert_allclose(single_effects(z32[:, order], y, 5), beta[order], atol=1e-3)
    np.testing.assert_allclose(single_effects(z32, -2.0 * y, 5), -2.0 * beta, atol=2e-3)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_groups_are_the_same_partition_in_any_gene_order_or_sign(seed):
    rng, Z, _ = draw(seed)
    Z[:, 5:9] += 2 * Z[:, [4]]
    names = [f"g{j}" for j in range(25)]
    order, sign = rng.permutation(25), rng.choice([-1.0, 1.0], 25)
    one = group_genes(Z, names)
    other = group_genes((Z * sign)[:, order], [names[j] for j in order])
    parts = {frozenset(names[j] for j in part) for part in one.members}
    assert parts == {frozenset(names[order[j]] for j in part) for part in other.members}


@given(st.integers(0, 10_000), st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_scores_scale_with_the_response(seed, scale):
    rng, Z, y = draw(seed)
    importance = np.abs(rng.standard_normal(25))
    sharing = Sharing(Z, importance, 0.3)
    np.testing.assert_allclose(sharing.score(scale * importance), scale * sharing.score(importance), rtol=1e-6)
    np.testing.assert_allclose(pair_evidence(Z, scale * y), scale * pair_evidence(Z, y), rtol=1e-3, atol=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_adjusted_p_is_never_smaller_and_keeps_the_order(values):
    p = np.array(values)
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-12).all()
    assert (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-12).all()

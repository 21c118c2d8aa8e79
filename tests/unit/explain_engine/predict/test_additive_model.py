import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from explain_engine.predict.additive import Rotation, additive_effects, background_share


def clustered(seed, n=220, m=90):
    """Lines in ten tissues: expression and response both move with the tissue, one gene acts by itself."""
    rng = np.random.default_rng(seed)
    tissue = np.repeat(np.arange(10), n // 10)
    Z = rng.standard_normal((n, m)) + 1.5 * rng.standard_normal((10, m))[tissue] * (rng.random(m) < 0.7)
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    within = Z[:, 3] - np.stack([Z[tissue == t, 3].mean() for t in tissue])
    y = 1.5 * rng.standard_normal(10)[tissue] + 1.0 * within + 0.7 * rng.standard_normal(n)
    return Z.astype(np.float32), y, tissue


def test_background_equals_kernel_regression_with_the_dense_covariance():
    Z, y, _ = clustered(0)
    rotation = Rotation.of(Z)
    fitted = additive_effects(rotation, y, 0)
    centred = (Z - Z.mean(axis=0)).astype(np.float64)
    gram = centred @ centred.T
    gram = gram / np.trace(gram) * len(y)
    kernel = fitted.share * gram
    blup = kernel @ np.linalg.solve(kernel + (1 - fitted.share) * np.eye(len(y)), y - y.mean())
    np.testing.assert_allclose(centred @ fitted.background, blup, atol=2e-3 * y.std())
    assert fitted.level == pytest.approx(y.mean())
    assert not fitted.sparse.any()


def test_share_is_at_the_greatest_likelihood():
    Z, y, _ = clustered(1)
    rotation = Rotation.of(Z)
    turned = rotation.turn.T.astype(float) @ (y - y.mean())

    def loss(share):
        variance = share * rotation.values + 1 - share
        return len(y) * np.log((turned**2 / variance).mean()) + np.log(variance).sum()

    best = minimize_scalar(loss, bounds=(0.02, 0.95), method="bounded").x
    share, variance = background_share(rotation.values, turned)
    assert abs(share - best) <= 0.93 / 39
    np.testing.assert_allclose(variance, share * rotation.values + 1 - share)


def test_gene_that_acts_stands_out_of_those_that_mark_the_tissue():
    from explain_engine.predict.single_effects import single_effects

    first, plain = [], []
    for seed in range(12):
        Z, y, _ = clustered(seed)
        fitted = additive_effects(Rotation.of(Z), y, 10)
        first.append(int((np.abs(fitted.sparse) > np.abs(fitted.sparse[3])).sum()))
        alone = np.abs(single_effects(Z - Z.mean(axis=0), y - y.mean(), 10))
        plain.append(int((alone > alone[3]).sum()))
    assert np.mean(first) <= 1.0
    assert np.mean(first) < np.mean(plain) - 1.0


def test_model_does_not_depend_on_gene_order_and_follows_sign_shift_and_scale():
    Z, y, _ = clustered(2)
    fitted = additive_effects(Rotation.of(Z), y, 5)
    order = np.random.default_rng(0).permutation(Z.shape[1])
    other = additive_effects(Rotation.of(Z[:, order]), -2.0 * y + 7.0, 5)
    np.testing.assert_allclose(other.coefficient, -2.0 * fitted.coefficient[order], atol=5e-3)
    assert other.share == fitted.share


def test_one_rotation_serves_many_responses_and_constant_genes_do_no_harm():
    Z, y, _ = clustered(3)
    Z[:, 7] = 1.0
    rotation = Rotation.of(Z)
    rng = np.random.default_rng(0)
    for response in (y, rng.permutation(y)):
        fitted = additive_effects(rotation, response, 5)
        assert np.isfinite(fitted.coefficient).all()
        assert fitted.coefficient[7] == 0.0
    np.testing.assert_array_equal(additive_effects(rotation, y, 5).sparse, additive_effects(rotation, y, 5).sparse)

"""Pairs earn credit by acting on many lines together, never by a few outliers."""

import numpy as np

from explain_engine.attribution.pair_evidence import normal_scores, pair_evidence


def test_planted_product_is_credited_to_its_two_genes() -> None:
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(500, 60))
    residual = 0.6 * Z[:, 4] * Z[:, 17] + rng.normal(size=500)
    evidence = pair_evidence(Z, residual)
    assert set(np.flatnonzero(evidence)) == {4, 17}
    assert np.isclose(evidence[4], evidence[17])


def test_genes_that_are_silent_in_all_but_a_few_lines_earn_nothing() -> None:
    rng = np.random.default_rng(5)
    Z = rng.normal(size=(500, 60)) * 0.05
    Z[:4, :20] += 12.0
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    residual = rng.normal(size=500)
    residual[:4] += 2.0
    naive = np.abs((Z * ((residual - residual.mean()) / residual.std())[:, None]).T @ Z)[:20, :20] / np.sqrt(500)
    assert naive.max() > 20.0  # a plain product score is carried away by the four lines
    assert not pair_evidence(Z, residual).any()


def test_normal_scores_keep_order_and_are_standard() -> None:
    rng = np.random.default_rng(7)
    Z = np.exp(rng.normal(size=(400, 3)) * 3)
    scores = normal_scores(Z)
    assert (np.argsort(scores, axis=0) == np.argsort(Z, axis=0)).all()
    assert np.allclose(scores.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(scores.std(axis=0), 1, atol=0.05)

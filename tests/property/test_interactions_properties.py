"""Properties that hold for any model and any data."""

import lightgbm as lgb
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explain_engine.interactions.screen import product_screen
from explain_engine.interactions.treeshap import tree_interactions
from explain_engine.rules.boxes import LeafBoxes
from explain_engine.rules.search import wilson


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), leaves=st.integers(2, 24), genes=st.integers(2, 9))
def test_tree_values_are_complete_and_boxes_predict(seed, leaves, genes):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(90, genes))
    y = X[:, 0] * X[:, 1] + rng.normal(size=90)
    params = {"num_leaves": leaves, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 3, "seed": seed}
    model = lgb.train(params, lgb.Dataset(X, y), 6)
    new = rng.normal(size=(7, genes)) * 2
    found = tree_interactions(model, new)
    prediction = model.predict(new)
    np.testing.assert_allclose(found.base + found.main.sum(0) + found.values.sum(0), prediction, atol=1e-9)
    assert np.all(found.pairs[:, 0] < found.pairs[:, 1])
    boxes = LeafBoxes([model, model])
    for x, expected in zip(new, prediction, strict=True):
        assert abs(boxes.predict(x) - expected) < 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 50.0), shift=st.floats(-5.0, 5.0))
def test_screen_ignores_scale_and_shift_of_genes_and_residual(seed, scale, shift):
    rng = np.random.default_rng(seed)
    Z, r = rng.normal(size=(40, 8)), rng.normal(size=40)
    one = product_screen(Z, r, top=28, dtype=np.float64, block=3)
    two = product_screen(Z * scale + shift, r * scale + shift, top=28, dtype=np.float64, block=5)
    np.testing.assert_allclose(np.abs(one.score), np.abs(two.score), atol=1e-8)


@given(count=st.integers(1, 500), share=st.floats(0, 1))
def test_wilson_interval_holds_the_share(count, share):
    hits = round(share * count)
    low, high = wilson(np.array([hits]), np.array([count]))
    assert 0 <= low[0] <= hits / count + 1e-12 and hits / count - 1e-12 <= high[0] <= 1

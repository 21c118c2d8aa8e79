r"""Exact TreeSHAP interaction values, kept sparse: only pairs of genes that share a path in some tree.

For one leaf with distinct path features F (d of them), a line x and a coalition S, the path-dependent value is
``v prod_{f in S} o_f prod_{f not in S} r_f``: o_f is 1 if x satisfies every split on f, r_f the share of training
lines that those splits let through. Writing the Shapley weights as Beta integrals turns the sums over coalitions into

    phi_f     = v (o_f - r_f) \int_0^1 prod_{h != f}    (t o_h + (1 - t) r_h) dt
    phi_{f,g} = v (o_f - r_f) (o_g - r_g) \int_0^1 prod_{h != f,g} (t o_h + (1 - t) r_h) dt   (both orders together)

whose integrands are polynomials in t of degree below d: Gauss-Legendre quadrature with ceil(d / 2) points is exact.
Lines that satisfy the same splits share their values, so each leaf is worked out once for every pattern of o.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain_engine.errors import InputError
from explain_engine.interactions.trees import Leaf, read_trees

DOI = "10.1038/s42256-019-0138-9"

# up to this depth all 2^d patterns of satisfied splits are tabulated, beyond it only those that occur
_SHALLOW = 6
_WORD = 62

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SparseInteractions:
    """TreeSHAP interaction values of one model, or their mean over several.

    Attributes
    ----------
    pairs
        Feature indices, shape (P, 2), first below second, rows in lexicographic order; every other pair is exactly 0.
    values
        Interaction of each pair for each line, shape (P, lines), in units of the raw prediction. Both orders together:
        twice the off-diagonal entry of ``shap_interaction_values``, equal to the order-2 Shapley interaction index.
    features
        Indices of the features that some tree uses, shape (F,), ascending.
    phi
        Shapley value of each of them for each line, shape (F, lines); every other feature is exactly 0.
    base
        Mean prediction over the training lines; ``base + phi.sum(0)`` is the raw prediction.
    """

    pairs: NDArray[np.intp]
    values: _Floats
    features: NDArray[np.intp]
    phi: _Floats
    base: float

    @property
    def main(self) -> _Floats:
        """Main effects, shape (F, lines): Shapley values less half of each interaction (shap's diagonal)."""
        rest = self.phi.copy()
        for side in (0, 1):
            np.subtract.at(rest, np.searchsorted(self.features, self.pairs[:, side]), 0.5 * self.values)
        return rest

    def mean_abs(self) -> _Floats:
        """Mean absolute interaction of each pair over lines, shape (P,)."""
        out: _Floats = np.abs(self.values).mean(axis=1)
        return out

    def dense(self, line: int, n_features: int) -> _Floats:
        """The matrix ``shap_interaction_values`` gives for one line, shape (n_features, n_features)."""
        out = np.zeros((n_features, n_features))
        out[self.pairs[:, 0], self.pairs[:, 1]] = 0.5 * self.values[:, line]
        out += out.T
        out[self.features, self.features] = self.main[:, line]
        return out


def tree_interactions(model: Any, X: NDArray[np.floating[Any]], num_iteration: int | None = None) -> SparseInteractions:
    """Exact path-dependent TreeSHAP interaction values of a LightGBM model (doi:10.1038/s42256-019-0138-9).

    Parameters
    ----------
    model
        A ``lightgbm.Booster`` or a fitted LightGBM estimator with one output.
    X
        Lines x features, finite, in the column order of training.

    Raises
    ------
    InputError
        If `X` is not a finite matrix, is too narrow for the model, or the model is of a kind `read_trees` refuses.
    """
    X = _checked(X)
    leaves, base = [], 0.0
    for tree in read_trees(model, num_iteration):
        of_tree = tree.leaves()
        base += sum(leaf.value * float(leaf.reach.prod()) for leaf in of_tree)
        leaves += [leaf for leaf in of_tree if leaf.features.size]
    features, pairs = _support(leaves)
    if features.size and features[-1] >= X.shape[1]:
        raise InputError(
            f"the model uses feature {int(features[-1])} but X has {X.shape[1]} columns; pass the training columns"
        )
    # rows of a transposed copy are contiguous: each box test reads one gene over all lines
    genes = np.ascontiguousarray(X[:, features].T)
    n = X.shape[0]
    phi, values = np.zeros((features.size, n)), np.zeros((pairs.shape[0], n))
    key_of_pair = pairs[:, 0] * (features.size + 1) + pairs[:, 1]
    pairs_out = features[pairs] if pairs.size else np.empty((0, 2), np.intp)

    by_depth: dict[int, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        by_depth[leaf.features.size].append(leaf)
    for d, same in sorted(by_depth.items()):
        first, second = _upper(d)
        tables = _all_tables(d, same) if d <= _SHALLOW else None
        for k, leaf in enumerate(same):
            local = np.searchsorted(features, leaf.features)
            code, patterns = _patterns(genes[local], leaf)
            single, double = (tables[0][k], tables[1][k]) if tables is not None else _one_table(patterns, leaf)
            # a leaf names each feature and each pair once, so plain fancy addition adds every row
            phi[local] += single.take(code, axis=1)
            if d > 1:
                a, b = np.minimum(local[first], local[second]), np.maximum(local[first], local[second])
                values[np.searchsorted(key_of_pair, a * (features.size + 1) + b)] += double.take(code, axis=1)
    return SparseInteractions(pairs_out, values, features, phi, base)


def mean_interactions(
    models: Iterable[Any], X: NDArray[np.floating[Any]], use: Sequence[NDArray[np.bool_]] | None = None
) -> SparseInteractions:
    """Mean interaction values over bagged models, in one pass and one model in memory at a time.

    Parameters
    ----------
    models
        Fitted LightGBM models; a generator may train them one by one.
    X
        Lines x features.
    use
        For each model which lines it may explain: True where the line was out of its bag. None lets all explain all.
        A line that no model may explain gets nan.

    Returns
    -------
    SparseInteractions
        Over the union of the models' pairs; a pair absent from a model counts as 0 there.
    """
    X = _checked(X)
    n, width = X.shape
    every = np.ones(n, dtype=bool)
    sums: dict[int, _Floats] = {}
    phis: dict[int, _Floats] = {}
    base, seen, count = 0.0, 0, np.zeros(n)
    for number, model in enumerate(models):
        mask = every if use is None else np.asarray(use[number], dtype=bool)
        if mask.shape != (n,):
            raise InputError(f"`use` of model {number} has shape {mask.shape}, expected {(n,)}: one flag a line")
        part = tree_interactions(model, X[mask])
        base, seen, count = base + part.base, seen + 1, count + mask
        for store, keys, rows in (
            (sums, part.pairs[:, 0] * width + part.pairs[:, 1], part.values),
            (phis, part.features, part.phi),
        ):
            for key, row in zip(keys.tolist(), rows, strict=True):
                if key not in store:
                    store[key] = np.zeros(n)
                store[key][mask] += row
    if not seen:
        raise InputError("no model was given; pass at least one fitted LightGBM model")
    count[count == 0] = np.nan
    keys = np.array(sorted(sums), dtype=np.intp)
    features = np.array(sorted(phis), dtype=np.intp)
    return SparseInteractions(
        pairs=np.column_stack([keys // width, keys % width]).astype(np.intp),
        values=np.array([sums[k] for k in keys.tolist()]).reshape(keys.size, n) / count,
        features=features,
        phi=np.array([phis[f] for f in features.tolist()]).reshape(features.size, n) / count,
        base=base / seen,
    )


def _support(leaves: list[Leaf]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Features in use, and pairs of positions among them that share a path, in lexicographic order."""
    if not leaves:
        return np.empty(0, np.intp), np.empty((0, 2), np.intp)
    features = np.unique(np.concatenate([leaf.features for leaf in leaves]))
    keys: list[NDArray[np.intp]] = []
    for leaf in leaves:
        local = np.searchsorted(features, leaf.features)
        first, second = _upper(local.size)
        keys.append(np.minimum(local[first], local[second]) * features.size + np.maximum(local[first], local[second]))
    unique = np.unique(np.concatenate(keys))
    return features, np.column_stack([unique // features.size, unique % features.size]).astype(np.intp)


def _patterns(genes: _Floats, leaf: Leaf) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which splits each line satisfies: a code a line, and the bits (patterns, d) that each code stands for."""
    d = leaf.features.size
    inside = (genes > leaf.low[:, None]) & (genes <= leaf.high[:, None])
    if d >= _WORD:
        bits, back = np.unique(inside.T, axis=0, return_inverse=True)
        return back.reshape(-1), bits
    code = (1 << np.arange(d)) @ inside
    if d <= _SHALLOW:
        return code, _all_patterns(d)
    seen, back = np.unique(code, return_inverse=True)
    return back, (seen[:, None] >> np.arange(d) & 1).astype(bool)


@lru_cache(maxsize=_SHALLOW)
def _all_patterns(d: int) -> NDArray[np.bool_]:
    return (np.arange(1 << d)[:, None] >> np.arange(d) & 1).astype(bool)


@lru_cache(maxsize=64)
def _upper(d: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(d, 1)
    return first, second


@lru_cache(maxsize=64)
def _quadrature(d: int) -> tuple[_Floats, _Floats]:
    """Gauss-Legendre points and weights on [0, 1], exact for polynomials of degree below d."""
    points, weights = np.polynomial.legendre.leggauss((d + 1) // 2)
    return 0.5 * (points + 1.0), 0.5 * weights


def _all_tables(d: int, leaves: list[Leaf]) -> tuple[_Floats, _Floats]:
    """`_leaf_values` of many leaves with d features each, for all 2^d patterns."""
    reach = np.array([leaf.reach for leaf in leaves])
    return _leaf_values(_all_patterns(d), reach, np.array([leaf.value for leaf in leaves]))


def _one_table(patterns: NDArray[np.bool_], leaf: Leaf) -> tuple[_Floats, _Floats]:
    single, double = _leaf_values(patterns, leaf.reach[None], np.array([leaf.value]))
    return single[0], double[0]


def _leaf_values(patterns: NDArray[np.bool_], reach: _Floats, value: _Floats) -> tuple[_Floats, _Floats]:
    """Shapley values (leaves, d, patterns) and interactions (leaves, pairs, patterns) of leaves of equal depth d."""
    d = reach.shape[1]
    first, second = _upper(d)
    met, share = patterns.T.astype(np.float64), reach[:, :, None]
    gap = met - share
    single, double = np.zeros(gap.shape), np.zeros((gap.shape[0], first.size, gap.shape[2]))
    for t, weight in zip(*_quadrature(d), strict=True):
        # above 0 because shares are, so leaving a factor out of the product is a division
        factor = t * met + (1.0 - t) * share
        ratio = gap / factor
        scaled = ratio * (factor.prod(axis=1) * (weight * value)[:, None])[:, None, :]
        single += scaled
        double += scaled[:, first] * ratio[:, second]
    return single, double


def _checked(X: NDArray[np.floating[Any]]) -> _Floats:
    out = np.asarray(X, dtype=np.float64)
    if out.ndim != 2 or not np.isfinite(out).all():
        raise InputError("X must be a finite lines x features matrix; impute or drop missing values first")
    return out

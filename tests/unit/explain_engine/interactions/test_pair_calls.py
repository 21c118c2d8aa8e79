"""Calls at group level: planted pairs are found, tissue alone is not."""

import numpy as np
import pytest

from explain_engine.attribution.groups import group_genes
from explain_engine.errors import InputError
from explain_engine.interactions.calls import CallSettings, search
from explain_engine.interactions.describe import classify, contrast, corners, surface
from explain_engine.interactions.find import find_interactions, hold_out
from explain_engine.interactions.forms import learn_forms
from explain_engine.interactions.fusion import PairRanking, data_ranking, fuse
from explain_engine.interactions.strata import lineage_strata, permute_within, pool_small

SETTINGS = CallSettings(permutations=10, search_permutations=10)


def planted(n=400, blocks=12, size=4, seed=0):
    rng = np.random.default_rng(seed)
    factor = np.repeat(rng.normal(size=(n, blocks)), size, axis=1)
    Z = 0.75 * factor + 0.66 * rng.normal(size=factor.shape)
    Z = (Z - Z.mean(0)) / Z.std(0)
    y = 0.5 * Z[:, 0] * Z[:, 5] + 0.5 * np.sign(Z[:, 9]) * np.sign(Z[:, 14]) + 0.6 * Z[:, 20] + 0.7 * rng.normal(size=n)
    return Z, y, [f"G{j}" for j in range(Z.shape[1])], np.arange(Z.shape[1]) // size


@pytest.fixture(scope="module")
def found():
    Z, y, genes, block = planted()
    groups = group_genes(Z, genes)
    return find_interactions(Z, y, np.zeros(len(y), np.intp), genes, groups, settings=SETTINGS), block


def test_planted_pairs_are_called_confirmed_and_named(found):
    result, _ = found
    called = {frozenset((c.first_gene, c.second_gene)): c for c in result.calls}
    assert set(called) == {frozenset(("G0", "G5")), frozenset(("G9", "G14"))}
    assert called[frozenset(("G0", "G5"))].kind == "synergy"
    assert called[frozenset(("G9", "G14"))].kind == "xor"
    for call in result.calls:
        assert call.confirmed and call.q <= 0.05 and call.strength.low > 0
        assert call.held_out_strength is not None and call.held_out_strength.estimate > 0
        assert sum(call.corner_counts) == result.n_lines == 300
        assert call.surface is not None and sum(map(sum, call.surface.count)) == 300
    assert result.n_held_out == 100 and result.n_group_pairs == 66
    assert result.n_pairs_screened == 48 * 47 // 2 - 12 * 6
    assert len(result.triples) == len(result.calls) + len(result.unconfirmed)


def test_nothing_is_called_where_tissue_alone_acts():
    rng = np.random.default_rng(5)
    tissue = np.arange(400) % 8
    centre = rng.normal(size=(8, 48)) * 1.5
    Z = centre[tissue] + rng.normal(size=(400, 48))
    Z = (Z - Z.mean(0)) / Z.std(0)
    y = rng.normal(size=8)[tissue] * 2.0 + rng.normal(size=400)
    genes = [f"G{j}" for j in range(48)]
    for codes in (tissue, np.zeros(400, np.intp)):
        groups = group_genes(Z, genes, codes=codes)
        result = find_interactions(Z, y, codes, genes, groups, settings=SETTINGS)
        assert result.calls == ()


def test_without_held_out_lines_nothing_is_confirmed():
    Z, y, genes, _ = planted()
    none = np.zeros(len(y), dtype=bool)
    result = find_interactions(
        Z, y, np.zeros(len(y), np.intp), genes, group_genes(Z, genes), held_out=none, settings=SETTINGS
    )
    assert len(result.calls) == 2 and not any(c.confirmed for c in result.calls)
    assert all(c.held_out_p is None for c in result.calls)


def test_rankings_put_planted_pairs_first():
    Z, y, _, block = planted()
    strata = np.zeros(len(y), np.intp)
    calls = search(Z, y, strata, block, SETTINGS, held_out=False)
    ranking = data_ranking(calls, learn_forms(Z).transform(Z), strata, block, top=50)
    # block-mates may stand between the two, but each planted pair leads its own pair of blocks
    leaders = {}
    for i, j in ranking.pairs.tolist():
        leaders.setdefault((block[i], block[j]), (i, j))
    assert list(leaders.values())[:2] in ([(0, 5), (9, 14)], [(9, 14), (0, 5)])
    assert np.all(np.diff(ranking.score) <= 1e-9)
    other = PairRanking(np.array([[7, 30], [0, 5]]), np.array([2.0, 1.0]))
    fused = fuse(ranking, other, Z.shape[1])
    assert [7, 30] in fused.pairs.tolist() and len(fused.pairs) >= 50


def test_results_repeat_and_inputs_are_checked():
    Z, y, genes, _ = planted(n=200)
    groups, codes = group_genes(Z, genes), np.zeros(200, np.intp)
    assert find_interactions(Z, y, codes, genes, groups, settings=SETTINGS) == find_interactions(
        Z, y, codes, genes, groups, settings=SETTINGS
    )
    with pytest.raises(InputError, match="do not match"):
        find_interactions(Z, y[:-1], codes, genes, groups)
    with pytest.raises(InputError, match="at least 60"):
        find_interactions(Z, y, codes, genes, groups, held_out=np.arange(200) > 40)
    one = group_genes(Z[:, :1], genes[:1])
    with pytest.raises(InputError, match="one group"):
        find_interactions(Z[:, :1], y, codes, genes[:1], one)


def test_strata():
    rng = np.random.default_rng(0)
    pooled = pool_small(np.repeat([0, 1, 2, 3], [50, 30, 3, 2]))
    assert np.bincount(pooled).min() >= 8
    assert pool_small(np.repeat([0, 1, 2], [50, 30, 20])).max() == 2
    clouds = np.repeat(rng.normal(size=(5, 60)) * 2, 60, axis=0) + rng.normal(size=(300, 60))
    found = lineage_strata(clouds, np.zeros(300, np.intp))
    truth = np.repeat(np.arange(5), 60)
    assert all(len(np.unique(found[truth == t])) == 1 for t in range(5)) and found.max() == 4
    assert lineage_strata(rng.normal(size=(300, 60)), np.zeros(300, np.intp)).max() == 0
    values = rng.normal(size=300)
    moved = permute_within(values, truth, rng)
    assert not np.array_equal(moved, values)
    for t in range(5):
        np.testing.assert_array_equal(np.sort(moved[truth == t]), np.sort(values[truth == t]))
    away = hold_out(truth, 0.25, 0)
    assert np.bincount(truth[away]).tolist() == [15] * 5


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        ("synergy", lambda a, b: a * b),
        ("and", lambda a, b: 2.0 * ((a > 0) & (b > 0))),
        ("or", lambda a, b: 2.0 * ((a > 0) | (b > 0))),
        ("xor", lambda a, b: np.sign(a * b)),
        ("redundancy", lambda a, b: a + b - 0.8 * a * b),
    ],
)
def test_kinds_are_told_apart(kind, term):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(800, 2))
    shares = learn_forms(X).shares(X)
    assert classify(term(X[:, 0], X[:, 1]) + 0.5 * rng.normal(size=800), shares) == kind


def test_corners_contrast_and_surface():
    shares = np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]] * 25)
    table = corners(shares, "median")
    assert table.counts == (25, 25, 25, 25)
    values = np.array([1.0, 2.0, 3.0, 9.0] * 25)
    assert table.means(values) == (1.0, 2.0, 3.0, 9.0)
    effect = contrast(table, values, seed=0)
    assert effect.estimate == pytest.approx(5.0) and effect.low == pytest.approx(5.0)
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(100, 2))
    grid = surface(Z[:, 0], Z)
    assert sum(map(sum, grid.count)) == 100
    means = [np.nanmean([v for v in row if v is not None]) for row in grid.mean]
    assert means == sorted(means)

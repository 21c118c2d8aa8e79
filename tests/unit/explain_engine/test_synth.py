"""Planted cohorts hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from explain_engine.errors import InputError
from explain_engine.synth import BLOCK_SIZE, null_cohort, planted_cohort


def test_cohort_is_reproducible_and_seeds_differ():
    first, again, other = (planted_cohort("A", 100, 460, seed) for seed in (3, 3, 4))
    assert first.X.equals(again.X)
    assert first.y.equals(again.y)
    assert first.truth == again.truth
    assert not np.allclose(first.y, other.y)


@pytest.mark.parametrize("setting", ["A", "B"])
def test_planted_genes_are_distinct_present_and_in_blocks_of_their_own(setting):
    cohort = planted_cohort(setting, 200, 460, 1, n_test=50)
    truth = cohort.truth
    assert len(set(truth.genes)) == 27
    assert set(truth.genes) <= set(cohort.X.columns)
    assert len(truth.planted_blocks) == 23
    assert len({truth.blocks[g] for g in truth.module}) == 1
    assert cohort.X.shape == (250, 460)
    assert cohort.dataset("train").n_lines == 200
    assert cohort.dataset("test").n_lines == 50


def test_correlation_structure_of_setting_a():
    cohort = planted_cohort("A", 600, 1000, 2)
    r = np.abs(np.corrcoef(cohort.X.to_numpy().T))
    block = np.array([cohort.truth.blocks[g] for g in cohort.X.columns])
    same = block[:, None] == block
    off = ~np.eye(len(r), dtype=bool)
    assert 0.42 < r[same & off].mean() < 0.54
    assert r[~same].mean() < 0.05
    assert np.bincount(block).tolist() == [BLOCK_SIZE] * 50


def test_oracle_r2_is_reached_by_the_planted_terms():
    cohort = planted_cohort("A", 4000, 460, 5, oracle_r2=0.8)
    X, truth = cohort.X, cohort.truth
    terms = {
        "product": lambda a, b: a * b,
        "and": lambda a, b: ((a > 0) & (b > 0)) * 1.0,
        "or": lambda a, b: ((a > 0.5) | (b > 0.5)) * 1.0,
        "xor": lambda a, b: np.sign(a * b),
    }
    columns = [X[list(truth.additive)].to_numpy(), X[list(truth.module)].mean(axis=1).to_numpy()[:, None]]
    columns += [terms[p.kind](X[p.first].to_numpy(), X[p.second].to_numpy())[:, None] for p in truth.pairs]
    design = np.hstack([np.ones((len(X), 1)), *columns])
    residual = cohort.y - design @ np.linalg.lstsq(design, cohort.y, rcond=None)[0]
    assert 1 - residual.var() / cohort.y.var() == pytest.approx(0.8, abs=0.02)


def test_tissue_drives_the_response_in_b_and_in_the_null():
    for cohort in (planted_cohort("B", 600, 460, 1), null_cohort(600, 200, 1)):
        means = cohort.y.groupby(cohort.lineage).transform("mean")
        assert 1 - ((cohort.y - means) ** 2).mean() / cohort.y.var() > 0.15
    assert cohort.truth.genes == ()


def test_null_response_is_independent_of_expression_within_tissue():
    cohort = null_cohort(2000, 200, 3)
    within = cohort.X - cohort.X.groupby(cohort.lineage).transform("mean")
    rest = cohort.y - cohort.y.groupby(cohort.lineage).transform("mean")
    z = within.corrwith(rest) * np.sqrt(2000 - 21)
    assert z.abs().max() < 4.5
    assert 0.8 < z.std() < 1.25


def test_unknown_lineage_can_be_asked_for():
    assert set(null_cohort(100, 40, 0, lineage_known=False).lineage) == {"unknown"}


@pytest.mark.parametrize(
    "bad",
    [{"n_lines": 59}, {"n_genes": 450}, {"n_genes": 440}, {"oracle_r2": 1.0}, {"tissue_share": 1.0}, {"setting": "C"}],
)
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(InputError):
        planted_cohort(**{"setting": "A", "n_lines": 100, "n_genes": 460, **bad})

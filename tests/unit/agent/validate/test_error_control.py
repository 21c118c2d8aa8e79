"""Simulated screens for error control: what is permuted, what is renamed, how shares are counted."""

from __future__ import annotations

import numpy as np

from agent.validate.control import ControlRun, Kind, _look_alikes, _named, _permuted, control_rows
from explain_engine.synth import planted_cohort


def _run(kind: Kind, seed: int, **given: object) -> ControlRun:
    base = ControlRun(
        kind=kind,
        setting="A",
        seed=seed,
        confident=(),
        suggestive=(),
        true_confident=0,
        genes_called=0,
        groups_called=0,
        true_groups=0,
        exact=0,
        found=0,
        planted=27 if kind == "signal" else 0,
        agrees=0,
        family_p=0.5,
        seconds=1.0,
    )
    return base.model_copy(update=given)


def test_permutation_keeps_what_tissue_explains() -> None:
    dataset, _ = _named(planted_cohort("A", 100, 460, 0), [], np.random.default_rng(0))
    shuffled = _permuted(dataset, np.random.default_rng(1))
    assert dataset.lineage.nunique() > 1
    for tissue, rows in dataset.lineage.groupby(dataset.lineage):
        assert sorted(dataset.y.loc[rows.index]) == sorted(shuffled.y.loc[rows.index]), tissue
    assert (dataset.y != shuffled.y).mean() > 0.5


def test_names_are_moved_with_their_genes() -> None:
    cohort = planted_cohort("A", 100, 460, 0)
    names = ["BCL2", "MCL1", "BCL2"]
    dataset, planted = _named(cohort, names, np.random.default_rng(3))
    assert dataset.X.shape == cohort.dataset().X.shape
    own = list(cohort.dataset().X.columns)
    assert planted == tuple(dataset.X.columns[own.index(g)] for g in cohort.truth.genes)
    alike = _look_alikes(dataset, planted)
    assert set(alike) == set(planted)
    assert all(gene in genes for gene, genes in alike.items())
    assert sum(len(genes) for genes in alike.values()) < 460
    assert len(set(dataset.X.columns)) == 460
    np.testing.assert_array_equal(dataset.X.to_numpy(), cohort.dataset().X.to_numpy())


def test_rows_count_screens_hypotheses_and_blocks() -> None:
    runs = [
        _run("null", 0),
        _run("null", 1, confident=("A",), family_p=0.02),
        _run(
            "signal",
            0,
            confident=("A", "B"),
            true_confident=1,
            exact=1,
            found=1,
            nearest=(1.0, 0.2),
            family_p=0.02,
            true_groups=1,
        ),
        _run("signal", 1),
    ]
    rows = {r.what: (r.count, r.of) for r in control_rows(runs)}
    assert rows["null: a confident hypothesis"] == (1, 2)
    assert rows["null: family p at most 0.05"] == (1, 2)
    assert rows["signal: a confident hypothesis that is or looks like a planted gene"] == (1, 2)
    assert rows["signal: planted genes with a confident hypothesis"] == (1, 54)
    assert rows["signal: confident hypotheses that correlate below 0.5 with every planted gene"] == (1, 2)
    assert rows["signal: confident hypotheses that correlate below 0.3 with every planted gene"] == (1, 2)
    assert not any(what.startswith("labels") for what in rows)

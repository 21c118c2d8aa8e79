"""The whole chain on a small planted cohort."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from explain_engine.bundle import ExplanationBundle
from explain_engine.engine import OTHER, bundle_key, explain, prepare
from explain_engine.errors import BundleError, InputError
from explain_engine.predict.trees import TreeSettings
from explain_engine.settings import ExplainSettings
from explain_engine.synth import planted_cohort

SMALL = ExplainSettings(repeats=2, trees=TreeSettings(rounds=40, feature_fraction=0.2), listed=60, draws=200)


@pytest.fixture(scope="module")
def cohort():
    return planted_cohort("B", 300, 460, 1, oracle_r2=0.9)


@pytest.fixture(scope="module")
def explained(cohort):
    return explain(cohort.dataset(), SMALL)


@pytest.fixture(scope="module")
def plain_cohort():
    return planted_cohort("A", 400, 460, 1, oracle_r2=0.9)


@pytest.fixture(scope="module")
def plain(plain_cohort):
    return explain(plain_cohort.dataset(), SMALL)


def test_prediction_is_the_sum_of_base_and_attributions(explained):
    _, arrays = explained
    total = arrays["lines"]["base"] + arrays["phi"].sum(axis=1)
    np.testing.assert_allclose(total, arrays["lines"]["prediction"], atol=1e-4)
    assert arrays["phi"].columns[-1] == OTHER
    assert list(arrays["expression"].columns) == list(arrays["phi"].columns[:-1])


def test_planted_genes_come_up(plain, plain_cohort):
    bundle, arrays = plain
    top = set(arrays["genes"]["gene"].head(30))
    assert len(top & set(plain_cohort.truth.genes)) >= 8
    assert [g.rank for g in bundle.attribution.genes] == list(range(1, 61))
    for gene in bundle.attribution.genes:
        assert gene.rank_low <= gene.rank <= gene.rank_high
        assert gene.importance.low <= gene.importance.estimate <= gene.importance.high
        assert gene.adjusted_rank is not None


def test_effect_signs_match_the_planted_coefficients(plain, plain_cohort):
    bundle, _ = plain
    listed = {g.gene: g for g in bundle.attribution.genes}
    clear = [g for g in plain_cohort.truth.additive if g in listed and listed[g].direction != "mixed"]
    assert clear
    for gene in clear:
        assert (listed[gene].effect.estimate > 0) == (plain_cohort.truth.additive[gene] > 0)


def test_model_beats_the_mean_and_reports_tissue(explained):
    fit = explained[0].fit
    assert fit.model.r2.estimate > 0.1
    assert [s.model for s in fit.baselines] == ["mean", "tissue mean"]
    assert fit.baselines[0].pearson is None
    assert fit.gain_over_tissue.low <= fit.gain_over_tissue.estimate <= fit.gain_over_tissue.high


def test_same_inputs_give_the_same_bundle_and_seed_changes_it(explained, cohort):
    again, _ = explain(cohort.dataset(), SMALL)
    assert again == explained[0]
    other, _ = explain(cohort.dataset(), SMALL.model_copy(update={"seed": 1}))
    assert other.key != again.key
    assert other.attribution != again.attribution


def test_bundle_round_trip(explained, tmp_path):
    bundle, arrays = explained
    saved = bundle.save(tmp_path, arrays)
    assert ExplanationBundle.load(tmp_path / bundle.key) == saved
    pd.testing.assert_frame_equal(saved.array(tmp_path / bundle.key, "genes"), arrays["genes"])


def test_bundle_of_an_older_schema_without_newer_fields_is_read(explained, tmp_path):
    import hashlib
    import json

    bundle, arrays = explained
    saved = bundle.save(tmp_path, arrays)
    path = tmp_path / saved.key / "bundle.json"
    content = json.loads(path.read_text())["bundle"]
    del content["revision"]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    path.write_text(json.dumps({"digest": digest, "bundle": content}))
    old = ExplanationBundle.load(tmp_path / saved.key)
    assert (old.revision, saved.revision) == (0, 2)
    content["fit"]["n_lines"] += 1
    path.write_text(json.dumps({"digest": digest, "bundle": content}))
    with pytest.raises(BundleError, match="digest"):
        ExplanationBundle.load(tmp_path / saved.key)


def test_progress_rises_from_start_to_end(cohort):
    seen = []
    explain(cohort.dataset(), SMALL.model_copy(update={"repeats": 1}), progress=lambda what, share: seen.append(share))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(seen))


def test_key_follows_data_and_settings(cohort):
    dataset = cohort.dataset()
    changed = dataclasses.replace(dataset, y=dataset.y + 1.0)
    assert bundle_key(dataset, SMALL) != bundle_key(changed, SMALL)
    assert bundle_key(dataset, SMALL) != bundle_key(dataset, ExplainSettings())


def test_bad_datasets_are_refused_by_name(cohort):
    dataset = cohort.dataset()
    few = dataclasses.replace(dataset, X=dataset.X.iloc[:59], y=dataset.y.iloc[:59], lineage=dataset.lineage.iloc[:59])
    with pytest.raises(InputError, match="59 lines"):
        explain(few, SMALL)
    constant = dataset.X.copy()
    constant["G00001"] = 1.0
    with pytest.raises(InputError, match="G00001"):
        explain(dataclasses.replace(dataset, X=constant), SMALL)
    with pytest.raises(InputError, match="same for every line"):
        explain(dataclasses.replace(dataset, y=dataset.y * 0), SMALL)
    holes = dataset.y.copy()
    holes.iloc[0] = np.nan
    with pytest.raises(InputError, match="missing"):
        explain(dataclasses.replace(dataset, y=holes), SMALL)


def test_a_newer_method_does_not_take_over_an_older_bundle(monkeypatch, plain_cohort):
    import explain_engine.engine as engine

    dataset, settings = plain_cohort.dataset(), ExplainSettings()
    before = engine.bundle_key(dataset, settings)
    monkeypatch.setattr(engine, "REVISION", engine.REVISION + 1)
    assert engine.bundle_key(dataset, settings) != before


def test_parts_of_a_bundle_share_what_was_prepared(plain_cohort):
    dataset = plain_cohort.dataset()
    data = prepare(dataset, SMALL)
    assert prepare(dataset, SMALL) is data and data.trees is data.trees
    other = prepare(dataset, SMALL.model_copy(update={"seed": 1}))
    assert other is not data and other.bags is not data.bags
    assert prepare(plain_cohort.dataset(), SMALL) is not data

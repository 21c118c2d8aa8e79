"""Further parts of a bundle: what is run, what is kept, what names the result."""

import numpy as np
import pytest

from explain_engine.bundle import ExplanationBundle
from explain_engine.data.dataset import ResponseDataset
from explain_engine.deepen import PARTS, deepen, first_key, part_settings, parts_of, read_parts
from explain_engine.engine import bundle_key, explain
from explain_engine.errors import InputError
from explain_engine.predict.trees import TreeSettings
from explain_engine.settings import ExplainSettings
from explain_engine.synth import planted_cohort

SETTINGS = ExplainSettings(folds=3, repeats=1, trees=TreeSettings(rounds=20), adjusted=False, draws=100)


@pytest.fixture(scope="module")
def dataset() -> ResponseDataset:
    return planted_cohort("A", n_lines=120, n_genes=460, seed=3).dataset()


@pytest.fixture(scope="module")
def plain(dataset):  # type: ignore[no-untyped-def]
    return explain(dataset, SETTINGS)


@pytest.fixture(scope="module")
def deep(dataset, plain):  # type: ignore[no-untyped-def]
    gene = dataset.X.columns[0]
    told: list[tuple[str, float]] = []
    made = deepen(
        dataset,
        *plain,
        SETTINGS,
        read_parts(["all"])[:-1],
        second_screens=[dataset],
        gene_sets={"own": {"SET": list(dataset.X.columns[:20])}},
        targets=[gene, "NOT-THERE"],
        n_null=19,
        progress=lambda what, share: told.append((what, share)),
    )
    return made, told


def test_read_parts() -> None:
    assert read_parts(["all"]) == PARTS
    assert read_parts(["rules", " NULL "]) == ("null", "rules")
    with pytest.raises(InputError, match="unknown part 'nul'"):
        read_parts(["nul"])


def test_parts_are_filled_and_the_rest_is_not_run(plain, deep) -> None:  # type: ignore[no-untyped-def]
    (bundle, arrays), told = deep
    assert parts_of(bundle) == ("null", "replication", "interactions", "modules", "rules", "verdicts")
    assert bundle.null.n_runs == 19
    assert {"p", "q"} <= set(arrays["genes"].columns)
    assert all(g.q is not None for g in bundle.attribution.genes)
    assert bundle.verdicts[1].code == "not_measured"
    assert "q" in bundle.verdicts[0].numbers or bundle.verdicts[0].code == "not_varying"
    assert bundle.replication[0].n_shared_lines == 120
    assert bundle.interactions.n_held_out > 0
    assert bundle.modules is not None
    assert bundle.rules
    assert all(r.n_covered <= 40 for r in bundle.rules)
    assert 0 < len(bundle.counterfactuals) <= 6
    assert bundle.stability is None
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_counterfactuals_cross_their_threshold(deep) -> None:  # type: ignore[no-untyped-def]
    for flip in deep[0][0].counterfactuals:
        assert (flip.prediction_before <= flip.threshold) != (flip.prediction_after <= flip.threshold)


def test_key_names_parts_and_settings(dataset, plain, deep) -> None:  # type: ignore[no-untyped-def]
    bundle = deep[0][0]
    assert plain[0].key == bundle_key(dataset, SETTINGS) == first_key(bundle)
    one = deepen(dataset, *plain, SETTINGS, ["verdicts"], targets=["X"])[0]
    other = deepen(dataset, *plain, SETTINGS, ["verdicts"], targets=["Y"])[0]
    assert len({plain[0].key, bundle.key, one.key, other.key}) == 4
    assert one.key == deepen(dataset, *plain, SETTINGS, ["verdicts"], targets=["X"])[0].key


def test_held_parts_are_kept_and_what_rests_on_a_new_one_is_made_anew(dataset, plain) -> None:  # type: ignore[no-untyped-def]
    gene = str(plain[1]["genes"]["gene"][0])
    judged = deepen(dataset, *plain, SETTINGS, ["verdicts"], targets=[gene])
    assert "q" not in judged[0].verdicts[0].numbers
    both = deepen(dataset, *judged, SETTINGS, ["null"], targets=[gene], n_null=19)
    assert parts_of(both[0]) == ("null", "verdicts")
    assert "q" in both[0].verdicts[0].numbers
    stages: list[ExplanationBundle] = []
    deepen(dataset, *judged, SETTINGS, ["null"], targets=[gene], n_null=19, keep=lambda b, _: stages.append(b))
    assert parts_of(stages[0]) == ("null",)
    assert stages[0].verdicts is None
    again = deepen(dataset, *both, SETTINGS, ["null", "verdicts"], targets=[gene], n_null=19)
    assert again[0] is both[0]
    straight = deepen(dataset, *plain, SETTINGS, ["null", "verdicts"], targets=[gene], n_null=19)
    assert straight[0] == both[0]


def test_each_part_but_the_last_is_handed_over_whole(dataset, plain) -> None:  # type: ignore[no-untyped-def]
    stages: list[ExplanationBundle] = []
    asked = ["replication", "verdicts"]
    whole = deepen(dataset, *plain, SETTINGS, asked, targets=["X"], keep=lambda bundle, arrays: stages.append(bundle))
    assert [parts_of(b) for b in stages] == [("verdicts",)]
    rest = deepen(dataset, stages[0], plain[1], SETTINGS, asked, targets=["X"])
    assert rest[0] == whole[0]


def test_nothing_found_is_empty_and_not_none(dataset, plain) -> None:  # type: ignore[no-untyped-def]
    bundle = deepen(dataset, *plain, SETTINGS, ["replication", "verdicts"])[0]
    assert bundle.replication == ()
    assert bundle.verdicts == ()
    assert bundle.rules is None


def test_saved_bundle_comes_back_whole(deep, tmp_path) -> None:  # type: ignore[no-untyped-def]
    bundle, arrays = deep[0]
    saved = bundle.save(tmp_path, arrays)
    assert ExplanationBundle.load(tmp_path / bundle.key) == saved
    assert np.isfinite(saved.array(tmp_path / bundle.key, "groups")["q"]).all()


def test_bundle_of_other_settings_is_refused(dataset, plain) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="not made of this dataset"):
        deepen(dataset, *plain, SETTINGS.model_copy(update={"seed": 1}), ["verdicts"])


def test_part_settings_tell_what_came_from_outside(dataset) -> None:  # type: ignore[no-untyped-def]
    words = part_settings(["replication", "modules"], SETTINGS, second_screens=[dataset], gene_sets={"c": {"s": ["g"]}})
    assert dataset.digest[:16] in words["part.replication"]
    assert words["part.modules"] != part_settings(["modules"], SETTINGS)["part.modules"]

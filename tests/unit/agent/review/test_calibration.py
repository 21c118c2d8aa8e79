"""Calibration against scikit-learn and by hand; too few decisions are an answer."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from agent.report.model import HypothesisBrief
from agent.review.calibration import (
    LEAST_DECOYS,
    TIERS,
    Calibration,
    Judged,
    auroc,
    calibration_of,
    left_out_shares,
    rates_of,
)
from agent.review.service import ReviewService

NO_RATES = rates_of([], [], [], not_blind=0)


def _judged(n: int, seed: int, strength: float, briefs: int = 8) -> list[Judged]:
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        tier = int(rng.integers(0, 3))
        accepted = bool(rng.random() < 0.5 + strength * (tier - 1))
        found.append(
            Judged(
                item=f"i{i}",
                brief=f"b{i % briefs}",
                tier=TIERS[tier],
                score=float(tier + rng.normal()),
                accepted=accepted,
            )
        )
    return found


def test_tiers_rise() -> None:
    assert TIERS == ("weak", "suggestive", "confident")


@pytest.mark.parametrize("seed", range(4))
def test_auroc_is_that_of_scikit_learn(seed: int) -> None:
    judged = _judged(50, seed, 0.3)
    found = calibration_of(judged, NO_RATES)
    y = [j.accepted for j in judged]
    assert found.auroc_score is not None and found.auroc_tier is not None
    assert found.auroc_score.estimate == pytest.approx(roc_auc_score(y, [j.score for j in judged]))
    assert found.auroc_tier.estimate == pytest.approx(roc_auc_score(y, [TIERS.index(j.tier) for j in judged]))
    assert found.auroc_score.low < found.auroc_score.estimate < found.auroc_score.high
    assert "over 8 briefs" in found.auroc_score.method


def test_weighted_auroc_is_that_of_the_repeated_items() -> None:
    y, rating = np.array([1.0, 0, 1, 0, 0]), np.array([0.9, 0.1, 0.4, 0.4, 0.7])
    times = np.array([[2.0, 1, 0, 3, 1], [0, 1, 0, 1, 3]])
    repeated = np.repeat(np.arange(5), times[0].astype(int))
    found = auroc(y, rating, times)
    assert found[0] == pytest.approx(roc_auc_score(y[repeated], rating[repeated]))
    assert np.isnan(found[1])


def test_brier_forecasts_each_item_from_the_others_of_its_tier() -> None:
    judged = _judged(40, 3, 0.3)
    found = calibration_of(judged, NO_RATES)
    errors, base = [], []
    for j in judged:
        others = [o.accepted for o in judged if o.tier == j.tier and o.item != j.item]
        everyone = [o.accepted for o in judged if o.item != j.item]
        errors.append((np.mean(others) - j.accepted) ** 2)
        base.append((np.mean(everyone) - j.accepted) ** 2)
    assert found.brier is not None and found.skill is not None and found.brier_base is not None
    assert found.brier.estimate == pytest.approx(np.mean(errors))
    assert found.brier_base == pytest.approx(np.mean(base))
    assert found.skill.estimate == pytest.approx(1 - np.mean(errors) / np.mean(base))


def test_item_alone_in_its_group_is_foretold_by_all_others() -> None:
    y = np.array([1.0, 0.0, 1.0, 1.0])
    assert left_out_shares(y, np.array([0.0, 1.0, 1.0, 1.0])) == pytest.approx([2 / 3, 1.0, 0.5, 0.5])


def test_ratings_that_foretell_show_skill_and_random_ones_do_not() -> None:
    telling = calibration_of(_judged(300, 0, 0.4), NO_RATES)
    assert telling.skill is not None and telling.skill.low > 0.1
    assert [b.label for b in telling.tiers] == list(TIERS)
    shares = [b.share.estimate for b in telling.tiers]
    assert shares == sorted(shares)
    empty = [calibration_of(_judged(120, seed, 0.0), NO_RATES) for seed in range(1, 21)]
    above = sum(c.skill is not None and c.skill.low > 0 for c in empty)
    assert above <= 2
    assert sum(c.auroc_score is not None and c.auroc_score.low <= 0.5 <= c.auroc_score.high for c in empty) >= 17


def test_reliability_table_counts_every_item_once() -> None:
    judged = _judged(61, 4, 0.2, briefs=3)
    found = calibration_of(judged, NO_RATES)
    for bins in (found.tiers, found.scores):
        assert sum(b.items for b in bins) == 61
        assert sum(b.accepted for b in bins) == found.accepted == sum(j.accepted for j in judged)
    assert len(found.scores) == 3
    assert found.brier is not None and "61 items" in found.brier.method


def test_equal_scores_fall_into_one_bin() -> None:
    judged = [j.model_copy(update={"score": 0.25}) for j in _judged(40, 5, 0.2)]
    found = calibration_of(judged, NO_RATES)
    assert [b.items for b in found.scores] == [40]
    assert found.auroc_score is not None and found.auroc_score.estimate == 0.5


@pytest.mark.parametrize("accepted", [0, 4, 26, 30])
def test_not_enough_of_a_kind_is_an_answer(accepted: int) -> None:
    judged = [j.model_copy(update={"accepted": i < accepted}) for i, j in enumerate(_judged(30, 0, 0.0))]
    found: Calibration = calibration_of(judged, NO_RATES, edited=2, tied=1)
    assert found.missing is not None and "not enough decisions" in found.missing
    assert (found.brier, found.tiers, found.edited, found.tied) == (None, (), 2, 1)


def test_decoy_rates_need_decisions() -> None:
    few = rates_of([True] * (LEAST_DECOYS - 1), [True], [], not_blind=4)
    assert few.missing is not None and (few.decoys, few.drafts, few.not_blind) == (None, None, 4)
    some = rates_of([True] * 2 + [False] * 8, [True, False], [], not_blind=0)
    assert some.decoys is not None and some.decoys.estimate == 0.2
    assert some.drafts is not None and some.drafts_off_record is None and some.missing is None


def _many(service: ReviewService, brief: HypothesisBrief, n: int) -> list[tuple[str, ...]]:
    return [
        service.add_brief(brief.model_copy(update={"ranking_rule": f"{brief.ranking_rule} ({i})"})) for i in range(n)
    ]


def _seen(service: ReviewService, name: str) -> set[str]:
    return {i.id for i in service.queue(blinded=True, reviewer=name)}


def test_service_counts_the_majority_on_drafts_and_blind_decisions_on_decoys(
    sqlite_service: ReviewService, brief: HypothesisBrief
) -> None:
    service = sqlite_service
    briefs = _many(service, brief, 6)
    items = [i for ids in briefs for i in ids]
    for number, item in enumerate(items):
        if number % 5 < 3:
            service.accept(item, "ada", blinded=True)
        else:
            service.reject(item, "ada", "weak_data", blinded=True)
    content = service.show(items[0]).content
    hidden = service.add_decoys(
        {item: content.model_copy(update={"gene": f"X{i}"}) for i, item in enumerate(items[:LEAST_DECOYS])},
        name="d" * 64,
        bundle=brief.provenance.bundle_key,
        bundle_digest="e" * 64,
    )
    for number, item in enumerate(hidden):
        # One of them sees the decoy of a draft and its twin.
        name = next(n for n in map("r{}".format, range(99)) if item in _seen(service, n))
        if number == 0:
            service.accept(item, name, blinded=True)
        else:
            service.reject(item, name, "implausible_mechanism", blinded=True)
    # Bob divides one item, rewords another that ada accepted, and decides on his own wording, which counts for nothing.
    service.reject(items[0], "bob", "known")
    service.edit(items[1], "bob", "in my words", "unclear")
    service.reject(items[1], "bob", "unclear")
    service.accept(items[3], "bob")
    service.accept(items[3], "cy")
    found = service.calibration()
    expected = {i: n % 5 < 3 for n, i in enumerate(items)}
    del expected[items[0]]
    expected[items[3]] = True
    assert (found.items, found.accepted) == (len(expected), sum(expected.values()))
    assert (found.tied, found.edited, found.missing) == (1, 0, None)
    assert found.decoys.decoys is not None and found.decoys.decoys.estimate == 1 / LEAST_DECOYS
    assert found.decoys.drafts is not None
    assert found.decoys.drafts.estimate == pytest.approx(sum(n % 5 < 3 for n in range(len(items))) / len(items))
    agreed = service.agreement()
    assert agreed.decisions["bob"] == {"accept": 1, "reject": 1, "edit": 1}
    assert service.agreement(scope="blind").reviewers == ("ada",)
    assert service.unblindings()[0].reviewer == "bob"
    assert service.calibration(drug="nothing").missing is not None

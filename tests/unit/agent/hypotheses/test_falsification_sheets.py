"""The falsification sheet: what is expected, how many lines it takes, and what would kill it."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from agent.hypotheses.falsification import falsification_sheet, lines_per_arm


def cohort(slope: float, between: float, n: int = 120, noise: float = 0.5) -> tuple[pd.Series, pd.Series, pd.Series]:
    rng = np.random.default_rng(3)
    index = [f"L{i:03d}" for i in range(n)]
    lineage = pd.Series([("blood", "lung", "skin")[i % 3] for i in range(n)], index=index)
    shift = lineage.map({"blood": 1.0, "lung": 0.0, "skin": -1.0})
    z = pd.Series(rng.standard_normal(n), index=index) + 2 * shift
    within = z - z.groupby(lineage).transform("mean")
    y = slope * within + between * shift + rng.normal(0, noise, n)
    return z, y, lineage


def test_difference_is_that_within_lineages() -> None:
    sheet = falsification_sheet("G", "higher_sensitises", *cohort(slope=-1.0, between=+5.0))
    assert sheet is not None
    assert sheet.expected.high < 0
    assert not sheet.opposed
    assert sheet.kill == sheet.expected.high
    assert sheet.n_lineages == 3


def test_effect_between_lineages_alone_is_said_to_be_opposed_or_null() -> None:
    sheet = falsification_sheet("G", "higher_sensitises", *cohort(slope=+1.0, between=-5.0))
    assert sheet is not None
    assert sheet.opposed
    assert sheet.n_per_arm is None
    assert sheet.n_per_arm_cautious is None
    assert sheet.kill == 0.0


def test_interval_that_holds_zero_promises_no_cautious_size() -> None:
    sheet = falsification_sheet("G", "higher_sensitises", *cohort(slope=-0.02, between=0.0, noise=2.0))
    assert sheet is not None
    assert sheet.expected.low <= 0 <= sheet.expected.high
    assert sheet.n_per_arm_cautious is None


def test_pairs_are_of_one_lineage_and_chosen_by_expression_alone() -> None:
    z, y, lineage = cohort(slope=-1.0, between=0.0)
    sheet = falsification_sheet("G", "higher_sensitises", z, y, lineage)
    flipped = falsification_sheet("G", "higher_sensitises", z, -y, lineage)
    assert sheet is not None
    assert flipped is not None
    assert [(p.high_line, p.low_line) for p in sheet.pairs] == [(p.high_line, p.low_line) for p in flipped.pairs]
    for pair in sheet.pairs:
        assert lineage[pair.high_line] == lineage[pair.low_line] == pair.lineage
        assert pair.high_expression > pair.low_expression


def test_no_known_lineage_of_size_gives_no_sheet() -> None:
    z, y, lineage = cohort(slope=-1.0, between=0.0, n=12)
    assert falsification_sheet("G", "higher_sensitises", z, y, lineage) is None
    assert falsification_sheet("G", "higher_sensitises", z, y, pd.Series("unknown", index=z.index)) is None


def test_interval_covers_no_effect_as_often_as_it_says_with_arms_of_two() -> None:
    runs, rng = 200, np.random.default_rng(11)
    index = [f"L{i:03d}" for i in range(160)]
    lineage = pd.Series([f"T{i % 20:02d}" for i in range(160)], index=index)
    held = 0
    for seed in range(runs):
        z, y = (pd.Series(rng.standard_normal(160), index=index) for _ in range(2))
        sheet = falsification_sheet("G", "mixed", z, y, lineage, seed=seed)
        assert sheet is not None
        held += sheet.expected.low <= 0.0 <= sheet.expected.high
    # Two-sided 99 % limits of a binomial at the stated level.
    low, high = stats.binom.interval(0.99, runs, 0.95)
    assert low <= held <= high, held / runs


def test_same_seed_same_sheet() -> None:
    data = cohort(slope=-1.0, between=0.0)
    assert falsification_sheet("G", "higher_sensitises", *data) == falsification_sheet("G", "higher_sensitises", *data)


@pytest.mark.parametrize("effect", [0.2, 0.5, 0.8, 1.5])
def test_sample_size_is_the_smallest_that_reaches_the_power(effect: float) -> None:
    def power(n: int) -> float:
        freedom, shift = 2 * n - 2, effect * math.sqrt(n / 2)
        bar = stats.t.ppf(0.975, freedom)
        return float(stats.nct.sf(bar, freedom, shift) + stats.nct.cdf(-bar, freedom, shift))

    n = lines_per_arm(effect, 1.0)
    assert n is not None
    assert power(n) >= 0.8 > power(n - 1)


def test_textbook_sample_sizes() -> None:
    # Cohen 1988: d = 0.5 needs 64 an arm and d = 0.8 needs 26, at 80 % power and two-sided 5 %.
    assert lines_per_arm(0.5, 1.0) == 64
    assert lines_per_arm(-0.8, 1.0) == 26


def test_hopeless_differences_have_no_size() -> None:
    assert lines_per_arm(0.0, 1.0) is None
    assert lines_per_arm(0.001, 1.0) is None

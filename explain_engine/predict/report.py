"""FitReport: how well the model predicts lines it has not seen, beside naive baselines."""

from __future__ import annotations

from explain_engine.record import Interval, Record


class Score(Record):
    """Agreement of one predictor with the measured response, on lines it has not seen.

    Attributes
    ----------
    model
        ``bagged lightgbm``, ``mean``, ``tissue mean``, …
    pearson, spearman, r2
        With bootstrap intervals over lines; None where undefined (a constant prediction has no correlation).
    """

    model: str
    pearson: Interval | None
    spearman: Interval | None
    r2: Interval | None


class FitReport(Record):
    """What was fitted and how well it predicts out of bag.

    Attributes
    ----------
    learner
        Name of the registered learner.
    n_lines, n_genes, n_bags
        Sizes.
    bag_fraction
        Share of lines each bag was trained on, in (0, 1).
    seed
        Seed of the bags and the learner.
    model
        Score of the out-of-bag prediction.
    baselines
        Scores of the naive predictors, cross-fitted on the same bags.
    gain_over_tissue
        Spearman of the model minus Spearman of the tissue mean, paired bootstrap interval; None without lineages.
    """

    learner: str
    n_lines: int
    n_genes: int
    n_bags: int
    bag_fraction: float
    seed: int
    model: Score
    baselines: tuple[Score, ...]
    gain_over_tissue: Interval | None

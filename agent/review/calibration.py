"""Do our own ratings foretell what reviewers decide? Brier score, reliability table, AUROC, and decoys accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from agent.hypotheses.candidates import DataTier
from agent.records import Record
from agent.review.resampling import percentile_interval, resampled_weights, wilson
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_ITEMS = 20
LEAST_OF_A_KIND = 5
LEAST_DECOYS = 10
LEAST_BRIEFS = 5
# The literal lists the tiers from the firmest down.
TIERS: tuple[str, ...] = tuple(reversed(get_args(DataTier)))


class Judged(Record):
    """One drafted hypothesis that reviewers settled: what we made of it, and whether they accepted the draft."""

    item: str
    brief: str
    tier: str
    score: float
    accepted: bool


class Bin(Record):
    """Hypotheses that we rate alike.

    Attributes
    ----------
    share
        Of those accepted, with Wilson's interval.
    forecast
        Mean over the bin of each item's share of accepted among the bin's other items: what the rating foretold.
    """

    label: str
    items: int
    accepted: int
    share: Interval
    forecast: float | None


class Rates(Record):
    """Blind decisions on drafts and decoys.

    Attributes
    ----------
    decoys, drafts, drafts_off_record
        Share of blind decisions that accepted: on decoys, on drafts, on drafts without any literature, which look
        most like decoys. None where there was none.
    null_decoys
        The same on those of the decoys that are drafted from permuted responses.
    not_blind
        Decisions in the blinded view left out as the reviewer had looked behind it before.
    missing
        Why the shares are not given.
    """

    decoys: Interval | None
    drafts: Interval | None
    drafts_off_record: Interval | None
    null_decoys: Interval | None = None
    not_blind: int
    missing: str | None


class Calibration(Record):
    """Our ratings against reviewers' verdicts.

    Attributes
    ----------
    items, accepted, edited, tied, unrated
        Settled drafts; accepted among them; left out as only reworded; left out as reviewers were divided equally;
        left out as their confidence tier is none of this version's.
    tiers, scores
        Reliability table by confidence tier, and by thirds of the data score.
    brier, brier_base, skill
        Mean squared error of the forecast by tier (each item's from the others of its tier), of the forecast by the
        share of accepted among all other items, and 1 - brier / brier_base. Lower is better; skill above 0 says that
        tiers foretell more than the base rate.
    auroc_tier, auroc_score
        Chance that an accepted draft is rated above a rejected one; 0.5 is chance.
    decoys
        See `Rates`.
    missing
        Why there is no calibration, with what would be needed; None where there is one.
    """

    items: int
    accepted: int
    edited: int
    tied: int
    unrated: int = 0
    tiers: tuple[Bin, ...] = ()
    scores: tuple[Bin, ...] = ()
    brier: Interval | None = None
    brier_base: float | None = None
    skill: Interval | None = None
    auroc_tier: Interval | None = None
    auroc_score: Interval | None = None
    decoys: Rates
    missing: str | None = None


def calibration_of(
    judged: Sequence[Judged], decoys: Rates, *, edited: int = 0, tied: int = 0, unrated: int = 0, seed: int = 0
) -> Calibration:
    """Calibration over settled drafts; the bootstrap draws whole briefs where there are five or more, else items."""
    y = np.array([j.accepted for j in judged], dtype=float)
    accepted = int(y.sum())
    known = {"items": len(judged), "accepted": accepted, "edited": edited, "tied": tied, "unrated": unrated}
    short = min(accepted, len(judged) - accepted)
    if len(judged) < LEAST_ITEMS or short < LEAST_OF_A_KIND:
        why = (
            f"not enough decisions: {len(judged)} settled draft(s), {accepted} of them accepted; calibration needs "
            f"{LEAST_ITEMS}, with {LEAST_OF_A_KIND} accepted and {LEAST_OF_A_KIND} rejected"
        )
        return Calibration.model_validate({**known, "decoys": decoys, "missing": why})
    tier = np.array([TIERS.index(j.tier) for j in judged])
    score = np.array([j.score for j in judged])
    by_tier, base = left_out_shares(y, tier), left_out_shares(y, np.zeros(len(y)))
    errors, base_errors = (by_tier - y) ** 2, (base - y) ** 2
    briefs = [j.brief for j in judged]
    clustered = len(set(briefs)) >= LEAST_BRIEFS
    over = f"{len(set(briefs))} briefs" if clustered else f"{len(judged)} items"
    weights = resampled_weights(briefs if clustered else [str(i) for i in range(len(judged))], seed=seed)
    total = weights.sum(axis=1)
    drawn, drawn_base = weights @ errors / total, weights @ base_errors / total
    skill = 1.0 - float(errors.mean()) / float(base_errors.mean())
    thirds = np.searchsorted(np.unique(np.quantile(score, [1 / 3, 2 / 3])), score, side="right")
    return Calibration.model_validate(
        {
            **known,
            "tiers": _bins(y, tier, TIERS),
            "scores": _bins(y, thirds, _spans(score, thirds)),
            "brier": percentile_interval(float(errors.mean()), drawn, over),
            "brier_base": float(base_errors.mean()),
            "skill": percentile_interval(skill, 1.0 - drawn / drawn_base, over),
            "auroc_tier": _auroc_interval(y, tier.astype(float), weights, over),
            "auroc_score": _auroc_interval(y, score, weights, over),
            "decoys": decoys,
        }
    )


def rates_of(
    decoys: Sequence[bool],
    drafts: Sequence[bool],
    off_record: Sequence[bool],
    *,
    from_null: Sequence[bool] = (),
    not_blind: int,
) -> Rates:
    """Acceptance of decoys and drafts; each sequence holds one blind decision an entry, True for accepted."""
    missing = None
    if len(decoys) < LEAST_DECOYS:
        missing = f"not enough decisions: {len(decoys)} blind decision(s) on decoys, the share needs {LEAST_DECOYS}"

    def share(given: Sequence[bool]) -> Interval | None:
        return wilson(sum(given), len(given)) if given and missing is None else None

    return Rates(
        decoys=share(decoys),
        drafts=share(drafts),
        drafts_off_record=share(off_record),
        null_decoys=share(from_null),
        not_blind=not_blind,
        missing=missing,
    )


def left_out_shares(y: NDArray[np.float64], group: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each item the mean of `y` over the other items of its group; over all others where it is alone."""
    _, place = np.unique(group, return_inverse=True)
    size, total = np.bincount(place)[place], np.bincount(place, weights=y)[place]
    alone = size == 1
    among_all = (y.sum() - y) / (len(y) - 1)
    return np.where(alone, among_all, (total - y) / np.where(alone, 1, size - 1))


def auroc(y: NDArray[np.float64], rating: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that an accepted item is rated above a rejected one, ties counting half; one value a row of `weights`.

    The Mann-Whitney statistic (DOI 10.1148/radiology.143.1.7063747). NaN where a draw holds one kind only.
    """
    up, down = rating[y == 1.0], rating[y == 0.0]
    wins = (up[:, None] > down[None, :]) + 0.5 * (up[:, None] == down[None, :])
    of_up, of_down = weights[:, y == 1.0], weights[:, y == 0.0]
    pairs = of_up.sum(axis=1) * of_down.sum(axis=1)
    won = np.einsum("di,ij,dj->d", of_up, wins, of_down, optimize=True)
    return np.where(pairs > 0, won / np.where(pairs > 0, pairs, 1.0), np.nan)


def _auroc_interval(
    y: NDArray[np.float64], rating: NDArray[np.float64], weights: NDArray[np.float64], over: str
) -> Interval | None:
    return percentile_interval(float(auroc(y, rating, np.ones((1, len(y))))[0]), auroc(y, rating, weights), over)


def _spans(score: NDArray[np.float64], thirds: NDArray[np.intp]) -> list[str]:
    return [
        f"data score {score[thirds == k].min():.3g} to {score[thirds == k].max():.3g}" if np.any(thirds == k) else ""
        for k in range(int(thirds.max()) + 1)
    ]


def _bins(y: NDArray[np.float64], place: NDArray[np.intp], labels: Sequence[str]) -> tuple[Bin, ...]:
    forecast = left_out_shares(y, place.astype(float))
    found = []
    for k, label in enumerate(labels):
        inside = place == k
        n, accepted = int(inside.sum()), int(y[inside].sum())
        if n:
            mean = float(forecast[inside].mean()) if n > 1 else None
            found.append(Bin(label=label, items=n, accepted=accepted, share=wilson(accepted, n), forecast=mean))
    return tuple(found)

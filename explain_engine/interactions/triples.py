"""Order three for a chosen few: the strongest third partner of each called pair, with a family-wise p."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explain_engine.interactions.additive import centre_within
from explain_engine.interactions.calls import Calls
from explain_engine.interactions.forms import FORMS, standardise
from explain_engine.interactions.strata import permute_within

_RUNS = 199
_FEW = 5


def third_partners(
    calls: Calls,
    forms: dict[str, NDArray[np.float64]],
    strata: NDArray[np.intp],
    label: NDArray[np.intp],
    seed: int,
) -> list[tuple[int, int, int, float, float]]:
    """For at most five calls: first, second and third gene (positions), statistic, family-wise p.

    The residual has every called pair taken out, the pair's product every single-gene and pair effect with the pair's
    own genes left in it, so only a third gene that changes the pair can stand out.
    """
    if not calls.called:
        return []
    terms = [forms[c.form][:, c.first] * forms[c.form][:, c.second] for c in calls.called]
    design = centre_within(np.column_stack(terms), strata)
    left = calls.residual - design @ np.linalg.lstsq(design, calls.residual, rcond=None)[0]
    rng = np.random.default_rng([seed, 3])
    runs = np.column_stack([left, *(permute_within(left, strata, rng) for _ in range(_RUNS))])
    runs = standardise(runs)
    out = []
    for call, raw in list(zip(calls.called, terms, strict=True))[:_FEW]:
        term = standardise(raw[:, None])
        other = np.flatnonzero(~np.isin(label, call.groups))
        peaks = np.zeros(runs.shape[1])
        best, statistic = -1, 0.0
        for name in FORMS:
            product = standardise(centre_within(term * forms[name][:, other], strata))
            score = product.T @ runs / np.sqrt(len(left))
            np.maximum(peaks, np.abs(score).max(axis=0), out=peaks)
            k = int(np.abs(score[:, 0]).argmax())
            if abs(score[k, 0]) > abs(statistic):
                best, statistic = int(other[k]), float(score[k, 0])
        p = float((1 + (peaks[1:] >= peaks[0]).sum()) / (1 + _RUNS))
        out.append((call.first, call.second, best, statistic, p))
    return out

"""Falsification sheets of groups, pairs, modules and rules: a gene's test, on what each describes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.hypotheses.beyond_candidates import pair_of
from agent.hypotheses.falsification import (
    FalsificationSheet,
    LinePair,
    falsification_sheet,
    line_pairs,
    lineage_frame,
    lines_per_arm,
    sheet_of_arms,
)

if TYPE_CHECKING:
    import pandas as pd

    from agent.hypotheses.candidates import Candidate
    from explain_engine.bundle import ExplanationBundle

FEWEST = 2


def beyond_sheet(
    bundle: ExplanationBundle, candidate: Candidate, expression: pd.DataFrame, lines: pd.DataFrame
) -> FalsificationSheet | None:
    """The sheet of one candidate beyond single genes.

    Parameters
    ----------
    expression, lines
        The bundle's tables: standardised expression of the listed genes; ``y`` and ``lineage`` of the same lines.

    Returns
    -------
    FalsificationSheet or None
        None where the listed expression does not hold the genes, or no lineage is large enough.
    """
    if candidate.kind in ("group", "module"):
        return _activity_sheet(bundle, candidate, expression, lines)
    if candidate.kind == "pair":
        return _pair_sheet(bundle, candidate, expression, lines)
    return _rule_sheet(bundle, candidate, expression, lines) if candidate.kind == "rule" else None


def activity(bundle: ExplanationBundle, candidate: Candidate, expression: pd.DataFrame) -> pd.Series[float] | None:
    """Mean of the listed members, those that run against the first one turned round; None without two of them."""
    listed = [g for g in (candidate.gene, *candidate.members) if g in expression.columns]
    if len(listed) < FEWEST:
        return None
    values = expression[listed].astype(float)
    if candidate.kind == "module":
        against = set((bundle.modules or ())[candidate.index].against)
        turn = [-1.0 if g in against else 1.0 for g in listed]
    else:
        first = values[listed[0]]
        turn = [-1.0 if float(values[g].corr(first)) < 0.0 else 1.0 for g in listed]
    return (values * turn).mean(axis=1)


def _activity_sheet(
    bundle: ExplanationBundle, candidate: Candidate, expression: pd.DataFrame, lines: pd.DataFrame
) -> FalsificationSheet | None:
    score = activity(bundle, candidate, expression)
    if score is None:
        return None
    sheet = falsification_sheet(
        f"the {candidate.label.removesuffix(' module')} module" if candidate.kind == "module" else candidate.label,
        candidate.direction,
        score,
        lines["y"],
        lines["lineage"],
        seed=bundle.fit.seed,
    )
    return None if sheet is None else sheet.model_copy(update={"scale": "mean expression"})


def _pair_sheet(
    bundle: ExplanationBundle, candidate: Candidate, expression: pd.DataFrame, lines: pd.DataFrame
) -> FalsificationSheet | None:
    """The contrast of four corners; a corner's mean has variance sd^2 / n, so the contrast has four times that."""
    first, second = candidate.genes
    if not {first, second} <= set(expression.columns):
        return None
    call, _ = pair_of(bundle, candidate)
    expected = call.held_out_strength or call.strength
    frame = lineage_frame(expression[first].astype(float), lines["y"], lines["lineage"])
    if frame.empty:
        return None
    other = expression[second].astype(float)
    frame = frame.assign(second=((other - other.mean()) / other.std(ddof=0)).reindex(frame.index))
    cell = [frame["lineage"], frame["z"] > 0.0, frame["second"] > 0.0]
    rest = frame["y"] - frame.groupby(cell)["y"].transform("mean")
    freedom = len(frame) - frame.groupby(cell).ngroups
    if freedom < 1:
        return None
    sd = math.sqrt(float((rest**2).sum()) / freedom)
    opposed = expected.estimate * call.strength.estimate <= 0.0
    holds_zero = expected.low <= 0.0 <= expected.high
    near = expected.low if expected.estimate > 0 else expected.high
    # Two arms of n see a difference d as four corners of n see a contrast of d times the root of two.
    size = None if opposed else lines_per_arm(expected.estimate / math.sqrt(2.0), sd)
    cautious = None if opposed or holds_zero else lines_per_arm(near / math.sqrt(2.0), sd)
    return FalsificationSheet(
        gene=candidate.label,
        n_lines=len(frame),
        n_lineages=int(frame["lineage"].nunique()),
        expected=expected,
        sd=sd,
        direction=candidate.direction,
        opposed=opposed,
        n_per_arm=size,
        n_per_arm_cautious=cautious,
        kill=0.0 if opposed else (expected.estimate / 2 if holds_zero else near),
        pairs=_high_in_first(frame),
        scale=f"expression of {second}",
    )


def _high_in_first(frame: pd.DataFrame) -> tuple[LinePair, ...]:
    """Pairs of lines that are both high in the first gene and differ most in the second."""
    high = frame[frame["z"] > 0.0].assign(z=frame["second"])
    sizes = high.groupby("lineage")["y"].transform("size")
    return line_pairs(high[sizes >= FEWEST]) if len(high) else ()


def _rule_sheet(
    bundle: ExplanationBundle, candidate: Candidate, expression: pd.DataFrame, lines: pd.DataFrame
) -> FalsificationSheet | None:
    """Lines that meet the rule against lines that do not, within lineage; pairs by the margin to the tightest bound."""
    if not set(candidate.genes) <= set(expression.columns):
        return None
    rule = (bundle.rules or ())[candidate.index]
    ends = [(expression[c.gene].astype(float) - c.threshold) * (1.0 if c.op == ">" else -1.0) for c in rule.conditions]
    margin = ends[0]
    for end in ends[1:]:
        margin = margin.where(margin <= end, end)
    frame = lineage_frame(margin, lines["y"], lines["lineage"])
    frame = frame.assign(z=margin.reindex(frame.index))
    arms, kept = [], []
    for name, part in frame.groupby("lineage", sort=True):
        met = part["z"] > 0.0
        if FEWEST <= int(met.sum()) <= len(part) - FEWEST:
            arms.append((part.loc[met, "y"].to_numpy(dtype=float), part.loc[~met, "y"].to_numpy(dtype=float)))
            kept.append(name)
    if not arms:
        return None
    return sheet_of_arms(
        candidate.label,
        candidate.direction,
        arms,
        line_pairs(frame[frame["lineage"].isin(kept)]),
        seed=bundle.fit.seed,
        scale="margin to the tightest bound",
    )

"""Data support of groups, pairs, modules and rules, on the scale of a gene's score.

A gene's score is what one standard deviation of its expression goes with, in units of the response, times the share of
bags that select it. The other kinds are put on the same footing: one standard deviation of what they describe, shrunk
by how reliably it was found. docs/decisions/0010-candidates-of-every-kind.md argues each step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.hypotheses.candidates import Q_BAR, DataSupport, magnitude, prediction_faults, tier_of
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explain_engine.attribution.result import GroupAttribution
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.interactions.records import Interaction
    from explain_engine.modules.records import Module
    from explain_engine.rules.records import Rule

SELECTION_BAR = 0.8
UNCONFIRMED = "the held-out lines did not bear it out"
# Fewest lines a corner of a pair, or a rule, may rest on.
FEW_LINES = 10
# Mean Jaccard index below which a module is not found again (Hennig 2007, doi:10.1016/j.csda.2006.11.025: 0.6-0.75
# tells of a pattern, below 0.5 of a dissolved one).
STABILITY_BAR = 0.5


def group_support(bundle: ExplanationBundle, group: GroupAttribution, within: Interval | None) -> DataSupport:
    """Score: size of the effect of the group's activity, times the shares of bags and of effect beyond lineage.

    The first is that of the bags that select the group, the second `beyond_lineage`.

    Parameters
    ----------
    within
        Response of lines high less that of lines low in the group's mean expression, within lineages.
    """
    untested, faults = prediction_faults(bundle)
    if group.direction == "mixed":
        faults += ("the interval of its effect in the model holds zero",)
    if group.selection_frequency < SELECTION_BAR:
        faults += ("fewer than four in five bags select it",)
    untested, faults = _null(group.q, untested, faults)
    if within is None:
        untested += ("not looked at within lineages",)
    elif within.estimate * group.effect.estimate <= 0.0:
        faults += ("within lineages the difference does not point the same way",)
    left = beyond_lineage(bundle, group)
    if left is None:
        untested += ("with lineage taken out its effect is not known",)
    score = _scaled(group.effect, group.selection_frequency * (1.0 if left is None else left))
    return DataSupport(score=score, tier=tier_of(faults, untested), why=(*faults, *untested), q=group.q)


def beyond_lineage(bundle: ExplanationBundle, group: GroupAttribution) -> float | None:
    """Share in [0, 1] of its listed genes' effects that is left with lineage and global components taken out.

    A bundle holds no such effect of a group, but holds both effects of each listed gene: summed over them, the smaller
    of the two where they point the same way, over the plain one. None where no gene of it is listed with both.
    """
    members = set(group.members)
    plain = kept = 0.0
    for gene in bundle.attribution.genes:
        if gene.gene not in members or gene.adjusted_effect is None:
            continue
        size, adjusted = abs(gene.effect.estimate), gene.adjusted_effect.estimate
        plain += size
        if adjusted * gene.effect.estimate > 0.0:
            kept += min(size, abs(adjusted))
    return kept / plain if plain > 0.0 else None


def pair_support(bundle: ExplanationBundle, call: Interaction) -> DataSupport:
    """Score: a quarter of the contrast times the spread of the pair's product term, on held-out lines where there are.

    With each gene coded -1 (low) and +1 (high), the response moves by a quarter of the contrast for each unit of their
    product, and the product has a standard deviation of ``sqrt(1 - m^2)``, `m` its mean over the lines. Where no line
    was held out, the contrast is that of the lines searched, times ``1 - q``.
    """
    untested, faults = _gate(bundle)
    seen, shrink = call.held_out_strength, 1.0
    if seen is None:
        seen, shrink = call.strength, 1.0 - call.q
        untested += ("no lines were held out to confirm it",)
    else:
        if not call.confirmed:
            faults += (UNCONFIRMED,)
        if seen.low <= 0.0 <= seen.high:
            faults += ("the interval of its contrast on the held-out lines holds zero",)
        if seen.estimate * call.strength.estimate <= 0.0:
            faults += ("on the held-out lines it does not point the same way",)
    if call.q > Q_BAR:
        faults += (f"its q against the null runs of the search is above {Q_BAR}",)
    if min(call.corner_counts) < FEW_LINES:
        faults += ("a corner of the pair holds fewer than ten lines",)
    score = _scaled(seen, product_spread(call.corner_counts) / 4.0 * shrink)
    return DataSupport(score=score, tier=tier_of(faults, untested), why=(*faults, *untested), q=call.q)


def product_spread(counts: tuple[int, int, int, int]) -> float:
    """Standard deviation of the product of two genes coded -1 and +1, from the lines in the corners; in [0, 1]."""
    total = sum(counts)
    if total == 0:
        return 0.0
    mean = (counts[0] + counts[3] - counts[1] - counts[2]) / total
    return math.sqrt(max(0.0, 1.0 - mean * mean))


def module_support(bundle: ExplanationBundle, module: Module) -> DataSupport:
    """Score: size of the effect of the module's activity times how well it is found again on bootstrapped lines."""
    untested, faults = _gate(bundle)
    if module.effect.low <= 0.0 <= module.effect.high:
        faults += ("the interval of its effect holds zero",)
    if module.q > Q_BAR:
        faults += (f"its q against permuted responses is above {Q_BAR}",)
    if module.stability < STABILITY_BAR:
        faults += ("it is not found again on bootstrapped lines",)
    if module.random_p is not None and module.random_p > Q_BAR:
        faults += ("more than one in twenty random modules of its size act as strongly",)
    score = _scaled(module.effect, module.stability)
    return DataSupport(score=score, tier=tier_of(faults, untested), why=(*faults, *untested), q=module.q)


def rule_support(
    bundle: ExplanationBundle, rule: Rule, spread: float, gene_scores: Mapping[str, Interval]
) -> DataSupport:
    """Score: the shift in response that the rule's held-out share stands for, at most the score of its best gene.

    The share of measured responses on the rule's side among covered held-out lines, less that among all of them, is a
    shift of a normal response by that difference over the normal density at the threshold, in standard deviations (the
    first-order step, finite for a share of one). The rule's indicator has coverage `c`, so one standard deviation of it
    goes with ``shift * sqrt(c / (1 - c))``. Lineage is not taken out of a share, and is out of the genes' scores: a
    rule therefore never stands above the genes it is made of.

    Parameters
    ----------
    spread
        Standard deviation of the response.
    gene_scores
        Gene -> score, of the genes listed in the bundle; others count nothing.
    """
    untested, faults = prediction_faults(bundle)
    if rule.measured is None or rule.measured_base_rate is None:
        share, base = rule.precision, rule.base_rate
        untested += ("not set beside measured responses",)
    else:
        share, base = rule.measured, rule.measured_base_rate
        if share.low <= base:
            faults += ("among measured responses it does not clearly exceed the base rate",)
    if rule.precision.low <= rule.base_rate:
        faults += ("its precision does not clearly exceed the base rate",)
    if rule.n_covered < FEW_LINES:
        faults += ("it covers fewer than ten held-out lines",)
    untested += ("rules are not run against the null", "lineage is not taken out of a rule")
    scale = spread * math.sqrt(rule.coverage / (1.0 - rule.coverage)) if 0.0 < rule.coverage < 1.0 else 0.0
    ends = [max(0.0, scale * _shift(value, base)) for value in (share.estimate, share.low, share.high)]
    own = [gene_scores[g] for g in dict.fromkeys(c.gene for c in rule.conditions) if g in gene_scores]
    best = max(own, key=lambda i: i.estimate, default=None)
    caps = (0.0, 0.0, 0.0) if best is None else (best.estimate, best.low, best.high)
    estimate, low, high = (min(end, cap) for end, cap in zip(ends, caps, strict=True))
    score = Interval(estimate=estimate, low=low, high=max(low, high), level=share.level, method=share.method)
    return DataSupport(score=score, tier=tier_of(faults, untested), why=(*faults, *untested), q=None)


def _gate(bundle: ExplanationBundle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `prediction_faults`; without null runs of the whole chain nothing is confident, whatever a part's own null."""
    untested, faults = prediction_faults(bundle)
    return ((*untested, "no null was run for this bundle") if bundle.null is None else untested), faults


def _shift(share: float, base: float) -> float:
    """Shift of a normal variable, in its standard deviations, that moves a share beyond a threshold from `base`."""
    from statistics import NormalDist

    normal = NormalDist()
    return (share - base) / normal.pdf(normal.inv_cdf(min(max(base, 0.01), 0.99)))


def _null(
    q: float | None, untested: tuple[str, ...], faults: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if q is None:
        return (*untested, "not tested against a null"), faults
    return untested, (*faults, f"its q against the null runs is above {Q_BAR}") if q > Q_BAR else faults


def _scaled(effect: Interval, factor: float) -> Interval:
    estimate, low, high = (value * factor for value in magnitude(effect))
    return Interval(estimate=estimate, low=low, high=high, level=effect.level, method=effect.method)

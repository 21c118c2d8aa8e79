"""Rule card: what a rule asks, how often it is right on held-out lines, and how many it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explain_engine.errors import InputError
from explain_engine.plot.style import (
    GRID,
    INK,
    LABEL,
    NEUTRAL,
    NOTE,
    RESISTANT,
    SENSITIVE,
    TICK,
    new_figure,
    short,
    titles,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from explain_engine.rules.records import Rule

_ROW = 1.0


def rule_card_plot(rules: Sequence[Rule], drug: str) -> Figure:
    """One row a rule: its conditions above a bar of held-out precision with Wilson interval, base rate as a tick.

    Raises
    ------
    InputError
        If there is no rule.
    """
    if not rules:
        raise InputError(f"{drug}: no rule to draw")
    figure, axes = new_figure(8.2, 1.6 + 0.72 * len(rules))
    for place, rule in enumerate(rules):
        colour = SENSITIVE if rule.outcome == "sensitive" else RESISTANT
        axes.barh(place + 0.12, rule.precision.estimate, height=0.34, color=colour, alpha=0.85)
        axes.plot([rule.precision.low, rule.precision.high], [place + 0.12] * 2, color=INK, lw=1.4)
        axes.plot([rule.base_rate] * 2, [place - 0.08, place + 0.32], color=INK, lw=1.2, ls=(0, (2, 1.5)))
        if rule.measured is not None:
            axes.plot(rule.measured.estimate, place + 0.12, "D", mfc="white", mec=INK, ms=5.5)
        text = "  and  ".join(f"{c.gene} {'≤' if c.op == '<=' else '>'} {c.threshold:.2f}" for c in rule.conditions)
        axes.text(0.0, place - 0.14, text, fontsize=TICK, color=INK, va="bottom")
        axes.text(
            1.02,
            place + 0.12,
            f"{rule.outcome}\n{rule.n_covered} lines ({100 * rule.coverage:.0f} %), lift {rule.lift:.1f}",
            fontsize=NOTE,
            color=colour,
            va="center",
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rules) - 0.5, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID, lw=0.7)
    axes.set_xlabel(
        "share of covered held-out lines with the model's answer (bar, Wilson interval)\n"
        "dashed: share among all held-out lines" + ("; diamond: by measured response" if rules[0].measured else ""),
        fontsize=LABEL,
        color=INK,
    )
    best = max(rules, key=lambda r: r.precision.low)
    titles(
        axes,
        f"{short(drug)}: the firmest rule is right for {100 * best.precision.estimate:.0f} % of {best.n_covered} lines",
        "thresholds in s.d. from the mean; no line here was seen by the model or the search",
    )
    axes.tick_params(axis="x", color=NEUTRAL)
    return figure

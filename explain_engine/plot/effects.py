"""Top genes: effect on the response with interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explain_engine.plot.style import AXIS_UNIT, DIRECTION_COLOUR, GRID, INK, LABEL, new_figure, short, titles

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from explain_engine.bundle import ExplanationBundle


def effect_plot(bundle: ExplanationBundle, arrays: Mapping[str, pd.DataFrame], *, top: int = 15) -> Figure:
    """Effect of the `top` genes: change of the predicted response a standard deviation of expression, with interval."""
    genes = bundle.attribution.genes[:top]
    figure, axes = new_figure(6.6, 1.5 + 0.27 * len(genes))
    for place, gene in enumerate(genes):
        colour = DIRECTION_COLOUR[gene.direction]
        axes.plot([gene.effect.low, gene.effect.high], [place, place], color=colour, lw=2, solid_capstyle="round")
        axes.plot(gene.effect.estimate, place, "o", color=colour, ms=5.5)
        if gene.adjusted_effect is not None:
            axes.plot(gene.adjusted_effect.estimate, place, "D", mfc="white", mec=colour, mew=1.2, ms=4.5)
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_yticks(range(len(genes)), [gene.gene for gene in genes])
    axes.invert_yaxis()
    axes.grid(axis="x", color=GRID, lw=0.7)
    axes.set_xlabel(
        f"change of predicted {AXIS_UNIT[bundle.kind]} per s.d. of expression\n"
        "← high expression: more sensitive          high expression: more resistant →",
        fontsize=LABEL,
        color=INK,
    )
    lead = next((g for g in genes if g.direction != "mixed"), genes[0])
    verb = {
        "higher_sensitises": f"high {lead.gene} goes with sensitivity",
        "higher_resists": f"high {lead.gene} goes with resistance",
        "mixed": "no leading gene has a clear direction",
    }[lead.direction]
    level = round(100 * genes[0].effect.level)
    note = f"{bundle.screen}, {bundle.fit.n_lines} lines; dot and bar: out-of-bag effect with {level} % interval"
    if any(gene.adjusted_effect is not None for gene in genes):
        note += "; diamond: tissue taken out"
    titles(axes, f"{short(bundle.drug)}: {verb}", note)
    return figure

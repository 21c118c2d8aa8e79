"""Replication scatter: effect here against correlation in the second screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explain_engine.plot.style import (
    AXIS_UNIT,
    GRID,
    INK,
    LABEL,
    NEUTRAL,
    NOTE,
    SENSITIVE,
    new_figure,
    short,
    titles,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explain_engine.bundle import ExplanationBundle
    from explain_engine.stability.records import Replication


def replication_plot(bundle: ExplanationBundle, replication: Replication, *, labels: int = 8) -> Figure:
    """One dot a finding; filled where it is replicated."""
    effect = {gene.gene: gene.effect.estimate for gene in bundle.attribution.genes}
    figure, axes = new_figure(6.4, 4.8)
    axes.axhline(0, color=INK, lw=0.8)
    axes.axvline(0, color=INK, lw=0.8)
    for place, finding in enumerate(replication.findings):
        x, r = effect[finding.gene], finding.correlation
        colour = SENSITIVE if finding.replicated else NEUTRAL
        axes.plot([x, x], [r.low, r.high], color=colour, lw=1.1, alpha=0.6)
        axes.plot(x, r.estimate, "o", ms=6, mfc=colour if finding.replicated else "white", mec=colour, mew=1.3)
        if place < labels:
            axes.annotate(
                finding.gene, (x, r.estimate), xytext=(5, 4), textcoords="offset points", fontsize=NOTE, color=INK
            )
    axes.set_xlabel(
        f"effect in {bundle.screen}: {AXIS_UNIT[bundle.kind]} per s.d. of expression", fontsize=LABEL, color=INK
    )
    axes.set_ylabel(f"correlation within tissues in {replication.screen}", fontsize=LABEL, color=INK)
    axes.grid(color=GRID, lw=0.7)
    axes.margins(0.14)
    kept = sum(f.replicated for f in replication.findings)
    titles(
        axes,
        f"{short(bundle.drug)}: {kept} of {len(replication.findings)} findings hold in {replication.screen}",
        f"{replication.n_lines} lines, {replication.n_shared_lines} of them shared; "
        f"by chance {replication.share_by_chance:.0%}; bars: 95 % intervals",
    )
    return figure

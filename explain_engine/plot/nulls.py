"""Null histogram: the observed chain among the same chain on permuted responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.plot.style import GRID, INK, LABEL, NEUTRAL, NOTE, RESISTANT, new_figure, short, titles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explain_engine.stability.records import NullReport


def null_plot(drug: str, null: NullReport) -> Figure:
    """Largest statistic of each null run, and the observed one."""
    figure, axes = new_figure(6.6, 3.4)
    axes.hist(null.null_max, bins=min(30, max(8, null.n_runs // 4)), color=NEUTRAL, edgecolor="white", lw=0.6)
    axes.axvline(null.observed, color=RESISTANT, lw=2)
    height = axes.get_ylim()[1]
    right = null.observed > float(np.mean([*null.null_max, null.observed]))
    axes.annotate(
        f"observed\n{null.observed:.3g}",
        (null.observed, height * 0.96),
        xytext=(-6 if right else 6, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top",
        fontsize=NOTE,
        color=RESISTANT,
    )
    axes.set_xlabel(null.statistic.replace(", over gene groups,", " over gene groups,\n"), fontsize=LABEL, color=INK)
    axes.set_ylabel("null runs", fontsize=LABEL, color=INK)
    axes.grid(axis="y", color=GRID, lw=0.7)
    titles(
        axes,
        f"{short(drug)}: {null.n_reached} of {null.n_runs} null runs reached this",
        f"p = {null.p:.3g}; responses permuted within tissue",
    )
    return figure

"""Stability path: how much the lists of repeated runs share, by length of the list."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.plot.style import GRID, INK, LABEL, NEUTRAL, NOTE, RESISTANT, SENSITIVE, new_figure, short, titles
from explain_engine.stability.agreement import jaccard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from explain_engine.stability.resample import Rankings

_SHADES = (SENSITIVE, RESISTANT, "#009E73", "#CC79A7")


def stability_plot(drug: str, rankings: Sequence[Rankings], *, longest: int = 200) -> Figure:
    """Jaccard overlap of the top-k lists against k, one line a perturbation, with the spread over pairs of runs."""
    figure, axes = new_figure(6.8, 4.0)
    m = rankings[0].genes.shape[1]
    sizes = np.unique(np.round(np.geomspace(5, min(longest, m // 2), 16)).astype(int))
    at_50 = {}
    for ranking, colour in zip(rankings, _SHADES, strict=False):
        values = np.array([[jaccard(a, b, int(k)) for a, b in combinations(ranking.genes, 2)] for k in sizes])
        axes.fill_between(sizes, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.15, lw=0)
        axes.plot(sizes, values.mean(axis=1), color=colour, lw=2, label=ranking.perturbation)
        at_50[ranking.perturbation] = float(np.interp(50, sizes, values.mean(axis=1)))
    chance = sizes / (2 * m - sizes)
    axes.plot(sizes, chance, color=NEUTRAL, lw=1, ls=":", label="random lists")
    axes.set_xscale("log")
    axes.set_xticks([5, 10, 20, 50, 100, 200][: 6 if sizes[-1] >= 150 else 5], None)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_xlabel("genes in the list (log scale)", fontsize=LABEL, color=INK)
    axes.set_ylabel("Jaccard overlap of two runs", fontsize=LABEL, color=INK)
    axes.grid(color=GRID, lw=0.7)
    axes.legend(frameon=False, fontsize=NOTE)
    weakest = min(at_50, key=lambda name: at_50[name])
    titles(
        axes,
        f"{short(drug)}: top-50 lists overlap by {at_50[weakest]:.2f} or more",
        f"least under {weakest}; line: mean over pairs of runs, band: least and most alike pair",
    )
    return figure

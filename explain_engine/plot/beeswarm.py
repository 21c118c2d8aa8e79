"""Beeswarm: one dot a cell line, where each gene pushes the prediction of that line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.plot.style import AXIS_UNIT, GRID, INK, LABEL, RESISTANT, SENSITIVE, TICK, new_figure, short, titles

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from explain_engine.bundle import ExplanationBundle

_BINS = 90
_HALF_HEIGHT = 0.40


def expression_colours() -> Colormap:
    """Dark violet (low) to yellow (high): lightness alone tells the order."""
    from matplotlib import colormaps

    return colormaps["viridis"]


def swarm_offsets(values: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """Vertical offset of each dot in [-1, 1]: dots that share a bin of the axis are stacked around the middle."""
    bins = np.round(values / max(span, 1e-12) * _BINS).astype(int)
    offset = np.zeros(len(values))
    for b in np.unique(bins):
        inside = np.flatnonzero(bins == b)
        # 0, 1, -1, 2, -2, ...: the order within a bin is that of the lines, so the picture is reproducible.
        steps = np.arange(1, len(inside) + 1) // 2
        offset[inside] = np.where(np.arange(len(inside)) % 2 == 1, steps, -steps)
    largest = float(np.abs(offset).max())
    return np.asarray(offset / max(largest, 12.0))


def beeswarm_plot(bundle: ExplanationBundle, arrays: Mapping[str, pd.DataFrame], *, top: int = 12) -> Figure:
    """Out-of-bag attributions of the `top` genes, coloured by expression.

    Raises
    ------
    InputError
        If the tables ``phi`` and ``expression`` are not among `arrays`.
    """
    if not {"phi", "expression"} <= set(arrays):
        raise InputError("a beeswarm needs the tables 'phi' and 'expression' of the bundle")
    genes = [gene.gene for gene in bundle.attribution.genes[:top]]
    phi, expression = arrays["phi"], arrays["expression"]
    span = float(np.ptp(phi[genes].to_numpy()))
    figure, axes = new_figure(7.2, 1.6 + 0.36 * len(genes))
    dots = None
    for place, gene in enumerate(genes):
        values = phi[gene].to_numpy(np.float64)
        dots = axes.scatter(
            values,
            place + _HALF_HEIGHT * swarm_offsets(values, span),
            c=np.clip(expression[gene].to_numpy(np.float64), -2.5, 2.5),
            cmap=expression_colours(),
            vmin=-2.5,
            vmax=2.5,
            s=7,
            linewidths=0,
            alpha=0.85,
            rasterized=True,
        )
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_yticks(range(len(genes)), genes)
    axes.set_ylim(len(genes) - 0.4, -0.6)
    axes.grid(axis="x", color=GRID, lw=0.7)
    axes.set_xlabel(f"contribution to predicted {AXIS_UNIT[bundle.kind]}", fontsize=LABEL, color=INK)
    for x, side, text, colour in (
        (0.0, "left", "← more sensitive", SENSITIVE),
        (1.0, "right", "more resistant →", RESISTANT),
    ):
        axes.annotate(
            text,
            (x, 0),
            xytext=(0, -30),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            fontsize=TICK,
            color=colour,
        )
    if dots is not None:
        bar = figure.colorbar(dots, ax=axes, shrink=0.6, aspect=24, pad=0.02)
        bar.set_label("expression (s.d. from mean)", fontsize=LABEL, color=INK)
        bar.ax.tick_params(labelsize=TICK)
        bar.outline.set_visible(False)
    widest = genes[int(np.argmax([np.ptp(phi[g].to_numpy()) for g in genes]))]
    titles(
        axes,
        f"{short(bundle.drug)}: {widest} moves the prediction most",
        f"one dot a cell line ({bundle.fit.n_lines}), explained by models that have not seen it",
    )
    return figure

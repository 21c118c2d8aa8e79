"""Response surface of a called pair: mean response over a grid of the two genes' expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.plot.style import AXIS_UNIT, INK, LABEL, RESISTANT, SENSITIVE, TICK, new_figure, titles

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from explain_engine.data.dataset import ResponseKind
    from explain_engine.interactions.records import Interaction

_SAYS = {
    "synergy": "act together beyond their sum",
    "redundancy": "add less together than alone",
    "and": "act where a corner meets both",
    "or": "act where either is high",
    "xor": "cancel or reverse each other",
}


def response_colours() -> Colormap:
    """Blue (sensitive) through white to vermilion (resistant), as in all other figures."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("response", [SENSITIVE, "#FFFFFF", RESISTANT])


def surface_plot(interaction: Interaction, kind: ResponseKind) -> Figure:
    """Grid of mean responses (tissue and all other genes' additive effects taken out), line counts in the cells.

    Raises
    ------
    InputError
        If the interaction carries no surface.
    """
    grid = interaction.surface
    if grid is None:
        raise InputError(f"{interaction.first_gene} x {interaction.second_gene} carries no surface; run explain again")
    mean = np.array([[np.nan if v is None else v for v in row] for row in grid.mean], dtype=np.float64)
    count = np.array(grid.count)
    span = max(float(np.nanmax(np.abs(mean))), 1e-9)
    figure, axes = new_figure(6.4, 5.4)
    # equal cells: quintiles have equal shares of lines, and the outer ones would otherwise swallow the picture
    picture = axes.imshow(mean.T, origin="lower", cmap=response_colours(), vmin=-span, vmax=span, aspect="equal")
    for a in range(mean.shape[0]):
        for b in range(mean.shape[1]):
            if count[a, b]:
                axes.text(
                    a, b, f"{mean[a, b]:+.2f}\n({count[a, b]})", ha="center", va="center", fontsize=TICK, color=INK
                )
    for axis, edges, gene in (
        (axes.xaxis, grid.first_edges, interaction.first_gene),
        (axes.yaxis, grid.second_edges, interaction.second_gene),
    ):
        axis.set_ticks(np.arange(len(edges)) - 0.5, [f"{e:.1f}" for e in edges])
        axis.set_label_text(f"{gene} expression (s.d. from mean)", fontsize=LABEL, color=INK)
    bar = figure.colorbar(picture, ax=axes, shrink=0.75, aspect=24, pad=0.03)
    bar.set_label(
        f"{AXIS_UNIT[kind]} beyond all other genes\n← more sensitive     more resistant →", fontsize=LABEL, color=INK
    )
    bar.ax.tick_params(labelsize=TICK)
    bar.outline.set_visible(False)
    held = "confirmed on held-out lines" if interaction.confirmed else "not confirmed on held-out lines"
    titles(
        axes,
        f"{interaction.first_gene} and {interaction.second_gene}\n{_SAYS[interaction.kind]}",
        f"{interaction.kind.upper() if len(interaction.kind) < 4 else interaction.kind}, {held}; "
        "mean and (lines) in each fifth",
    )
    return figure

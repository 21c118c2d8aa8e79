"""Enrichment dot plot: gene sets enriched in modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.plot.style import GRID, INK, LABEL, TICK, new_figure, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from explain_engine.modules.records import Enrichment, Module

_LONGEST = 46


def enrichment_plot(modules: Sequence[Module], *, method: str = "over-representation", top: int = 8) -> Figure:
    """Dots at -log10 q, sized by the number of genes in the overlap, the strongest `top` sets of each module.

    Raises
    ------
    InputError
        If no module has an enriched set of this method.
    """
    rows: list[tuple[str, Enrichment]] = []
    for module in modules:
        found = sorted((e for e in module.enrichment if e.method == method), key=lambda e: (e.q, -abs(e.score)))
        rows += [(module.id, e) for e in found[:top]]
    if not rows:
        raise InputError(f"no module has a gene set enriched by {method}; there is nothing to draw")
    figure, axes = new_figure(8.6, 1.5 + 0.28 * len(rows))
    size = np.array([len(e.overlap) for _, e in rows], dtype=np.float64)
    dots = axes.scatter(
        [-np.log10(max(e.q, 1e-12)) for _, e in rows],
        range(len(rows)),
        s=25 + 150 * np.sqrt(size / size.max()),
        c=[e.score for _, e in rows],
        cmap="viridis",
        linewidths=0.6,
        edgecolors="white",
    )
    axes.set_yticks(range(len(rows)), [_label(e.gene_set) for _, e in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 1.08 * max(-np.log10(max(e.q, 1e-12)) for _, e in rows))
    axes.axvline(-np.log10(0.05), color=INK, lw=0.8, ls=(0, (3, 2)))
    axes.grid(axis="x", color=GRID, lw=0.7)
    axes.set_xlabel("-log10 q (dashed: 0.05); dot area grows with the genes in the overlap", fontsize=LABEL, color=INK)
    edge = [k for k in range(1, len(rows)) if rows[k][0] != rows[k - 1][0]]
    for k in edge:
        axes.axhline(k - 0.5, color=GRID, lw=1.2)
    for k in [0, *edge]:
        axes.text(1.01, k, rows[k][0], transform=axes.get_yaxis_transform(), fontsize=TICK, color=INK, va="center")
    bar = figure.colorbar(dots, ax=axes, shrink=0.6, aspect=22, pad=0.16)
    bar.set_label("odds ratio" if method == "over-representation" else "normalised score", fontsize=LABEL, color=INK)
    bar.ax.tick_params(labelsize=TICK)
    bar.outline.set_visible(False)
    lead = min(rows, key=lambda row: row[1].q)
    titles(
        axes,
        f"{lead[0]}: {_label(lead[1].gene_set)}",
        f"{method} against the measured genes, {len(rows)} sets with q of at most 0.05",
    )
    return figure


def _label(name: str) -> str:
    text = name.replace("_", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

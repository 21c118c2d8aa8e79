"""Network of modules and called interactions: hubs as nodes, co-expression and interactions as edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.plot.style import INK, LABEL, NEUTRAL, NOTE, RESISTANT, SENSITIVE, TICK, new_figure, short, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from explain_engine.interactions.records import InteractionSet
    from explain_engine.modules.records import Module

_SHOWN = 6


def network_plot(modules: Sequence[Module], interactions: InteractionSet | None, drug: str) -> Figure:
    """Modules as rings of their leading members around the hub; called pairs as thick lines between genes.

    A ring is blue where high activity goes with sensitivity, vermilion where with resistance; a member drawn hollow
    runs against its module.

    Raises
    ------
    InputError
        If there is neither a module nor a called pair.
    """
    calls = () if interactions is None else interactions.calls
    if not modules and not calls:
        raise InputError(f"{drug}: neither a module nor an interaction was called; there is nothing to draw")
    place: dict[str, tuple[float, float]] = {}
    figure, axes = new_figure(
        9.6, 2.2 + 2.1 * (np.ceil(len(modules) / max(1, np.ceil(np.sqrt(len(modules))))) + 0.8 * bool(calls))
    )
    loose = [g for c in calls for g in (c.first_gene, c.second_gene) if not any(g in m.members for m in modules)]
    loose = list(dict.fromkeys(loose))
    n_modules = len(modules)
    columns = max(1, int(np.ceil(np.sqrt(n_modules))))
    for k, module in enumerate(modules):
        centre = (4.6 * (k % columns), -3.2 * (k // columns))
        colour = SENSITIVE if module.effect.estimate < 0 else RESISTANT
        called = [g for pair in module.interacting for g in pair if g in module.members]
        shown = list(dict.fromkeys([*called, *module.hubs, *module.members]))[:_SHOWN]
        for step, gene in enumerate(shown):
            angle = 2 * np.pi * step / max(len(shown), 1) + np.pi / 2
            spot = (centre[0] + 1.05 * np.cos(angle), centre[1] + 1.05 * np.sin(angle))
            place[gene] = spot
            axes.plot([centre[0], spot[0]], [centre[1], spot[1]], color="#CCCCCC", lw=1.0, zorder=1)
            hollow = gene in module.against
            axes.plot(*spot, "o", ms=9, mec=colour, mfc="white" if hollow else colour, mew=1.5, zorder=3)
            # labels stand outside the ring, on the side of their dot
            side = np.cos(angle)
            axes.text(
                spot[0] + (0.16 * np.sign(side) if abs(side) > 0.3 else 0.0),
                spot[1] + (0.0 if abs(side) > 0.3 else 0.24 * np.sign(np.sin(angle))),
                gene,
                fontsize=NOTE,
                color=INK,
                ha="center" if abs(side) <= 0.3 else ("left" if side > 0 else "right"),
                va="center",
                zorder=4,
            )
        axes.text(
            *centre,
            f"{len(module.members)} genes\n{module.effect.estimate:+.2f}",
            fontsize=TICK,
            color=colour,
            ha="center",
            va="center",
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": colour, "lw": 1.2},
            zorder=4,
        )
    bottom = -3.2 * np.ceil(n_modules / columns) + (1.3 if n_modules else 0.0)
    for k, gene in enumerate(loose):
        # two staggered rows, partners above each other where they were called as a pair
        place[gene] = (2.4 * (k // 2), bottom - 0.9 * (k % 2))
        axes.plot(*place[gene], "o", ms=9, mec=NEUTRAL, mfc=NEUTRAL, zorder=3)
        axes.text(place[gene][0] + 0.14, place[gene][1], gene, fontsize=NOTE, color=INK, va="center", zorder=4)
    for call in calls:
        ends = [place.get(call.first_gene), place.get(call.second_gene)]
        if ends[0] is None or ends[1] is None:
            continue
        (x0, y0), (x1, y1) = ends[0], ends[1]
        style = "-" if call.confirmed else (0, (3, 2))
        axes.plot([x0, x1], [y0, y1], color=INK, lw=2.2, ls=style, zorder=2)
        axes.text(
            (x0 + x1) / 2,
            (y0 + y1) / 2,
            call.kind,
            fontsize=NOTE,
            color=INK,
            ha="center",
            va="center",
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"},
            zorder=5,
        )
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.text(
        0.0,
        -0.03,
        "blue: high activity goes with sensitivity, vermilion: with resistance (effect a s.d. in the box); "
        "hollow: falls as it rises\nthick black: called interaction (dashed: no held-out lines to confirm it); at most "
        f"{_SHOWN} members drawn a module",
        transform=axes.transAxes,
        fontsize=NOTE,
        color="#555555",
        va="top",
    )
    titles(
        axes,
        f"{short(drug)}: {_count(n_modules, 'module')}, {_count(len(calls), 'interaction')}",
        "beyond tissue and chance",
    )
    axes.title.set_fontsize(LABEL + 2.5)
    return figure


def _count(n: int, what: str) -> str:
    return f"{n if n else 'no'} {what}{'' if n == 1 else 's'}"

"""Waterfall: how one cell line's prediction is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explain_engine.errors import InputError
from explain_engine.plot.style import (
    AXIS_UNIT,
    GRID,
    INK,
    LABEL,
    NEUTRAL,
    NOTE,
    RESISTANT,
    SENSITIVE,
    new_figure,
    short,
    titles,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from explain_engine.bundle import ExplanationBundle


def waterfall_plot(
    bundle: ExplanationBundle, arrays: Mapping[str, pd.DataFrame], line: str, *, top: int = 10, name: str | None = None
) -> Figure:
    """From the base value to the out-of-bag prediction of `line`, gene by gene, the `top` largest on their own.

    Parameters
    ----------
    line
        Index of the line in the tables.
    name
        What to call it in the title; its index by default.

    Raises
    ------
    InputError
        If the line is not in the bundle.
    """
    phi, lines, expression = arrays["phi"], arrays["lines"], arrays["expression"]
    if line not in phi.index:
        raise InputError(f"cell line {line!r} is not among the {len(phi)} lines of this bundle; see the table 'lines'")
    row = int(phi.index.get_indexer(pd.Index([line]))[0])
    values = dict(zip(map(str, phi.columns), phi.iloc[row].to_numpy(np.float64).tolist(), strict=True))
    level = dict(zip(map(str, expression.columns), expression.iloc[row].to_numpy(np.float64).tolist(), strict=True))
    first = sorted(level, key=lambda gene: -abs(values[gene]))[:top]
    steps = [(gene, values[gene]) for gene in first]
    rest = f"{bundle.fit.n_genes - len(steps)} other genes"
    steps.append((rest, sum(values.values()) - sum(step for _, step in steps)))
    base, prediction, measured = lines[["base", "prediction", "y"]].iloc[row].to_numpy(np.float64).tolist()

    figure, axes = new_figure(6.8, 1.7 + 0.31 * len(steps))
    # Smallest first, so that the eye ends on the largest steps at the top, next to the prediction.
    running = base
    for place, (label, step) in zip(range(len(steps) - 1, -1, -1), reversed(steps), strict=True):
        colour = NEUTRAL if label == rest else (SENSITIVE if step < 0 else RESISTANT)
        axes.barh(place, step, left=running, color=colour, height=0.66)
        if place > 0:
            axes.plot([running + step] * 2, [place + 0.33, place - 1 - 0.33], color="#999999", lw=0.7)
        right = max(running, running + step)
        axes.annotate(
            f"{step:+.2f}",
            (right, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=NOTE,
            color=INK,
        )
        running += step
    axes.axvline(base, color=NEUTRAL, lw=0.9, ls=":")
    axes.axvline(prediction, color=INK, lw=1.1)
    labels = [f"{gene}  ({level[gene]:+.1f} s.d.)" if gene in level else gene for gene, _ in steps]
    axes.set_yticks(range(len(steps)), labels)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.grid(axis="x", color=GRID, lw=0.7)
    axes.set_xlabel(f"predicted {AXIS_UNIT[bundle.kind]}   (left: more sensitive)", fontsize=LABEL, color=INK)
    strongest, push = steps[0] if abs(steps[0][1]) > 0 else steps[-1]
    side = "sensitive" if push < 0 else "resistant"
    titles(
        axes,
        f"{short(name or line)}: {strongest} pushes towards {side}",
        f"{short(bundle.drug)}: base {base:.2f} (dotted), out-of-bag prediction {prediction:.2f} (line), "
        f"measured {measured:.2f}",
    )
    if not np.isclose(running, prediction, atol=1e-3 * max(1.0, abs(prediction))):
        raise InputError(f"attributions of {line!r} do not add up to its prediction; explain the drug again")
    return figure

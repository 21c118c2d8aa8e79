"""Shared look of all figures: colours safe for colour-blind readers, one type scale, quiet axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from explain_engine.attribution.result import Direction
    from explain_engine.data.dataset import ResponseKind

# Okabe & Ito: blue and vermilion differ for every kind of colour vision, and in grey.
SENSITIVE = "#0072B2"
RESISTANT = "#D55E00"
NEUTRAL = "#7A7A7A"
INK = "#222222"
GRID = "#E3E3E3"
DIRECTION_COLOUR: dict[Direction, str] = {
    "higher_sensitises": SENSITIVE,
    "higher_resists": RESISTANT,
    "mixed": NEUTRAL,
}
AXIS_UNIT: dict[ResponseKind, str] = {"ln_ic50": "ln IC50 (µM)", "auc": "AUC"}

TITLE, LABEL, TICK, NOTE = 12.5, 10.0, 9.0, 8.5


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Figure with one axes, in inches, on no global canvas."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    quiet(axes)
    return figure, axes


def quiet(axes: Axes) -> None:
    """Remove the box, thin the ticks."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#BBBBBB")
    axes.tick_params(labelsize=TICK, colors=INK, length=3, color="#BBBBBB")
    axes.set_axisbelow(True)


def titles(axes: Axes, finding: str, detail: str) -> None:
    """Finding as the title, what is drawn beneath it, both flush left."""
    axes.set_title(f"{finding}\n", loc="left", fontsize=TITLE, color=INK, fontweight="bold")
    axes.text(0.0, 1.015, detail, transform=axes.transAxes, fontsize=NOTE, color="#555555", va="bottom")


def short(drug: str, limit: int = 28) -> str:
    """Drug name, cut where it would not fit a title."""
    return drug if len(drug) <= limit else drug[: limit - 1] + "…"

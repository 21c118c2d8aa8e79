"""Figures as small hand-made SVG: no library, no script, colours from the page's own style sheet."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agent.hypotheses.numbers import show_number
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from explain_engine.predict.report import FitReport
    from explain_engine.record import Interval

BINS = 8


class Figure(Record):
    """One figure: the SVG itself, what it shows for those who cannot see it, and its caption."""

    svg: str
    alt: str
    caption: str


def interval_glyph(interval: Interval, reach: float, kind: str, width: int = 150, height: int = 18) -> str:
    """A dot with its interval on a scale from ``-reach`` to ``reach``; decorative, the value stands beside it."""
    middle, scale = width / 2, (width / 2 - 6) / reach if reach > 0 else 0.0

    def x(value: float) -> float:
        return middle + max(-reach, min(reach, value)) * scale

    y = height / 2
    return (
        f'<svg class="glyph {escape(kind)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true"><line class="zero" x1="{middle:.1f}" y1="1" x2="{middle:.1f}" y2="{height - 1}"/>'
        f'<line class="span" x1="{x(interval.low):.1f}" y1="{y}" x2="{x(interval.high):.1f}" y2="{y}"/>'
        f'<circle class="dot" cx="{x(interval.estimate):.1f}" cy="{y}" r="3.6"/></svg>'
    )


def score_figure(fit: FitReport) -> Figure | None:
    """Out-of-bag Spearman of the model and of every baseline that has one, with intervals."""
    scored = [(s.model, s.spearman) for s in (fit.model, *fit.baselines) if s.spearman is not None]
    if not scored:
        return None
    # Names stand above their lines: a long one must not squeeze the scale.
    left, right, row = 16, 364, 44
    lowest = min(0.0, *(i.low for _, i in scored))
    highest = max(i.high for _, i in scored)
    top = max(0.1, -(-highest * 10 // 1) / 10)
    bottom = min(0.0, (lowest * 10 // 1) / 10)

    def x(value: float) -> float:
        return left + (value - bottom) / (top - bottom) * (right - left)

    height = row * len(scored) + 46
    out = [svg_open(380, height, "scores")]
    steps = round((top - bottom) * 10)
    for step in range(0, steps + 1, 1 if steps <= 6 else 2):
        value = bottom + step / 10
        out.append(f'<line class="grid" x1="{x(value):.1f}" y1="4" x2="{x(value):.1f}" y2="{height - 40}"/>')
        out.append(svg_text(x(value), height - 26, show_number(value, ".1f"), "middle"))
    for i, (name, interval) in enumerate(scored):
        y = row * i + 30
        kind = "model" if i == 0 else "baseline"
        out.append(svg_text(left, y - 13, name, "start"))
        out.append(
            f'<line class="span {kind}" x1="{x(interval.low):.1f}" y1="{y}" x2="{x(interval.high):.1f}" y2="{y}"/>'
        )
        out.append(f'<circle class="dot {kind}" cx="{x(interval.estimate):.1f}" cy="{y}" r="4.5"/>')
    out.append(svg_text((left + right) / 2, height - 6, "Spearman on unseen lines", "middle"))
    said = "; ".join(
        f"{name} {show_number(i.estimate, '.2f')} ({show_number(i.low, '.2f')} to {show_number(i.high, '.2f')})"
        for name, i in scored
    )
    return Figure(
        svg="".join(out) + "</svg>",
        alt=f"Spearman correlation with the measured response on lines not seen in training: {said}.",
        caption="Prediction of unseen lines beside the naive baseline; lines are bootstrap intervals.",
    )


def scatter_figure(gene: str, unit: str, expression: Sequence[float], response: Sequence[float]) -> Figure:
    """Standardised expression against the measured response, with means over bins of equal numbers of lines."""
    width, height, left, bottom, top, right = 560, 330, 56, 48, 12, 12
    x_low, x_high = _span(expression)
    y_low, y_high = _span(response)

    def x(value: float) -> float:
        return left + (value - x_low) / (x_high - x_low) * (width - left - right)

    def y(value: float) -> float:
        return height - bottom - (value - y_low) / (y_high - y_low) * (height - bottom - top)

    out = [svg_open(width, height, "scatter")]
    for tick in _ticks(y_low, y_high):
        out.append(f'<line class="grid" x1="{left}" y1="{y(tick):.1f}" x2="{width - right}" y2="{y(tick):.1f}"/>')
        out.append(svg_text(left - 8, y(tick) + 4, show_number(tick, "g"), "end"))
    out.extend(
        svg_text(x(tick), height - bottom + 18, show_number(tick, "g"), "middle") for tick in _ticks(x_low, x_high)
    )
    # Dots as zero-length strokes with round caps: a third of the bytes of circles.
    dots = "".join(f"M{x(a):.1f} {y(b):.1f}h0" for a, b in zip(expression, response, strict=True))
    out.append(f'<path class="dots" d="{dots}"/>')
    means = _bin_means(expression, response)
    out.append('<polyline class="trend" points="' + " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in means) + '"/>')
    out.extend(f'<circle class="mean" cx="{x(a):.1f}" cy="{y(b):.1f}" r="4"/>' for a, b in means)
    out.append(svg_text((left + width - right) / 2, height - 6, f"{gene} expression (standard deviations)", "middle"))
    side = f"translate(17 {(height - bottom + top) / 2:.0f}) rotate(-90)"
    out.append(f'<text class="label" transform="{side}" text-anchor="middle">{escape(unit)}</text>')
    first, last = means[0][1], means[-1][1]
    return Figure(
        svg="".join(out) + "</svg>",
        alt=f"Scatter of {gene} expression against {unit} over {len(expression)} lines. The mean response "
        f"{'falls' if last < first else 'rises'} from {show_number(first, '.2f')} in the eighth of the lines with the "
        f"lowest expression to {show_number(last, '.2f')} in the eighth with the highest.",
        caption=f"{gene} and the measured response, one dot a line. Circles: means over {BINS} bins of equal size.",
    )


def scatter_of(gene: str, unit: str, expression: pd.DataFrame, lines: pd.DataFrame) -> Figure | None:
    """The scatter of a gene from the tables of a bundle; None where its expression was not kept."""
    if gene not in expression.columns:
        return None
    joined = expression[[gene]].join(lines["y"])
    return scatter_figure(gene, unit, [float(v) for v in joined[gene]], [float(v) for v in joined["y"]])


def svg_open(width: float, height: float, name: str) -> str:
    """Opening tag of a figure; `svg_html` adds the words for those who cannot see it."""
    return f'<svg class="figure {name}" viewBox="0 0 {width} {height}" role="img" preserveAspectRatio="xMidYMid meet">'


def svg_text(x: float, y: float, words: str, anchor: str) -> str:
    """A label, escaped; `anchor` is ``start``, ``middle`` or ``end``."""
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    raw = (high - low) / 5
    size = 10.0 ** (len(f"{raw:.0f}") - 1) if raw >= 1 else 0.1
    step = next((s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw), 10 * size)
    first = int(low / step) - 1
    return [round(k * step, 6) for k in range(first, first + 40) if low <= k * step <= high]


def _bin_means(expression: Sequence[float], response: Sequence[float]) -> list[tuple[float, float]]:
    ordered = sorted(zip(expression, response, strict=True))
    n = len(ordered)
    means = []
    for b in range(BINS):
        part = ordered[b * n // BINS : (b + 1) * n // BINS]
        if part:
            means.append((sum(p[0] for p in part) / len(part), sum(p[1] for p in part) / len(part)))
    return means

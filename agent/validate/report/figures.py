"""Figures of a validation report as small SVG, in the style of the brief."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from agent.report.figures import Figure, svg_open, svg_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.validate.compare import Mean

_WIDTH = 560
# Rank at which curves are named, how many are, and the room a name needs.
_NAMED_AT, _NAMED, _LINE = 100, 3, 15


def interval_figure(title: str, axis: str, rows: Sequence[tuple[str, Mean]], reference: float | None) -> Figure | None:
    """Means with intervals, one row a method, the first marked; a dashed line where chance stands."""
    if not rows:
        return None
    left, right, step = _margin([name for name, _ in rows]), _WIDTH - 16, 26
    top = max(0.05, max(mean.high for _, mean in rows), reference or 0.0) * 1.05
    height = step * len(rows) + 52

    def x(value: float) -> float:
        return left + min(max(value, 0.0), top) / top * (right - left)

    out = [svg_open(_WIDTH, height, "ranking")]
    for tick in _ticks(top):
        out.append(f'<line class="grid" x1="{x(tick):.1f}" y1="6" x2="{x(tick):.1f}" y2="{height - 42}"/>')
        out.append(svg_text(x(tick), height - 26, f"{tick:g}", "middle"))
    if reference is not None:
        out.append(f'<line class="chance" x1="{x(reference):.1f}" y1="6" x2="{x(reference):.1f}" y2="{height - 42}"/>')
    for i, (name, mean) in enumerate(rows):
        y = step * i + 20
        kind = "model" if i == 0 else "baseline"
        out.append(svg_text(left - 12, y + 4, name, "end"))
        out.append(f'<line class="span {kind}" x1="{x(mean.low):.1f}" y1="{y}" x2="{x(mean.high):.1f}" y2="{y}"/>')
        out.append(f'<circle class="dot {kind}" cx="{x(mean.value):.1f}" cy="{y}" r="4.2"/>')
    out.append(svg_text((left + right) / 2, height - 6, axis, "middle"))
    said = "; ".join(f"{name} {m.value:.3f} ({m.low:.3f} to {m.high:.3f})" for name, m in rows)
    dashed = f" Dashed: chance, {reference:.4f}." if reference is not None else ""
    return Figure(
        svg="".join(out) + "</svg>",
        alt=f"{title}: {said}.{dashed}",
        caption=f"{title}. Lines: 95 % bootstrap intervals over drugs.{dashed}",
    )


def curve_figure(title: str, ranks: Mapping[str, Sequence[float]], n_genes: int, marked: str) -> Figure | None:
    """Share of drugs whose best wanted gene stands at most at a rank, ranks on a log scale; one curve a method."""
    ranks = {name: values for name, values in ranks.items() if values}
    if marked not in ranks:
        return None
    left, right, top, bottom, height = 46, _WIDTH - 14, 14, 52, 330

    def x(rank: float) -> float:
        return left + math.log(max(rank, 1.0)) / math.log(n_genes) * (right - left)

    def y(share: float) -> float:
        return height - bottom - share * (height - bottom - top)

    out = [svg_open(_WIDTH, height, "curves")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        out.append(f'<line class="grid" x1="{left}" y1="{y(share):.1f}" x2="{right}" y2="{y(share):.1f}"/>')
        out.append(svg_text(left - 8, y(share) + 4, f"{share:g}", "end"))
    tick = 1
    while tick <= n_genes:
        out.append(svg_text(x(tick), height - bottom + 18, f"{tick:,d}", "middle"))
        tick *= 10
    for name in sorted(ranks, key=lambda n: n == marked):
        values = sorted(ranks[name])
        points = [f"{left},{y(0):.1f}"]
        for i, rank in enumerate(values):
            points += [f"{x(rank):.1f},{y(i / len(values)):.1f}", f"{x(rank):.1f},{y((i + 1) / len(values)):.1f}"]
        points.append(f"{right},{y(1):.1f}")
        kind = "curve marked" if name == marked else "curve"
        out.append(f'<polyline class="{kind}" points="{" ".join(points)}"><title>{escape(name)}</title></polyline>')
    taken: list[float] = []
    # The marked one and the highest others: more names than that lie on each other.
    for name in sorted(ranks, key=lambda n: (n != marked, -sum(r <= _NAMED_AT for r in ranks[n]) / len(ranks[n]))):
        place = y(sum(r <= _NAMED_AT for r in ranks[name]) / len(ranks[name]))
        if len(taken) < _NAMED and all(abs(place - other) >= _LINE for other in taken):
            taken.append(place)
            out.append(svg_text(x(_NAMED_AT) - 6, place - 3, name, "end"))
    out.append(svg_text((left + right) / 2, height - 6, "rank of the best wanted gene", "middle"))
    halves = "; ".join(f"{name}: {sum(r <= 100 for r in v)} of {len(v)}" for name, v in ranks.items())
    return Figure(
        svg="".join(out) + "</svg>",
        alt=f"{title}. Drugs with a wanted gene among the first 100: {halves}.",
        caption=f"{title}. Thick: {marked}; thin: each other ranking, "
        f"the highest at rank {_NAMED_AT} named (all names on pointing, numbers in the table).",
    )


def bar_figure(title: str, counts: Mapping[str, int]) -> Figure | None:
    """Horizontal bars with their counts."""
    if not any(counts.values()):
        return None
    left, right, step = _margin(counts), _WIDTH - 44, 24
    largest = max(counts.values())
    height = step * len(counts) + 8
    out = [svg_open(_WIDTH, height, "bars")]
    for i, (name, count) in enumerate(counts.items()):
        y = step * i + 4
        width = count / largest * (right - left)
        out.append(svg_text(left - 10, y + 13, name, "end"))
        out.append(f'<rect class="bar" x="{left}" y="{y}" width="{width:.1f}" height="16"/>')
        out.append(svg_text(left + width + 6, y + 13, str(count), "start"))
    said = "; ".join(f"{name} {count}" for name, count in counts.items())
    return Figure(svg="".join(out) + "</svg>", alt=f"{title}: {said}.", caption=title + ".")


def _margin(names: Iterable[str]) -> int:
    """Room for the longest name; a letter of the figures is at most this wide on average."""
    return 24 + round(6.9 * max(map(len, names)))


def _ticks(top: float) -> list[float]:
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if top / s <= 7 or s == 1.0)
    return [round(step * k, 6) for k in range(int(top / step) + 1)]

"""Null runs as a strip of dots, with the observed chain as a line among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import show_number
from agent.report.figures import Figure, svg_open, svg_text

if TYPE_CHECKING:
    from explain_engine.stability.records import NullReport

_WIDTH, _LEFT, _RIGHT, _BASE, _TOP = 560, 14, 14, 86, 18
_BINS = 56


def null_figure(null: NullReport) -> Figure:
    """Largest statistic of each null run, stacked where they fall together, and the observed one."""
    low, high = min(0.0, *null.null_max, null.observed), max(*null.null_max, null.observed) or 1.0
    span = (high - low) * 1.04

    def x(value: float) -> float:
        return _LEFT + (value - low) / span * (_WIDTH - _LEFT - _RIGHT)

    stacks: dict[int, int] = {}
    for value in null.null_max:
        place = int((value - low) / span * _BINS)
        stacks[place] = stacks.get(place, 0) + 1
    step = min(8.0, (_BASE - _TOP - 6) / max(stacks.values()))
    out = [svg_open(_WIDTH, 124, "null")]
    out.append(f'<line class="zero" x1="{_LEFT}" y1="{_BASE}" x2="{_WIDTH - _RIGHT}" y2="{_BASE}"/>')
    for place, count in sorted(stacks.items()):
        centre = x(low + (place + 0.5) / _BINS * span)
        out.extend(
            f'<circle class="null-run" cx="{centre:.1f}" cy="{_BASE - 4 - step * k:.1f}" r="3.4"/>'
            for k in range(count)
        )
    at = x(null.observed)
    out.append(f'<line class="observed" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{_BASE}"/>')
    right = at > _WIDTH / 2
    words = f"observed {show_number(null.observed, '.3g')}"
    out.append(svg_text(at - 6 if right else at + 6, _TOP + 4, words, "end" if right else "start"))
    largest = max(null.null_max)
    out.append(svg_text(x(low), _BASE + 16, show_number(low, ".3g"), "start"))
    out.append(svg_text(x(largest), _BASE + 16, show_number(largest, ".3g"), "middle"))
    out.append(svg_text(_WIDTH / 2, 120, "strongest gene group: agreement with the response of unseen lines", "middle"))
    return Figure(
        svg="".join(out) + "</svg>",
        alt=f"{null.n_runs} null runs, the largest at {show_number(max(null.null_max), '.3g')}; observed "
        f"{show_number(null.observed, '.3g')}; {null.n_reached} of them reach it.",
        caption="One dot a null run. Each run is the same chain on permuted responses.",
    )

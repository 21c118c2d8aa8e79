"""Interactive figures as plain plotly dictionaries, each with a description and a table that says the same."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from agent.hypotheses.numbers import show_interval, show_number
from agent.kept import Kept
from agent.records import Record
from agent.report.wording import DIRECTION_WORDS
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.toolbox.opened import Opened, Stamp
    from explain_engine.attribution.result import GeneAttribution
    from explain_engine.record import Interval

TOP = 20
# Sets of figures in memory, about 0.2 MB each.
_KEPT = 96
_BINS = 24
_COLOURS = {"higher_sensitises": "var(--sens)", "higher_resists": "var(--res)", "mixed": "var(--quiet)"}


class WebFigure(Record):
    """One figure.

    Attributes
    ----------
    id, title
        Anchor and heading.
    alt
        What it shows, for those who cannot see it.
    caption
        How to read it.
    plot
        ``data`` and ``layout`` for plotly; ``var(--name)`` stands for a colour of the style sheet.
    columns, rows
        The same as a table, as text.
    """

    id: str
    title: str
    alt: str
    caption: str
    plot: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def drawing(self) -> str:
        """`plot` as JSON: a page takes thousands of points far faster as one text than as nested lists."""
        return json.dumps(self.plot, separators=(",", ":"))


class Figures:
    """Figures of bundles, kept for the next who looks; a changed bundle is drawn anew."""

    def __init__(self) -> None:
        self._drawn: Kept[tuple[str, Stamp, str | None], tuple[WebFigure, ...]] = Kept(_KEPT)

    def of(self, held: Opened, gene: str | None = None) -> tuple[WebFigure, ...]:
        """What `drug_figures` makes of the bundle."""
        return self._drawn.get((held.bundle.key, held.stamp, gene), lambda: drug_figures(held, gene))


def drug_figures(held: Opened, gene: str | None = None) -> tuple[WebFigure, ...]:
    """Every figure that the bundle's parts allow, in the order of the page.

    Parameters
    ----------
    gene
        The gene whose expression is drawn against the response; the leading one by default.
    """
    made = (ranking(held), gene_scatter(held, gene), selection(held), null_histogram(held), replication(held))
    return (*(figure for figure in made if figure is not None), *surfaces(held))


def ranking(held: Opened) -> WebFigure | None:
    """Effects of the leading genes with intervals."""
    genes = held.bundle.attribution.genes[:TOP]
    if not genes:
        return None
    unit = RESPONSE_UNIT[held.bundle.kind]
    lead = genes[0]
    rows = tuple(
        (g.gene, f"{g.rank} ({g.rank_low}–{g.rank_high})", _words(g.effect), DIRECTION_WORDS[g.direction])
        for g in genes
    )
    return WebFigure(
        id="ranking",
        title="Ranking",
        alt=(
            f"Effects of the {len(genes)} best-ranked genes with intervals. {lead.gene} is first, effect "
            f"{_words(lead.effect)}, {DIRECTION_WORDS[lead.direction]}."
        ),
        caption=(
            f"Change of the predicted response ({unit}) a standard deviation of expression; left of zero, higher "
            "expression goes with sensitivity. Bars are intervals over bags."
        ),
        plot={
            "data": [_dots([g.gene for g in genes], [g.effect for g in genes], [_COLOURS[g.direction] for g in genes])],
            "layout": _ladder(len(genes), f"effect ({unit} a standard deviation)"),
        },
        columns=("Gene", "Rank (interval)", "Effect (interval)", "Direction"),
        rows=rows,
    )


def gene_scatter(held: Opened, gene: str | None = None) -> WebFigure | None:
    """Expression of one gene against the measured response, a dot a line."""
    expression, lines = held.tables.expression, held.tables.lines
    chosen = next((g for g in held.bundle.attribution.genes if g.gene == (gene or g.gene)), None)
    if chosen is None or chosen.gene not in expression.columns:
        return None
    x = expression[chosen.gene].astype(float)
    y = lines["y"].reindex(x.index).astype(float)
    lineage = lines["lineage"].reindex(x.index).astype(str).str.replace("_", " ")
    unit = RESPONSE_UNIT[held.bundle.kind]
    order = y.sort_values(kind="stable").index
    ends = [*order[:5], *order[-5:]]
    return WebFigure(
        id="gene",
        title=f"{chosen.gene} and the response",
        alt=(
            f"Expression of {chosen.gene} against the response in {len(x)} cell lines; Spearman "
            f"{show_number(chosen.correlation, '.2f')}."
        ),
        caption="A dot is a cell line; point at it for its name and lineage. The table lists the extremes.",
        plot={
            "data": [
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [round(v, 3) for v in x],
                    "y": [round(v, 3) for v in y],
                    "text": [f"{_plain(str(n))}<br>{_plain(k)}" for n, k in zip(x.index, lineage, strict=True)],
                    "hovertemplate": "%{text}<br>expression %{x}<br>response %{y}<extra></extra>",
                    "marker": {"size": 6, "opacity": 0.55, "color": _COLOURS[chosen.direction]},
                }
            ],
            "layout": {
                "height": 420,
                "xaxis": {"title": {"text": f"{_plain(chosen.gene)} expression (standard deviations)"}},
                "yaxis": {"title": {"text": f"response ({_plain(unit)})"}},
            },
        },
        columns=("Cell line", "Lineage", "Expression", "Response"),
        rows=tuple((str(n), lineage[n], show_number(x[n], ".2f"), show_number(y[n], ".2f")) for n in ends),
    )


def selection(held: Opened) -> WebFigure | None:
    """How often each leading gene is among the top of a bag."""
    genes = held.bundle.attribution.genes[:TOP]
    if not genes:
        return None
    top = held.bundle.settings.get("top", "best")
    rows: list[tuple[str, ...]] = [(g.gene, f"{show_number(g.selection_frequency, '%')} %") for g in genes]
    said = ""
    if held.bundle.stability is not None:
        rows += [
            (f"{a.perturbation}, {a.level}s, {a.measure}", _words(a.value)) for a in held.bundle.stability.agreements
        ]
        said = " Below the genes, the table has the agreement of whole rankings."
    return WebFigure(
        id="stability",
        title="Stability",
        alt=(
            f"Share of bags in which each of the {len(genes)} best-ranked genes is among the top {top}; "
            f"{genes[0].gene}: {show_number(genes[0].selection_frequency, '%')} %."
        ),
        caption=f"Share of bags that put the gene among their top {top}.{said}",
        plot={
            "data": [
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [_plain(g.gene) for g in genes],
                    "x": [round(100 * g.selection_frequency, 1) for g in genes],
                    "marker": {"color": "var(--quiet)"},
                    "hovertemplate": "%{y}: %{x} %<extra></extra>",
                }
            ],
            "layout": _ladder(len(genes), "share of bags (%)") | {"bargap": 0.45},
        },
        columns=("Gene or measure", "Value"),
        rows=tuple(rows),
    )


def null_histogram(held: Opened) -> WebFigure | None:
    """Largest statistic of each null run, and the observed one."""
    null = held.bundle.null
    if null is None:
        return None
    return WebFigure(
        id="null",
        title="Null runs",
        alt=(
            f"Histogram of {null.n_runs} null runs; {null.n_reached} reached the observed value "
            f"{show_number(null.observed, '.2f')}; p {show_number(null.p, 'p')}."
        ),
        caption=f"{null.n_reached} of {null.n_runs} null runs reached what the data show (line). {null.scheme}.",
        plot={
            "data": [
                {
                    "type": "histogram",
                    "x": [round(v, 5) for v in null.null_max],
                    "nbinsx": _BINS,
                    "marker": {"color": "var(--quiet)"},
                    "hovertemplate": "%{x}: %{y} runs<extra></extra>",
                }
            ],
            "layout": {
                "height": 320,
                "xaxis": {"title": {"text": _plain(null.statistic)}},
                "yaxis": {"title": {"text": "null runs"}},
                "shapes": [
                    {
                        "type": "line",
                        "x0": null.observed,
                        "x1": null.observed,
                        "y0": 0,
                        "y1": 1,
                        "yref": "paper",
                        "line": {"color": "var(--sens)", "width": 2.5},
                    }
                ],
            },
        },
        columns=("Quantity", "Value"),
        rows=(
            ("observed", show_number(null.observed, ".3f")),
            ("largest null run", show_number(max(null.null_max), ".3f")),
            ("median null run", show_number(sorted(null.null_max)[len(null.null_max) // 2], ".3f")),
            ("runs that reached it", f"{null.n_reached} of {null.n_runs}"),
            ("p", show_number(null.p, "p")),
        ),
    )


def replication(held: Opened) -> WebFigure | None:
    """Leading genes looked up in the second screen; the first screen that has findings."""
    screen = next((s for s in held.bundle.replication or () if s.findings), None)
    if screen is None:
        return None
    found = screen.findings
    colours = ["var(--sens)" if f.replicated else "var(--quiet)" for f in found]
    held_up = sum(f.replicated for f in found)
    return WebFigure(
        id="replication",
        title=f"Second screen: {screen.screen}",
        alt=f"Correlations of {len(found)} leading genes with the response in {screen.screen}; {held_up} hold.",
        caption="Rank correlation with the response there, tissue means taken out; coloured where the finding holds.",
        plot={
            "data": [_dots([f.gene for f in found], [f.correlation for f in found], colours)],
            "layout": _ladder(len(found), "correlation in the second screen"),
        },
        columns=("Gene", "Correlation (interval)", "Rank there", "Holds"),
        rows=tuple(
            (f.gene, _words(f.correlation), "none" if f.rank is None else str(f.rank), "yes" if f.replicated else "no")
            for f in found
        ),
    )


def surfaces(held: Opened) -> tuple[WebFigure, ...]:
    """Mean response over the two genes of the called pairs that have a surface, three at most."""
    calls = held.bundle.interactions.calls if held.bundle.interactions is not None else ()
    return tuple(_surface(place, call) for place, call in enumerate(calls[:3]) if call.surface is not None)


def _surface(place: int, call: Any) -> WebFigure:
    grid = call.surface
    across, down = _middles(grid.second_edges), _middles(grid.first_edges)
    rows = tuple(
        (a, b, "no line" if value is None else show_number(value, ".2f"), str(n))
        for a, means, counts in zip(down, grid.mean, grid.count, strict=True)
        for b, value, n in zip(across, means, counts, strict=True)
    )
    return WebFigure(
        id=f"pair-{place + 1}",
        title=f"{call.first_gene} × {call.second_gene}",
        alt=f"Mean response over the expression of {call.first_gene} and {call.second_gene}, {call.kind}.",
        caption="Mean response less tissue and all other genes, by expression of both genes; empty: no line.",
        plot={
            "data": [
                {
                    "type": "heatmap",
                    "x": across,
                    "y": down,
                    "z": [list(row) for row in grid.mean],
                    "colorscale": [[0, "var(--sens)"], [0.5, "var(--card)"], [1, "var(--res)"]],
                    "zmid": 0,
                    "hovertemplate": "%{y}, %{x}: %{z:.2f}<extra></extra>",
                }
            ],
            "layout": {
                "height": 380,
                "xaxis": {"title": {"text": _plain(call.second_gene)}, "type": "category"},
                "yaxis": {"title": {"text": _plain(call.first_gene)}, "type": "category"},
            },
        },
        columns=(call.first_gene, call.second_gene, "Mean response", "Lines"),
        rows=rows,
    )


def gene_names(held: Opened) -> tuple[GeneAttribution, ...]:
    """Genes whose expression can be drawn."""
    return tuple(g for g in held.bundle.attribution.genes[:TOP] if g.gene in held.tables.expression.columns)


def _dots(names: list[str], values: list[Interval], colours: list[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "y": [_plain(name) for name in names],
        "x": [round(v.estimate, 4) for v in values],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(v.high - v.estimate, 4) for v in values],
            "arrayminus": [round(v.estimate - v.low, 4) for v in values],
            "thickness": 1.6,
            "width": 0,
            "color": "var(--quiet)",
        },
        "marker": {"size": 9, "color": colours},
        "hovertemplate": "%{y}: %{x}<extra></extra>",
    }


def _ladder(count: int, title: str) -> dict[str, Any]:
    """Layout of one row a name, the first at the top."""
    return {
        "height": 90 + 24 * count,
        "xaxis": {"title": {"text": _plain(title)}, "zeroline": True},
        "yaxis": {"autorange": "reversed", "type": "category"},
    }


def _middles(edges: tuple[float, ...]) -> list[str]:
    return [f"{show_number(a, '.1f')} to {show_number(b, '.1f')}" for a, b in pairwise(edges)]


def _words(interval: Interval) -> str:
    estimate, low, high = show_interval(interval)
    return f"{estimate} ({low} to {high})"


def _plain(text: str) -> str:
    """Plotly reads a few tags and entities in its texts, links among them: a name must stay what it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")

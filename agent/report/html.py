"""The brief as one self-contained HTML file: inline style, inline SVG, no script, no outside request."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.hypotheses.model_record import SLOT_WORDS
from agent.hypotheses.numbers import Sentence, show_interval, show_number
from agent.report import depth_words
from agent.report.depth import CODE_WORDS, LISTED_LEVEL, PART_WORDS
from agent.report.figures import Figure, interval_glyph
from agent.report.proposal import HEADING, LABEL_WORDS, ending, rejected_lines
from agent.report.wording import (
    attribution_note,
    best_first,
    direction_words,
    ledger_of,
    missing_by_kind,
    missing_line,
    null_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2

    from agent.report.model import HypothesisBrief
    from explain_engine.attribution.result import GeneAttribution
    from explain_engine.stability.records import ReplicatedFinding, Replication

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_DEPTH_WORDS = (
    "held_verdict",
    "pair_words", "member_words", "enriched", "set_words", "condition_words", "change_words", "side_words",
)  # fmt: skip
_VERDICT_CHIPS = {
    "recovered": "supports",
    "recovered_as_group": "supports",
    "explained_by_lineage": "contested",
    "not_measured": "quiet",
    "not_varying": "quiet",
    "no_signal": "quiet",
}
SIDE = {"higher_sensitises": "sens", "higher_resists": "res", "mixed": "none"}


def render_html(brief: HypothesisBrief, figures: Mapping[str, Figure]) -> str:
    """Return the page.

    Parameters
    ----------
    figures
        ``scores``, ``scatter`` and ``null`` where they could be drawn.
    """
    reach = max(
        (abs(v) for g in brief.genes for v in (g.attribution.effect.low, g.attribution.effect.high)), default=1.0
    )

    def glyph(attribution: GeneAttribution) -> Markup:
        return Markup(interval_glyph(attribution.effect, reach, SIDE[attribution.direction]))

    def found_glyph(finding: ReplicatedFinding, screen: Replication) -> Markup:
        widest = max(max(abs(f.correlation.low), abs(f.correlation.high)) for f in screen.findings)
        side = "sens" if finding.correlation.estimate < 0 else "res"
        return Markup(interval_glyph(finding.correlation, widest, side if finding.replicated else "none"))

    first = brief.hypotheses[0].draft.candidate.direction if brief.hypotheses else "mixed"
    return (
        _environment()
        .get_template("brief.html.jinja")
        .render(
            brief=brief,
            css=Markup((_TEMPLATES / "brief.css").read_text(encoding="utf-8")),
            scores=figures.get("scores"),
            scatter=figures.get("scatter"),
            null_figure=figures.get("null"),
            glyph=glyph,
            found_glyph=found_glyph,
            listed_level=LISTED_LEVEL,
            part_words=PART_WORDS,
            code_words=CODE_WORDS,
            verdict_chips=_VERDICT_CHIPS,
            corners=depth_words.CORNERS,
            **{name: getattr(depth_words, name) for name in _DEPTH_WORDS},
            head_side=SIDE[first],
            level=round(100 * brief.genes[0].attribution.effect.level) if brief.genes else 95,
            top=brief.provenance.settings.get("top", "ranks"),
            best_first=best_first,
            attribution_note=attribution_note,
            ledger=ledger_of(brief),
            missing=missing_by_kind(brief),
            missing_line=missing_line(brief),
            verdict_words=VERDICT_WORDS,
            null_words=null_words,
            direction_words=direction_words,
            proposal_heading=HEADING,
            slot_words=SLOT_WORDS,
            label_words=LABEL_WORDS,
            rejected_lines=rejected_lines,
            ending=ending,
        )
    )


def sentence_html(sentence: Sentence) -> Markup:
    """Escape a sentence and mark each number with the path it was read from."""
    out = Markup()
    at = 0
    for ref in sentence.numbers:
        out += Markup.escape(sentence.text[at : ref.start])
        out += Markup('<span class="n" title="{}: {}">{}</span>').format(ref.root, ref.path, ref.text)
        at = ref.end
    return out + Markup.escape(sentence.text[at:])


def svg_html(figure: Figure) -> Markup:
    """The SVG of a figure with its description for those who cannot see it."""
    opening, rest = figure.svg.split(">", 1)
    label = Markup(' aria-label="{}">').format(figure.alt)
    return Markup(opening) + label + Markup(rest)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False
    )
    environment.globals.update(
        sentence=sentence_html,
        svg=svg_html,
        number=lambda value: show_number(value, ".2f"),
        spread=show_interval,
        percent=lambda value: show_number(value, "%"),
        pvalue=lambda value: show_number(value, "p"),
        thousands=lambda value: f"{value:,d}",
    )
    return environment

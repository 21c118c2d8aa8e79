"""Pieces of pages as HTML: Jinja with everything escaped, in the words and figures that the brief uses."""

from __future__ import annotations

import datetime as dt
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.hypotheses.numbers import show_interval, show_number
from agent.own.model import is_own
from agent.report import depth_words
from agent.report.depth import CODE_WORDS, PART_WORDS
from agent.report.figures import interval_glyph
from agent.report.html import SIDE, sentence_html
from agent.report.wording import DIRECTION_WORDS
from agent.web.links import link_path, marked

if TYPE_CHECKING:
    from explain_engine.record import Interval

_TEMPLATES = Path(__file__).resolve().parent / "templates"
VERDICT_CHIPS = {
    "recovered": "supports",
    "recovered_as_group": "supports",
    "explained_by_lineage": "contested",
    "not_measured": "quiet",
    "not_varying": "quiet",
    "no_signal": "quiet",
}
_DEPTH_WORDS = (
    "pair_words",
    "held_verdict",
    "member_words",
    "enriched",
    "set_words",
    "condition_words",
    "change_words",
    "side_words",
)
# Characters that turn the reading direction or cannot be seen: a visible mark stands for each.
_HIDDEN = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def render(template: str, **values: object) -> str:
    """Fill a template of this folder; every value is escaped unless it was made by this module's own markup."""
    return _environment().get_template(template).render(**values)


def visible(text: str) -> str:
    """The text with characters that hide or turn text replaced by a visible mark, one for one."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{WHITE VERTICAL RECTANGLE}" if _is_hidden(c) else c for c in text)


def highlighted(text: str, start: int, end: int) -> Markup:
    """The text escaped, with the span ``[start, end)`` in ``<mark>``; none where the span is empty or outside."""
    if not 0 <= start < end <= len(text):
        return Markup.escape(visible(text))
    before, middle, after = (Markup.escape(visible(part)) for part in (text[:start], text[start:end], text[end:]))
    return Markup('{}<mark id="quote" tabindex="-1">{}</mark>{}').format(before, middle, after)


def drug_path(name: str) -> str:
    """Address of a drug's page."""
    return f"/drug/{quote(name, safe='')}"


def passage_path(document: str, start: int | None = None, end: int | None = None) -> str:
    """Address of a document's page, with a span to highlight."""
    span = "" if start is None or end is None else f"?start={start}&end={end}#quote"
    return f"/document/{quote(document, safe='')}{span}"


def _is_hidden(char: str) -> bool:
    return char in _HIDDEN or (unicodedata.category(char) == "Cc" and char not in "\n\t\r")


def _spread(interval: Interval) -> Markup:
    estimate, low, high = show_interval(interval)
    return Markup('{} <span class="range">({} to {})</span>').format(estimate, low, high)


def _glyph(interval: Interval, reach: float, side: str) -> Markup:
    return Markup(interval_glyph(interval, reach, side))


def _when(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(
        sentence=sentence_html,
        spread=_spread,
        number=lambda value, spec=".2f": show_number(value, spec),
        percent=lambda value: show_number(value, "%"),
        pvalue=lambda value: show_number(value, "p"),
        thousands=lambda value: f"{value:,d}",
        glyph=_glyph,
        side=SIDE,
        when=_when,
        highlighted=highlighted,
        drug_path=drug_path,
        passage_path=passage_path,
        is_own=is_own,
        link_path=link_path,
        marked=marked,
        part_words=PART_WORDS,
        code_words=CODE_WORDS,
        verdict_chips=VERDICT_CHIPS,
        verdict_words=VERDICT_WORDS,
        direction_words=DIRECTION_WORDS,
        corners=depth_words.CORNERS,
        **{name: getattr(depth_words, name) for name in _DEPTH_WORDS},
    )
    return environment


def _finalize(value: Any) -> Any:
    return visible(value) if type(value) is str else value

"""The report as one self-contained page: inline style and figures, no script, no outside request."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.validate.report.content import sections

if TYPE_CHECKING:
    import jinja2

    from agent.validate.model import ValidationReport

_HERE = Path(__file__).resolve().parent
_BRIEF_STYLE = _HERE.parents[1] / "report" / "templates" / "brief.css"


def render_html(report: ValidationReport) -> str:
    """Return the page."""
    from markupsafe import Markup

    css = _BRIEF_STYLE.read_text(encoding="utf-8") + (_HERE / "validate.css").read_text(encoding="utf-8")
    parts = [(f"s{i}", section) for i, section in enumerate(sections(report))]
    return _environment().get_template("validate.html.jinja").render(report=report, parts=parts, css=Markup(css))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    from agent.report.html import svg_html

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(svg=svg_html)
    return environment

"""The one-page summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.report.content import summary_lines

if TYPE_CHECKING:
    from agent.validate.model import ValidationReport


def summary_text(report: ValidationReport) -> str:
    """Return the summary as plain text, one finding a paragraph."""
    return "\n".join([f"Explanations beside known mechanisms, {report.screen}", *summary_lines(report)])

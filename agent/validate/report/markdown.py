"""The report as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.report.content import sections

if TYPE_CHECKING:
    from agent.validate.model import ValidationReport
    from agent.validate.report.blocks import Table


def render_markdown(report: ValidationReport) -> str:
    """Return the report; figures are in the page alone, their numbers are in the tables here."""
    out = [f"# Explanations beside known mechanisms: {report.screen}", ""]
    for section in sections(report):
        out += [f"## {section.title}", ""]
        if section.title == "In short":
            out += [f"- {p}" for p in section.paragraphs] + [""]
        else:
            for paragraph in section.paragraphs:
                out += [paragraph, ""]
        for table in section.tables:
            out += [*table_lines(table), ""]
    return "\n".join(out).rstrip() + "\n"


def table_lines(table: Table) -> list[str]:
    """A Markdown table under its caption."""
    marks = ["---:" if i in table.numeric else "---" for i in range(len(table.columns))]
    return [
        f"{table.caption}.",
        "",
        "| " + " | ".join(_cell(c) for c in table.columns) + " |",
        "| " + " | ".join(marks) + " |",
        *("| " + " | ".join(_cell(c) for c in row) + " |" for row in table.rows),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

"""Write all faces of a report into one folder, each in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.report.html import render_html
from agent.validate.report.markdown import render_markdown
from agent.validate.report.summary import summary_text
from agent.workspace import require_writable, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from agent.validate.model import ValidationReport


def write_report(report: ValidationReport, folder: Path) -> tuple[Path, ...]:
    """Write page, Markdown, JSON and summary; return their paths, the page first.

    Raises
    ------
    agent.errors.WorkspaceError
        If the folder cannot be written to.
    """
    require_writable(folder, "folder of the report", "choose another with --out DIR")
    faces = {
        "validation.html": render_html(report),
        "validation.md": render_markdown(report),
        "validation.json": report.model_dump_json(indent=1) + "\n",
        "summary.txt": summary_text(report) + "\n",
    }
    for name, text in faces.items():
        write_atomic(folder / name, text)
    return tuple(folder / name for name in faces)

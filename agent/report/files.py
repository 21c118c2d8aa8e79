"""Write all faces of a brief into one folder, each file in one step."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from agent.report.figures import scatter_of, score_figure
from agent.report.html import render_html
from agent.report.markdown import render_markdown
from agent.report.null_figure import null_figure
from agent.report.ris import render_ris
from agent.report.wording import ledger_of
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from agent.report.figures import Figure
    from agent.report.model import HypothesisBrief

HTML, MARKDOWN, JSON, RIS = "brief.html", "brief.md", "brief.json", "brief.ris"


def brief_json(brief: HypothesisBrief) -> dict[str, object]:
    """The brief as plain JSON values.

    Beside the brief itself, ``claims`` lists every rendered sentence with the hypothesis it belongs to, and ``ledger``
    every row they rest on, so that a program need not know how a brief is nested.
    """
    content: dict[str, object] = brief.model_dump(mode="json")
    content["claims"] = [
        {"hypothesis": hypothesis.id, "text": claim.sentence.text, **claim.model_dump(mode="json")}
        for hypothesis in brief.hypotheses
        for claim in (*hypothesis.draft.claims, *hypothesis.test)
    ]
    content["ledger"] = [{**row.model_dump(mode="json"), "valid": row.valid} for row in ledger_of(brief)]
    return content


def figures_of(brief: HypothesisBrief, expression: pd.DataFrame, lines: pd.DataFrame) -> dict[str, Figure]:
    """The figures that can be drawn from the tables of the bundle."""
    figures: dict[str, Figure | None] = {"scores": score_figure(brief.fit)}
    first = next((h.draft.candidate.gene for h in brief.hypotheses if h.draft.candidate.kind == "gene"), None)
    if first is not None:
        figures["scatter"] = scatter_of(first, brief.unit, expression, lines)
    if brief.depth.null is not None:
        figures["null"] = null_figure(brief.depth.null)
    return {name: figure for name, figure in figures.items() if figure is not None}


def write_brief(brief: HypothesisBrief, figures: dict[str, Figure], folder: Path) -> dict[str, str]:
    """Write Markdown, HTML, JSON and RIS into `folder`; return file name -> SHA-256."""
    faces = {
        HTML: render_html(brief, figures),
        MARKDOWN: render_markdown(brief),
        JSON: json.dumps(brief_json(brief), indent=1, ensure_ascii=False) + "\n",
        RIS: render_ris(brief),
    }
    for name, text in faces.items():
        write_atomic(folder / name, text)
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in faces.items()}

"""The first screen of a brief as plain text, for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.report.depth import PART_WORDS
from agent.report.wording import RESEARCH_USE, failed_checks, missing_line

if TYPE_CHECKING:
    from agent.report.model import HypothesisBrief

WIDTH = 96


def render_text(brief: HypothesisBrief) -> str:
    """Return the first screen: finding, grounds, score, hypotheses, what was not found."""
    head = brief.headline
    out = [
        f"{brief.drug}: {brief.screen}, {brief.n_lines} cell lines, {brief.n_genes:,d} genes ({brief.unit}, lower is "
        "more sensitive)",
        "",
        head.sentence.text + (f"  [{head.confidence}]" if head.confidence else ""),
    ]
    for claim in head.grounds:
        failures = "".join(f" Check failed: {c.name} ({c.detail})." for c in failed_checks(claim))
        out.append(_wrap(claim.sentence.text + failures, "  "))
    if head.caveats:
        out.append(_wrap(f"Not rated higher because: {'; '.join(head.caveats)}.", "  "))
    out += ["", _wrap(" ".join(s.text for s in brief.scores)), ""]
    out += [_wrap(f"{PART_WORDS[line.part]}: {line.sentence.text}", hanging="    ") for line in brief.depth.lines]
    out += [""] if brief.depth.lines else []
    for h in brief.hypotheses:
        draft = h.draft
        out.append(
            _wrap(
                f"{h.id}  {draft.statement.text} [data: {draft.candidate.support.tier}; record: "
                f"{VERDICT_WORDS[draft.verdict.code]}, {draft.literature.tier}]",
                hanging="    ",
            )
        )
    if brief.language_model is not None:
        out += ["", _wrap(brief.language_model.notice)]
    if brief.not_found:
        out += ["", _wrap(f"Not found: {missing_line(brief)}")]
    provenance = brief.provenance
    out += ["", RESEARCH_USE, f"Knowledge snapshot {provenance.snapshot}, bundle {provenance.bundle_digest[:16]}."]
    return "\n".join(out)


def _wrap(text: str, indent: str = "", hanging: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + hanging, break_on_hyphens=False)

"""Markdown of benchmarks/results/citation_support.json: `python -m benchmarks.agent.citation_report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *[[str(cell) for cell in row] for row in rows]]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def aurocs(rows: list[dict[str, Any]]) -> list[str]:
    cells: list[list[object]] = [
        [r["measure"], r["n"], f"{r['auroc']:.4f}", f"{r['low']:.3f}-{r['high']:.3f}"] for r in rows
    ]
    return table(["AUROC of", "n", "value", "95 %"], cells)


def render(report: dict[str, Any]) -> str:
    """The whole report as markdown."""
    out = [
        "# Citation support on held documents",
        "",
        "`python -m benchmarks.agent.citation_support`, then `python -m benchmarks.agent.citation_report`.",
        f"Seed {report['seed']}; {report['bootstrap']}; models {', '.join(report['models'])}; {report['embedder']}.",
        f"Looks at the held part by step: {report['looks_at_held_part']}. Held pairs: {report['held']}.",
        "",
    ]
    for part in report["support"]:
        out += [f"## Supports against contradicts: {part['source']}", "", *aurocs(part["rows"])]
        curve = ", ".join(f"{c:.1f}: {a:.3f}" for c, a in part["accuracy_at_coverage"])
        out += [f"Majority accuracy {part['majority_accuracy']:.3f}; accuracy at coverage {curve}.", ""]
    for part in report["answers"]:
        labels = ["supports", "contradicts", "mentions", "unverified"]
        rows: list[list[object]] = [[k, *(v[name] for name in labels)] for k, v in part["answers"].items()]
        out += [f"## Answers of assess: {part['source']}", "", *table(["truth", *labels], rows)]
        out += [
            f"Answered {part['coverage']:.3f} of supporting and contradicting pairs, "
            f"right in {part['accuracy_when_answered']:.3f}; contradicting passed as supporting "
            f"{part['contradicting_passed_as_supporting']}; {part['by_tier']}; "
            f"{part['cpu_ms_per_pair']} CPU ms a pair.",
            "",
        ]
    for part in report["misattribution"]:
        out += [f"## Misattribution: {part['source']}, {part['claims']} claims, {part['documents']} documents", ""]
        out += aurocs(part["rows"])
    out += ["## Starter cards: our summaries against the direction beside them (sanity, no bar)", ""]
    out += [f"- {direction}: {count}" for direction, count in sorted(report["cards"].items())]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    text = render(json.loads((RESULTS / "citation_support.json").read_text()))
    (RESULTS / "citation_support.md").write_text(text)
    print(text)

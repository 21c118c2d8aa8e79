"""Explanations of a whole screen beside known mechanisms: the run that benchmarks/results/validate.md is written from.

Run: python -m benchmarks.validate.known_mechanisms WORKSPACE [--most N] [--jobs N] [--report] [--no-briefs]
after `oncobrief --workspace WORKSPACE data fetch`. Resumable; `--report` only evaluates what is finished. Needs the
reference data folder (ONCOBRIEF_REFERENCE_DATA, default ../shared/data beside the project) for biomarkers, classes,
pathways, literature. Settings: 4 bags (one repeat of four folds), a third of the default cost; ILLUME+ as published on
its paper's drugs. Drugs with a measured target come first, the paper's before the others, these in an order drawn with
a fixed seed, so that an unfinished run is a random sample of them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
from pathlib import Path

from agent.settings import BriefSettings, ExplainSettings
from agent.validate.evaluate import LEVELS
from agent.validate.job import REFERENCE_VARIABLE, validate_job
from agent.validate.model import ValidationReport
from agent.validate.report.files import write_report
from agent.validate.report.markdown import render_markdown
from agent.workspace import Workspace

RESULT = Path(__file__).parents[1] / "results" / "validate.md"
HOME = Path(__file__).parents[2].parent / "shared" / "data"
SETTINGS = ExplainSettings(bags=4)


def page(report: ValidationReport, command: str) -> str:
    """The report as Markdown under the command that made it."""
    text = render_markdown(report)
    head, rest = text.split("\n", 1)
    share = f"{report.coverage.finished_with_target} of {report.coverage.with_target}"
    cost = sum(report.seconds.values())
    return (
        f"{head}\n\n`{command}`. {share} drugs with a measured target are finished; median {cost:.0f} CPU seconds a "
        f"drug on a shared machine, steps below. Nothing was chosen or changed on these figures.\n{rest}"
    )


def main() -> None:
    """Run what is missing, evaluate, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--most", type=int, help="only the first N of the running order")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="evaluate what is finished; run nothing")
    parser.add_argument("--no-briefs", action="store_true", help="leave the level of the brief out")
    parser.add_argument("--out", type=Path, help="also write page, JSON and summary there")
    args = parser.parse_args()
    os.environ.setdefault(REFERENCE_VARIABLE, str(HOME))
    report = validate_job(
        Workspace(args.workspace.absolute()),
        SETTINGS,
        BriefSettings(),
        every=True,
        most=args.most,
        levels=[level for level in LEVELS if not (args.no_briefs and level == "hypothesis")],
        jobs=args.jobs,
        only_report=args.report,
        report=lambda text: print(text, flush=True),
    )
    options = "".join(f" --{n}" for n in ("report", "no-briefs") if getattr(args, n.replace("-", "_")))
    RESULT.write_text(page(report, f"python -m benchmarks.validate.known_mechanisms WORKSPACE{options}"))
    if args.out is not None:
        write_report(report, args.out)
    print(RESULT)


if __name__ == "__main__":
    main()

"""How well held-out lines are predicted, beside the naive baselines, for some drugs of the fetched screen.

Run: python -m benchmarks.attribution.fit WORKSPACE [DRUG ...]   (after `oncobrief --workspace WORKSPACE data fetch`)
Without drugs: the first ten of the 20 drugs of the ILLUME+ paper that GDSC2 holds, in alphabetical order.
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path

from explain_engine.data.opening import open_dataset, open_expression
from explain_engine.engine import explain, library_versions
from explain_engine.record import Interval
from explain_engine.settings import ExplainSettings

RESULT = Path(__file__).parents[1] / "results" / "attribution_fit.md"
PAPER = (
    "ABT737", "Alisertib", "AZD3759", "BMS-536924", "BMS-754807", "Daporinad", "EPZ5676", "Erlotinib", "Gefitinib",
    "Ibrutinib",
)  # fmt: skip


def shown(value: Interval | None) -> str:
    return "-" if value is None else f"{value.estimate:.2f} ({value.low:.2f} to {value.high:.2f})"


def main() -> None:
    workspace, drugs = Path(sys.argv[1]), sys.argv[2:] or list(PAPER)
    settings = ExplainSettings(adjusted=False)  # the raw view alone: the fit is the same, at half the cost
    versions = ", ".join(f"{k} {v}" for k, v in library_versions().items())
    text = (
        f"# Prediction of held-out lines\n\n`python -m benchmarks.attribution.fit WORKSPACE {' '.join(sys.argv[2:])}`"
    )
    text += f"; seed {settings.seed}, {settings.folds} folds x {settings.repeats} repeats; Python "
    text += f"{platform.python_version()}, {versions}. Spearman and R2 out of bag, 95 % bootstrap over lines.\n\n"
    text += "| drug | lines | model, Spearman | tissue mean, Spearman | gain | model, R2 | mean, R2 | CPU s |\n"
    text += "|---|---|---|---|---|---|---|---|\n"
    expression = open_expression(workspace / "data")
    for drug in drugs:
        start = time.process_time()
        dataset = open_dataset(workspace / "data", drug, expression=expression)
        fit = explain(dataset, settings)[0].fit
        base = {score.model: score for score in fit.baselines}
        text += f"| {dataset.drug} | {fit.n_lines} | {shown(fit.model.spearman)} | "
        text += f"{shown(base['tissue mean'].spearman)} | {shown(fit.gain_over_tissue)} | {shown(fit.model.r2)} | "
        text += f"{shown(base['mean'].r2)} | {time.process_time() - start:.0f} |\n"
        RESULT.write_text(text)
        print(text.splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()

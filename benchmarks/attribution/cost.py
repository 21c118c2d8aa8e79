"""CPU and memory of one explanation (both views, intervals) and of one null run, as the number of genes grows.

Run: python -m benchmarks.attribution.cost --genes 1000,6000,18000
600 lines, planted cohort A, one process a size so that its peak memory is its own; one thread. Writes
benchmarks/results/attribution_cost.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

STORE = Path(__file__).parents[1] / "results" / "attribution_cost.md"
LINES, SEED, NULL_RUNS = 600, 20, 19
BARS = {1000: "20 CPU-s", 18000: "120 CPU-s, 3 GB"}


def one(n_genes: int, null: bool) -> dict[str, float]:
    """CPU seconds and peak memory of one cohort; the time to make the cohort is not counted."""
    from explain_engine.engine import explain
    from explain_engine.settings import ExplainSettings
    from explain_engine.stability.nulls import null_run
    from explain_engine.synth import planted_cohort

    dataset = planted_cohort("A", LINES, n_genes, SEED).dataset("train")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    if null:
        null_run(dataset, ExplainSettings(), NULL_RUNS)
    else:
        explain(dataset, ExplainSettings())
    cpu = time.process_time() - start
    return {"cpu_s": cpu, "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "gb_before": before / 1e6}


def apart(n_genes: int, null: bool) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.attribution.cost", "--one", str(n_genes)] + (
        ["--null"] if null else []
    )
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Run the sizes one after the other and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--genes", default="1000,6000,18000")
    parser.add_argument("--one", type=int)
    parser.add_argument("--null", action="store_true")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one, args.null)))
        return
    from explain_engine.engine import library_versions
    from explain_engine.settings import ExplainSettings

    lines = [
        "# Cost of one explanation as genes grow\n",
        f"Made by `python -m benchmarks.attribution.cost --genes {args.genes}`: {LINES} lines, seed {SEED}, one "
        f"thread, Python {platform.python_version()}, {library_versions()}.\n",
        f"Settings: {ExplainSettings().model_dump_json()}\n",
        "| genes | explain, CPU-s | peak memory, GB (before) | bar | one null run, CPU-s (mean of "
        f"{NULL_RUNS + 1} and set-up) | 100 null runs, CPU-s |",
        "|---|---|---|---|---|---|",
    ]
    for n_genes in map(int, args.genes.split(",")):
        found, null = apart(n_genes, False), apart(n_genes, True)
        a_run = null["cpu_s"] / (NULL_RUNS + 1)
        lines.append(
            f"| {n_genes:,d} | {found['cpu_s']:.1f} | {found['gb']:.2f} ({found['gb_before']:.2f}) | "
            f"{BARS.get(n_genes, '-')} | {a_run:.2f} | {100 * a_run:.0f} |"
        )
        print(lines[-1], flush=True)
    STORE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

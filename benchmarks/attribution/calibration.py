"""Calibration of the nulls: how often the chain reports anything on cohorts in which no gene acts but tissue does.

Run: python -m benchmarks.attribution.calibration --cohorts 200
The cohorts are small (160 lines, 60 genes, 20 tissues, short chains), so that 200 of them fit into minutes: what is
tested is the permutation scheme and the pooling, which do not depend on size. Resumable, one JSON line a cohort.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from scipy.stats import beta, kstest

from explain_engine.predict.trees import TreeSettings
from explain_engine.settings import ExplainSettings
from explain_engine.stability.nulls import null_run
from explain_engine.synth import null_cohort

SETTINGS = ExplainSettings(
    repeats=1, folds=2, effects=5, components=5, trees=TreeSettings(rounds=10, feature_fraction=0.2, max_bin=15)
)
RUNS, LINES, GENES = 39, 160, 60
STORE = Path(__file__).parents[1] / "results" / "attribution_calibration.jsonl"


def main() -> None:
    """Run the cohorts that are missing and print shares with exact intervals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--report", action="store_true", help="only print what is stored")
    args = parser.parse_args()
    rows = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    done = {row["seed"] for row in rows}
    for seed in range(0 if not args.report else args.cohorts, args.cohorts):
        if seed in done:
            continue
        start = time.process_time()
        out = null_run(null_cohort(LINES, GENES, seed).dataset(), SETTINGS, RUNS)
        rows.append(
            {
                "seed": seed,
                "p": out.report.p,
                "gene_q": float(out.genes["q"].min()),
                "group_q": float(out.groups["q"].min()),
                "gene_p_family": float(out.genes["p_family"].min()),
                "gate": out.gate,
                "cpu_s": time.process_time() - start,
            }
        )
        with STORE.open("a") as handle:
            handle.write(json.dumps(rows[-1]) + "\n")
    n = len(rows)
    print(f"{n} null cohorts, {LINES} lines, {GENES} genes, {RUNS} null runs each, {SETTINGS.model_dump_json()}")
    for name, hit in (
        ("any gene at q < 0.05", [r["gene_q"] < 0.05 for r in rows]),
        ("any group at q < 0.05", [r["group_q"] < 0.05 for r in rows]),
        ("any gene or group at q < 0.05", [min(r["gene_q"], r["group_q"]) < 0.05 for r in rows]),
        ("family p <= 0.05", [r["p"] <= 0.05 for r in rows]),
    ):
        k = int(np.sum(hit))
        low, high = beta.ppf([0.025, 0.975], [k, k + 1], [n - k + 1, n - k])
        print(f"| {name} | {k} of {n} | {k / n:.3f} | {np.nan_to_num(low):.3f}-{high:.3f} |")
    # A p lies on a grid of 1 / (runs + 1); spread evenly within its step it must be uniform.
    for name, key in (("family p of groups", "p"), ("family p of genes", "gene_p_family")):
        jitter = np.random.default_rng(0).random(n) / (RUNS + 1)
        uniform = kstest(np.array([r[key] for r in rows]) - jitter, "uniform")
        print(f"| {name} uniform (Kolmogorov-Smirnov) | D = {uniform.statistic:.3f} | p = {uniform.pvalue:.3f} | |")


if __name__ == "__main__":
    main()

"""Groups reported at q < 0.10 on planted cohorts: how many are false, and how many of the planted ones are found.

Run: python -m benchmarks.attribution.group_calls --seeds 20,21,22,23,24
A reported group is true where it holds a planted gene; `block` also counts groups of look-alikes of a planted gene.
Full size (600 lines, 1,000 genes), the default null chain. Resumable: one JSON line a cohort.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from explain_engine.attribution.groups import group_genes
from explain_engine.engine import library_versions
from explain_engine.settings import ExplainSettings
from explain_engine.stability.nulls import null_run
from explain_engine.synth import planted_cohort

STORE = Path(__file__).parents[1] / "results" / "attribution_group_calls.jsonl"
RUNS, LEVEL, LINES, GENES = 39, 0.10, 600, 1000


def one(setting: str, seed: int) -> dict[str, float | int | str]:
    """Reported groups of one cohort, and which of them hold a planted gene."""
    settings = ExplainSettings()
    cohort = planted_cohort(setting, LINES, GENES, seed)
    dataset = cohort.dataset("train")
    start = time.process_time()
    result = null_run(dataset, settings, RUNS)
    cpu = time.process_time() - start
    X = dataset.X.to_numpy(np.float64)
    genes = [str(g) for g in dataset.X.columns]
    codes = np.unique(dataset.lineage, return_inverse=True)[1]
    groups = group_genes((X - X.mean(axis=0)) / X.std(axis=0), genes, codes=codes, cut=settings.group_cut)
    members = {name: {genes[j] for j in part} for name, part in zip(groups.names, groups.members, strict=True)}
    planted = set(cohort.truth.genes)
    lookalikes = {g for g in genes if cohort.truth.blocks[g] in cohort.truth.planted_blocks}
    reported = result.groups.loc[result.groups["q"] < LEVEL, "id"]
    exact = sum(bool(members[g] & planted) for g in reported)
    return {
        "setting": setting,
        "seed": seed,
        "reported": len(reported),
        "exact": exact,
        "block": sum(bool(members[g] & lookalikes) for g in reported),
        "planted_groups": sum(bool(m & planted) for m in members.values()),
        "groups": len(members),
        "gate": result.gate,
        "cpu_s": cpu,
    }


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="20,21,22,23,24")
    args = parser.parse_args()
    rows = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    for seed in map(int, args.seeds.split(",")):
        for setting in ("A", "B"):
            if any((r["setting"], r["seed"]) == (setting, seed) for r in rows):
                continue
            rows.append(one(setting, seed))
            with STORE.open("a") as handle:
                handle.write(json.dumps(rows[-1]) + "\n")
            print(rows[-1], flush=True)
    print(f"{RUNS} null runs, q < {LEVEL}, settings {ExplainSettings().model_dump_json()}, {library_versions()}")
    print("| setting | cohorts | groups reported | false share (exact) | false share (block) | planted groups found |")
    print("|---|---|---|---|---|---|")
    for setting in ("A", "B"):
        same = [r for r in rows if r["setting"] == setting]
        n = sum(r["reported"] for r in same)
        wrong, strange = n - sum(r["exact"] for r in same), n - sum(r["block"] for r in same)
        found = sum(r["exact"] for r in same) / max(1, sum(r["planted_groups"] for r in same))
        share = f"{wrong / n:.2f} | {strange / n:.2f}" if n else "- | -"
        print(f"| {setting} | {len(same)} | {n} | {share} | {found:.2f} |")


if __name__ == "__main__":
    main()

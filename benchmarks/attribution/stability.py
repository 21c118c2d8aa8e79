"""Stability and recovery of gene and group rankings on planted cohorts, under 80 % subsamples of the lines.

Run: python -m benchmarks.attribution.stability --settings A,B --seeds 20,21,22,23,24
Reporting seeds start at 20; seeds 100-102 were used while the method was chosen. Each finished cohort is appended to a
JSON-lines file, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from explain_engine.attribution.adjust import nuisance, residual_expression, response_offsets
from explain_engine.attribution.consensus import bagged_attribution
from explain_engine.attribution.groups import group_genes
from explain_engine.attribution.linear import ridge_coefficients
from explain_engine.attribution.rank import gene_scores
from explain_engine.engine import library_versions
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees
from explain_engine.settings import ExplainSettings
from explain_engine.stability.agreement import jaccard, kuncheva, nogueira, rank_biased_overlap, spearman, top_set
from explain_engine.synth import planted_cohort

SUBSAMPLES, SHARE, TOP, TOP_GROUPS = 5, 0.8, 50, 10
RESULTS = Path(__file__).parents[1] / "results"


def rankings(Z, y, codes, genes, groups, seed: int, settings: ExplainSettings) -> dict[str, dict[str, Any]]:
    """Gene and group scores of every compared method on one subsample."""
    n = len(y)
    bags = draw_bags(n, settings.folds, settings.repeats, seed)
    design = nuisance(Z, codes, settings.components)
    R, offsets = residual_expression(Z, design), response_offsets(y, design, bags)
    trees = SharedTrees(Z, settings.trees)
    out: dict[str, dict[str, Any]] = {}

    def keep(name: str, scores: np.ndarray, group_scores: np.ndarray, start: float, **more: float) -> None:
        out[name] = {"genes": scores, "groups": group_scores, "cpu": time.process_time() - start, **more}

    start = time.process_time()
    r = np.abs(np.corrcoef(Z.T, y)[-1, :-1])
    keep("correlation", r, np.array([r[list(g)].max() for g in groups.members]), start)
    start = time.process_time()
    beta = ridge_coefficients(Z, y)
    keep("ridge", np.abs(beta), np.abs(groups.sums(Z * beta)).mean(axis=0), start)
    start = time.process_time()
    phi = trees.contributions(trees.fit(y, np.arange(n), seed), np.arange(n))[:, :-1]
    keep("TreeSHAP, one model", np.abs(phi).mean(axis=0), np.abs(groups.sums(phi)).mean(axis=0), start)
    for name, data, shared, offset in (
        ("consensus", Z, trees, None),
        ("consensus, adjusted", R, SharedTrees(R, settings.trees), offsets),
    ):
        start = time.process_time()
        result = bagged_attribution(shared, data, y, bags, groups, seed=seed, n_effects=settings.effects, offset=offset)
        target = y if offset is None else y - offset.mean(axis=0)
        sharing, pairs = gene_scores(result, data, R, target - result.prediction, settings.sharing)
        fit = float(np.corrcoef(result.prediction, target)[0, 1])
        by_group = result.group_strength
        keep(name, sharing.score(result.strength, pairs), by_group, start, out_of_bag_r=fit)
        out[name + ", not shared"] = {"genes": result.strength + pairs, "groups": by_group, "cpu": 0.0}
        summed = np.abs(groups.sums(result.phi)).mean(axis=0)
        out[name + ", mean |phi|"] = {"genes": result.importance, "groups": summed, "cpu": 0.0}
    return out


def one_cohort(setting: str, seed: int, n_genes: int, n_lines: int, settings: ExplainSettings) -> list[dict[str, Any]]:
    """Measures of every method on one cohort."""
    cohort = planted_cohort(setting, n_lines, n_genes, seed)
    X, y = cohort.X.to_numpy(), cohort.y.to_numpy()
    codes = np.unique(cohort.lineage, return_inverse=True)[1]
    genes = list(cohort.X.columns)
    planted = np.isin(genes, cohort.truth.genes)
    # One partition for all subsamples, from expression alone: group lists can then be compared.
    groups = group_genes((X - X.mean(axis=0)) / X.std(axis=0), genes, codes=codes, cut=settings.group_cut)
    rng = np.random.default_rng([seed, 5])
    runs = []
    for k in range(SUBSAMPLES):
        rows = np.sort(rng.choice(n_lines, int(SHARE * n_lines), replace=False))
        Z = (X[rows] - X[rows].mean(axis=0)) / X[rows].std(axis=0)
        runs.append(rankings(Z, y[rows], codes[rows], genes, groups, k, settings))
    return [
        {"lines": n_lines} | _measures(setting, seed, n_genes, name, [run[name] for run in runs], planted)
        for name in runs[0]
    ]


def _measures(setting, seed, n_genes, name, runs, planted) -> dict[str, Any]:
    genes, groups = [r["genes"] for r in runs], [r["groups"] for r in runs]
    pairs = [(i, j) for i in range(len(runs)) for j in range(i)]

    def mean(measure, rows):
        return float(np.mean([measure(rows[i], rows[j]) for i, j in pairs]))

    return {
        "setting": setting,
        "seed": seed,
        "genes": n_genes,
        "method": name,
        "jaccard50": mean(lambda a, b: jaccard(a, b, TOP), genes),
        "kuncheva50": mean(lambda a, b: kuncheva(a, b, TOP), genes),
        "nogueira50": nogueira(np.stack([top_set(g, TOP) for g in genes])).estimate,
        "rbo": mean(rank_biased_overlap, genes),
        "spearman": mean(spearman, genes),
        "ap": float(np.mean([average_precision_score(planted, g) for g in genes])),
        "auroc": float(np.mean([roc_auc_score(planted, g) for g in genes])),
        "group_jaccard10": mean(lambda a, b: jaccard(a, b, TOP_GROUPS), groups),
        "cpu_s": float(np.mean([r["cpu"] for r in runs])),
        "out_of_bag_r": float(np.mean([r.get("out_of_bag_r", np.nan) for r in runs])),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: mean over cohorts (least - most), one row a method and setting."""
    columns = ("jaccard50", "ap", "auroc", "group_jaccard10", "kuncheva50", "nogueira50", "rbo", "spearman", "cpu_s")
    head = ("setting", "lines", "genes", "method")
    lines = [f"| {' | '.join((*head, 'cohorts', *columns))} |", "|" + "---|" * (len(columns) + 5)]
    for key in sorted({tuple(r[c] for c in head) for r in rows}):
        same = [r for r in rows if tuple(r[c] for c in head) == key]
        cells = []
        for column in columns:
            values = [r[column] for r in same]
            cells.append(f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})")
        lines.append(f"| {' | '.join(map(str, (*key, len(same), *cells)))} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", default="A,B")
    parser.add_argument("--seeds", default="20,21,22,23,24")
    parser.add_argument("--genes", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=600)
    args = parser.parse_args()
    settings = ExplainSettings()
    store = RESULTS / "attribution_stability.jsonl"
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    print("settings", settings.model_dump_json(), "versions", library_versions(), flush=True)
    # Seeds outside, settings inside: an interrupted run has as many cohorts of each.
    for seed in map(int, args.seeds.split(",")):
        for setting in args.settings.split(","):
            wanted = {"setting": setting, "seed": seed, "genes": args.genes, "lines": args.lines}
            if any(wanted.items() <= r.items() for r in rows):
                continue
            new = one_cohort(setting, seed, args.genes, args.lines, settings)
            rows += new
            with store.open("a") as handle:
                handle.writelines(json.dumps(row) + "\n" for row in new)
            print(table(new), flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()

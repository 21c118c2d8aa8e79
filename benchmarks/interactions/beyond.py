"""Modules, rules and counterfactuals on planted and null cohorts.

Run: ``python -m benchmarks.interactions.beyond --full`` (or ``--small``). Writes results/interactions_beyond.md.
Setting A plants five of twenty block-mates. Whether exactly these five can be told from the other fifteen is measured
beside a programme cohort, in which the whole block acts (its aligned mean is added to the response of a null cohort).
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.interactions.common import RESULTS, clopper, header, mean_se, standardised
from explain_engine.modules.find import ModuleSettings, find_modules
from explain_engine.predict.trees import SharedTrees, TreeSettings
from explain_engine.rules.find import RuleSearch, find_counterfactuals, mean_prediction
from explain_engine.synth import PlantedCohort, null_cohort, planted_cohort

SETTINGS = ModuleSettings(bootstraps=3)


def members_of(cohort: PlantedCohort, block: int) -> set[str]:
    return {g for g, b in cohort.truth.blocks.items() if b == block}


def best_jaccard(modules: list[set[str]], truth: set[str]) -> float:
    return max((len(m & truth) / len(m | truth) for m in modules), default=0.0)


def programme(seed: int, share: float) -> tuple[PlantedCohort, np.ndarray, set[str]]:
    """A null cohort (tissue acts) plus the activity of one whole block with `share` of the variance."""
    cohort = null_cohort(600, 1000, seed)
    block = int(np.random.default_rng([seed, 7]).integers(50))
    genes = sorted(members_of(cohort, block))
    part = cohort.X[genes].to_numpy()
    lead = np.linalg.eigh(np.corrcoef(part.T))[1][:, -1]
    activity = part @ np.sign(lead)
    activity = (activity - activity.mean()) / activity.std()
    y = cohort.y.to_numpy()
    return cohort, y + np.sqrt(share / (1 - share)) * y.std() * activity, set(genes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    n, n_null, n_rules, n_lines = (10, 40, 10, 60) if full else (2, 3, 1, 10)
    command = f"python -m benchmarks.interactions.beyond {'--full' if full else '--small'}"
    lines = header("Modules, rules, counterfactuals", command)

    def write() -> None:
        if full:
            (RESULTS / "interactions_beyond.md").write_text("\n".join(lines) + "\n")

    lines += [
        "## Modules",
        "",
        "| cohorts | planted | recovered (Jaccard >= 0.6) | mean Jaccard | other modules called |",
    ]
    lines.append("|---|---|---|---|---|")
    for share in (0.03, 0.05, 0.08):
        scores, others = [], 0
        for seed in range(9600, 9600 + n):
            cohort, y, truth = programme(seed, share)
            Z, _, codes, genes = standardised(cohort)
            found = [set(m.members) for m in find_modules(Z, y, codes, genes, settings=SETTINGS)]
            scores.append(best_jaccard(found, truth))
            others += sum(len(m & truth) == 0 for m in found)
        hit = sum(s >= 0.6 for s in scores)
        lines.append(f"| {n} programme, {100 * share:.0f} % | 20 of a block | {hit} | {mean_se(scores)} | {others} |")
        print(lines[-1], flush=True)
        write()
    five, block = [], []
    for seed in range(9500, 9500 + n):
        cohort = planted_cohort("A", 600, 1000, seed)
        Z, y, codes, genes = standardised(cohort)
        found = [set(m.members) for m in find_modules(Z, y, codes, genes, settings=SETTINGS)]
        five.append(best_jaccard(found, set(cohort.truth.module)))
        block.append(best_jaccard(found, members_of(cohort, cohort.truth.blocks[cohort.truth.module[0]])))
    lines.append(f"| {n} setting A | 5 of 20 block-mates | {sum(s >= 0.6 for s in five)} | {mean_se(five)} | - |")
    lines.append(f"| the same | the block that holds them | {sum(s >= 0.6 for s in block)} | {mean_se(block)} | - |")
    any_module = 0
    for seed in range(9300, 9300 + n_null):
        cohort = null_cohort(600, 1000, seed, lineage_known=seed % 2 == 0)
        Z, y, codes, genes = standardised(cohort)
        any_module += bool(find_modules(Z, y, codes, genes, settings=SETTINGS))
    lines += ["", f"Null cohorts with a module (tissue told in every other one): {any_module} of {n_null}, "]
    lines[-1] += clopper(any_module, n_null)
    print("\n".join(lines[-4:]), flush=True)
    write()

    precision, coverage, measured, length, uncovered = [], [], [], [], 0
    rule_ms, cf_ms, flipped, shown, asked, sizes = [], [], 0, 0, 0, []
    drug = []
    for seed in range(9500, 9500 + n_rules):
        cohort = planted_cohort("A", 600, 1000, seed, n_test=400)
        Z, y, codes, genes = standardised(cohort)
        model = SharedTrees(Z[:600], TreeSettings()).fit(y[:600], np.arange(600), seed)
        importance = np.abs(model.predict(Z[:600], pred_contrib=True)[:, :-1]).mean(axis=0)
        search = RuleSearch(mean_prediction([model]), Z[:600], importance, genes)
        chosen = slice(600, 600 + n_lines)
        names = [f"line {k}" for k in range(n_lines)]
        start = time.process_time()
        rules = search.line_rules(Z[chosen], names, Z[600:], y[600:])
        rule_ms.append(1000 * (time.process_time() - start) / n_lines)
        kept = [r for r in rules if r is not None and r.n_covered]
        uncovered += n_lines - len(kept)
        precision.append(float(np.mean([r.precision.estimate for r in kept])))
        coverage.append(float(np.mean([r.coverage for r in kept])))
        measured.append(float(np.mean([r.measured.estimate for r in kept if r.measured])))
        length.append(float(np.mean([len(r.conditions) for r in kept])))
        drug += [r for r in search.drug_rules(Z[600:], y[600:]) if r.n_covered]
        start = time.process_time()
        found = find_counterfactuals([model], Z[:600], genes, Z[chosen], names, threshold=search.threshold)
        cf_ms.append(1000 * (time.process_time() - start) / n_lines)
        asked, shown = asked + n_lines, shown + len(found)
        place = {g: k for k, g in enumerate(genes)}
        for c in found:
            x = Z[600 + int(c.line.split()[1])].copy()
            for gene, _, new in c.changes:
                x[place[gene]] = new
            after = float(model.predict(x[None])[0])
            flipped += (c.prediction_before <= c.threshold) != (after <= c.threshold)
            sizes.append(len(c.changes))
        print(seed, precision[-1], coverage[-1], cf_ms[-1], flush=True)
    lines += [
        "",
        f"## Rules: {n_rules} cohorts of setting A, {n_lines} held-out lines each, scored on all 400 held-out lines",
        "",
        "| measure | value |",
        "|---|---|",
        f"| precision of a line's rule (base rate 0.5) | {mean_se(precision)} |",
        f"| coverage | {mean_se(coverage)} |",
        f"| the same lines by measured response | {mean_se(measured)} |",
        f"| conditions | {np.mean(length):.1f} |",
        f"| lines without a covered rule | {uncovered} of {n_rules * n_lines} |",
        f"| CPU ms a line | {np.mean(rule_ms):.0f} |",
        f"| rules of the drug: precision, coverage, lift | {np.mean([r.precision.estimate for r in drug]):.2f}, "
        f"{np.mean([r.coverage for r in drug]):.2f}, {np.mean([r.lift for r in drug]):.2f} ({len(drug)} rules) |",
        "",
        "## Counterfactuals on the same lines",
        "",
        f"{shown} of {asked} lines have one; {flipped} of {shown} flip the model when it is asked again; "
        f"{np.mean(sizes):.1f} genes; {np.mean(cf_ms):.1f} CPU ms a line, set-up included.",
    ]
    write()
    print("\n".join(lines))


if __name__ == "__main__":
    main()

"""Group-level calls and pair rankings on planted cohorts; any call on null cohorts.

Run: ``python -m benchmarks.interactions.pairs --full`` (or ``--small``); results/interactions_pairs.md grows with it.
Development used seeds 500-535 and 600-611; the seeds below were not looked at before
the method was final.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.interactions.common import RESULTS, clopper, header, mean_se, standardised
from explain_engine.attribution.groups import group_genes
from explain_engine.interactions.calls import Calls, CallSettings, search
from explain_engine.interactions.find import find_interactions
from explain_engine.interactions.forms import learn_forms
from explain_engine.interactions.fusion import PairRanking, data_ranking, fuse, model_ranking
from explain_engine.interactions.model_view import bagged_interactions
from explain_engine.interactions.strata import lineage_strata
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees, TreeSettings
from explain_engine.synth import PlantedCohort, null_cohort, planted_cohort

N_LINES, N_TEST, N_GENES = 600, 400, 1000
SEARCHED: dict[int, Calls] = {}
_EXPECTED_KIND = {"product": {"synergy", "redundancy"}, "and": {"and"}, "or": {"or"}, "xor": {"xor"}}


@dataclass
class Score:
    """Counts over cohorts."""

    found: Counter[str] = field(default_factory=Counter)
    false: int = 0
    unconfirmed_true: int = 0
    unconfirmed_false: int = 0
    shares: list[float] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)
    kinds_right: int = 0
    genes_right: int = 0
    covered: int = 0
    cpu: list[float] = field(default_factory=list)


def judge(cohort: PlantedCohort, score: Score, seed: int) -> None:
    Z, y, codes, genes = standardised(cohort)
    groups = group_genes(Z[:N_LINES], genes, codes=codes[:N_LINES])
    away = np.arange(len(y)) >= N_LINES
    start = time.process_time()
    settings = CallSettings(seed=seed)
    strata = np.unique(lineage_strata(Z, codes, seed)[~away], return_inverse=True)[1]
    calls = search(Z[~away], y[~away], strata, groups.label, settings, held_out=True)
    result = find_interactions(Z, y, codes, genes, groups, held_out=away, settings=settings, searched=calls)
    SEARCHED[seed] = calls
    score.cpu.append(time.process_time() - start)
    block = cohort.truth.blocks
    true = {frozenset((block[p.first], block[p.second])): p for p in cohort.truth.pairs}
    hit = 0
    seen: set[frozenset[int]] = set()
    for call in result.calls:
        key = frozenset((block[call.first_gene], block[call.second_gene]))
        if key in true and key not in seen:
            seen.add(key)
            hit += 1
            score.found[true[key].kind] += 1
            score.kinds_right += call.kind in _EXPECTED_KIND[true[key].kind]
            score.genes_right += {call.first_gene, call.second_gene} == {true[key].first, true[key].second}
        else:
            score.false += key not in true
    wrong = sum(frozenset((block[c.first_gene], block[c.second_gene])) not in true for c in result.calls)
    for call in result.unconfirmed:
        key = frozenset((block[call.first_gene], block[call.second_gene]))
        if key in true:
            score.unconfirmed_true += 1
        else:
            score.unconfirmed_false += 1
    score.hits.append(hit)
    score.shares.append(wrong / max(1, len(result.calls)))


def rank(cohort: PlantedCohort, seed: int) -> dict[str, tuple[float, int, int, int]]:
    """Average precision over all gene pairs and planted pairs in the top 10, 100 and 1,000, by view."""
    Z, y, codes, genes = standardised(cohort)
    Z, y, codes = Z[:N_LINES], y[:N_LINES], codes[:N_LINES]
    groups = group_genes(Z, genes, codes=codes)
    strata = lineage_strata(Z, codes)
    calls = SEARCHED.pop(seed)
    data = data_ranking(calls, learn_forms(Z).transform(Z), strata, groups.label)
    bags = draw_bags(N_LINES, 4, 3, seed)
    used = bagged_interactions(SharedTrees(Z, TreeSettings()), Z, y, bags, seed)
    model = model_ranking(used, y, groups.label)
    place = {g: k for k, g in enumerate(genes)}
    true = {tuple(sorted((place[p.first], place[p.second]))) for p in cohort.truth.pairs}
    views = {"data": data, "model (bagged TreeSHAP)": model, "fused": fuse(data, model, len(genes))}
    return {name: _measure(view, true) for name, view in views.items()}


def _measure(view: PairRanking, true: set[tuple[int, ...]]) -> tuple[float, int, int, int]:
    positions = [k for k, pair in enumerate(view.pairs.tolist(), start=1) if tuple(pair) in true]
    precision = sum((n + 1) / place for n, place in enumerate(positions)) / len(true)
    return precision, *(sum(p <= top for p in positions) for top in (10, 100, 1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true")
    size.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    n_planted, n_curve, n_null = (10, 2, 20) if full else (2, 1, 2)
    lines = header("Pairs", f"python -m benchmarks.interactions.pairs {'--full' if full else '--small'}")

    score, ranks = Score(), []
    for seed in range(9500, 9500 + n_planted):
        cohort = planted_cohort("A", N_LINES, N_GENES, seed, n_test=N_TEST)
        judge(cohort, score, seed)
        if seed < 9500 + (10 if full else 1):
            ranks.append(rank(cohort, seed))
        print(seed, score.hits[-1], score.shares[-1], flush=True)
    total = sum(score.found.values())
    lines += [
        f"## Setting A: {n_planted} cohorts (seeds from 9500), {N_LINES} lines searched, {N_TEST} held out",
        "",
        "| measure | value |",
        "|---|---|",
        f"| planted group pairs called | {total} of {6 * n_planted}, power {mean_se([h / 6 for h in score.hits])} |",
        f"| by kind | {', '.join(f'{k} {score.found[k]}/{n_planted * c}' for k, c in _PLANTED.items())} |",
        f"| false calls | {score.false} of {total + score.false}: {clopper(score.false, total + score.false)} |",
        f"| mean false share a cohort | {mean_se(score.shares)} |",
        f"| found in the search, not confirmed | {score.unconfirmed_true} planted, {score.unconfirmed_false} others |",
        f"| kind named right | {score.kinds_right} of {total} |",
        f"| both planted genes named exactly | {score.genes_right} of {total} |",
        f"| CPU seconds a cohort | {np.mean(score.cpu):.1f} |",
        "",
        f"### Rankings of all 499,500 gene pairs ({len(ranks)} cohorts)",
        "",
        "| view | AP | planted of 6 in top 10 | top 100 | top 1,000 |",
        "|---|---|---|---|---|",
    ]
    for name in ranks[0]:
        rows = np.array([r[name] for r in ranks])
        lines.append(
            f"| {name} | {mean_se(rows[:, 0])} | " + " | ".join(f"{v:.1f}" for v in rows[:, 1:].mean(0)) + " |"
        )

    write(lines, full)
    lines += [
        "",
        "## Null cohorts: no gene acts, tissue explains 35 % of the response",
        "",
        "| tissue | cohorts | with any call (450 searched, 150 held out) | with any find before confirmation |",
        "|---|---|---|---|",
    ]
    for known in (True, False):
        any_call = any_find = 0
        for seed in range(9300, 9300 + n_null):
            cohort = null_cohort(N_LINES, N_GENES, seed, lineage_known=known)
            Z, y, codes, genes = standardised(cohort)
            groups = group_genes(Z, genes, codes=codes)
            result = find_interactions(Z, y, codes, genes, groups, settings=CallSettings(seed=seed))
            any_call += bool(result.calls)
            any_find += bool(result.calls or result.unconfirmed)
            print("null", known, seed, len(result.calls), len(result.unconfirmed), flush=True)
        told = "told" if known else "not told"
        lines.append(f"| {told} | {n_null} | {any_call}: {clopper(any_call, n_null)} | {any_find} |")
    write(lines, full)
    lines += [
        "",
        "## Power over signal strength (setting A, 2 cohorts a point; 0.6 is the table above)",
        "",
        "| oracle R2 | power | false calls |",
    ]
    lines.append("|---|---|---|")
    for r2 in (0.3, 0.45, 0.75):
        at = Score()
        for seed in range(9100, 9100 + n_curve):
            judge(planted_cohort("A", N_LINES, N_GENES, seed, n_test=N_TEST, oracle_r2=r2), at, seed)
        lines.append(f"| {r2} | {mean_se([h / 6 for h in at.hits])} | {at.false} |")
        print("curve", r2, at.hits, at.false, flush=True)

    lines += ["", "## Setting B (tissue drives expression and response; pre-selected panel)", ""]
    at = Score()
    for seed in range(9200, 9200 + n_curve + 1):
        judge(planted_cohort("B", N_LINES, N_GENES, seed, n_test=N_TEST), at, seed)
    lines.append(f"{len(at.hits)} cohorts: power {mean_se([h / 6 for h in at.hits])}, false calls {at.false}.")
    print("B", at.hits, at.false, flush=True)

    print(write(lines, full))


def write(lines: list[str], full: bool) -> str:
    text = "\n".join(lines) + "\n"
    if full:
        (RESULTS / "interactions_pairs.md").write_text(text)
    return text


_PLANTED = {"product": 2, "and": 2, "xor": 1, "or": 1}

if __name__ == "__main__":
    pd.set_option("display.width", 160)
    main()

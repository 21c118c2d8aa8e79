"""The paper's 20 drugs: its splits and black-box probabilities, its measures and ours, with controls.

python -m benchmarks.illume.drugs20 [--small] [--seeds N] [--published-seeds N] [--patience N] [--fit-only]

The encoders are fitted on the published probabilities. Ablation, TreeSHAP and LIME need a model that can be asked: a
LightGBM regression of logit p(class 0) on the training lines, with the number of rounds fixed beforehand. Everything in
the table is computed on the test lines, which nothing is fitted, stopped or chosen on.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.illume.gdsc20 import DrugTask, load_tasks
from benchmarks.illume.measures import (
    ablation_ratio,
    lime_slopes,
    paper_faithfulness,
    paper_robustness,
    seed_agreement,
)

RESULT = Path(__file__).parents[1] / "results" / "illume_drugs20.md"


def stand_in(x: np.ndarray, target: np.ndarray, seed: int):
    """A LightGBM regression that can be asked where the published black box cannot."""
    import lightgbm as lgb

    settings = {"objective": "regression", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 10}
    settings |= {"feature_fraction": 0.1, "num_threads": 1, "verbosity": -1, "seed": seed, "deterministic": True}
    return lgb.train(settings | {"force_col_wise": True}, lgb.Dataset(x, target), num_boost_round=200)


def binary_scores(truth: np.ndarray, score: np.ndarray, cut: float = 0.5) -> tuple[float, float]:
    """F1 and AUROC of a surrogate for the black box's label; AUROC is undefined with one class."""
    from sklearn.metrics import f1_score, roc_auc_score

    area = float(roc_auc_score(truth, score)) if 0 < truth.mean() < 1 else float("nan")
    return float(f1_score(truth, score > cut, zero_division=0.0)), area


def rank_of_targets(ranking: np.ndarray, task: DrugTask) -> str:
    places = {gene: place for place, gene in enumerate(np.array(task.genes)[np.argsort(-ranking, kind="stable")], 1)}
    return ", ".join(f"{gene} {places[gene]}" for gene in task.targets if gene in places) or "not in panel"


def one_drug(task: DrugTask, seeds: int, published_seeds: int, patience: int) -> tuple[list[dict], float]:
    """Rows of one drug, and CPU seconds of one default fit with its explanations."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    from explain_engine.attribution.illume import IllumePlus

    x, p = task.x, task.p
    test, p_test = x["test"], p["test"]
    label_train = (p["train"].argmax(axis=1) == 0).astype(int)
    label = (p_test.argmax(axis=1) == 0).astype(int)
    logit = {part: np.log(q[:, 0] / (1 - q[:, 0])) for part, q in p.items()}
    model = stand_in(x["train"], logit["train"], 0)
    fidelity = float(np.corrcoef(model.predict(test), logit["test"])[0, 1])
    rows: list[dict] = []

    def add(name: str, local: np.ndarray, rankings: list[np.ndarray], f1: float = np.nan, area: float = np.nan) -> None:
        rho, jaccard = seed_agreement(rankings) if len(rankings) > 1 else (np.nan, np.nan)
        rows.append(
            {
                "drug": task.drug,
                "method": name,
                "F1": f1,
                "AUROC": area,
                "faithfulness": paper_faithfulness(local, p_test),
                "robustness": paper_robustness(local, test, p_test.argmax(axis=1)),
                "ablation": ablation_ratio(model.predict, test, local, seed=7),
                "ablation x value": ablation_ratio(model.predict, test, local * test, seed=7),
                "seed rho": rho,
                "seed Jaccard50": jaccard,
                "target rank": rank_of_targets(rankings[0], task),
            }
        )

    once = 0.0
    variants = {
        "ILLUME+ published choices": ({"paper_faithful": True}, published_seeds, p["train"], p["valid"]),
        "ILLUME+ ours": ({}, seeds, p["train"], p["valid"]),
        "encoder untrained": ({"learning_rate": 0.0, "max_epochs": 1}, seeds, p["train"], p["valid"]),
    }
    for name, (settings, count, p_train, p_valid) in variants.items():
        rankings, first, scores = [], None, (np.nan, np.nan)
        for seed in range(count):
            start = time.process_time()
            fitted = IllumePlus(random_state=seed, patience=patience, **settings)
            fitted.fit(x["train"], p_train, X_val=x["valid"], y_val=p_valid)
            local = fitted.attributions(test, p_test)
            if name == "ILLUME+ ours" and seed == 0:
                once = time.process_time() - start
            if first is None:
                first, scores = local, binary_scores(label, fitted.surrogate_score(test))
            rankings.append(np.abs(local).mean(axis=0))
        if first is not None:
            add(name, first, rankings, *scores)

    # Control: the probabilities the encoder is shown are permuted, the surrogate still learns the true labels.
    latents = IllumePlus(random_state=0, patience=patience)
    order = np.random.default_rng(0).permutation(len(p["train"]))
    latents.fit(x["train"], p["train"][order], X_val=x["valid"], y_val=p["valid"])
    plain = PCA(min(96, min(x["train"].shape)), random_state=0).fit(x["train"])
    for name, transform in (
        ("probabilities permuted", latents.transform),
        ("96 principal components", plain.transform),
    ):
        z, z_test = transform(x["train"]), transform(test)
        centre, scale = z.mean(axis=0), z.std(axis=0)
        surrogate = LogisticRegression(C=0.01, max_iter=2000).fit((z - centre) / scale, label_train)
        f1, area = binary_scores(label, surrogate.predict_proba((z_test - centre) / scale)[:, 1])
        rows.append({"drug": task.drug, "method": f"control: {name}", "F1": f1, "AUROC": area, "target rank": "-"})

    models = [model] + [stand_in(x["train"], logit["train"], seed) for seed in range(1, seeds)]
    shap = [m.predict(test, pred_contrib=True)[:, :-1] for m in models]
    add("TreeSHAP", shap[0], [np.abs(phi).mean(axis=0) for phi in shap])
    rows[-1]["ablation x value"] = np.nan
    slopes = [lime_slopes(model.predict, test, seed) for seed in range(min(seeds, 2))]
    add("LIME", slopes[0], [np.abs(s).mean(axis=0) for s in slopes])
    linear = LogisticRegression(C=0.01, max_iter=2000).fit(x["train"], label_train)
    f1, area = binary_scores(label, linear.predict_proba(test)[:, 1])
    value = linear.coef_ * test
    add("logistic coefficient x value", value, [np.abs(value).mean(axis=0)] * 2, f1, area)
    rows[-1]["ablation x value"] = np.nan
    noise = [np.random.default_rng(seed).standard_normal(test.shape) for seed in range(seeds)]
    add("random", noise[0], [np.abs(s).mean(axis=0) for s in noise])
    add("constant", np.ones_like(test), [np.ones(test.shape[1])] * 2)
    rows[-1]["ablation"] = np.nan
    for row in rows:
        row["stand-in r"] = fidelity
    return rows, once


def fit_only(task: DrugTask, patience: int) -> dict:
    """One fit of the defaults and the explanation of the test lines: the row of the timing table."""
    from explain_engine.attribution.illume import IllumePlus

    start = time.process_time()
    fitted = IllumePlus(random_state=0, patience=patience)
    fitted.fit(task.x["train"], task.p["train"], X_val=task.x["valid"], y_val=task.p["valid"])
    local = fitted.attributions(task.x["test"], task.p["test"])
    cpu = time.process_time() - start
    label = (task.p["test"].argmax(axis=1) == 0).astype(int)
    f1, area = binary_scores(label, fitted.surrogate_score(task.x["test"]))
    return {
        "drug": task.drug,
        "genes": len(task.genes),
        "of Boruta's": task.boruta_genes,
        "lines missing": task.missing_lines,
        "train / valid / test": " / ".join(str(len(v)) for v in task.x.values()),
        "epochs": str(len(fitted.history_.train)),
        "F1": f1,
        "AUROC": area,
        "faithfulness": paper_faithfulness(local, task.p["test"]),
        "robustness": paper_robustness(local, task.x["test"], task.p["test"].argmax(axis=1)),
        "target rank": rank_of_targets(np.abs(local).mean(axis=0), task),
        "CPU s": cpu,
    }


def time_all(tasks: list[DrugTask], patience: int, workers: int) -> None:
    """Fit and explain every drug once; print and write the table."""
    start = time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        rows = list(pool.map(fit_only, tasks, [patience] * len(tasks)))
    wall = time.perf_counter() - start
    frame = pd.DataFrame(rows)
    text = "\n".join(
        [
            "# ILLUME+ (defaults), all 20 drugs fitted and their test lines explained",
            "",
            f"`python -m benchmarks.illume.drugs20 --fit-only --patience {patience} --workers {workers}`; seed 0; "
            f"{frame['CPU s'].sum():.0f} CPU seconds in all, {wall:.0f} s of wall time with {workers} processes on a "
            "machine shared with a dozen others.",
            "",
            table(frame),
        ]
    )
    RESULT.with_name("illume_drugs20_fit.md").write_text(text + "\n")
    print(text)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if np.isnan(value) else f"{value:.2f}"
    return str(value)


def table(frame: pd.DataFrame) -> str:
    head = "| " + " | ".join(frame.columns) + " |\n|" + "---|" * len(frame.columns)
    return "\n".join(
        [head, *("| " + " | ".join(_cell(v) for v in row) + " |" for row in frame.itertuples(index=False))]
    )


def report(
    rows: list[dict], once: dict[str, float], wall: float, args: argparse.Namespace, tasks: list[DrugTask]
) -> str:
    frame = pd.DataFrame(rows)
    numbers = [c for c in frame.columns if c not in ("drug", "method", "target rank", "stand-in r")]
    mean = frame.groupby("method", sort=False)[numbers].mean().reset_index()
    coverage = pd.DataFrame(
        [
            {
                "drug": t.drug,
                "Boruta genes": t.boruta_genes,
                "of them here": len(t.genes),
                "lines missing": t.missing_lines,
                "train / valid / test": " / ".join(str(len(v)) for v in t.x.values()),
                "CPU s, one fit + test lines explained": once.get(t.drug, float("nan")),
            }
            for t in tasks
        ]
    )
    command = "python -m benchmarks.illume.drugs20" + (" --small" if args.small else "")
    lines = [
        "# ILLUME+ on the paper's 20 drugs",
        "",
        f"`{command} --seeds {args.seeds} --published-seeds {args.published_seeds} --patience {args.patience}`; seeds "
        f"0 to {args.seeds - 1}; all figures on the test lines; {' '.join(__doc__.split(chr(10) * 2)[2].split())}",
        "",
        f"One fit and its explanations for all {len(once)} drugs: {sum(once.values()):.0f} CPU seconds. "
        f"Whole benchmark: {wall:.0f} s of wall time on a shared machine.",
        "",
        "F1, AUROC: surrogate against the black box's label. Faithfulness, robustness: the papers' own. Ablation: the "
        "stand-in's output moves this many times as much when each line's ten first genes are set to the mean than "
        "ten random ones; the second column ranks by slope times expression. Seed rho, Jaccard50: "
        "global rankings over explainer seeds (TreeSHAP: re-trained stand-ins; LIME: two seeds).",
        "",
        "## Mean over drugs",
        "",
        table(mean),
        "",
        "## By drug",
        "",
        table(frame),
        "",
        "## Coverage and cost",
        "",
        table(coverage),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="one drug, two seeds, short fits, nothing written")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--published-seeds", type=int, default=5)
    parser.add_argument("--patience", type=int, default=30)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fit-only", action="store_true", help="one default fit a drug, for the time it takes")
    args = parser.parse_args()
    tasks = load_tasks()
    if args.fit_only:
        time_all(tasks, args.patience, args.workers)
        return
    if args.small:
        tasks, args.seeds, args.published_seeds, args.patience = tasks[5:6], 2, 1, 3
    start = time.perf_counter()
    rows: list[dict] = []
    once: dict[str, float] = {}
    count = len(tasks)
    with ProcessPoolExecutor(args.workers) as pool:
        settings = ([args.seeds] * count, [args.published_seeds] * count, [args.patience] * count)
        for task, (found, cpu) in zip(tasks, pool.map(one_drug, tasks, *settings), strict=True):
            rows += found
            once[task.drug] = cpu
            print(table(pd.DataFrame(found)), flush=True)
            text = report(rows, once, time.perf_counter() - start, args, tasks)
            if not args.small:
                RESULT.write_text(text)
    print(text.split("## By drug")[0])


if __name__ == "__main__":
    main()

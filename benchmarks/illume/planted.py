"""Planted cohorts: ILLUME+ and its taught variant beside TreeSHAP, LIME, linear coefficients and controls.

python -m benchmarks.illume.planted [--small] [--cohorts N] [--seeds N]

Black box: 20 LightGBM models on repeated folds, whose mean predicts new lines. The teacher is given out-of-bag
TreeSHAP values and predictions of the 600 training lines; all figures are of 300 lines that no model has seen.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.illume.drugs20 import table
from benchmarks.illume.measures import (
    ablation_ratio,
    lime_slopes,
    paper_faithfulness,
    paper_robustness,
    seed_agreement,
)

RESULT = Path(__file__).parents[1] / "results" / "illume_planted.md"


class Size(NamedTuple):
    """Training lines, genes, new lines, repeats of the five folds, lines explained by LIME."""

    lines: int = 600
    genes: int = 1000
    new: int = 300
    repeats: int = 4
    lime: int = 60


SMALL = Size(lines=200, genes=460, new=80, repeats=1, lime=8)


class Chain:
    """A cohort, its bagged black box, and TreeSHAP values inside and outside the training lines."""

    def __init__(self, setting: str, seed: int, chain_seed: int, size: Size) -> None:
        from explain_engine.predict.bags import draw_bags
        from explain_engine.predict.trees import SharedTrees, TreeSettings
        from explain_engine.synth import planted_cohort

        n, repeats = size.lines, size.repeats
        cohort = planted_cohort(setting, n, size.genes, seed, n_test=size.new)
        x = cohort.X.to_numpy()
        x = (x - x[:n].mean(axis=0)) / x[:n].std(axis=0)
        self.train, self.test, self.y = x[:n], x[n:], cohort.y.to_numpy()
        self.planted = np.isin(cohort.X.columns, cohort.truth.genes)
        trees = SharedTrees(self.train, TreeSettings())
        self.models = []
        self.phi, self.prediction = np.zeros_like(self.train), np.zeros(n)
        for b, (inside, outside) in enumerate(draw_bags(n, 5, repeats, chain_seed)):
            model = trees.fit(self.y[:n], inside, seed=1000 * chain_seed + b)
            values = trees.contributions(model, outside)
            self.phi[outside] += values[:, :-1] / repeats
            self.prediction[outside] += values.sum(axis=1) / repeats
            self.models.append(model)
        self.test_phi = np.mean([model.predict(self.test, pred_contrib=True)[:, :-1] for model in self.models], axis=0)
        self.test_prediction = self.predict(self.test)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Mean prediction of all models."""
        return np.asarray(np.mean([model.predict(x) for model in self.models], axis=0))


def recovery(ranking: np.ndarray, planted: np.ndarray) -> tuple[float, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    return float(average_precision_score(planted, ranking)), float(roc_auc_score(planted, ranking))


def one_line_ms(explain, line: np.ndarray) -> float:
    """CPU milliseconds to explain one new line, median of 50."""
    explain(line)
    times = []
    for _ in range(50):
        start = time.process_time()
        explain(line)
        times.append(time.process_time() - start)
    return 1e3 * float(np.median(times))


def one_cohort(setting: str, seed: int, seeds: int, sizes: Size) -> list[dict]:
    from sklearn.linear_model import RidgeCV

    from explain_engine.attribution.illume import IllumePlus, IllumeTeacher
    from explain_engine.attribution.illume.teacher_curves import straight_slopes

    chain, other = Chain(setting, seed, 0, sizes), Chain(setting, seed, 1, sizes)
    whole, label = (
        chain.test_prediction,
        np.digitize(chain.test_prediction, np.quantile(chain.prediction, [1 / 3, 2 / 3])),
    )
    reference = ablation_ratio(chain.predict, chain.test, chain.test_phi, seed=7)
    energy = float((chain.test_phi**2).sum())
    rows: list[dict] = []

    def add(
        name: str, local: np.ndarray, rankings: list[np.ndarray], *, chained: float = np.nan, **more: float
    ) -> None:
        precision, area = recovery(rankings[0], chain.planted)
        rho, jaccard = seed_agreement(rankings) if len(rankings) > 1 else (np.nan, np.nan)
        rows.append(
            {
                "setting": setting,
                "method": name,
                "ablation / TreeSHAP's": ablation_ratio(chain.predict, chain.test, local, seed=7) / reference,
                "faithfulness": paper_faithfulness(local, whole[:, None]),
                "robustness": paper_robustness(local, chain.test, label),
                "AP": precision,
                "AUROC": area,
                "seed rho": rho,
                "seed Jaccard50": jaccard,
                "chain rho": chained,
                **more,
            }
        )

    def size(local: np.ndarray) -> np.ndarray:
        return np.abs(local).mean(axis=0)

    def chain_rho(one: np.ndarray, two: np.ndarray) -> float:
        return seed_agreement([one, two])[0]

    add("TreeSHAP, bagged", chain.test_phi, [size(chain.test_phi)], chained=chain_rho(size(chain.phi), size(other.phi)))
    slope = straight_slopes(chain.train, chain.phi)
    r2 = 1 - float(((chain.test_phi - slope * chain.test) ** 2).sum()) / energy
    add(
        "control: TreeSHAP's straight slopes x value", slope * chain.test, [np.abs(slope)] * 2, **{"R2 of TreeSHAP": r2}
    )
    variants = {
        "teacher, curves alone": {"n_latents": 0},
        "teacher, curves and encoder": {},
        "teacher, encoder of 96 latents, rank 31": {"n_latents": 96, "rank": 31},
    }
    for name, settings in variants.items():
        count = 1 if "96" in name else min(seeds, 3) if "encoder" in name else seeds
        start = time.process_time()
        models = [
            IllumeTeacher(random_state=s, **settings).fit(chain.train, chain.phi, chain.prediction)
            for s in range(count)
        ]
        cpu = (time.process_time() - start) / count
        local = models[0].contributions(chain.test)
        again = IllumeTeacher(random_state=0, n_latents=0).fit(other.train, other.phi, other.prediction)
        more = {
            "R2 of TreeSHAP": 1 - float(((chain.test_phi - local) ** 2).sum()) / energy,
            "r of prediction": float(np.corrcoef(models[0].predict(chain.test), whole)[0, 1]),
            "encoder kept": float(np.mean([model.encoder_ is not None for model in models])),
            "ms a line": one_line_ms(models[0].contributions, chain.test[:1]),
            "CPU s a fit": cpu,
        }
        rankings = [model.global_attribution(chain.test) for model in models]
        add(name, local, rankings, chained=chain_rho(rankings[0], again.global_attribution(other.test)), **more)
        if name == "teacher, curves alone":
            add(
                "teacher, curves alone, slopes",
                models[0].slopes(chain.test),
                [size(m.slopes(chain.test)) for m in models],
            )
    for name, settings, count in (
        ("ILLUME+ ours, regression head", {"patience": 10}, min(seeds, 3)),
        ("ILLUME+ published choices, regression head", {"paper_faithful": True, "max_epochs": 40}, 1),
        ("encoder untrained", {"learning_rate": 0.0, "max_epochs": 1}, seeds),
    ):
        locals_, cpu = [], time.process_time()
        for s in range(count):
            fitted = IllumePlus(random_state=s, **settings).fit(chain.train, chain.prediction)
            locals_.append(fitted.attributions(chain.test))
        cpu = (time.process_time() - cpu) / count
        r = float(np.corrcoef(fitted.predict(chain.test), whole)[0, 1])
        add(f"{name}, slopes", locals_[0], [size(one) for one in locals_], **{"r of prediction": r, "CPU s a fit": cpu})
        add(f"{name}, x value", locals_[0] * chain.test, [size(one * chain.test) for one in locals_])
    some = slice(0, sizes.lime)
    slopes = lime_slopes(chain.predict, chain.test[some], 0)
    rows.append(
        {
            "setting": setting,
            "method": f"LIME slopes, {sizes.lime} lines",
            "ablation / TreeSHAP's": ablation_ratio(chain.predict, chain.test[some], slopes, seed=7) / reference,
            "faithfulness": paper_faithfulness(slopes, whole[some, None]),
            "robustness": paper_robustness(slopes, chain.test[some], label[some]),
            "AP": recovery(size(slopes), chain.planted)[0],
            "AUROC": recovery(size(slopes), chain.planted)[1],
        }
    )
    ridge = RidgeCV(alphas=np.logspace(1, 6, 11)).fit(chain.train, chain.prediction)
    add("ridge coefficient x value", ridge.coef_ * chain.test, [np.abs(ridge.coef_)] * 2)
    add(
        "random",
        np.random.default_rng(0).standard_normal(chain.test.shape),
        [np.random.default_rng(1).random(sizes.genes)],
    )
    for row in rows:
        row["TreeSHAP ablation"] = reference
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--small", action="store_true", help="one small cohort of setting A, two seeds, nothing written"
    )
    parser.add_argument("--cohorts", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    jobs = [(setting, seed) for seed in range(args.cohorts) for setting in ("A", "B")]
    if args.small:
        jobs, args.seeds = jobs[:1], 2
    rows: list[dict] = []
    for setting, seed in jobs:
        rows += one_cohort(setting, seed, args.seeds, SMALL if args.small else Size())
        frame = pd.DataFrame(rows)
        mean = frame.groupby(["setting", "method"], sort=False).mean(numeric_only=True).reset_index()
        done = frame.groupby("setting")["TreeSHAP ablation"].nunique().to_dict()
        text = "\n".join(
            [
                "# ILLUME+ and its taught variant on planted cohorts",
                "",
                f"`python -m benchmarks.illume.planted --cohorts {args.cohorts} --seeds {args.seeds}`; cohort seeds "
                f"0 to {args.cohorts - 1} (done: {done}), explainer seeds 0 to {args.seeds - 1}. "
                + " ".join(__doc__.split("\n\n")[2].split()),
                "",
                "Ablation: ten first genes of each line against ten random ones, as a share of TreeSHAP's ratio (last "
                "column). Seed rho: global ranking over explainer seeds; chain rho: over two seeds of the whole chain, "
                "bags, trees and explainer. R2 of TreeSHAP: share of the sum of squares of the black box's TreeSHAP "
                "values on new lines. AP, AUROC: planted genes, base rate 0.027.",
                "",
                table(mean),
            ]
        )
        if not args.small:
            RESULT.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""Local explanations on planted cohorts: robustness and faithfulness of the papers, ablation ratio, controls.

Run: python -m benchmarks.attribution.local --seeds 20,21,22
Each method is judged on the model it explains; lines explained (200) were never used for fitting.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from explain_engine.attribution.consensus_model import fit_consensus
from explain_engine.attribution.linear import ridge_coefficients
from explain_engine.attribution.local import local_slopes
from explain_engine.attribution.model import BoosterPredictor
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees
from explain_engine.settings import ExplainSettings
from explain_engine.stability.local_measures import ablation_ratio, faithfulness, robustness
from explain_engine.synth import planted_cohort

STORE = Path(__file__).parents[1] / "results" / "attribution_local.json"
TEST = 200


def untrained_slopes(X: np.ndarray, rng: np.random.Generator, latents: int = 96) -> np.ndarray:
    """Slopes of an ILLUME-like encoder left at random, with random weights on its latents: the control."""
    m = X.shape[1]
    rank = int(np.sqrt(m))
    B, weight = rng.uniform(-1, 1, (m, rank)), rng.standard_normal(latents)
    out = np.zeros(X.shape)
    for coefficient in weight:
        u = (X @ (rng.uniform(-1, 1, (rank, m)) / np.sqrt(m)).T) @ (B / np.sqrt(rank)).T
        out += coefficient * u / np.linalg.norm(u, axis=1, keepdims=True)
    return out


def one(setting: str, seed: int) -> dict[str, tuple[float, float, float]]:
    """Robustness, faithfulness and ablation ratio of each method on one cohort."""
    settings = ExplainSettings()
    cohort = planted_cohort(setting, 600, 1000, seed, n_test=TEST)
    raw, y = cohort.X.to_numpy(), cohort.y.to_numpy()[:600]
    mean, spread = raw[:600].mean(axis=0), raw[:600].std(axis=0)
    Z, X = (raw[:600] - mean) / spread, (raw[600:] - mean) / spread
    rng = np.random.default_rng(seed)
    trees = SharedTrees(np.vstack([Z, X]), settings.trees)
    booster = trees.fit(np.concatenate([y, np.zeros(TEST)]), np.arange(600), seed)
    single = BoosterPredictor(booster).predict
    single_phi = trees.contributions(booster, np.arange(600, 600 + TEST))[:, :-1]
    bags = draw_bags(600, settings.folds, settings.repeats, seed)
    consensus = fit_consensus(Z, y, bags, seed=seed, n_effects=settings.effects)
    phi = consensus.contributions(X)
    slopes = local_slopes(consensus.contributions(Z), Z, consensus.predict(Z), consensus.predict(X))
    single_slopes = local_slopes(trees.contributions(booster, np.arange(600))[:, :-1], Z, single(Z), single(X))
    beta = ridge_coefficients(Z, y)
    random = rng.standard_normal(X.shape)
    constant, untrained = np.ones(X.shape), untrained_slopes(X, rng)

    def judge(explanation, picks, predict):
        prediction = predict(X)
        label = (prediction > np.median(prediction)).astype(np.intp)
        return (
            robustness(explanation, X, label),
            faithfulness(explanation, prediction),
            ablation_ratio(predict, X, picks, seed=seed),
        )

    return {
        "TreeSHAP, one model": judge(single_phi, single_phi, single),
        "TreeSHAP, one model, smooth slopes": judge(single_slopes, single_slopes * X, single),
        "consensus attributions": judge(phi, phi, consensus.predict),
        "consensus, smooth slopes": judge(slopes, slopes * X, consensus.predict),
        "ridge coefficient x value": judge(X * beta, X * beta, lambda A: A @ beta),
        "untrained encoder slope": judge(untrained, untrained, consensus.predict),
        "constant": judge(constant, random, consensus.predict),
        "random": judge(random, random, consensus.predict),
    }


def main() -> None:
    """Print one table, mean over the cohorts of each setting."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="20,21,22")
    args = parser.parse_args()
    rows = json.loads(STORE.read_text()) if STORE.exists() else []
    for seed in map(int, args.seeds.split(",")):
        for setting in ("A", "B"):
            if any((r["setting"], r["seed"]) == (setting, seed) for r in rows):
                continue
            rows.append({"setting": setting, "seed": seed, "measures": one(setting, seed)})
            STORE.write_text(json.dumps(rows, indent=1))
    print("| setting | method | cohorts | robustness | faithfulness | ablation ratio |\n|---|---|---|---|---|---|")
    for setting in ("A", "B"):
        same = [r["measures"] for r in rows if r["setting"] == setting]
        for name in same[0] if same else ():
            values = np.array([r[name] for r in same])
            cells = " | ".join(f"{v.mean():.2f} ({v.min():.2f}-{v.max():.2f})" for v in values.T)
            print(f"| {setting} | {name} | {len(same)} | {cells} |")


if __name__ == "__main__":
    main()

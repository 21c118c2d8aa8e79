"""SENECA-like synthetic truths: gradients of random expressions (RC) and paths of a random tree (RB).

python -m benchmarks.illume.seneca [--small] [--problems N]

RC: 16 features ~ N(0, 5^2); a random expression of all of them is the black box (class: its sign; probability: two
piecewise min-max maps); truth of a line: the expression's gradient at a boundary proxy. RB: two clusters relabelled by
three neighbours, an unpruned tree of the labels is the black box and its path the truth; 16 irrelevant uniform features
are added. Half of 1,024 lines for fitting, half for scoring. ILLUME+ as for these data: jac 1, corr 1, k=16, at most
500 epochs.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.illume.drugs20 import table
from benchmarks.illume.measures import correctness, lime_slopes, paper_faithfulness, paper_robustness

RESULT = Path(__file__).parents[1] / "results" / "illume_seneca.md"
FEATURES = 16


@dataclass(frozen=True)
class Problem:
    """A black box with known explanations; ``truth`` (n, m) of every line, ``probability`` a callable on raw lines."""

    x: np.ndarray
    probability: Callable[[np.ndarray], np.ndarray]
    truth: np.ndarray


def _unary(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    kinds = (
        lambda v: v,
        lambda v: -v,
        lambda v: np.sqrt(np.abs(v)),
        lambda v: np.log1p(np.abs(v)),
        lambda v: np.exp(np.clip(v, -20, 3)),
        np.sin,
        np.cos,
        np.tanh,
        np.arctan,
        lambda v: v**2,
        lambda v: np.sign(v) * np.abs(v) ** 1.5,
        lambda v: np.log1p(np.exp(np.clip(v, -30, 30))),
        np.abs,
    )
    return kinds[rng.integers(len(kinds))]


def _term(rng: np.random.Generator, own: int) -> Callable[[np.ndarray], np.ndarray]:
    """One feature's contribution: with probability 0.7 tied to another feature, otherwise a function of itself."""
    if rng.random() < 0.7:
        other = int(rng.choice([j for j in range(FEATURES) if j != own]))
        kind = rng.integers(4)
        if kind == 0:
            return lambda x: x[:, own] + x[:, other]
        if kind == 1:
            return lambda x: x[:, own] - x[:, other]
        if kind == 2:
            return lambda x: x[:, own] * x[:, other] / 5.0
        return lambda x: x[:, own] / (1.0 + np.abs(x[:, other]))
    function, sign = _unary(rng), rng.choice([-1.0, 1.0])
    return lambda x: sign * function(x[:, own])


def regression_classifier(seed: int, lines: int) -> Problem:
    """RC problem: the expression is redrawn until both classes hold a fifth of the lines."""
    rng = np.random.default_rng([seed, 1])
    x = 5.0 * rng.standard_normal((lines, FEATURES))
    while True:
        terms = [_term(rng, j) for j in range(FEATURES)]
        raw = sum(term(x) for term in terms)
        offset = float(np.median(raw)) if abs(float(np.mean(raw > 0)) - 0.5) > 0.3 else 0.0
        value = raw - offset
        if 0.2 < float(np.mean(value > 0)) < 0.8:
            break

    low, high = float(value.min()), float(value.max())

    def expression(points: np.ndarray) -> np.ndarray:
        return np.asarray(sum(term(points) for term in terms) - offset)

    def probability(points: np.ndarray) -> np.ndarray:
        at = expression(points)
        positive = np.where(at >= 0, 0.5 + 0.5 * at / high, 0.5 - 0.5 * at / low)
        positive = np.clip(positive, 0.0, 1.0)
        return np.column_stack([positive, 1.0 - positive])

    distance = ((x[:, None] - x[None]) ** 2).sum(axis=2) ** 0.5
    side = value > 0
    truth = np.empty_like(x)
    for i in range(lines):
        opposite = np.flatnonzero(side != side[i])
        nearest = opposite[np.argmin(distance[i, opposite])]
        same = np.flatnonzero(side == side[i])
        proxy = x[same[np.argmin(0.9 * distance[nearest, same] + 0.1 * distance[i, same])]]
        steps = 1e-4 * np.eye(FEATURES)
        truth[i] = (expression(proxy + steps) - expression(proxy - steps)) / 2e-4
    return Problem(x, probability, truth)


def rule_classifier(seed: int, lines: int, irrelevant: int = 16) -> Problem:
    """RB problem; the true explanation of a line: +1 or -1 for features its path bounds, 0 for the others."""
    from sklearn.datasets import make_classification
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng([seed, 2])
    x, label = make_classification(
        lines, FEATURES, n_informative=FEATURES, n_redundant=0, n_classes=2, random_state=seed
    )
    x = x + 10.0 * rng.random(x.shape)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    x = np.column_stack([x, rng.uniform(-1.7, 1.7, size=(lines, irrelevant))])
    relevant = x[:, :FEATURES]
    smooth = KNeighborsClassifier(3).fit(relevant, label).predict(relevant)
    tree = DecisionTreeClassifier(random_state=seed).fit(relevant, smooth)

    def probability(points: np.ndarray) -> np.ndarray:
        return np.asarray(tree.predict_proba(points[:, :FEATURES])[:, ::-1])

    truth = np.zeros_like(x)
    paths = tree.decision_path(relevant)
    for i in range(lines):
        nodes = paths.indices[paths.indptr[i] : paths.indptr[i + 1]]
        for node, after in itertools.pairwise(nodes):
            direction = 1.0 if after == tree.tree_.children_right[node] else -1.0
            truth[i, tree.tree_.feature[node]] = direction
        truth[i] *= 1.0 if smooth[i] == 1 else -1.0
    return Problem(x, probability, truth)


def one_problem(kind: str, seed: int, lines: int) -> list[dict]:
    import lightgbm as lgb
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    from explain_engine.attribution.illume import IllumePlus

    problem = (regression_classifier if kind == "RC" else rule_classifier)(seed, lines)
    half = lines // 2
    centre, scale = problem.x[:half].mean(axis=0), problem.x[:half].std(axis=0)
    x = (problem.x - centre) / scale
    p = problem.probability(problem.x)
    truth, test = problem.truth[half:] * scale, x[half:]
    label = (p[:half, 0] > 0.5).astype(int)
    settings = {"objective": "binary", "num_leaves": 15, "num_threads": 1, "verbosity": -1, "seed": 0}
    model = lgb.train(settings | {"deterministic": True}, lgb.Dataset(x[:half], label), num_boost_round=100)

    def logit(points: np.ndarray) -> np.ndarray:
        q = np.clip(problem.probability(points * scale + centre)[:, 0], 1e-3, 1 - 1e-3)
        return np.asarray(np.log(q / (1 - q)))

    phi = model.predict(test, pred_contrib=True)[:, :-1]
    linear = LogisticRegression(C=1.0, max_iter=2000).fit(x[:half], label)
    areas: dict[str, float] = {}
    found = {
        "TreeSHAP (of a LightGBM of the labels)": phi,
        "TreeSHAP / value": phi * test / (test**2 + 0.1),
        "LIME": lime_slopes(logit, test, 0),
        "logistic coefficient": np.tile(linear.coef_, (len(test), 1)),
        "random": np.random.default_rng(seed).standard_normal(test.shape),
        "constant": np.ones_like(test),
    }
    for name, extra in (
        ("ILLUME+ ours", {}),
        ("ILLUME+ published choices", {"paper_faithful": True}),
        ("encoder untrained", {"learning_rate": 0.0, "max_epochs": 1}),
    ):
        chosen = {"n_latents": FEATURES, "random_state": 0, "jac": 1.0, "corr": 1.0} | extra
        fitted = IllumePlus(**chosen).fit(x[:half], p[:half])
        found[name] = fitted.attributions(test, p[half:])
        score = fitted.surrogate_score(test)
        areas[name] = float(roc_auc_score(p[half:, 0] > 0.5, score))
    near = slice(0, 300)
    return [
        {
            "truth": kind,
            "method": name,
            "surrogate AUROC": areas.get(name, float("nan")),
            "correctness": correctness(local, truth),
            "faithfulness": paper_faithfulness(local[near], p[half:][near]),
            "robustness": paper_robustness(local[near], test[near], p[half:][near].argmax(axis=1)),
        }
        for name, local in found.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="one problem of each kind, nothing written")
    parser.add_argument("--problems", type=int, default=4)
    args = parser.parse_args()
    count, lines = (1, 256) if args.small else (args.problems, 1024)
    rows = [row for kind in ("RC", "RB") for seed in range(count) for row in one_problem(kind, seed, lines)]
    mean = pd.DataFrame(rows).groupby(["truth", "method"], sort=False).mean(numeric_only=True).reset_index()
    text = "\n".join(
        [
            "# ILLUME+ on SENECA-like truths",
            "",
            f"`python -m benchmarks.illume.seneca --problems {count}`; problem seeds 0 to {count - 1}, "
            + "explainer seed 0. "
            + " ".join(__doc__.split("\n\n")[2].split()),
            "",
            "Correctness: mean of max(0, cosine with the true explanation) on the scored lines; faithfulness and "
            "robustness as the papers define them, on 300 of them.",
            "",
            table(mean),
        ]
    )
    if not args.small:
        RESULT.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

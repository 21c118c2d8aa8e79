"""One taught encoder for several drugs against curves alone: does sharing gene programmes help new lines?

python -m benchmarks.illume.shared [--small] [--drugs N] [--genes M]

GDSC2 ln IC50, lines split once into 80 % to learn from and 20 % never shown; genes of largest variance. Black box of a
drug: 10 LightGBM models (five folds, two repeats); the teacher gets their out-of-bag TreeSHAP values.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.illume.drugs20 import table
from benchmarks.illume.gdsc20 import DATA
from benchmarks.illume.measures import ablation_ratio

RESULT = Path(__file__).parents[1] / "results" / "illume_shared.md"
DRUGS = ("Gefitinib", "Erlotinib", "AZD3759", "Navitoclax", "Venetoclax", "Linsitinib", "Nutlin-3a (-)", "Topotecan")


def main() -> None:
    from explain_engine.attribution.illume import IllumeTeacher, Lesson
    from explain_engine.predict.bags import draw_bags
    from explain_engine.predict.trees import SharedTrees, TreeSettings

    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="two drugs, 200 genes, nothing written")
    parser.add_argument("--drugs", type=int, default=6)
    parser.add_argument("--genes", type=int, default=1500)
    args = parser.parse_args()
    if args.small:
        args.drugs, args.genes = 2, 200
    expression = pd.read_parquet(DATA / "expression.parquet")
    expression = expression[expression.var().nlargest(args.genes).index]
    response = pd.read_parquet(DATA / "response_gdsc2.parquet")
    rng = np.random.default_rng(0)
    new = rng.random(len(expression)) < 0.2
    x = expression.to_numpy(dtype=np.float64)
    x = (x - x[~new].mean(axis=0)) / x[~new].std(axis=0)
    learn, test = x[~new], x[new]
    names = [name for name in DRUGS if name in set(response["drug"])][: args.drugs]
    lessons, models = [], {}
    for name in names:
        values = response[response["drug"] == name].groupby("model_id")["ln_ic50"].mean()
        y = values.reindex(expression.index[~new]).to_numpy()
        rows = np.flatnonzero(np.isfinite(y))
        trees = SharedTrees(learn[rows], TreeSettings())
        phi, prediction, models[name] = np.zeros((rows.size, args.genes)), np.zeros(rows.size), []
        for b, (inside, outside) in enumerate(draw_bags(rows.size, 5, 2, 0)):
            model = trees.fit(y[rows], inside, seed=b)
            found = trees.contributions(model, outside)
            phi[outside] += found[:, :-1] / 2
            prediction[outside] += found.sum(axis=1) / 2
            models[name].append(model)
        lessons.append(Lesson(name, rows, phi, prediction))
    curves = IllumeTeacher(n_latents=0, random_state=0).fit(learn, lessons)
    shared = IllumeTeacher(random_state=0).fit(learn, lessons)
    rows_out = []
    for lesson in lessons:
        name = lesson.name

        def predict(lines: np.ndarray, bags: list = models[name]) -> np.ndarray:
            return np.asarray(np.mean([model.predict(lines) for model in bags], axis=0))

        alone = IllumeTeacher(random_state=0).fit(learn[lesson.rows], lesson.phi, lesson.prediction)
        truth = np.mean([model.predict(test, pred_contrib=True)[:, :-1] for model in models[name]], axis=0)
        energy = float((truth**2).sum())
        reference = ablation_ratio(predict, test, truth, seed=7)
        for method, fitted, key in (
            ("curves alone", curves, name),
            ("curves and own encoder", alone, None),
            ("curves and shared encoder", shared, name),
        ):
            local = fitted.contributions(test, key)
            rows_out.append(
                {
                    "drug": name,
                    "method": method,
                    "encoder used": str(bool(fitted.taught_[key or "drug"].loadings.any())),
                    "R2 of TreeSHAP, new lines": 1 - float(((truth - local) ** 2).sum()) / energy,
                    "r of prediction": float(np.corrcoef(fitted.predict(test, key), predict(test))[0, 1]),
                    "ablation / TreeSHAP's": ablation_ratio(predict, test, local, seed=7) / reference,
                }
            )
    frame = pd.DataFrame(rows_out)
    text = "\n".join(
        [
            "# One taught encoder for several drugs",
            "",
            f"`python -m benchmarks.illume.shared --drugs {len(names)} --genes {args.genes}`; seed 0, {len(learn)} "
            f"lines to learn from, {len(test)} new. " + " ".join(__doc__.split("\n\n")[2].split()),
            "",
            table(frame.groupby("method", sort=False).mean(numeric_only=True).reset_index()),
            "",
            table(frame),
        ]
    )
    if not args.small:
        RESULT.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

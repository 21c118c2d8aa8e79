"""CPU seconds an epoch and peak memory of the exact form, each in a fresh process; optionally the torch baseline.

python -m benchmarks.illume.cost [--small] [--torch PYTHON_WITH_TORCH]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

RESULT = Path(__file__).parents[1] / "results" / "illume_cost.md"
CASES = (
    # label, genes, dtype, coordinates, rank, sparsity
    ("dense, svd coordinates", 200, "float32", "svd", None, None),
    ("dense, svd coordinates", 1000, "float32", "svd", None, None),
    ("dense, svd coordinates, double precision", 1000, "float64", "svd", None, None),
    ("dense, gene coordinates", 1000, "float32", "genes", None, None),
    ("dense, svd coordinates", 5000, "float32", "svd", None, None),
    ("dense, svd coordinates", 18000, "float32", "svd", None, None),
    ("dense, svd coordinates, published rank", 18000, "float32", "svd", 134, None),
    ("top-2 with overlap term, at the final K", 1000, "float32", "svd", None, 2),
)


def measure(genes: int, dtype: str, coordinates: str, rank: int | None, sparsity: int | None, epochs: int) -> None:
    """One case; prints JSON."""
    import numpy as np

    from explain_engine.attribution.illume.coordinates import fit_coordinates
    from explain_engine.attribution.illume.encoder import draw_encoder
    from explain_engine.attribution.illume.gram import Recipe
    from explain_engine.attribution.illume.similarity import Bandwidths
    from explain_engine.attribution.illume.terms import LossWeights
    from explain_engine.attribution.illume.training import Schedule, as_lines, train_encoder

    n, k = 600, min(96, genes)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n + 60, genes))
    p = rng.dirichlet(np.ones(3), size=n + 60)
    start = time.process_time()
    found = fit_coordinates(x[:n], standardise=True, reduce=coordinates == "svd")
    standard = found.standardise(x)
    projected = found.project(standard)
    once = time.process_time() - start
    r = rank or max(1, min(int(np.sqrt(genes)), 32))
    encoder = draw_encoder(
        rng,
        n_latents=k,
        rank=r,
        n_genes=genes,
        n_inputs=projected.shape[1],
        n_outputs=genes if sparsity else projected.shape[1],
        dtype=dtype,
    )
    keep = sparsity is not None
    train = as_lines(projected[:n], standard[:n], p[:n], dtype, keep_genes=keep, exact=True)
    held = as_lines(projected[n:], standard[n:], p[n:], dtype, keep_genes=keep, exact=False)
    lift = None if found.lift is None else found.lift.astype(dtype)
    del x, standard, projected
    recipe = Recipe(LossWeights(orth=1.0 if keep else 0.0), Bandwidths(), genes, False, lift if keep else None)
    plan = None if sparsity is None else np.full(epochs, sparsity)
    start = time.process_time()
    train_encoder(encoder, train, held, recipe, Schedule(max_epochs=epochs, keep=plan), rng)
    per_epoch = (time.process_time() - start) / epochs
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"once_s": once, "cpu_s_per_epoch": per_epoch, "peak_mb": peak, "rank": r}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="two cases, one epoch")
    parser.add_argument("--torch", help="a Python with torch, for the vectorised plain recipe")
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    if args.case is not None:
        measure(*CASES[args.case][1:], epochs=args.epochs)
        return
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    import numpy as np

    head = [
        "# ILLUME+: cost of training",
        "",
        f"`python -m benchmarks.illume.cost{' --small' if args.small else ' --torch PYTHON' if args.torch else ''}`, "
        f"seed 0, n=600 + 60 held out, k=96, batch 64, one thread, numpy {np.__version__}, {platform.machine()}; "
        "the machine was shared, so CPU seconds are given. Every row is a fresh process; an epoch includes the "
        "held-out loss.",
        "",
        "| form | m | r | once (s) | CPU s an epoch | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    rows = []
    by_case = {}
    for i in range(2) if args.small else range(len(CASES)):
        command = [sys.executable, "-m", "benchmarks.illume.cost", "--case", str(i), "--epochs", str(args.epochs)]
        done = json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)
        by_case[i] = done
        rows.append(
            f"| {CASES[i][0]} | {CASES[i][1]} | {done['rank']} | {done['once_s']:.2f} | "
            f"{done['cpu_s_per_epoch']:.2f} | {done['peak_mb']:.0f} |"
        )
        print(rows[-1], flush=True)
    if args.torch:
        for genes in (200,) if args.small else (200, 1000):
            command = [args.torch, str(Path(__file__).with_name("torch_recipe.py")), "--genes", str(genes)]
            done = json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)
            rows.append(
                f"| plain recipe, vectorised, 15 projections, torch {done['torch']} (scaled from 2 minibatches) | "
                f"{genes} | {done['rank']} | - | {done['cpu_s_per_epoch']:.2f} | {done['peak_mb']:.0f} |"
            )
            print(rows[-1], flush=True)
            case = {200: 0, 1000: 1}[genes]
            ratio = done["cpu_s_per_epoch"] / by_case[case]["cpu_s_per_epoch"]
            rows.append(f"| ratio to the exact form at m={genes} | | | | {ratio:.0f} | |")
            print(rows[-1], flush=True)
    if not args.small:
        grown = by_case[5]["cpu_s_per_epoch"] / by_case[1]["cpu_s_per_epoch"]
        rows += ["", f"From m=1,000 to m=18,000 (rank capped at 32) an epoch grows {grown:.2f} times."]
        print(rows[-1])
        RESULT.write_text("\n".join(head + rows) + "\n")


if __name__ == "__main__":
    main()

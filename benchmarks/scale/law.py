"""How the cost of ``explain`` grows with lines, genes and drugs: CPU seconds on made-up screens, exponents fitted.

    python -m benchmarks.scale.law --small
    python -m benchmarks.scale.law --write

Each size is a process of its own, so that memory is that of the size and not of an earlier one. CPU seconds, not wall
time: they do not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_RESULTS = Path(__file__).resolve().parents[1] / "results"
BASE = (480, 1000)
LINES = (120, 240, 480, 960)
GENES = (250, 500, 1000, 2000, 4000)
SMALL_BASE, SMALL_LINES, SMALL_GENES = (120, 100), (80, 120, 240), (50, 100, 200)
DRUGS = (1, 2, 4)


def measure(n_lines: int, n_genes: int, n_drugs: int, bags: int, parts: Sequence[str]) -> dict[str, float]:
    """CPU seconds a drug and peak memory (GB) of this process for one made-up screen."""
    from agent.cluster import run_tasks
    from agent.cluster.explain import explain_tasks
    from agent.ops.trial import make_trial_workspace
    from agent.settings import ExplainSettings
    from agent.workspace import open_workspace

    with tempfile.TemporaryDirectory(prefix="oncobrief-law-") as folder:
        # The first drug of a process pays for imports, which are no part of the law.
        tiny = open_workspace(Path(folder) / "tiny")
        make_trial_workspace(tiny, n_lines=64, n_genes=20, n_drugs=1)
        run_tasks(explain_tasks(tiny, [], ExplainSettings(bags=4), parts), tiny)
        workspace = open_workspace(Path(folder) / "ws")
        make_trial_workspace(workspace, n_lines=n_lines, n_genes=n_genes, n_drugs=n_drugs)
        tasks = explain_tasks(workspace, [], ExplainSettings(bags=bags), parts)
        began = time.process_time()
        results = run_tasks(tasks, workspace)
        spent = time.process_time() - began
        bundles = sum(p.stat().st_size for p in workspace.bundles.rglob("*") if p.is_file())
    if any(result.status != "done" for result in results):
        raise RuntimeError(results[0].error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": spent, "peak_gb": peak, "bundle_mb": bundles / n_drugs / 1e6}


def apart(n_lines: int, n_genes: int, n_drugs: int, bags: int, parts: Sequence[str]) -> dict[str, float]:
    """`measure` in a process of its own."""
    size = [str(n_lines), str(n_genes), str(n_drugs), str(bags), ",".join(parts)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale.law", "--one", *size],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Slope of log seconds on log size, by least squares."""
    x, y = [math.log(s) for s in sizes], [math.log(s) for s in seconds]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def main() -> None:
    """Measure, fit, print the law and what it says about a screen that was not measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--bags", type=int, default=20)
    parser.add_argument("--parts", default="", help="comma-separated, as for explain")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_law.md")
    given = parser.parse_args()
    if given.one:
        n_lines, n_genes, n_drugs, bags = map(int, given.one[:4])
        parts = tuple(filter(None, given.one[4].split(",")))
        print(json.dumps(measure(n_lines, n_genes, n_drugs, bags, parts)))
        return
    base = SMALL_BASE if given.small else BASE
    lines, genes = (SMALL_LINES, SMALL_GENES) if given.small else (LINES, GENES)
    bags = 4 if given.small else given.bags
    parts = tuple(filter(None, given.parts.split(",")))
    option = (" --small" if given.small else "") + (f" --parts {given.parts}" if given.parts else "")
    out = [
        "# Scaling law of explain",
        "",
        f"`python -m benchmarks.scale.law{option}`, Python {platform.python_version()}, {bags} bags, seed 0, "
        "one thread, made-up screens; CPU seconds a drug.",
        "",
        "| lines | genes | drugs | CPU-s a drug | peak memory, GB | bundle, MB |",
        "|---|---|---|---|---|---|",
    ]

    def row(n_lines: int, n_genes: int, n_drugs: int) -> float:
        found = apart(n_lines, n_genes, n_drugs, bags, parts)
        each = found["seconds"] / n_drugs
        out.append(
            f"| {n_lines} | {n_genes} | {n_drugs} | {each:.2f} | {found['peak_gb']:.2f} | {found['bundle_mb']:.2f} |"
        )
        print(out[-1], flush=True)
        return each

    by_lines = [row(n, base[1], 1) for n in lines]
    by_genes = [row(base[0], n, 1) for n in genes]
    by_drugs = [row(*base, n) for n in DRUGS]
    a, b = exponent(lines, by_lines), exponent(genes, by_genes)
    c = exponent(DRUGS, [each * n for each, n in zip(by_drugs, DRUGS, strict=True)])
    at_base = by_drugs[-1]
    target = (2000, 20_000, 10_000)
    hours = at_base * (target[0] / base[0]) ** a * (target[1] / base[1]) ** b * target[2] / 3600
    out += ["", f"Exponents: lines {a:.2f}, genes {b:.2f}, drugs {c:.2f}."]
    if not given.small:
        out[-1] += (
            f" From {base[0]} lines x {base[1]} genes, the law gives {hours:,.0f} CPU-hours for {target[2]:,} "
            f"compounds x {target[1]:,} genes x {target[0]:,} lines: {hours / 256:,.1f} hours on 256 processes. "
            "An extrapolation beyond every size measured, not a measurement."
        )
    text = "\n".join(out) + "\n"
    print(text)
    if given.write:
        (_RESULTS / "scale_law.md").write_text(text)


if __name__ == "__main__":
    main()

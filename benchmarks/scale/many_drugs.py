"""Throughput of ``explain`` over a random sample of a real screen's drugs: seconds a drug, and memory.

    python -m benchmarks.scale.many_drugs --workspace DIR --drugs 6 --seed 0 --write

DIR holds the fetched screen; bundles go to a scratch copy, so that nothing is found ready. Every drug of the screen has
the same chance to be drawn. The whole screen is a projection from the sample, and is printed as one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path

from agent.cluster import run_tasks
from agent.cluster.backends import Processes
from agent.cluster.explain import explain_tasks
from agent.settings import ExplainSettings
from agent.workspace import open_workspace

_RESULTS = Path(__file__).resolve().parents[1] / "results"
PARTS = ("interactions", "modules", "rules")
BAR_HOURS, BAR_GB = 3.0, 6.0


def children_cpu_s() -> float:
    """CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Explain the sample, stability after all else, and print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--drugs", type=int, default=6)
    parser.add_argument("--stability", type=int, default=2, help="how many of them also get the stability part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--bags", type=int, default=ExplainSettings().bags)
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_many_drugs.md")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    settings = ExplainSettings(bags=given.bags)
    source = open_workspace(given.workspace)
    every = [task.label for task in explain_tasks(source, [], settings)]
    drawn = random.Random(given.seed).sample(every, given.drugs)
    steps = (
        ("consensus, interactions, modules, rules", drawn, PARTS),
        ("stability", drawn[: given.stability], (*PARTS, "stability")),
    )
    rows = []
    with tempfile.TemporaryDirectory(prefix="oncobrief-many-") as folder:
        workspace = open_workspace(Path(folder) / "ws")
        shutil.copytree(source.data, workspace.data)
        for name, drugs, parts in steps:
            began, cpu = time.monotonic(), children_cpu_s()
            results = run_tasks(explain_tasks(workspace, drugs, settings, parts), workspace, Processes(given.jobs))
            wall, spent = time.monotonic() - began, children_cpu_s() - cpu
            if any(result.status != "done" for result in results):
                raise SystemExit("\n".join(result.error or "" for result in results))
            rows.append((name, len(drugs), wall / len(drugs), spent / len(drugs)))
            print(rows[-1], flush=True)
    # Each worker's own peak; there are `jobs` of them at once.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20 * given.jobs
    wall_s = sum(wall for _, _, wall, _ in rows)
    without = wall_s - rows[-1][2]
    out = [
        "# A real screen, a sample of its drugs",
        "",
        f"`python -m benchmarks.scale.many_drugs --workspace DIR --drugs {given.drugs} --stability {given.stability} "
        f"--seed {given.seed} --jobs {given.jobs}`, Python {platform.python_version()}, {os.cpu_count()} cores, load "
        f"average before {load:.1f}; {settings.screen}, {given.bags} bags; drawn from {len(every)} drugs: "
        f"{json.dumps(drawn)}.",
        "",
        "| step | drugs | seconds a drug | CPU-s a drug |",
        "|---|---|---|---|",
        *(f"| {name} | {count} | {wall:.1f} | {spent:.1f} |" for name, count, wall, spent in rows),
        f"| all | | {wall_s:.1f} | {sum(spent for *_, spent in rows):.1f} |",
        "",
        f"{len(every)} drugs at this rate, a projection: {len(every) * wall_s / 3600:.1f} hours with all steps, "
        f"{len(every) * without / 3600:.1f} hours without stability (bar {BAR_HOURS:g} hours with it). "
        f"Peak memory of {given.jobs} workers at most {peak:.1f} GB (bar {BAR_GB:g}).",
    ]
    text = "\n".join(out) + "\n"
    print(text)
    if given.write:
        (_RESULTS / "scale_many_drugs.md").write_text(text)


if __name__ == "__main__":
    main()

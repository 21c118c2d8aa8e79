"""Throughput of two Dask workers against one, each a process with one thread; only an idle machine tells.

python -m benchmarks.scale.two_workers --write
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path

from agent.cluster import run_tasks
from agent.cluster.backends import Dask
from agent.cluster.explain import explain_tasks
from agent.ops.trial import make_trial_workspace
from agent.settings import ExplainSettings
from agent.workspace import open_workspace
from benchmarks.scale.local_cluster import LocalCluster

_RESULTS = Path(__file__).resolve().parents[1] / "results"
BAR = 1.7


def main() -> None:
    """Run the same tasks with one worker and with two, and compare digests and times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drugs", type=int, default=12)
    parser.add_argument("--lines", type=int, default=480)
    parser.add_argument("--genes", type=int, default=1000)
    parser.add_argument("--bags", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_two_workers.md")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    settings = ExplainSettings(bags=given.bags)
    seconds, digests = {}, {}
    with tempfile.TemporaryDirectory(prefix="oncobrief-two-") as folder:
        made = open_workspace(Path(folder) / "made")
        make_trial_workspace(made, n_lines=given.lines, n_genes=given.genes, n_drugs=given.drugs + 2)
        for workers in (1, 2):
            workspace = open_workspace(Path(folder) / f"ws{workers}")
            shutil.copytree(made.data, workspace.data)
            tasks = explain_tasks(workspace, [], settings)
            with LocalCluster(workers=workers) as cluster:
                # The first tasks pay for the workers' imports.
                run_tasks(tasks[:workers], workspace, Dask(cluster.address))
                began = time.monotonic()
                results = run_tasks(tasks[2:], workspace, Dask(cluster.address))
                seconds[workers] = time.monotonic() - began
            digests[workers] = [result.value["digest"] for result in results]
    ratio = seconds[1] / seconds[2]
    text = (
        "# Two Dask workers against one\n\n"
        f"`python -m benchmarks.scale.two_workers --drugs {given.drugs} --lines {given.lines} --genes {given.genes} "
        f"--bags {given.bags}`, Python {platform.python_version()}, {os.cpu_count()} cores, load average at the start "
        f"{load:.1f}.\n\n"
        "| workers | seconds | drugs a minute |\n|---|---|---|\n"
        + "".join(f"| {n} | {s:.1f} | {60 * given.drugs / s:.1f} |\n" for n, s in seconds.items())
        + f"\n{ratio:.2f} times the throughput (bar {BAR}: {'met' if ratio >= BAR else 'not met'}); digests "
        f"{'equal' if digests[1] == digests[2] else 'DIFFER'}.\n"
    )
    print(text)
    if given.write:
        (_RESULTS / "scale_two_workers.md").write_text(text)


if __name__ == "__main__":
    main()

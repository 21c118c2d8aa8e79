"""Fifty users for five minutes on loopback: errors and times by kind of request, and whether memory stays flat.

    python -m benchmarks.scale.users --workspace DIR [--users 50] [--seconds 300] [--warm-up 120] [--small] [--out FILE]

The users are those of `benchmarks.web.load`. Resident memory of the server is read every five seconds; a line is fitted
to it after a warm-up in which what is kept within bounds fills up: whole bundles, briefs, figures, and pages that no
browser came back for, which NiceGUI holds for a minute. Flat means a slope below 1 % of the resident memory a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.web.load import cpu_s, memory_mb, quantile, run, settings_line, start, table

EVERY_S = 5.0
FLAT_SHARE = 0.01

Sample = tuple[float, float]


def watch(pid: int, begun: float, over: threading.Event, samples: list[Sample]) -> None:
    """Add (seconds since `begun`, MB) to `samples` until it is over."""
    while not over.wait(EVERY_S):
        samples.append((time.monotonic() - begun, memory_mb(pid)))


def slope(samples: list[Sample], warm_up: float) -> float:
    """MB a minute of the line through the samples after the warm-up."""
    later = np.array([sample for sample in samples if sample[0] >= warm_up])
    if len(later) < 3:
        raise SystemExit("too few samples after the warm-up; run longer")
    return 60 * float(np.polyfit(later[:, 0], later[:, 1], 1)[0])


def main() -> None:
    """Measure and print; write the page beside the other results with --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--warm-up", type=float, default=120)
    parser.add_argument("--small", action="store_true", help="5 users for 40 seconds, 10 of them to warm up")
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    users, seconds, warm_up = (5, 40.0, 10.0) if given.small else (given.users, given.seconds, given.warm_up)
    process, base = start(given.workspace)
    samples: list[Sample] = []
    over = threading.Event()
    try:
        load_before, begun, cpu = os.getloadavg(), time.monotonic(), cpu_s(process.pid)
        watcher = threading.Thread(target=watch, args=(process.pid, begun, over, samples))
        watcher.start()
        seen = asyncio.run(run(base, users, seconds))
        over.set()
        watcher.join()
        took, used = time.monotonic() - begun, cpu_s(process.pid) - cpu
    finally:
        over.set()
        process.terminate()
        process.wait(30)
    faults = sum(1 for _, _, fault in seen if fault)
    rise, end = slope(samples, warm_up), samples[-1][1]
    command = (
        f"python -m benchmarks.scale.users --workspace DIR --users {users} --seconds {seconds:.0f} "
        f"--warm-up {warm_up:.0f}"
    )
    step = max(1, len(samples) // 12)
    out = [
        f"# {users} users for {seconds:.0f} s on loopback",
        "",
        settings_line(command, load_before),
        "",
        *table(seen),
        "",
        f"Error rate: {faults / len(seen):.4f} ({faults} of {len(seen)}); {len(seen) / took:.1f} requests a second; "
        f"p95 of all {quantile([t for _, t, _ in seen], 0.95):.3f} s.",
        f"Server: {used:.0f} CPU seconds, {1000 * used / len(seen):.0f} ms a request.",
        "",
        "| seconds | resident memory (MB) |",
        "|---|---|",
        *(f"| {at:.0f} | {size:.0f} |" for at, size in samples[::step]),
        "",
        f"Slope after {warm_up:.0f} s: {rise:+.2f} MB a minute ({100 * rise / end:+.2f} % of {end:.0f} MB a minute).",
        f"Bar (no error, memory flat): {'met' if not faults and rise < FLAT_SHARE * end else 'NOT met'}.",
    ]
    text = "\n".join(out) + "\n"
    sys.stdout.write(text)
    if given.out is not None:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

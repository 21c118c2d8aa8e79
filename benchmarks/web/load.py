"""Twenty users for two minutes on loopback: errors, times and memory of ``oncobrief serve``.

    python -m benchmarks.web.load --workspace DIR [--users 20] [--seconds 120] [--small]

Each user is a browser profile of its own: it opens pages, searches the list and the knowledge base, asks the chat and
reads its threads, with a pause of one to three seconds between. The server is a process of its own; times are as the
client sees them, so on a machine that does other work they are upper bounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

PAGES = ("/", "/chat", "/review", "/jobs", "/help")
QUESTIONS = (
    "why are some lines sensitive to {drug}?",
    "is {gene} known for {drug}?",
    "what contradicts {gene} for {drug}?",
    "which lines would you test for {drug}?",
)
BAR_S = 2.0


def start(workspace: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the server and return it with its address once it is warm."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from agent.cli.app import main; main()",
            "--workspace",
            str(workspace),
            "serve",
            "--port",
            "0",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"open (http://\S+?)/ in a browser", line)
        if found:
            base = found[1]
            break
    else:
        raise SystemExit("the server did not start")
    for _ in range(600):
        if httpx.get(base + "/health").json()["warm"]:
            return process, base
        time.sleep(0.5)
    raise SystemExit("the server did not get warm")


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def user(
    number: int, base: str, until: float, drugs: list[tuple[str, str]], seen: list[tuple[str, float, str]]
) -> None:
    """One user until the time is over."""
    rng = random.Random(number)
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:

        async def timed(label: str, method: str, path: str, **more: object) -> httpx.Response | None:
            begin = time.perf_counter()
            try:
                answer = await client.request(method, path, **more)  # type: ignore[arg-type]
                fault = "" if answer.is_success else f"{answer.status_code}"
            except httpx.HTTPError as error:
                answer, fault = None, type(error).__name__
            seen.append((label, time.perf_counter() - begin, fault))
            return answer

        first = await timed("session", "GET", "/api/session")
        if first is None:
            return
        headers = {"X-CSRF-Token": first.json()["csrf"]}
        made = await timed("new thread", "POST", "/api/threads", json={"title": f"load {number}"}, headers=headers)
        thread = made.json()["id"] if made is not None and made.is_success else ""
        while time.monotonic() < until:
            drug, gene = rng.choice(drugs)
            act = rng.random()
            if act < 0.35:
                await timed("page", "GET", rng.choice(PAGES))
            elif act < 0.55:
                await timed("drug page", "GET", f"/drug/{drug}")
            elif act < 0.70:
                await timed("search page", "GET", "/search", params={"q": f"{gene} {drug} response"})
            elif act < 0.80:
                await timed("list (API)", "GET", "/api/drugs", params={"q": gene})
            else:
                text = rng.choice(QUESTIONS).format(drug=drug, gene=gene)
                await timed("chat", "POST", f"/api/threads/{thread}/messages", json={"text": text}, headers=headers)
            await asyncio.sleep(rng.uniform(1.0, 3.0))


def quantile(values: list[float], share: float) -> float:
    """Nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def run(base: str, users: int, seconds: float) -> list[tuple[str, float, str]]:
    """All users at once."""
    rows = httpx.get(base + "/api/drugs", params={"explained": True}).json()
    drugs = [(row["name"], min(row["card"]["ranks"], key=row["card"]["ranks"].get)) for row in rows]
    if not drugs:
        raise SystemExit("the workspace has no bundle; explain a drug first")
    seen: list[tuple[str, float, str]] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(user(number, base, until, drugs, seen) for number in range(users)))
    return seen


def main() -> None:
    """Measure and print; write a table beside the other results with --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--small", action="store_true", help="5 users for 10 seconds")
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    users, seconds = (5, 10.0) if given.small else (given.users, given.seconds)
    process, base = start(given.workspace)
    try:
        before, cpu = memory_mb(process.pid), cpu_s(process.pid)
        load_before = os.getloadavg()
        seen = asyncio.run(run(base, users, seconds))
        after, used = memory_mb(process.pid), cpu_s(process.pid) - cpu
    finally:
        process.terminate()
        process.wait(30)
    labels = sorted({label for label, _, _ in seen})
    faults = [fault for _, _, fault in seen if fault]
    out = [
        f"# {users} users for {seconds:.0f} s on loopback",
        "",
        f"`python -m benchmarks.web.load --workspace DIR --users {users} --seconds {seconds:.0f}`; Python "
        f"{platform.python_version()}, {os.cpu_count()} cores, load average before {load_before[0]:.1f}.",
        "",
        "| request | count | p50 (s) | p95 (s) | longest (s) | errors |",
        "|---|---|---|---|---|---|",
    ]
    for label in (*labels, "all"):
        times = [t for name, t, _ in seen if label in (name, "all")]
        wrong = sum(1 for name, _, fault in seen if fault and label in (name, "all"))
        figures = (quantile(times, 0.5), quantile(times, 0.95), max(times))
        out.append(f"| {label} | {len(times)} | {' | '.join(f'{value:.3f}' for value in figures)} | {wrong} |")
    p95 = quantile([t for _, t, _ in seen], 0.95)
    out += [
        "",
        f"Server: {used:.1f} CPU seconds; resident memory {before:.0f} MB before, {after:.0f} MB after.",
        f"Bar (no error, p95 below {BAR_S:.0f} s): {'met' if not faults and p95 < BAR_S else 'NOT met'}.",
    ]
    text = "\n".join(out) + "\n"
    sys.stdout.write(text)
    if faults:
        sys.stdout.write(json.dumps({fault: faults.count(fault) for fault in set(faults)}) + "\n")
    if given.out is not None:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

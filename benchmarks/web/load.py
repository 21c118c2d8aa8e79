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
ALONE_S = 1.0
# What was asked, seconds until the whole answer (until the first answer text for a user alone), fault or "".
Seen = tuple[str, float, str]


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
        # A scheduling group of its own, as a server has: it does not share that of the users.
        start_new_session=True,
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


async def user(number: int, base: str, until: float, drugs: list[tuple[str, str]], seen: list[Seen]) -> None:
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


async def single(base: str) -> list[Seen]:
    """One user on the warm server: each page once, a drug page and a question with a bundle, first and second time."""
    drug, gene = explained(base)[0]
    seen: list[Seen] = []
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        headers = {"X-CSRF-Token": (await client.get("/api/session")).json()["csrf"]}
        thread = (await client.post("/api/threads", json={"title": "alone"}, headers=headers)).json()["id"]
        pages = [*PAGES, f"/drug/{drug}", f"/search?q={gene}+{drug}+response"]
        for path in pages:
            begin = time.perf_counter()
            answer = await client.get(path)
            label = "drug page" if "drug/" in path else "search page" if "search" in path else f"page {path}"
            seen.append((label, time.perf_counter() - begin, "" if answer.is_success else f"{answer.status_code}"))
        for question in QUESTIONS:
            begin = time.perf_counter()
            body = {"text": question.format(drug=drug, gene=gene)}
            async with client.stream("POST", f"/api/threads/{thread}/messages", json=body, headers=headers) as lines:
                async for line in lines.aiter_lines():
                    if json.loads(line)["kind"] in ("token", "answer"):
                        seen.append(("chat, first answer", time.perf_counter() - begin, ""))
                        break
    return seen


def explained(base: str) -> list[tuple[str, str]]:
    """Drugs with a bundle, each with its best-ranked gene."""
    rows = httpx.get(base + "/api/drugs", params={"explained": True}).json()
    drugs = [(row["name"], min(row["card"]["ranks"], key=row["card"]["ranks"].get)) for row in rows]
    if not drugs:
        raise SystemExit("the workspace has no bundle; explain a drug first")
    return drugs


async def run(base: str, users: int, seconds: float) -> list[Seen]:
    """All users at once."""
    drugs = explained(base)
    seen: list[Seen] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(user(number, base, until, drugs, seen) for number in range(users)))
    return seen


def table(seen: list[Seen]) -> list[str]:
    """Count, quantiles and errors of each kind of request and of all, as lines of Markdown."""
    lines = [
        "| request | count | p50 (s) | p95 (s) | p99 (s) | longest (s) | errors |",
        "|---|---|---|---|---|---|---|",
    ]
    for label in (*sorted({label for label, _, _ in seen}), "all"):
        times = [t for name, t, _ in seen if label in (name, "all")]
        wrong = sum(1 for name, _, fault in seen if fault and label in (name, "all"))
        figures = (*(quantile(times, share) for share in (0.5, 0.95, 0.99)), max(times))
        lines.append(f"| {label} | {len(times)} | {' | '.join(f'{value:.3f}' for value in figures)} | {wrong} |")
    return lines


def settings_line(command: str, before: tuple[float, float, float]) -> str:
    """The command and what it ran on; a load average well above 0 tells that other work took part of the cores."""
    return (
        f"`{command}`; Python {platform.python_version()}, {os.cpu_count()} cores; load average "
        f"{before[0]:.1f} before, {os.getloadavg()[0]:.1f} after."
    )


def main() -> None:
    """Measure and print; write the table beside the other results with --out."""
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
        alone = asyncio.run(single(base))
        seen = asyncio.run(run(base, users, seconds))
        after, used = memory_mb(process.pid), cpu_s(process.pid) - cpu
    finally:
        process.terminate()
        process.wait(30)
    faults = [fault for _, _, fault in seen if fault]
    p95 = quantile([t for _, t, _ in seen], 0.95)
    command = f"python -m benchmarks.web.load --workspace DIR --users {users} --seconds {seconds:.0f}"
    out = [
        f"# {users} users for {seconds:.0f} s on loopback",
        "",
        settings_line(command, load_before),
        "",
        *table(seen),
        "",
        f"Server: {used:.1f} CPU seconds ({1000 * used / len(seen):.0f} ms a request); resident memory "
        f"{before:.0f} MB before, {after:.0f} MB after.",
        f"Bar (no error, p95 below {BAR_S:.0f} s): {'met' if not faults and p95 < BAR_S else 'NOT met'}.",
        "",
        "One user alone, before the others came (first view of each page; the chat until its first answer):",
        "",
        *table(alone),
        "",
        f"Bar (each below {ALONE_S:.0f} s): {'met' if max(t for _, t, _ in alone) < ALONE_S else 'NOT met'}.",
    ]
    text = "\n".join(out) + "\n"
    sys.stdout.write(text)
    if faults:
        sys.stdout.write(json.dumps({fault: faults.count(fault) for fault in set(faults)}) + "\n")
    if given.out is not None:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""SIGKILL of ``serve`` while it starts and while it writes; every write that it acknowledged must be there afterwards.

python -m benchmarks.scale.serve_kills --kills 25 --seed 0 --forked --write
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from agent.ops.trial import make_trial_workspace
from agent.workspace import open_workspace
from benchmarks.scale.kills import Child, World, faults
from benchmarks.scale.local_cluster import free_port

_RESULTS = Path(__file__).resolve().parents[1] / "results"
_PATIENCE_S = 300.0


class Visitor:
    """Begins and renames threads, and remembers what was acknowledged."""

    def __init__(self, port: int, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.titles: dict[str, set[str]] = {}
        self.count = 0

    def alive(self) -> bool:
        """Whether the server answers."""
        try:
            return self._client.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def write(self, until: threading.Event) -> None:
        """Write until told to stop or the server is gone."""
        while not until.is_set():
            self.count += 1
            title = f"thread {self.count}"
            try:
                answer = self._client.post("/api/threads", json={"title": title})
                if answer.status_code != 201:
                    continue
                thread = answer.json()["id"]
                self.titles[thread] = {title}
                other = f"renamed {self.count}"
                # From here on either title is right, until the change is acknowledged.
                self.titles[thread] = {title, other}
                if self._client.put(f"/api/threads/{thread}", json={"title": other}).status_code == 204:
                    self.titles[thread] = {other}
            except httpx.TransportError:
                return

    def missing(self) -> list[str]:
        """Acknowledged threads that are gone or have another title."""
        found = {row["id"]: row["title"] for row in self._client.get("/api/threads").json()}
        return [name for name, titles in self.titles.items() if found.get(name) not in titles]


def _up(visitor: Visitor, server: Child) -> float:
    began = time.monotonic()
    while not visitor.alive():
        if server.poll() is not None or time.monotonic() - began > _PATIENCE_S:
            raise RuntimeError(f"the server did not start: {server.wait(1)}")
        time.sleep(0.05)
    return time.monotonic() - began


def main() -> None:
    """Run the kills and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--forked", action="store_true")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_serve_kills.md")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    token = secrets.token_urlsafe(24)
    os.environ["ONCOBRIEF_WEB__TOKEN"] = token
    counts: Counter[str] = Counter()
    told: list[str] = []
    if given.forked:
        import agent.cli.serve
        import agent.web.running
        import agent.web.server  # noqa: F401
    with tempfile.TemporaryDirectory(prefix="oncobrief-serve-kills-") as folder:
        world = World(open_workspace(Path(folder) / "ws"), rng, forked=given.forked)
        make_trial_workspace(world.workspace, n_lines=64, n_genes=20, n_drugs=2, seed=given.seed)
        port = free_port()
        visitor = Visitor(port, token)
        command = world.command("serve", "--port", str(port))
        server = Child(command, forked=given.forked)
        starting = _up(visitor, server)
        for number in range(given.kills):
            if number % 4 == 3:
                # This one dies while it starts.
                server.kill()
                server = Child(command, forked=given.forked)
                time.sleep(rng.random() * starting)
                moment = "while starting" if server.kill() else "had ended"
            else:
                stop = threading.Event()
                writers = [threading.Thread(target=visitor.write, args=(stop,)) for _ in range(2)]
                for writer in writers:
                    writer.start()
                time.sleep(rng.uniform(0.05, 1.5))
                moment = "while writing" if server.kill() else "had ended"
                stop.set()
                for writer in writers:
                    writer.join()
            counts[moment] += 1
            wrong = faults(world)
            server = Child(command, forked=given.forked)
            try:
                starting = 0.7 * starting + 0.3 * _up(visitor, server)
                wrong += [f"thread {name} is lost" for name in visitor.missing()]
            except RuntimeError as error:
                wrong.append(str(error))
                server = Child(command, forked=given.forked)
                _up(visitor, server)
            counts["faults"] += bool(wrong)
            for text in wrong:
                told.append(f"kill {number + 1} ({moment}): {text}")
                print(told[-1], flush=True)
            if (number + 1) % 5 == 0:
                print(f"{number + 1} kills, {len(visitor.titles)} threads, {len(told)} faults", flush=True)
        server.kill()
    how = " --forked" if given.forked else ""
    text = (
        "# SIGKILL of the server\n\n"
        f"`python -m benchmarks.scale.serve_kills --kills {given.kills} --seed {given.seed}{how}`, Python "
        f"{platform.python_version()}.\n\n"
        "| while writing | while starting | kills with a fault | acknowledged threads checked |\n|---|---|---|---|\n"
        f"| {counts['while writing']} | {counts['while starting']} | {counts['faults']} | {len(visitor.titles)} |\n"
        + "".join(f"\n- {line}" for line in told)
    )
    print(text)
    if given.write:
        (_RESULTS / "scale_serve_kills.md").write_text(text)
    sys.exit(1 if told else 0)


if __name__ == "__main__":
    main()

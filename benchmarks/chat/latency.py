"""How long a question waits for its first answer, without a model, in a thread that is kept.

Run: ``python -m benchmarks.chat.latency --workspace DIR [--sets NAME ...]``. Every question of the sets
(``questions.yaml`` when left out) that starts no work is asked twice in the same process
after `agent.tools.Toolbox.warm` and `ChatService.warm`; both passes are reported, wall and processor time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import yaml

from agent.chat.service import ChatService
from agent.database import open_database
from agent.database.threads import ThreadStore
from agent.settings import Settings
from agent.tools import Toolbox
from agent.workspace import Workspace, open_workspace

HERE = Path(__file__).parent
STARTS = frozenset({"explain", "run_null", "brief", "cancel_job"})


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["questions"])
    given = parser.parse_args()
    toolbox = Toolbox(open_workspace(given.workspace), Settings())
    started = time.perf_counter(), time.process_time()
    toolbox.warm()
    print(f"warm: {time.perf_counter() - started[0]:.2f} s wall, {time.process_time() - started[1]:.2f} s processor")
    entries = [e for name in given.sets for e in yaml.safe_load((HERE / f"{name}.yaml").read_text())]
    entries = [e for e in entries if not STARTS & set(e.get("tools", ()))]
    with tempfile.TemporaryDirectory() as folder:
        chat = ChatService(toolbox, ThreadStore(open_database(Workspace(Path(folder)))))
        chat.warm()
        for number in (1, 2):
            waits = [_wait(chat, entry) for entry in entries]
            for name, at in (("wall", 0), ("processor", 1)):
                values = sorted(w[at] for w in waits)
                print(
                    f"pass {number}, {name}: {len(values)} questions, median {statistics.median(values):.3f} s, "
                    f"p95 {values[int(0.95 * len(values))]:.3f} s, slowest {values[-1]:.3f} s"
                )
            slow = max(zip(waits, entries, strict=True), key=lambda pair: pair[0][1])
            print(f"pass {number}, slowest by processor: {slow[1]['q']!r} {slow[0][1]:.3f} s")
    toolbox.close()
    return 0


def _wait(chat: ChatService, entry: dict[str, object]) -> tuple[float, float]:
    thread = chat.start()
    for earlier in entry.get("after", ()):  # type: ignore[attr-defined]
        list(chat.ask(thread, str(earlier)))
    started = time.perf_counter(), time.process_time()
    for event in chat.ask(thread, str(entry["q"])):
        if event.kind == "answer":
            break
    return time.perf_counter() - started[0], time.process_time() - started[1]


if __name__ == "__main__":
    sys.exit(main())

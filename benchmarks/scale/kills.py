"""SIGKILL at random moments; after each one the same command must work and nothing finished may be lost.

    python -m benchmarks.scale.kills --kills 100 --seed 0 --operations explain,ingest,brief,jobs

Half of the moments are drawn over the whole run of the command, half a few milliseconds after it has begun to write, as
that is where harm could be done. After each kill: the command is run again to its end, everything that was finished
before is compared with what it was, and every visible bundle, snapshot, brief, record and database is read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.ops.trial import make_trial_workspace
from agent.workspace import Workspace, open_workspace

_RESULTS = Path(__file__).resolve().parents[1] / "results"


@dataclass
class World:
    """A workspace under fire, and what must still be there.

    Attributes
    ----------
    kept
        File inside the workspace -> SHA-256, of everything that was finished.
    documents
        Ids of documents whose ingest was finished.
    forked
        See `Child`.
    """

    workspace: Workspace
    rng: random.Random
    kept: dict[str, str] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)
    counter: int = 0
    forked: bool = False

    def command(self, *args: str) -> list[str]:
        """The command line in this workspace."""
        return [sys.executable, "-m", "benchmarks.scale.oncobrief_main", "--workspace", str(self.workspace.root), *args]


def _explain(world: World) -> list[str]:
    return world.command("explain", "Trialdrug-001", "--seed", str(1000 + world.counter), "--bags", "4")


def _jobs(world: World) -> list[str]:
    seed = str(2000 + world.counter)
    return world.command(
        "explain", "Trialdrug-001", "Trialdrug-002", "--jobs", "2", "--seed", seed, "--bags", "4", "--parts", "verdicts"
    )


def _brief(world: World) -> list[str]:
    return world.command("brief", "Trialdrug-002", "--seed", str(world.counter % 7), "--bags", "4")


def _ingest(world: World) -> list[str]:
    path = world.workspace.root.parent / f"notes-{world.counter}.jsonl"
    rows = [
        {"id": f"kill:{world.counter}-{n}", "text": f"Note {world.counter}-{n}. TG00001 and Trialdrug-001 were seen."}
        for n in range(3)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return world.command("knowledge", "ingest", str(path))


OPERATIONS: dict[str, Callable[[World], list[str]]] = {
    "explain": _explain,
    "jobs": _jobs,
    "ingest": _ingest,
    "brief": _brief,
}


def _visible(workspace: Workspace) -> Iterator[Path]:
    """Files that readers would see: nothing under a hidden name."""
    for path in sorted(workspace.root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(workspace.root).parts)
        if path.is_file() and not hidden:
            yield path


def _fixed(workspace: Workspace) -> dict[str, str]:
    """Digest of each file that never changes once it is finished."""
    found = {}
    for path in _visible(workspace):
        place = path.relative_to(workspace.root).as_posix()
        top = place.split("/")[0]
        plain = top == "knowledge" and path.suffix in (".jsonl", ".json") and "/index/" not in place
        if top in ("bundles", "runs", "data") or (top == "tasks" and "/done/" in place) or plain:
            found[place] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def faults(world: World) -> list[str]:
    """Everything that is wrong with the workspace now, in words."""
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.errors import EngineError
    from knowledge.errors import KnowledgeError
    from knowledge.store.snapshot import current_id, read_snapshot

    wrong = []
    workspace = world.workspace
    now = _fixed(workspace)
    for place, digest in world.kept.items():
        if now.get(place) != digest:
            wrong.append(f"{place} was finished and is {'changed' if place in now else 'gone'}")
    for folder in sorted(workspace.bundles.glob("[!.]*")):
        try:
            bundle = ExplanationBundle.load(folder)
            for name in bundle.arrays:
                bundle.array(folder, name)
        except EngineError as error:
            wrong.append(f"bundle {folder.name}: {error}")
    if current_id(workspace.knowledge):
        try:
            held = {document.id for document in read_snapshot(workspace.knowledge).documents}
        except KnowledgeError as error:
            wrong.append(f"knowledge: {error}")
        else:
            lost = world.documents - held
            if lost:
                wrong.append(f"knowledge: {len(lost)} ingested documents are lost")
    for path in _visible(workspace):
        place = path.relative_to(workspace.root).as_posix()
        if path.suffix == ".json" and place.split("/")[0] in ("runs", "briefs", "tasks", "jobs"):
            try:
                json.loads(path.read_bytes())
            except ValueError as error:
                wrong.append(f"{place} is no whole JSON: {error}")
        if path.suffix == ".sqlite" and "/" not in place:
            with sqlite3.connect(path) as database:
                verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            database.close()
            if verdict != "ok":
                wrong.append(f"{place}: {verdict}")
    return wrong


class Child:
    """A process of the program in a session of its own, so that a kill takes its workers with it.

    Parameters
    ----------
    command
        Interpreter, ``-m``, module, and the arguments of the program.
    forked
        Fork this process, whose libraries are loaded, instead of starting an interpreter: the kill then falls into the
        work and not into imports, and a hundred of them cost minutes.
    """

    def __init__(self, command: list[str], *, forked: bool) -> None:
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
        self.code: int | None = None
        if not forked:
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=self._noise, env=environment, start_new_session=True
            )
            self.pid = self._process.pid
            return
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._become(command[3:])

    def _become(self, args: list[str]) -> None:
        from agent.cli.app import main

        code = 70
        try:
            os.setsid()
            os.dup2(self._noise.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            main(args)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        """Exit code, None while it runs."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def wait(self, seconds: float) -> tuple[int, str]:
        """Exit code and the end of what it said.

        Raises
        ------
        TimeoutError
            If it does not end.
        """
        until = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > until:
                self.kill()
                raise TimeoutError(f"process {self.pid} did not end within {seconds:.0f} s")
            time.sleep(0.01)
        self._noise.seek(0)
        return self.code or 0, self._noise.read().decode(errors="replace")[-400:]

    def kill(self) -> bool:
        """SIGKILL to the whole session; whether it was still running."""
        running = self.poll() is None
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            running = False
        while self.poll() is None:
            time.sleep(0.002)
        return running


def _load() -> None:
    """Import what is slow to import and starts no thread, before the first fork."""
    import lightgbm  # noqa: F401
    import pandas  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.linear_model  # noqa: F401

    import explain_engine.engine  # noqa: F401


def _traces(workspace: Workspace) -> int:
    """A number that changes when something is written anywhere in the workspace."""
    total = 0
    for folder, names, files in os.walk(workspace.root):
        total += len(names) + len(files)
        try:
            total += Path(folder).stat().st_mtime_ns % 1_000_003
        except FileNotFoundError:
            total += 1
    return total


def strike(world: World, command: list[str], typical: float) -> str:
    """Start the command, kill it at a random moment and say which kind of moment that was."""
    process = Child(command, forked=world.forked)
    aimed = world.rng.random() < 0.5
    until = time.monotonic() + 5 * typical + 30
    if aimed:
        changes = world.rng.randint(1, 6)
        seen = _traces(world.workspace)
        while changes and process.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
            now = _traces(world.workspace)
            changes -= now != seen
            seen = now
        time.sleep(world.rng.random() * 0.01)
    else:
        moment = time.monotonic() + world.rng.uniform(0.05, 1.0) * typical
        while process.poll() is None and time.monotonic() < moment:
            time.sleep(0.005)
    running = process.kill()
    return ("while writing" if aimed else "any moment") if running else "finished before"


def one(world: World, name: str, typical: float) -> tuple[str, list[str], float]:
    """One kill and the recovery: the kind of moment, what was wrong, and the seconds of the second run."""
    world.counter += 1
    command = OPERATIONS[name](world)
    moment = strike(world, command, typical)
    wrong = [f"after the kill: {text}" for text in faults(world)]
    started = time.monotonic()
    try:
        code, noise = Child(command, forked=world.forked).wait(600)
    except TimeoutError as error:
        code, noise = -1, str(error)
    seconds = time.monotonic() - started
    if code != 0:
        wrong.append(f"the second run ended with {code}: {noise}")
    elif name == "ingest":
        world.documents |= {f"kill:{world.counter}-{n}" for n in range(3)}
    wrong += [f"after the second run: {text}" for text in faults(world)]
    world.kept.update(_fixed(world.workspace))
    return moment, wrong, seconds


def main() -> None:
    """Run the kills, print each fault and the counts, write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--operations", default=",".join(OPERATIONS))
    parser.add_argument("--forked", action="store_true", help="fork instead of starting an interpreter each time")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_kills.md")
    given = parser.parse_args()
    # A shell's background process ignores Ctrl+C; both signals end it with its counts.
    for number_ in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number_, signal.default_int_handler)
    names = given.operations.split(",")
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    told: list[str] = []
    with tempfile.TemporaryDirectory(prefix="oncobrief-kills-", ignore_cleanup_errors=True) as folder:
        world = World(open_workspace(Path(folder) / "ws"), random.Random(given.seed), forked=given.forked)
        if given.forked:
            _load()
        make_trial_workspace(world.workspace, n_lines=64, n_genes=20, n_drugs=2, seed=given.seed)
        typical: dict[str, float] = {}
        for name in ["ingest", *names]:
            world.counter += 1
            started = time.monotonic()
            code, noise = Child(OPERATIONS[name](world), forked=given.forked).wait(600)
            if code:
                sys.exit(f"{name} does not work here: {noise}")
            typical[name] = time.monotonic() - started
            if name == "ingest":
                world.documents |= {f"kill:{world.counter}-{n}" for n in range(3)}
        world.kept.update(_fixed(world.workspace))
        try:
            for number in range(given.kills):
                name = names[number % len(names)]
                moment, wrong, seconds = one(world, name, typical[name])
                typical[name] = 0.7 * typical[name] + 0.3 * seconds
                counts[name][moment] += 1
                counts[name]["faults"] += bool(wrong)
                for text in wrong:
                    told.append(f"kill {number + 1} ({name}, {moment}): {text}")
                    print(told[-1], flush=True)
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} kills, {len(told)} faults", flush=True)
        except KeyboardInterrupt:
            # Whoever stops it early still learns what was counted.
            print("interrupted", flush=True)
        leftovers = sum(1 for path in world.workspace.root.rglob(".*") if path.name != ".lock")
    text = _table(given, counts, told, leftovers)
    print(text)
    if given.write:
        _RESULTS.mkdir(exist_ok=True)
        (_RESULTS / "scale_kills.md").write_text(text)
    sys.exit(1 if told else 0)


def _table(given: argparse.Namespace, counts: dict[str, Counter[str]], told: list[str], leftovers: int) -> str:
    how = " --forked" if given.forked else ""
    rows = [
        "# SIGKILL at random moments",
        "",
        f"`python -m benchmarks.scale.kills --kills {given.kills} --seed {given.seed} "
        f"--operations {given.operations}{how}`, Python {platform.python_version()}, made-up: 64 lines x 20 genes.",
        "",
        "| command | any moment | while writing | had finished | kills with a fault |",
        "|---|---|---|---|---|",
    ]
    for name, found in counts.items():
        rows.append(
            f"| {name} | {found['any moment']} | {found['while writing']} | {found['finished before']} | "
            f"{found['faults']} |"
        )
    hit = sum(found["any moment"] + found["while writing"] for found in counts.values())
    rows += [
        "",
        f"{hit} kills met a running process (its whole process group). {len(told)} faults. {leftovers} hidden "
        "leftovers of killed writers, which nothing reads and which are swept away after a day.",
        "",
        *[f"- {text}" for text in told],
    ]
    return "\n".join(rows).rstrip() + "\n"


if __name__ == "__main__":
    main()

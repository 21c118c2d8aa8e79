"""Every benchmark of the source checkout, run as a process of its own, and one page of what came of each."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.records import Record, current_versions, utc_now
from agent.validate.suite_table import BENCHMARKS, FOLDER, TOOLS, WORKSPACE, Benchmark
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Report = Callable[[str], None]

REFERENCE_VARIABLE = "ONCOBRIEF_REFERENCE_DATA"
_TAIL = 40
_GRACE_S = 5.0


class Outcome(Record):
    """What came of one benchmark.

    Attributes
    ----------
    state
        ``done``, ``failed``, ``timed out``, ``interrupted`` or ``not run``.
    seconds, cpu_seconds
        Wall time; CPU time of the process and of all that it started, which a busy machine does not stretch.
    tail
        Last lines of its output; of one that was not run, the reason.
    """

    module: str
    command: str
    state: str
    seconds: float
    cpu_seconds: float
    tail: str


def checkout_root() -> Path:
    """Root of the source checkout.

    Raises
    ------
    InputError
        The package was installed from a wheel, which carries no benchmarks.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "benchmarks" / "__init__.py").is_file():
        raise InputError(
            "benchmarks are not part of an installed package; run this from a source checkout (pip install -e .)"
        )
    return root


def chosen(areas: Sequence[str]) -> tuple[Benchmark, ...]:
    """Benchmarks of the areas (or single modules) named; all by default.

    Raises
    ------
    InputError
        A name fits none.
    """
    known = {b.area for b in BENCHMARKS} | {b.module for b in BENCHMARKS}
    if unknown := sorted(set(areas) - known):
        raise InputError(f"no benchmark {unknown[0]!r}; areas are {', '.join(sorted({b.area for b in BENCHMARKS}))}")
    return tuple(b for b in BENCHMARKS if not areas or b.area in areas or b.module in areas)


def unlisted(root: Path) -> tuple[str, ...]:
    """Modules of the checkout that can be run and are in no table: told of, so that none is forgotten in silence."""
    listed = {b.module for b in BENCHMARKS} | TOOLS
    found = []
    for path in sorted((root / "benchmarks").glob("*/*.py")):
        name = f"{path.parent.name}.{path.stem}"
        if name not in listed and '__name__ == "__main__"' in path.read_text(encoding="utf-8"):
            found.append(name)
    return tuple(found)


def run_suite(
    root: Path,
    benchmarks: Sequence[Benchmark],
    *,
    small: bool,
    limit_s: float,
    out: Path,
    report: Report,
    workspace: Path | None = None,
) -> tuple[Outcome, ...]:
    """Run them one after the other and rewrite the page after each, so that a stopped run leaves what it has.

    `workspace` is given to those that need one with data; without it they are not run. Small runs work on a copy of the
    benchmarks: results kept in the checkout are not touched by them.
    """
    outcomes: list[Outcome] = []
    with _place(root, copy=small) as folder:
        for number, benchmark in enumerate(benchmarks, start=1):
            report(f"{number} of {len(benchmarks)}: {benchmark.module}")
            outcome = _run(folder, root, benchmark, small=small, limit_s=limit_s, workspace=workspace)
            report(f"  {outcome.state} in {outcome.seconds:.0f} s, {outcome.cpu_seconds:.0f} CPU-s")
            outcomes.append(outcome)
            write_atomic(out, page(outcomes, small=small, limit_s=limit_s, waiting=len(benchmarks) - number, root=root))
            if outcome.state == "interrupted":
                raise KeyboardInterrupt
    return tuple(outcomes)


def page(outcomes: Sequence[Outcome], *, small: bool, limit_s: float, waiting: int, root: Path) -> str:
    """The page: machine, versions, one table, then the end of each output."""
    versions = ", ".join(f"{k} {v}" for k, v in current_versions().items())
    wall, cpu = sum(o.seconds for o in outcomes), sum(o.cpu_seconds for o in outcomes)
    states = ", ".join(f"{n} {state}" for state, n in Counter(o.state for o in outcomes).items())
    lines = [
        f"# Benchmarks, {'small' if small else 'full'} size",
        "",
        f"`oncobrief benchmark --{'small' if small else 'full'}`, written {utc_now()}; {_machine()}; {versions}. One "
        f"process each, one thread, at most {limit_s:.0f} s of wall time. Settings and seeds are in the command or at "
        f"the head of the output below. So far {states}; {wall:.0f} s of wall time, {cpu:.0f} CPU seconds. "
        + ("Small sizes show that everything runs; they are no result. " if small else "")
        + (f"{waiting} have not run yet." if waiting else "All have run."),
        "",
        "| benchmark | state | seconds | CPU-s | command |",
        "|---|---|---:|---:|---|",
        *(f"| {o.module} | {o.state} | {o.seconds:.0f} | {o.cpu_seconds:.0f} | `{o.command}` |" for o in outcomes),
        "",
    ]
    if missing := unlisted(root):
        lines += [f"Runnable but in no table, so not run: {', '.join(missing)}.", ""]
    for outcome in outcomes:
        lines += [f"## {outcome.module}: {outcome.state}", "", "```", outcome.tail.replace("```", "'''"), "```", ""]
    return "\n".join(lines)


@contextmanager
def _place(root: Path, *, copy: bool) -> Iterator[Path]:
    """Folder to run in: the checkout, or a folder with a copy of the benchmarks."""
    if not copy:
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="oncobrief-benchmarks-") as scratch:
        shutil.copytree(root / "benchmarks", Path(scratch) / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
        yield Path(scratch)


def _run(
    folder: Path, root: Path, benchmark: Benchmark, *, small: bool, limit_s: float, workspace: Path | None
) -> Outcome:
    arguments = benchmark.small if small else benchmark.full
    reference = Path(os.environ.get(REFERENCE_VARIABLE, root.parent / "shared" / "data"))
    why = None
    if arguments is None:
        why = benchmark.why_not or "not run in this size"
    elif not (folder / "benchmarks" / Path(*benchmark.module.split("."))).with_suffix(".py").is_file():
        why = "the module is not in this checkout"
    elif benchmark.needs_reference and not reference.is_dir():
        why = f"needs the reference data ({REFERENCE_VARIABLE})"
    elif WORKSPACE in " ".join(arguments) and workspace is None:
        why = "needs a workspace with data: oncobrief --workspace DIR benchmark"
    shown = f"python -m benchmarks.{benchmark.module} {' '.join(arguments or ())}".strip()
    if why is not None or arguments is None:
        return Outcome(
            module=benchmark.module, command=shown, state="not run", seconds=0.0, cpu_seconds=0.0, tail=why or ""
        )
    with tempfile.TemporaryDirectory(prefix="oncobrief-benchmark-") as scratch:
        words = [w.replace(FOLDER, str(Path(scratch) / "kb")).replace(WORKSPACE, str(workspace)) for w in arguments]
        command = [sys.executable, "-m", f"benchmarks.{benchmark.module}", *words]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        given = {**os.environ, **threads, REFERENCE_VARIABLE: str(reference), "PYTHONPATH": f"{folder}:{root}"}
        start, spent = time.monotonic(), _children_cpu()
        state, text = _process(command, folder, given, Path(scratch) / "output", limit_s)
        seconds, cpu = time.monotonic() - start, _children_cpu() - spent
    tail = "\n".join(text.splitlines()[-_TAIL:])
    return Outcome(
        module=benchmark.module, command=shown, state=state, seconds=seconds, cpu_seconds=max(cpu, 0.0), tail=tail
    )


def _children_cpu() -> float:
    """CPU seconds of ended children and of those that they waited for."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _machine() -> str:
    """Processor, cores, memory and system of this machine."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, ValueError):
        return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}"
    )


def _process(
    command: Sequence[str], folder: Path, environment: dict[str, str], output: Path, limit_s: float
) -> tuple[str, str]:
    """Run to the end, to the limit or to an interruption; nothing that it started is left behind."""
    with output.open("w", encoding="utf-8") as stream:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            state = "done" if child.wait(timeout=limit_s) == 0 else "failed"
        except subprocess.TimeoutExpired:
            state = "timed out"
        except KeyboardInterrupt:
            state = "interrupted"
        finally:
            _end_group(child)
    return state, output.read_text(encoding="utf-8", errors="replace")


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child's own process group: first asked, then made to."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, sign)
        try:
            child.wait(timeout=_GRACE_S)
        except subprocess.TimeoutExpired:
            continue

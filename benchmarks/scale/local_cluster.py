"""A real Dask scheduler and real workers as processes of this machine, for tests and timings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

_ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LocalCluster:
    """Scheduler and workers, each a process of its own; ended when the block ends.

    Parameters
    ----------
    workers
        How many to start with.
    """

    def __init__(self, workers: int = 2) -> None:
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self._wanted = workers
        self._scratch = tempfile.TemporaryDirectory(prefix="oncobrief-dask-")

    def __enter__(self) -> LocalCluster:
        self.start_scheduler()
        for _ in range(self._wanted):
            self.start_worker()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in (*self.workers, self.scheduler):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self._scratch.cleanup()

    def start_scheduler(self) -> None:
        """Start the scheduler on the cluster's port and wait until it listens."""
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        until = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                if self.scheduler.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the Dask scheduler did not start") from None
                time.sleep(0.1)

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker: one thread, no nanny, so that killing it kills the work."""
        folder = ("--local-directory", self._scratch.name)
        worker = self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *folder)
        self.workers.append(worker)
        return worker

    def kill(self, process: subprocess.Popen[bytes] | None) -> None:
        """SIGKILL."""
        if process is not None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, *args: str) -> subprocess.Popen[bytes]:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        log = (Path(self._scratch.name) / f"{args[0]}-{time.monotonic_ns()}.log").open("wb")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *args], stdout=log, stderr=log, env=environment, cwd=self._scratch.name
            )

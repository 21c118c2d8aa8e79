"""The child process of a job: waits for its turn, does the work, writes how it went."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agent.background.state import Job, read_job, write_job
from agent.background.work import KINDS
from agent.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EVERY_S = 0.2
_STARTED_S = 10.0


def main(arguments: Sequence[str]) -> int:
    """Run the job named by ``<workspace> <job id>``."""
    root, job_id = arguments
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    workspace = open_workspace(Path(root))
    folder = workspace.root / "jobs"
    keeper = _Keeper(folder, _own_job(folder, job_id))
    with _turn(folder, keeper):
        keeper.tell("starting", 0.0)
        try:
            result = KINDS[keeper.job.kind].run(workspace, keeper.job.arguments, keeper.tell)
        except Exception as error:
            words = " ".join(str(error).split())[:600] or "no message"
            known = hasattr(error, "exit_code")
            keeper.end("failed", words if known else f"unexpected {type(error).__name__}: {words}")
            if not known:
                raise
            return 1
        keeper.end("done", "done", result)
    return 0


class _Keeper:
    """Writes the state, not more often than a reader can see."""

    def __init__(self, folder: Path, job: Job) -> None:
        self._folder = folder
        self.job = job
        self._written = 0.0

    def tell(self, what: str, share: float) -> None:
        now = time.monotonic()
        done = min(max(share, self.job.progress), 1.0)
        changed = what != self.job.message
        self.job = self.job.changed(status="running", message=what[:300], progress=done)
        if changed or now - self._written >= _EVERY_S:
            self._written = now
            write_job(self._folder, self.job)

    def wait(self, what: str) -> None:
        self.job = self.job.changed(status="queued", message=what)
        write_job(self._folder, self.job)

    def end(self, status: str, message: str, result: dict[str, str] | None = None) -> None:
        progress = 1.0 if status == "done" else self.job.progress
        self.job = self.job.changed(status=status, message=message, progress=progress, result=result or {})
        write_job(self._folder, self.job)


def _own_job(folder: Path, job_id: str) -> Job:
    """The job as the parent wrote it once this process had a number."""
    end = time.monotonic() + _STARTED_S
    while True:
        job = read_job(folder, job_id)
        if job.pid == os.getpid() or time.monotonic() > end:
            return job.changed(pid=os.getpid())
        time.sleep(0.01)


@contextlib.contextmanager
def _turn(folder: Path, keeper: _Keeper) -> Iterator[None]:
    """One job of a workspace works at a time: each uses whole cores, and two may want the same bundle."""
    with (folder / ".turn").open("ab") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            keeper.wait("waits for another job to end")
            fcntl.flock(gate, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Jobs of a workspace: started as child processes of their own group, watched, cancelled, resumed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from agent.background.state import Job, read_job, state_path, write_job
from agent.background.work import KINDS
from agent.errors import InputError
from agent.records import new_run_id, utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from agent.workspace import Workspace

_GRACE_S = 5.0


class Jobs:
    """Background work of one workspace.

    A child holds a lock on ``<id>.lock`` for as long as it lives, whoever its parent is: that, and no process number,
    tells a running job from one whose process is gone. After a restart of the parent a job either still runs, or is
    ``interrupted`` and can be resumed; what it had finished is re-used.

    Parameters
    ----------
    workspace
        States are kept in its ``jobs`` folder.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.folder: Path = workspace.root / "jobs"
        self._lock = threading.RLock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def submit(self, kind: str, arguments: Mapping[str, JsonValue], *, user: str = "local") -> Job:
        """Start a job and return it at once.

        Raises
        ------
        agent.errors.InputError
            Unknown kind, or arguments that do not fit it.
        """
        if kind not in KINDS:
            raise InputError(f"unknown kind of job {kind!r}; kinds are {', '.join(sorted(KINDS))}")
        checked = KINDS[kind].arguments(dict(arguments))
        now = utc_now()
        job = Job(id=new_run_id(), kind=kind, arguments=checked, status="queued", user=user, created=now, updated=now)
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_job(self.folder, job)
            return self._start(job)

    def get(self, job_id: str) -> Job:
        """State of a job; one whose process is gone without a word comes back as interrupted.

        Raises
        ------
        agent.errors.InputError
            If there is no such job.
        """
        with self._lock:
            self._reap(job_id)
            job = read_job(self.folder, job_id)
            if job.ended or self._alive(job_id):
                return job
            # Its last words may have been written between the two looks.
            job = read_job(self.folder, job_id)
            if job.ended:
                return job
            gone = job.changed(status="interrupted", message="its process ended before the work was done")
            write_job(self.folder, gone)
            return gone

    def list(self) -> tuple[Job, ...]:
        """All jobs, newest first."""
        if not self.folder.is_dir():
            return ()
        ids = sorted((p.stem for p in self.folder.glob("*.json") if not p.name.startswith(".")), reverse=True)
        found = []
        for job_id in ids:
            with contextlib.suppress(InputError):
                found.append(self.get(job_id))
        return tuple(found)

    def cancel(self, job_id: str) -> Job:
        """Stop a job with everything it started; one that has ended stays as it is."""
        with self._lock:
            job = self.get(job_id)
            if job.ended:
                return job
            # The lock is held, so the process number is still that of the child.
            self._kill(job_id, job.pid)
            after = read_job(self.folder, job_id)
            if after.ended:
                return after
            stopped = after.changed(status="cancelled", message="cancelled; what was finished is kept")
            write_job(self.folder, stopped)
            return stopped

    def resume(self, job_id: str) -> Job:
        """Start a job again that was interrupted, cancelled or failed.

        Raises
        ------
        agent.errors.InputError
            If it still runs, is done, or its state cannot be read.
        """
        with self._lock:
            job = self.get(job_id)
            if job.status not in ("interrupted", "cancelled", "failed"):
                raise InputError(f"job {job_id} is {job.status}: only one that ended without a result can be resumed")
            return self._start(job.changed(status="queued", progress=0.0, message="", pid=None))

    def wait(self, job_id: str, timeout_s: float = 60.0) -> Job:
        """Wait until a job ends, or the time is over; returns its state either way."""
        end = time.monotonic() + timeout_s
        while True:
            job = self.get(job_id)
            if job.ended or time.monotonic() >= end:
                return job
            time.sleep(0.1)

    def _start(self, job: Job) -> Job:
        descriptor = os.open(self._lock_path(job.id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _hold(descriptor)
            with (self.folder / f"{job.id}.log").open("ab") as log:
                # The child inherits the descriptor and with it the lock, which only ends with the child itself.
                child = subprocess.Popen(
                    [sys.executable, "-m", "agent.background.child", str(self._workspace.root), job.id],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(descriptor,),
                )
        except BlockingIOError:
            raise InputError(f"job {job.id} runs already") from None
        finally:
            os.close(descriptor)
        self._children[job.id] = child
        # The child waits for its number to stand in the file, so that its own states come after this one.
        started = job.changed(pid=child.pid)
        write_job(self.folder, started)
        return started

    def _alive(self, job_id: str) -> bool:
        try:
            descriptor = os.open(self._lock_path(job_id), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _kill(self, job_id: str, pid: int | None) -> None:
        if pid is None:
            return
        for number, patience in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)
            end = time.monotonic() + patience
            while time.monotonic() < end:
                self._reap(job_id)
                if not self._alive(job_id):
                    return
                time.sleep(0.02)

    def _reap(self, job_id: str) -> None:
        child = self._children.get(job_id)
        if child is not None and child.poll() is not None:
            del self._children[job_id]

    def _lock_path(self, job_id: str) -> Path:
        return state_path(self.folder, job_id).with_suffix(".lock")


def _hold(descriptor: int, tries: int = 5) -> None:
    """Take the lock; another process that only looks whether the job lives holds it for a moment."""
    for last in range(tries - 1, -1, -1):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if last == 0:
                raise
            time.sleep(0.02)
        else:
            return

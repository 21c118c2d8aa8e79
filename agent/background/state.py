"""Job: what is known of a piece of background work, and how it is kept on disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import JsonValue, ValidationError

from agent.errors import InputError
from agent.records import Record, utc_now
from agent.workspace import write_atomic

Status = Literal["queued", "running", "done", "failed", "cancelled", "interrupted", "damaged"]
FINAL: frozenset[Status] = frozenset({"done", "failed", "cancelled", "interrupted", "damaged"})
JOB_ID = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"
_ID = re.compile(JOB_ID)


class Job(Record):
    """One job.

    Attributes
    ----------
    id
        ``<UTC time>-<random>``, sorts by time.
    kind
        ``explain``, ``null`` or ``brief``.
    arguments
        What the work was asked to do; no secret, as it is written to disk.
    status
        ``queued`` waits for its turn; ``interrupted``: its process ended without saying how, `Jobs.resume` starts it
        again; ``damaged``: the state file cannot be read.
    progress, message
        Share done in [0, 1], and what is being done or why it ended.
    result
        What the work left behind: ``bundle``, ``drug``, ``brief``, ``record``.
    pid
        Process and process group of the child; None before it started.
    created, updated
        UTC, ISO 8601.
    """

    id: str
    kind: str
    arguments: dict[str, JsonValue]
    status: Status
    progress: float = 0.0
    message: str = ""
    result: dict[str, str] = {}
    pid: int | None = None
    user: str = "local"
    created: str
    updated: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINAL

    def changed(self, **fields: object) -> Job:
        """A copy with other values, checked."""
        return Job.model_validate(self.model_dump() | fields | {"updated": utc_now()})


def state_path(folder: Path, job_id: str) -> Path:
    """State file of a job.

    Raises
    ------
    agent.errors.InputError
        If the id is not of the form that jobs have (and could be a path to somewhere else).
    """
    if _ID.fullmatch(job_id) is None:
        raise InputError(f"{job_id!r} is no job id; they look like 20260131T120000Z-0a1b2c3d")
    return folder / f"{job_id}.json"


def write_job(folder: Path, job: Job) -> None:
    """Write the state in one step."""
    write_atomic(state_path(folder, job.id), job.model_dump_json(indent=1) + "\n")


def read_job(folder: Path, job_id: str) -> Job:
    """Read a state; one that cannot be read comes back as ``damaged`` with the reason.

    Raises
    ------
    agent.errors.InputError
        If there is no such job.
    """
    path = state_path(folder, job_id)
    try:
        job = Job.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"there is no job {job_id!r} in this workspace") from None
    except (OSError, ValidationError) as error:
        words = f"its state file cannot be read ({type(error).__name__}): delete {path.name} in {str(folder)!r}"
        when = f"{job_id[:4]}-{job_id[4:6]}-{job_id[6:8]}T{job_id[9:11]}:{job_id[11:13]}:{job_id[13:15]}+00:00"
        return Job(id=job_id, kind="unknown", arguments={}, status="damaged", message=words, created=when, updated=when)
    if job.id != job_id:
        return job.changed(id=job_id, status="damaged", message="the state file is another job's")
    return job

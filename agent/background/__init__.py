"""Long work beside the caller: one child process a job, its state in a file."""

from agent.background.jobs import Jobs
from agent.background.state import Job

__all__ = ["Job", "Jobs"]

"""Errors of tasks and of the places where they run."""

from __future__ import annotations

from agent.errors import AgentError, InputError


class TaskError(InputError):
    """A task is not one of this program's, or its arguments are no plain JSON."""


class WorkerError(AgentError):
    """A worker cannot do the work: it does not see the workspace, or runs other versions."""


class BackendError(AgentError):
    """The place where tasks run was lost; everything finished is kept, and the same command goes on from there."""

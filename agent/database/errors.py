"""What can be wrong with the database, each with its next step."""

from __future__ import annotations

from agent.errors import AgentError, InputError


class DatabaseError(InputError):
    """The database cannot be used as it is; nothing was written to it."""


class DatabaseDamagedError(DatabaseError):
    """The file is no whole database; it is left as it was found."""


class DatabaseBusyError(AgentError):
    """Another process held the database for too long; nothing was written."""


class NotFoundError(InputError):
    """No such row, or none that this user may see."""

"""Errors of the bridge, grouped by who must act."""

from __future__ import annotations


class AgentError(Exception):
    """Anything the bridge refuses or fails to do."""

    exit_code = 1


class InputError(AgentError, ValueError):
    """The caller's arguments, files or settings must change; the message says what, where and the next step."""

    exit_code = 2


class WorkspaceError(InputError):
    """The workspace folder cannot be used."""


class PromptError(AgentError):
    """A prompt or template file is missing, malformed or used with other variables than it declares."""


class LedgerError(AgentError):
    """A sentence would have been rendered that the ledger does not cover: a fault of this program, not of its user."""

"""The database of a workspace: threads of chat, hypotheses under review and what reviewers decided."""

from agent.database.opening import database_of, open_database

__all__ = ["database_of", "open_database"]

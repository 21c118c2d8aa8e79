"""Alembic's entry: runs the revisions on the connection that `upgrade` was given."""

from __future__ import annotations

from alembic import context

from agent.database.migrations import VERSION_TABLE
from agent.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

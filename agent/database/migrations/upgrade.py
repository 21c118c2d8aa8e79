"""Run the migrations on an open connection, inside its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables forward to `revision`; kept or undone with the caller's transaction."""
    command.upgrade(configuration(connection), revision)


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration: the scripts of this package, the caller's connection, no file and no logging."""
    config = Config()
    config.set_main_option("script_location", "agent.database:migrations")
    config.attributes["connection"] = connection
    return config

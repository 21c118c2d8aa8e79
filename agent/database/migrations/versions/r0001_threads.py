"""Counter, threads and messages.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    tick = op.create_table(
        "oncobrief_tick",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.Integer(), nullable=False),
    )
    op.bulk_insert(tick, [{"id": 1, "value": 0}])
    op.create_table(
        "chat_threads",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
    )
    op.create_index("ix_chat_threads_owner", "chat_threads", ["owner"])
    op.create_table(
        "chat_messages",
        sa.Column("tick", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("thread", sa.String(32), sa.ForeignKey("chat_threads.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("thread", "number"),
    )
    op.create_index("ix_chat_messages_thread", "chat_messages", ["thread"])

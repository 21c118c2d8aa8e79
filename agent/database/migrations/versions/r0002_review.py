"""Hypotheses under review, their wordings, decisions and unblindings.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _time() -> sa.Column[object]:
    return sa.Column("created", sa.DateTime(timezone=True), nullable=False)


def _item(*, nullable: bool = False, primary: bool = False) -> sa.Column[str]:
    return sa.Column("item", sa.String(32), sa.ForeignKey("review_items.id"), nullable=nullable, primary_key=primary)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "review_items",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("brief", sa.String(64), nullable=False),
        sa.Column("hypothesis", sa.String(32), nullable=False),
        sa.Column("bundle", sa.String(64), nullable=False),
        sa.Column("bundle_digest", sa.String(64), nullable=False),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("gene", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        _time(),
        sa.UniqueConstraint("brief", "hypothesis"),
    )
    for column in ("bundle", "drug", "status"):
        op.create_index(f"ix_review_items_{column}", "review_items", [column])
    op.create_table(
        "review_versions",
        _item(primary=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        _time(),
    )
    op.create_table(
        "review_decisions",
        sa.Column("tick", sa.Integer(), primary_key=True, autoincrement=False),
        _item(),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=True),
        sa.Column("view", sa.String(16), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        _time(),
    )
    op.create_index("ix_review_decisions_item", "review_decisions", ["item"])
    op.create_table(
        "review_unblindings",
        sa.Column("tick", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        _item(nullable=True),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _time(),
    )

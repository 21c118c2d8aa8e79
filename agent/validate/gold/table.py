"""A user's own table of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.gold.model import GoldSet

if TYPE_CHECKING:
    from pathlib import Path


def looks_like_table(path: Path, head: str) -> bool:
    """Whether a file's first line has the columns that a table of mechanisms needs."""
    cells = {cell.strip() for cell in head.replace("\t", ",").split(",")}
    return {"drug", "entity", "relation"} <= cells


def read_table(path: Path) -> GoldSet:
    """Facts of a CSV or TSV file; see `knowledge.mechanisms.table` for its columns.

    Raises
    ------
    knowledge.errors.InputError
        A needed column is missing, or an unknown one is there.
    """
    from knowledge.mechanisms.table import read_mechanism_table

    batch = read_mechanism_table(path)
    notes = tuple(f"{refusal.where}: {refusal.reason}" for refusal in batch.refused)
    return GoldSet(name=path.stem, source=f"user table {path.name}", facts=batch.mechanisms, notes=notes)

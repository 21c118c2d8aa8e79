"""CIViC's own export of accepted clinical evidence, brought by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.gold.model import GoldSet

if TYPE_CHECKING:
    from pathlib import Path


def looks_like_civic(path: Path, head: str) -> bool:
    """Whether a file's first line is that of the export."""
    return {"molecular_profile", "therapies", "evidence_direction"} <= set(head.split("\t"))


def read_civic(path: Path) -> GoldSet:
    """Predictive evidence of the export; ``Does Not Support`` becomes ``no_effect``.

    Raises
    ------
    knowledge.errors.InputError
        The file is no such export.
    """
    from knowledge.sources.civic import read_civic_export

    batch = read_civic_export(path)
    notes = (f"{len(batch.refused)} evidence items without a usable drug-gene fact",) if batch.refused else ()
    return GoldSet(name="civic", source=f"CIViC export {path.name}", facts=batch.mechanisms, notes=notes)

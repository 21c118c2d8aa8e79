"""Cards of bundles: what lists and choices need to know of a bundle without opening it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.records import Record
from explain_engine.data.dataset import ResponseKind
from explain_engine.deepen import PARTS
from explain_engine.record import Interval
from explain_engine.stability.records import VerdictCode

if TYPE_CHECKING:
    from pathlib import Path

_LEADING = 3


class BundleCard(Record):
    """What a list shows of a bundle.

    Attributes
    ----------
    folder
        Name of its folder: its key.
    revision
        Of the method; the newest speaks for a drug.
    parts
        Further parts it holds.
    spearman, gain
        Score on unseen lines, and what it adds to the tissue mean; None where undefined.
    targets
        Verdict of each annotated target; None where they were not looked at.
    ranks
        Rank of each listed gene.
    made
        Time of writing, seconds since the epoch.
    """

    folder: str
    revision: int
    drug: str
    screen: str
    kind: ResponseKind
    n_lines: int
    n_genes: int
    parts: tuple[str, ...]
    null_runs: int
    spearman: Interval | None
    gain: Interval | None
    targets: dict[str, VerdictCode] | None
    ranks: dict[str, int]
    made: float

    @property
    def leading(self) -> tuple[str, ...]:
        """The three best-ranked genes."""
        return tuple(self.ranks)[:_LEADING]

    @property
    def order(self) -> tuple[int, int, int, float, str]:
        """Sorts the bundle that speaks for a drug last: newest method, most parts, most null runs, newest."""
        return self.revision, len(self.parts), self.null_runs, self.made, self.folder


def read_card(manifest: Path, made: float) -> BundleCard:
    """Read a card without the checks of a whole load: a list of hundreds must not take minutes.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If the manifest cannot be read, or is not that of a bundle.
    """
    raw: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["bundle"]
    verdicts = raw.get("verdicts")
    return BundleCard(
        folder=manifest.parent.name,
        revision=raw.get("revision", 0),
        drug=raw["drug"],
        screen=raw["screen"],
        kind=raw["kind"],
        n_lines=raw["fit"]["n_lines"],
        n_genes=raw["fit"]["n_genes"],
        parts=tuple(part for part in PARTS if raw.get(part) is not None),
        null_runs=raw["null"]["n_runs"] if raw.get("null") else 0,
        spearman=raw["fit"]["model"]["spearman"],
        gain=raw["fit"]["gain_over_tissue"],
        targets=None if verdicts is None else {v["gene"]: v["code"] for v in verdicts},
        ranks={g["gene"]: g["rank"] for g in raw["attribution"]["genes"]},
        made=made,
    )

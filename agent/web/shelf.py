"""The bundles of a workspace: cards of all of them for lists, whole ones for pages; both kept until files change."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.pipeline import load_tables
from agent.records import Record
from agent.report.depth import Depth, depth_of
from explain_engine.bundle import ExplanationBundle
from explain_engine.data.dataset import ResponseKind
from explain_engine.errors import BundleError
from explain_engine.record import Interval
from explain_engine.stability.records import VerdictCode
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from pathlib import Path

    from agent.pipeline import Tables

PARTS = ("stability", "null", "interactions", "modules", "rules", "verdicts", "replication")
_KEPT = 24


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


class Held:
    """A whole bundle with its tables and what a brief would say of its parts."""

    def __init__(self, bundle: ExplanationBundle, tables: Tables) -> None:
        self.bundle = bundle
        self.tables = tables
        self.depth: Depth = depth_of(bundle, tables.genes, tables.groups)
        self.whole_ranks = {
            str(g): int(r) for g, r in zip(tables.genes["gene"], tables.genes["rank"], strict=True)
        }  # fmt: skip


class Shelf:
    """Bundles under one folder.

    Parameters
    ----------
    folder
        The workspace's folder of bundles; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._cards: dict[str, tuple[int, BundleCard | None]] = {}
        self._held: OrderedDict[str, tuple[int, Held]] = OrderedDict()

    def cards(self) -> tuple[BundleCard, ...]:
        """Cards of all bundles that can be read, newest method and deepest first; damaged ones are passed over."""
        with self._lock:
            there = {path.parent.name: path for path in self._folder.glob("*/bundle.json")}
            for gone in self._cards.keys() - there.keys():
                del self._cards[gone]
            for name, path in there.items():
                if name.startswith("."):
                    continue
                stamp = _stamp(path)
                if stamp is not None and self._cards.get(name, (None, None))[0] != stamp:
                    self._cards[name] = (stamp, _card(path, stamp))
            found = [card for _, card in self._cards.values() if card is not None]
        return tuple(sorted(found, key=lambda c: (-c.revision, -len(c.parts), -c.null_runs, -c.made, c.folder)))

    def of_drug(self, drug: str) -> tuple[BundleCard, ...]:
        """Cards of one drug, the one to show first at the head: GDSC2 and ln IC50 before others, then the deepest."""
        wanted = name_key(drug)
        found = [card for card in self.cards() if name_key(card.drug) == wanted]
        return tuple(sorted(found, key=lambda c: (c.screen != "GDSC2", c.kind != "ln_ic50")))

    def held(self, folder: str) -> Held:
        """A whole bundle, checked against its digests.

        Raises
        ------
        agent.errors.InputError
            If there is none of that name, or it is damaged.
        """
        if folder not in {card.folder for card in self.cards()}:
            raise InputError(f"no bundle {folder!r} in this workspace")
        path = self._folder / folder
        stamp = _stamp(path / "bundle.json") or 0
        with self._lock:
            known = self._held.get(folder)
            if known is not None and known[0] == stamp:
                self._held.move_to_end(folder)
                return known[1]
            try:
                bundle = ExplanationBundle.load(path)
                whole = Held(bundle, load_tables(bundle, path))
            except BundleError as error:
                raise InputError(str(error)) from error
            self._held[folder] = (stamp, whole)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
            return whole


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _card(path: Path, stamp: int) -> BundleCard | None:
    """The card, without the checks of a whole load: a list of hundreds must not take minutes."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["bundle"]
        verdicts = raw.get("verdicts")
        return BundleCard(
            folder=path.parent.name,
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
            made=stamp / 1e9,
        )
    except (OSError, ValueError, KeyError, TypeError):
        # Said where it matters: `oncobrief doctor` and the page of the bundle name a damaged one.
        return None

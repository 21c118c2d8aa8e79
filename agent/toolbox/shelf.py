"""Bundles of a workspace by drug, opened once and kept in memory while their files stay the same."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.pipeline import Tables, load_tables
from explain_engine.bundle import ExplanationBundle
from explain_engine.deepen import PARTS
from explain_engine.errors import BundleError
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from agent.hypotheses.falsification import FalsificationSheet
    from agent.settings import ExplainSettings
    from agent.workspace import Workspace

_KEPT = 24


@dataclass(frozen=True, eq=False)
class Opened:
    """A whole bundle with its tables.

    Attributes
    ----------
    ranks
        Gene -> row position in ``tables.genes``.
    sheets
        Falsification sheets worked out so far.
    """

    bundle: ExplanationBundle
    folder: Path
    tables: Tables
    ranks: dict[str, int]
    sheets: dict[str, FalsificationSheet | None] = field(default_factory=dict)

    def phi(self) -> pd.DataFrame:
        """Out-of-bag contributions, lines x listed genes; raises BundleError where the table is not there."""
        return self.bundle.array(self.folder, "phi")


@dataclass(frozen=True)
class Listed:
    """What the index knows of a bundle without opening it.

    Attributes
    ----------
    score, gain
        Out-of-bag Spearman correlation and its gain over the tissue mean, as (estimate, low, high); None where the
        bundle does not state them.
    leading
        The three best-ranked genes.
    parts
        Further parts it holds.
    stamp
        Time of change (ns) and size of its manifest.
    """

    key: str
    drug: str
    screen: str
    kind: str
    n_lines: int
    score: tuple[float, float, float] | None
    gain: tuple[float, float, float] | None
    leading: tuple[str, ...]
    parts: tuple[str, ...]
    null_runs: int
    revision: int
    folder: Path
    stamp: tuple[int, int]


class BundleShelf:
    """Finds the bundle that speaks for a drug.

    Parameters
    ----------
    workspace
        Its ``bundles`` folder is looked through; a changed or new bundle is seen at the next question.
    settings
        Screen and response that a bundle must be of.
    """

    def __init__(self, workspace: Workspace, settings: ExplainSettings) -> None:
        self._root = workspace.bundles
        self._settings = settings
        self._lock = threading.RLock()
        self._listed: dict[str, Listed] = {}
        self._opened: dict[str, tuple[tuple[int, int], Opened | None]] = {}
        self.damaged: dict[str, str] = {}

    def drugs(self) -> tuple[str, ...]:
        """Drugs with at least one bundle of the settings' screen and response, sorted."""
        return tuple(sorted({entry.drug for entry in self._fitting()}, key=str.lower))

    def find(self, drug: str) -> Opened | None:
        """The bundle of the newest method, then with most parts, null runs, the newest; None where none is whole."""
        key = name_key(drug)
        with self._lock:
            entries = [entry for entry in self._fitting() if name_key(entry.drug) == key]
            found = [(entry, opened) for entry in entries if (opened := self._open(entry)) is not None]
        if not found:
            return None
        return max(found, key=lambda pair: _order(pair[0]))[1]

    def best(self) -> tuple[Listed, ...]:
        """One entry a drug, chosen as in `find` but from the manifests alone."""
        chosen: dict[str, Listed] = {}
        for entry in self._fitting():
            key = name_key(entry.drug)
            if key not in chosen or _order(entry) > _order(chosen[key]):
                chosen[key] = entry
        return tuple(chosen.values())

    def get(self, key: str) -> Opened | None:
        """The bundle of that key; None where it is not there or not whole."""
        with self._lock:
            self._refresh()
            entry = next((e for e in self._listed.values() if e.key == key), None)
            return None if entry is None else self._open(entry)

    def listed(self) -> tuple[Listed, ...]:
        """Every bundle that can be read as one, whatever its screen."""
        with self._lock:
            self._refresh()
            return tuple(sorted(self._listed.values(), key=lambda e: (e.drug.lower(), e.key)))

    def _fitting(self) -> list[Listed]:
        wanted = self._settings
        # Screens that are not the public ones (a user's own matrix) are always shown: there is nothing to mix up.
        public = ("GDSC1", "GDSC2")
        return [
            e for e in self.listed() if e.screen not in public or (e.screen == wanted.screen and e.kind == wanted.kind)
        ]

    def _refresh(self) -> None:
        there: set[str] = set()
        for path in self._root.glob("*/bundle.json"):
            name = path.parent.name
            if name.startswith("."):
                continue
            try:
                state = path.stat()
            except OSError:
                continue
            there.add(name)
            stamp = (state.st_mtime_ns, state.st_size)
            known = self._listed.get(name)
            if known is not None and known.stamp == stamp:
                continue
            try:
                head = json.loads(path.read_text(encoding="utf-8"))["bundle"]
                self._listed[name] = _head(head, path.parent, stamp)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._listed.pop(name, None)
                self.damaged[name] = f"{type(error).__name__}: {error}"
        for name in self._listed.keys() - there:
            del self._listed[name]

    def _open(self, entry: Listed) -> Opened | None:
        name = entry.folder.name
        kept = self._opened.get(name)
        if kept is not None and kept[0] == entry.stamp:
            return kept[1]
        opened: Opened | None = None
        try:
            bundle = ExplanationBundle.load(entry.folder)
            tables = load_tables(bundle, entry.folder)
            ranks = {str(gene): i for i, gene in enumerate(tables.genes["gene"])}
            opened = Opened(bundle, entry.folder, tables, ranks)
            self.damaged.pop(name, None)
        except BundleError as error:
            self.damaged[name] = str(error)
        if len(self._opened) >= _KEPT:
            self._opened.pop(next(iter(self._opened)))
        self._opened[name] = (entry.stamp, opened)
        return opened


def _head(head: dict[str, Any], folder: Path, stamp: tuple[int, int]) -> Listed:
    fit = head["fit"]
    return Listed(
        key=str(head["key"]),
        drug=str(head["drug"]),
        screen=str(head["screen"]),
        kind=str(head["kind"]),
        n_lines=int(fit["n_lines"]),
        score=_triple(fit["model"]["spearman"]),
        gain=_triple(fit["gain_over_tissue"]),
        leading=tuple(str(gene["gene"]) for gene in head["attribution"]["genes"][:3]),
        parts=tuple(part for part in PARTS if head.get(part) is not None),
        null_runs=int(head["null"]["n_runs"]) if head.get("null") else 0,
        revision=int(head.get("revision", 0)),
        folder=folder,
        stamp=stamp,
    )


def _triple(interval: dict[str, float] | None) -> tuple[float, float, float] | None:
    return None if interval is None else (interval["estimate"], interval["low"], interval["high"])


def _order(entry: Listed) -> tuple[int, int, int, int, str]:
    return entry.revision, len(entry.parts), entry.null_runs, entry.stamp[0], entry.key

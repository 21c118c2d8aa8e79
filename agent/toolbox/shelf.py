"""The bundles of a workspace: cards of all of them for lists, whole ones for answers; both as the files are now."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.kept import Kept
from agent.toolbox.cards import BundleCard, read_card
from agent.toolbox.opened import Opened, Stamp
from explain_engine.errors import BundleError
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.settings import ExplainSettings

# Whole bundles in memory, about 5 MB each.
_KEPT = 96
_PUBLIC = ("GDSC1", "GDSC2")


class BundleShelf:
    """Finds bundles, and the one that speaks for a drug.

    A manifest's time of change and size say whether it is still the one that was read, so that a new, changed or
    removed bundle is seen at the next question.

    Parameters
    ----------
    folder
        The workspace's folder of bundles; it need not exist.
    settings
        Screen and response that bundles of the public screens must be of to speak for a drug.
    """

    def __init__(self, folder: Path, settings: ExplainSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._lock = threading.Lock()
        self._stamps: dict[str, Stamp] = {}
        self._cards: dict[str, BundleCard] = {}
        self._sorted: tuple[BundleCard, ...] = ()
        self._by_drug: dict[str, tuple[BundleCard, ...]] = {}
        self._opened: Kept[tuple[str, Stamp], Opened] = Kept(_KEPT)
        self.damaged: dict[str, str] = {}

    def cards(self) -> tuple[BundleCard, ...]:
        """Cards of all bundles that can be read, newest method and deepest first.

        The very same tuple comes back for as long as no bundle changes.
        """
        with self._lock:
            there = dict(self._manifests())
            if there != self._stamps:
                self._read(there)
            return self._sorted

    def by_drug(self) -> dict[str, tuple[BundleCard, ...]]:
        """Name key of each drug -> its cards, those of the settings' screen and response at the head."""
        self.cards()
        return self._by_drug

    def of_drug(self, drug: str) -> tuple[BundleCard, ...]:
        """Cards of one drug, the one to show first at the head."""
        return self.by_drug().get(name_key(drug), ())

    def speaking(self) -> tuple[BundleCard, ...]:
        """The card of each drug whose bundle answers for it."""
        return tuple(speaking[0] for cards in self.by_drug().values() if (speaking := self._speaking(cards)))

    def drugs(self) -> tuple[str, ...]:
        """Drugs with a bundle that may answer for them, sorted."""
        return tuple(sorted({card.drug for card in self._speaking(self.cards())}, key=str.lower))

    def find(self, drug: str) -> Opened | None:
        """The first whole bundle that may answer for a drug; None where none is whole."""
        opened = (self.get(card.folder) for card in self._speaking(self.of_drug(drug)))
        return next((bundle for bundle in opened if bundle is not None), None)

    def get(self, folder: str) -> Opened | None:
        """The bundle of that name; None where it is not there or not whole."""
        try:
            return self.open(folder)
        except InputError:
            return None

    def open(self, folder: str) -> Opened:
        """The bundle of that name, checked against its digests.

        Raises
        ------
        agent.errors.InputError
            If there is none of that name, or it is damaged.
        """
        self.cards()
        with self._lock:
            stamp = self._stamps.get(folder) if folder in self._cards else None
        if stamp is None:
            raise InputError(f"no bundle {folder!r} in this workspace")
        try:
            opened = self._opened.get((folder, stamp), lambda: Opened.load(self._folder / folder, stamp))
        except BundleError as error:
            self.damaged[folder] = str(error)
            raise InputError(str(error)) from error
        self.damaged.pop(folder, None)
        return opened

    def _speaking(self, cards: tuple[BundleCard, ...]) -> tuple[BundleCard, ...]:
        # Screens that are not the public ones (a user's own matrix) always may: there is nothing to mix up.
        return tuple(card for card in cards if card.screen not in _PUBLIC or self._is_asked_for(card))

    def _is_asked_for(self, card: BundleCard) -> bool:
        return card.screen == self._settings.screen and card.kind == self._settings.kind

    def _manifests(self) -> Iterator[tuple[str, Stamp]]:
        """Name and stamp of every bundle on the disk."""
        if not self._folder.is_dir():
            return
        for entry in os.scandir(self._folder):
            if entry.name.startswith("."):
                continue
            try:
                # Asked several times a question, of hundreds of bundles: a `Path` for each would take thrice as long.
                state = os.stat(f"{entry.path}/bundle.json")  # noqa: PTH116
            except OSError:
                continue
            yield entry.name, (state.st_mtime_ns, state.st_size)

    def _read(self, there: dict[str, Stamp]) -> None:
        """Read the cards of new and changed bundles, forget those that are gone."""
        for name in self._stamps.keys() - there.keys():
            self._cards.pop(name, None)
            self.damaged.pop(name, None)
        for name, stamp in there.items():
            if self._stamps.get(name) == stamp:
                continue
            try:
                self._cards[name] = read_card(self._folder / name / "bundle.json", stamp[0] / 1e9)
                self.damaged.pop(name, None)
            except (OSError, ValueError, KeyError, TypeError) as error:
                # Said where it matters: `oncobrief doctor` and the page of the bundle name a damaged one.
                self._cards.pop(name, None)
                self.damaged[name] = f"{type(error).__name__}: {error}"
        self._stamps = there
        self._sorted = tuple(sorted(self._cards.values(), key=lambda card: card.order, reverse=True))
        by_drug: dict[str, list[BundleCard]] = {}
        for card in sorted(self._sorted, key=lambda card: not self._is_asked_for(card)):
            by_drug.setdefault(name_key(card.drug), []).append(card)
        self._by_drug = {key: tuple(cards) for key, cards in by_drug.items()}

"""All drugs of the screen with what is known here of each: annotation, bundle, score, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.own.model import is_own
from agent.records import Record
from agent.toolbox.cards import BundleCard
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from agent.toolbox.shelf import BundleShelf


class DrugRow(Record):
    """One drug.

    Attributes
    ----------
    ids
        GDSC ids; empty for a drug that only a bundle of the workspace knows.
    card
        The bundle to show; None where the drug was not explained.
    own
        Own screens of the workspace that the drug was explained from.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    pathway: str = ""
    ids: tuple[int, ...] = ()
    card: BundleCard | None = None
    own: tuple[str, ...] = ()

    @property
    def best_target(self) -> tuple[str, int] | None:
        """The annotated target that ranks highest among the listed genes, with its rank."""
        if self.card is None:
            return None
        ranked = [(self.card.ranks[t], t) for t in self.targets if t in self.card.ranks]
        return (min(ranked)[1], min(ranked)[0]) if ranked else None

    @property
    def words(self) -> str:
        """Everything a reader may search it by, in lower case."""
        return " ".join(
            (self.name, *self.synonyms, *self.targets, self.pathway, *map(str, self.ids), *self.own)
        ).casefold()


class Catalogue:
    """All drugs of the GDSC2 screen and any other that has a bundle."""

    def __init__(self, shelf: BundleShelf) -> None:
        self._shelf = shelf
        self._made: tuple[object, tuple[DrugRow, ...], dict[str, DrugRow]] = (None, (), {})

    def rows(self) -> tuple[DrugRow, ...]:
        """Explained drugs first, bare numbers last; the very same tuple for as long as no bundle changes."""
        return self._current()[0]

    def find(self, name: str) -> DrugRow:
        """The drug that a name, a synonym or a GDSC id means.

        Raises
        ------
        agent.errors.InputError
            If there is none.
        """
        found = self._current()[1].get(name_key(name))
        if found is None:
            raise InputError(f"no drug {name!r} in the screen or in this workspace; search the list of drugs")
        return found

    def _current(self) -> tuple[tuple[DrugRow, ...], dict[str, DrugRow]]:
        made_of = self._shelf.cards()
        if self._made[0] is not made_of:
            rows = _rows(self._shelf.by_drug())
            self._made = (made_of, rows, _by_name(rows))
        return self._made[1:]


def _rows(bundles: dict[str, tuple[BundleCard, ...]]) -> tuple[DrugRow, ...]:
    def row(cards: tuple[BundleCard, ...], **known: Any) -> DrugRow:
        own = tuple(dict.fromkeys(card.screen for card in cards if is_own(card.screen)))
        return DrugRow(card=cards[0] if cards else None, own=own, **known)

    listed = {name_key(drug.name): drug for drug in load_drugs()}
    rows = [
        row(
            bundles.get(key, ()),
            name=drug.name,
            synonyms=drug.synonyms,
            targets=drug.targets,
            pathway=drug.pathway,
            ids=drug.gdsc2_ids,
        )
        for key, drug in listed.items()
    ]
    rows += [row(cards, name=cards[0].drug) for key, cards in bundles.items() if key not in listed]
    return tuple(sorted(rows, key=lambda row: (row.card is None, row.name.isdigit(), row.name.casefold())))


def _by_name(rows: tuple[DrugRow, ...]) -> dict[str, DrugRow]:
    """Rows by the key of every name; a drug's own name before another's synonym or number."""
    found: dict[str, DrugRow] = {}
    for row in rows:
        found.setdefault(name_key(row.name), row)
    for row in rows:
        for known in (*row.synonyms, *map(str, row.ids)):
            found.setdefault(name_key(known), row)
    return found


def search(rows: tuple[DrugRow, ...], text: str) -> tuple[DrugRow, ...]:
    """Rows that hold every word of `text`."""
    words = text.casefold().split()
    return tuple(row for row in rows if all(word in row.words for word in words))

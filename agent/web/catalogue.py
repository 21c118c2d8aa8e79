"""All drugs of the screen with what is known here of each: annotation, bundle, score, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.own.model import is_own
from agent.records import Record
from agent.web.shelf import BundleCard
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from agent.web.shelf import Shelf


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


def catalogue(shelf: Shelf) -> tuple[DrugRow, ...]:
    """All drugs of the GDSC2 screen and any other that has a bundle: explained ones first, bare numbers last."""
    cards: dict[str, BundleCard] = {}
    own: dict[str, dict[str, None]] = {}
    for card in shelf.cards():
        key = name_key(card.drug)
        if is_own(card.screen):
            own.setdefault(key, {})[card.screen] = None
        held = cards.get(key)
        if held is None or (held.screen != "GDSC2" and card.screen == "GDSC2"):
            cards[key] = card
    rows = [
        DrugRow(
            name=drug.name,
            synonyms=drug.synonyms,
            targets=drug.targets,
            pathway=drug.pathway,
            ids=drug.gdsc2_ids,
            card=cards.pop(name_key(drug.name), None),
            own=tuple(own.get(name_key(drug.name), ())),
        )
        for drug in load_drugs()
    ]
    rows += [DrugRow(name=card.drug, card=card, own=tuple(own.get(name_key(card.drug), ()))) for card in cards.values()]
    return tuple(sorted(rows, key=lambda row: (row.card is None, row.name.isdigit(), row.name.casefold())))


def find_drug(shelf: Shelf, name: str) -> DrugRow:
    """The drug that a name, a synonym or a GDSC id means.

    Raises
    ------
    agent.errors.InputError
        If there is none.
    """
    wanted = name_key(name)
    rows = catalogue(shelf)
    own = next((row for row in rows if name_key(row.name) == wanted), None)
    if own is not None:
        return own
    for row in rows:
        if wanted in {name_key(known) for known in (*row.synonyms, *map(str, row.ids))}:
            return row
    raise InputError(f"no drug {name!r} in the screen or in this workspace; search the list of drugs")


def search(rows: tuple[DrugRow, ...], text: str) -> tuple[DrugRow, ...]:
    """Rows that hold every word of `text`."""
    words = text.casefold().split()
    return tuple(row for row in rows if all(word in row.words for word in words))

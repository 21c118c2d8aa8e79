"""Loading of the starter set: mechanism cards and drug facts that ship with the package as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError, field_validator

from knowledge.documents import Document, Record
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism

CARD_SOURCE = "oncobrief card"
CARD_LICENSE = "Apache-2.0"

_R = TypeVar("_R", bound=Record)


class StarterDrug(Record):
    """One drug of the GDSC2 screen.

    Attributes
    ----------
    name
        Name as GDSC spells it.
    gdsc2_ids
        GDSC drug ids under which GDSC2 screened it; at least one.
    synonyms
        Code names and trade names; empty where none is known.
    targets
        Annotated targets as approved HGNC symbols; empty where the annotation names no gene.
    pathway
        Class of the target, in our words.
    """

    name: str
    gdsc2_ids: tuple[int, ...]
    synonyms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    pathway: str

    @field_validator("gdsc2_ids")
    @classmethod
    def _screened(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("a drug of the screen has at least one GDSC2 id")
        return value


def load_cards(folder: Traversable | None = None) -> tuple[KnownMechanism, ...]:
    """Read every mechanism card.

    Parameters
    ----------
    folder
        Folder of ``*.yaml`` files, each a list of cards; the shipped cards by default.

    Returns
    -------
    tuple of KnownMechanism
        In order of file name, then of position in the file; ids are unique.

    Raises
    ------
    InputError
        A file is not a list of cards, a card breaks the model, two cards share an id, or the folder holds none;
        the message names file and card.
    """
    return _shipped_cards() if folder is None else _read_cards(folder)


def load_drugs(path: Traversable | None = None) -> tuple[StarterDrug, ...]:
    """Read the drug facts.

    Parameters
    ----------
    path
        YAML file with a list of drugs; the shipped one by default.

    Returns
    -------
    tuple of StarterDrug
        In file order. No name or synonym belongs to two drugs, however it is spaced, hyphenated or capitalised.

    Raises
    ------
    InputError
        The file is not a list of drugs, a drug breaks the model, or two drugs share an id or a name.
    """
    return _shipped_drugs() if path is None else _read_drugs(path)


def cards_as_documents(cards: Iterable[KnownMechanism]) -> tuple[Document, ...]:
    """Turn cards into documents of kind ``card``, to be indexed beside the literature.

    The text is our summary; ``title`` says that it is a card and ``url`` leads to the paper.
    """
    return tuple(
        Document(
            id=card.id,
            title=f"Card: {card.drug} - {card.entity} ({card.relation.replace('_', ' ')})",
            text=card.summary,
            kind="card",
            source=CARD_SOURCE,
            license=CARD_LICENSE,
            pmid=card.pmid,
            url=f"https://pubmed.ncbi.nlm.nih.gov/{card.pmid}/" if card.pmid else None,
            drugs=(card.drug,),
            genes=(card.entity,) if card.entity_kind == "gene" else (),
        )
        for card in cards
    )


@cache
def _shipped_cards() -> tuple[KnownMechanism, ...]:
    return _read_cards(files(__package__) / "cards")


@cache
def _shipped_drugs() -> tuple[StarterDrug, ...]:
    return _read_drugs(files(__package__) / "drugs.yaml")


def _read_cards(folder: Traversable) -> tuple[KnownMechanism, ...]:
    sheets = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    cards: list[KnownMechanism] = []
    home: dict[str, str] = {}
    for sheet in sheets:
        for card in _records(sheet, KnownMechanism):
            if card.id in home:
                raise InputError(
                    f"{sheet.name}: card id {card.id!r} is taken already, in {home[card.id]}; give it the next number"
                )
            home[card.id] = sheet.name
            cards.append(card)
    if not cards:
        raise InputError(f"no card in {folder}: expected *.yaml files, each a list of cards")
    return tuple(cards)


def _read_drugs(path: Traversable) -> tuple[StarterDrug, ...]:
    drugs = tuple(_records(path, StarterDrug))
    by_id: dict[int, str] = {}
    by_name: dict[str, str] = {}
    for drug in drugs:
        for number in drug.gdsc2_ids:
            if by_id.setdefault(number, drug.name) != drug.name:
                raise InputError(f"{path.name}: GDSC id {number} belongs to {by_id[number]!r} and to {drug.name!r}")
        # A drug may repeat its own name in another spelling; another drug may not.
        for key in {_key(name) for name in (drug.name, *drug.synonyms)}:
            if key in by_name:
                raise InputError(
                    f"{path.name}: the name {key!r} belongs to {by_name[key]!r} and to {drug.name!r}; "
                    "keep it with one of them"
                )
            by_name[key] = drug.name
    return drugs


def _records(path: Traversable, model: type[_R]) -> Iterator[_R]:
    """Entries of a YAML list as records; the error names file, position and field."""
    try:
        entries: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"{path.name}: not valid YAML: {error}") from error
    if not isinstance(entries, list):
        raise InputError(f"{path.name}: expected a list of entries, found {type(entries).__name__}")
    for position, entry in enumerate(entries, start=1):
        label = (entry.get("id") or entry.get("name")) if isinstance(entry, dict) else None
        try:
            yield model.model_validate(entry)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            raise InputError(f"{path.name}: entry {position} ({label!r}) is no {model.__name__}: {faults}") from error


def _key(name: str) -> str:
    """Spelling-free form of a drug name; falls back to the name where nothing alphanumeric is left."""
    return re.sub(r"[^a-z0-9]", "", name.lower()) or name

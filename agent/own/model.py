"""OwnScreen: what is known of a screen of the user's own, and what it may be called."""

from __future__ import annotations

import re
from typing import Literal

from agent.errors import InputError
from agent.records import Record
from explain_engine.data.dataset import ResponseKind
from knowledge.ids.model import name_key

LONGEST_NAME = 60
PUBLIC_SCREENS = ("GDSC1", "GDSC2")
_RESERVED = frozenset({*PUBLIC_SCREENS, "CTRPV2", "DEPMAP", "USER"})
_ID = re.compile(r"[0-9a-f]{12}")
_NAME = re.compile(r"[^\W_][\w .()+-]*")


class OwnDrug(Record):
    """A drug of the screen that can be explained.

    Attributes
    ----------
    name
        As explanations call it: the name the public screen gives it where the table's spelling means that drug.
    spelt
        As the table calls it.
    n_lines
        Cell lines with both expression and response; 60 at least.
    """

    name: str
    spelt: str
    n_lines: int


class OwnScreen(Record):
    """A screen of the user's own, kept in the workspace.

    Attributes
    ----------
    id
        Made here; names its folder.
    name
        As the user called it; explanations are labelled by it.
    kind
        What the response values are.
    expression, response
        ``own``, or the public table that stands in: ``GDSC`` expression, ``GDSC2`` response.
    n_lines, n_genes
        Shape of the expression matrix.
    n_tissues
        Lines whose tissue is known, from the user's table or by the name of a public line.
    drugs
        Those that can be explained, in the order of the table.
    too_few
        Number of drugs with fewer than 60 lines that have both.
    notes
        What was done on reading.
    sources
        Table -> SHA-256 of the file as the user gave it.
    made, made_by
        UTC; a hash that stands for who made it, who alone can delete it from the page.
    """

    id: str
    name: str
    kind: ResponseKind
    expression: Literal["own", "GDSC"]
    response: Literal["own", "GDSC2"]
    n_lines: int
    n_genes: int
    n_tissues: int
    drugs: tuple[OwnDrug, ...]
    too_few: int
    notes: tuple[str, ...] = ()
    sources: dict[str, str]
    made: str
    made_by: str = ""


def is_own(screen: str) -> bool:
    """Whether a bundle's screen is not one of the public ones."""
    return screen not in PUBLIC_SCREENS


def screen_name(text: str) -> str:
    """The name, fit to stand in briefs, tables and answers.

    Raises
    ------
    agent.errors.InputError
        If it is empty, too long, holds anything but letters, digits, spaces and ``. ( ) + - _``, or is a public one's.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise InputError(
            f"the name {text[:80]!r} does not fit: give 1 to {LONGEST_NAME} letters, digits, spaces or . ( ) + - _, "
            "a letter or digit first"
        )
    if name_key(name).upper() in _RESERVED:
        raise InputError(f"{name!r} is what a public screen is called; choose another name")
    return name


def screen_id(text: str) -> str:
    """An id of a screen.

    Raises
    ------
    agent.errors.InputError
        If it is not of the form that ids have (and could be a path to somewhere else).
    """
    if _ID.fullmatch(text) is None:
        raise InputError(f"{text[:40]!r} is no id of an own screen; see the page “Your data” or: oncobrief data own")
    return text

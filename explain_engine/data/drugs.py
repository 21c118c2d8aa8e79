"""Which entry of a screen a user means by a drug's id, name or synonym."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explain_engine.data.names import name_key
from explain_engine.errors import InputError
from explain_engine.record import Record

# Misspelt in the screen itself: GDSC1 lists venetoclax so, GDSC2 does not.
_SPELT_WRONG: Mapping[str, tuple[str, ...]] = {"Venotoclax": ("Venetoclax",)}

MatchedBy = Literal["exact", "spelling", "synonym", "id"]


@dataclass(frozen=True)
class ScreenEntry:
    """One entry of a screen: a drug name, its number among the entries of that name, and its number of lines."""

    drug: str
    repeat: int
    n_lines: int


class DrugMatch(Record):
    """A drug's entry of a screen and how it was found.

    Attributes
    ----------
    query
        What was asked for.
    drug, repeat
        The entry: name as the screen spells it, number among the entries of one name (from 1, ascending GDSC id).
    drug_id
        The screen's own id, None where the caller gave no table of ids or it does not fit the entries.
    screen
        ``GDSC2`` or ``GDSC1``.
    n_lines
        Lines with a response, with or without expression.
    matched_by
        ``exact``, ``spelling`` (case and punctuation ignored), ``synonym`` or ``id``.
    note
        What the reader must know of the choice; empty if nothing.
    """

    query: str
    drug: str
    repeat: int
    drug_id: int | None
    screen: str
    n_lines: int
    matched_by: MatchedBy
    note: str = ""


def match_drug(
    query: str,
    entries: Sequence[ScreenEntry],
    *,
    screen: str,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    ids: Mapping[int, str] | None = None,
) -> DrugMatch:
    """Find the entry a user means.

    Parameters
    ----------
    query
        Name, synonym, id (``1007``) or, where a name has two entries, ``name#2``.
    entries
        All entries of the screen.
    screen
        Its name, for messages.
    synonyms
        Drug name -> other names; names the screen does not have are ignored.
    ids
        The screen's id -> drug name. Two ids of one name are its entries in ascending order.

    Returns
    -------
    DrugMatch
        Where a name has two entries and none is asked for, the one with more lines (the first of equals), and
        `DrugMatch.note` says so.

    Raises
    ------
    InputError
        Unknown (with the nearest names) or ambiguous (with all that fit).
    """
    text = query.strip()
    if not text:
        raise InputError("the drug's name is empty; give a name, a synonym or an id")
    by_name: dict[str, list[ScreenEntry]] = defaultdict(list)
    for entry in entries:
        by_name[entry.drug].append(entry)
    for group in by_name.values():
        group.sort(key=lambda entry: entry.repeat)
    name_part, wanted = _split_repeat(text, by_name)

    matched_by: MatchedBy
    if name_part in by_name:
        name, matched_by = name_part, "exact"
    elif ids is not None and re.fullmatch(r"[0-9]{1,9}", name_part) and int(name_part) in ids:
        name, matched_by = ids[int(name_part)], "id"
        if name not in by_name:
            raise InputError(f"drug id {name_part} is {name!r}, which {screen} did not screen; choose another drug")
        if wanted is None and len(by_name[name]) > 1:
            wanted = _repeat_of_id(int(name_part), name, by_name[name], ids)
    else:
        table = {**(synonyms or {})}
        for wrong, right in _SPELT_WRONG.items():
            table[wrong] = (*table.get(wrong, ()), *right)
        name, matched_by = _by_spelling_or_synonym(name_part, by_name, table, screen)
    return _choose(text, name, by_name[name], wanted, screen, matched_by, ids or {})


def _split_repeat(text: str, by_name: Mapping[str, object]) -> tuple[str, int | None]:
    found = re.fullmatch(r"(.+?)\s*#\s*(\d{1,2})", text)
    if text in by_name or found is None:
        return text, None
    return found[1], int(found[2])


def _by_spelling_or_synonym(
    text: str, by_name: Mapping[str, Sequence[ScreenEntry]], synonyms: Mapping[str, Sequence[str]], screen: str
) -> tuple[str, MatchedBy]:
    key = name_key(text)
    own = sorted(name for name in by_name if key and name_key(name) == key)
    if len(own) == 1:
        return own[0], "spelling"
    # All names of one row of the table mean one drug; the screen may use any of them.
    groups = [{name_key(word) for word in (name, *also)} for name, also in synonyms.items()]
    meant = {word for group in groups if key and key in group for word in group}
    reached = sorted(drug for drug in by_name if name_key(drug) in meant)
    candidates = own or reached
    if len(candidates) == 1:
        return candidates[0], "synonym"
    if candidates:
        raise InputError(f"{text!r} fits several drugs of {screen}: {', '.join(candidates)}; give one of these names")
    raise InputError(f"{screen} has no drug {text!r}; {_near(text, by_name, synonyms)}")


def _near(text: str, by_name: Mapping[str, object], synonyms: Mapping[str, Sequence[str]]) -> str:
    spelled: dict[str, str] = {}
    present = {name_key(drug): drug for drug in by_name}
    for name, also in synonyms.items():
        drug = next((present[name_key(word)] for word in (name, *also) if name_key(word) in present), None)
        if drug is not None:
            spelled.update({word.lower(): drug for word in (name, *also)})
    spelled.update({drug.lower(): drug for drug in by_name})
    close = difflib.get_close_matches(text.lower(), list(spelled), n=8, cutoff=0.6)
    names = list(dict.fromkeys(spelled[word] for word in close))[:5]
    if names:
        return f"did you mean {', '.join(names)}?"
    return "no name is near it; `oncobrief data info --drugs` lists all"


def _repeat_of_id(drug_id: int, name: str, group: Sequence[ScreenEntry], ids: Mapping[int, str]) -> int:
    same = sorted(number for number, drug in ids.items() if drug == name)
    if len(same) != len(group):
        raise InputError(
            f"{name} has {len(group)} entries but the table of ids lists {len(same)}: id {drug_id} cannot be told from "
            f"the others; ask for {name}#1 or {name}#{len(group)}"
        )
    return group[same.index(drug_id)].repeat


def _choose(
    query: str,
    name: str,
    group: Sequence[ScreenEntry],
    wanted: int | None,
    screen: str,
    matched_by: MatchedBy,
    ids: Mapping[int, str],
) -> DrugMatch:
    same = sorted(number for number, drug in ids.items() if drug == name)
    note = ""
    if wanted is not None:
        chosen = next((entry for entry in group if entry.repeat == wanted), None)
        if chosen is None:
            known = ", ".join(f"{name}#{entry.repeat}" for entry in group)
            raise InputError(f"{screen} has no entry {wanted} of {name}; it has {known}")
    else:
        chosen = max(group, key=lambda entry: (entry.n_lines, -entry.repeat))
    if len(group) > 1:
        others = ", ".join(f"{name}#{e.repeat} ({e.n_lines} lines)" for e in group if e is not chosen)
        note = (
            f"{screen} screened {name} {len(group)} times under different ids; used is entry {chosen.repeat} "
            f"({chosen.n_lines} lines), not used: {others}; the entries are not averaged"
        )
    drug_id = same[group.index(chosen)] if len(same) == len(group) else None
    return DrugMatch(
        query=query,
        drug=name,
        repeat=chosen.repeat,
        drug_id=drug_id,
        screen=screen,
        n_lines=chosen.n_lines,
        matched_by=matched_by,
        note=note,
    )

"""Which drugs of a screen are validated, in which order, and which are not and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

# The drugs of the ILLUME+ paper (arXiv:2607.00931), as GDSC spells them.
PAPER_DRUGS = (
    "Gefitinib",
    "Navitoclax",
    "Nutlin-3a (-)",
    "Alisertib",
    "BMS-536924",
    "Erlotinib",
    "Daporinad",
    "Linsitinib",
    "EPZ5676",
    "RVX-208",
    "LMB_AB3",
    "Ibrutinib",
    "Venetoclax",
    "ABT737",
    "AZD3759",
    "NVP-ADW742",
    "WIKI4",
    "Sepantronium bromide",
    "BMS-754807",
    "SGC0946",
)
_PAPER_KEYS = frozenset(name_key(name) for name in PAPER_DRUGS)


class ScreenDrug(Record):
    """A drug of the screen.

    Attributes
    ----------
    name
        As the screen's table spells it.
    n_lines
        Lines with a response.
    targets, measured
        Annotated target genes, and those of them that the matrix has.
    in_paper
        Whether it is one of the ILLUME+ paper's drugs.
    """

    name: str
    n_lines: int
    targets: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    in_paper: bool = False

    @property
    def why_not(self) -> str | None:
        """Why its targets cannot be ranked; None where they can."""
        if not self.targets:
            return "no annotated target gene"
        if not self.measured:
            return f"target not in the matrix ({', '.join(self.targets[:4])})"
        return None


def screen_drugs(data: Path, screen: str, genes: Collection[str]) -> tuple[ScreenDrug, ...]:
    """All drugs of a fetched screen, by name.

    Parameters
    ----------
    data
        The workspace's data folder.
    genes
        Genes of the matrix.
    """
    from explain_engine.data.opening import screen_entries

    targets = {name_key(word): d.targets for d in load_drugs() for word in (d.name, *d.synonyms)}
    lines: dict[str, int] = {}
    for entry in screen_entries(data, screen):
        lines[entry.drug] = max(lines.get(entry.drug, 0), entry.n_lines)
    known = set(genes)
    return tuple(
        ScreenDrug(
            name=name,
            n_lines=lines[name],
            targets=targets.get(name_key(name), ()),
            measured=tuple(g for g in targets.get(name_key(name), ()) if g in known),
            in_paper=name_key(name) in _PAPER_KEYS,
        )
        for name in sorted(lines)
    )


def spellings(drugs: Iterable[ScreenDrug]) -> dict[str, str]:
    """Every spelling of the screen's drugs, as `name_key` gives it -> name in the screen.

    A name that would stand for two drugs of the screen is left out.
    """
    present = {name_key(d.name): d.name for d in drugs}
    found: dict[str, str] = dict(present)
    unclear: set[str] = set()
    for known in load_drugs():
        words = {name_key(word) for word in (known.name, *known.synonyms)}
        here = {present[w] for w in words if w in present}
        if len(here) != 1:
            continue
        name = next(iter(here))
        for word in words:
            if found.setdefault(word, name) != name:
                unclear.add(word)
    return {word: name for word, name in found.items() if word not in unclear or word in present}


def running_order(drugs: Sequence[ScreenDrug], seed: int) -> tuple[ScreenDrug, ...]:
    """Drugs with a measured target before the rest, the paper's first in each part, the others shuffled.

    A run cut short after the paper's drugs has then seen a random sample of the other drugs with a measured target, not
    the easy ones.
    """
    rng = np.random.default_rng([seed, 3571])
    key = {d.name: float(x) for d, x in zip(sorted(drugs, key=lambda d: d.name), rng.random(len(drugs)), strict=True)}
    return tuple(sorted(drugs, key=lambda d: (d.why_not is not None, not d.in_paper, key[d.name])))


def choose(drugs: Sequence[ScreenDrug], wanted: Iterable[str]) -> tuple[ScreenDrug, ...]:
    """The drugs a user names, by any spelling, in the order given.

    Raises
    ------
    agent.errors.InputError
        A name is unknown; the nearest names stand in the message.
    """
    import difflib

    from agent.errors import InputError

    names = spellings(drugs)
    by_name = {d.name: d for d in drugs}
    found: dict[str, ScreenDrug] = {}
    for word in wanted:
        key = name_key(word)
        if key not in names:
            near = difflib.get_close_matches(key, list(names), n=3)
            hint = ", ".join(dict.fromkeys(names[k] for k in near)) or "see `oncobrief data info --drugs`"
            raise InputError(f"the screen has no drug {word!r}; near names: {hint}")
        found[names[key]] = by_name[names[key]]
    return tuple(found.values())

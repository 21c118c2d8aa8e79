"""Cell line and drug names: one spelling out of several, without merging what only looks alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

# Two pairs of GDSC lines differ in punctuation alone. The expression table of the package carrier, whose names have
# none, holds one line of each pair; which one was settled by comparing profiles: KMH2 lies with the Hodgkin lymphoma
# lines (so KM-H2, not the thyroid line KMH-2), TT with the neuroendocrine ones (so the medullary thyroid line TT, not
# the oesophageal T-T).
_SETTLED: Mapping[str, str] = {"KMH2": "KM-H2", "TT": "TT"}


def name_key(name: str) -> str:
    """Letters and digits of a name in upper case: the part that spellings of one name share."""
    return "".join(character for character in name.upper() if character.isalnum())


def one_spelling(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Map each name to its spelling in `known`; to itself where no single spelling fits.

    In order: the exact name; the only known name with the same letters and digits (of the settled pairs, the settled
    one); the only one after adding or removing the prefix ``NCI`` (GDSC writes both ``NCI-SNU-1`` and ``SNU-1``,
    ``H2369`` and ``NCI-H2369``). A known name that is itself among `names` is left to itself.
    """
    all_names, exact = list(names), set(known)
    taken = exact.intersection(all_names)
    by_key: dict[str, set[str]] = defaultdict(set)
    for name in exact:
        by_key[name_key(name)].add(name)
    result = {}
    for name in all_names:
        key = name_key(name)
        bare = key.removeprefix("NCI")
        fits = by_key.get(key) or by_key.get(bare if bare != key else f"NCI{key}") or set()
        if key in _SETTLED and name.isalnum():
            fits = fits & {_SETTLED[key]}
        # A known name that is itself among the names is not given away to one that only looks like it.
        free = fits - taken
        result[name] = name if name in exact or len(free) != 1 else next(iter(free))
    return result

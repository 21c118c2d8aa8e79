"""Words of a text for keyword search: lower case, without stop words, lightly stemmed, names kept whole."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.words import word_set

# Changes whenever the same text would give other terms.
ANALYSER = "words-v1"

_WORD = re.compile(r"[a-z0-9]+(?:[-‐‑–/][a-z0-9]+)*|[α-ω]+")
_PART = re.compile(r"[a-z0-9]+")
_STOP = word_set(
    "a an and are as at be but by for from has have if in into is it its no not of on or such that the their then"
    " there these they this to was were will with we our which can may also been both did do does than during"
    " between after before who what when where how why"
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Take off the commonest English endings; words with digits and short words are left as they are."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("es", "e"), ("s", "")):
        if word.endswith(ending):
            if not word.endswith(("ss", "us", "is")):
                word = word[: len(word) - len(ending)] + rest
            break
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) > 4 else word


def terms(text: str) -> list[str]:
    """Index terms of `text` in order.

    A compound such as ``bcl-2`` gives its parts and the whole without the hyphen, so that ``bcl2``, ``bcl-2`` and
    ``bcl 2`` meet.
    """
    found: list[str] = []
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        parts = _PART.findall(word)
        if len(parts) > 1:
            found.append("".join(parts))
        found.extend(stem(part) for part in (parts or [word]) if part not in _STOP)
    return found

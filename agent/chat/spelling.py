"""Slips of the keys in the plain words of a question; names are masked before and never touched."""

from __future__ import annotations

import re
from functools import lru_cache

from agent.chat.phrasings import load_phrasings, masked_form
from agent.chat.vocabulary import WORDS

_WORD = re.compile(r"(?<![<\w])[a-z]{5,}(?![\w>])")
_TWO_SLIPS = 8


def mended(masked: str) -> str:
    """The masked question with each unknown word read as the one known word that is a slip of the keys away.

    One slip (a letter more, less, another, or two exchanged) in words of 5 to 7 letters, two in longer ones; the first
    letter holds, and a word that is near to several is left as it stands.
    """
    return _WORD.sub(lambda match: _mended_word(match.group()), masked)


@lru_cache(maxsize=4096)
def _mended_word(word: str) -> str:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    known, by_letter = _known()
    if word in known:
        return word
    most = 2 if len(word) >= _TWO_SLIPS else 1
    same = by_letter.get(word[0], ())
    near = process.extract(word, same, scorer=OSA.distance, score_cutoff=most, limit=2)
    if not near or (len(near) == 2 and near[0][1] == near[1][1]):
        return word
    return str(near[0][0])


@lru_cache(maxsize=1)
def _known() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Known words, and those that a slip may have meant by their first letter."""
    bank = load_phrasings()
    texts = [text for phrased in bank.intents.values() for text in phrased.phrasings]
    words = {w for w in WORDS if w.isalpha()}
    words.update(w for text in texts for w in re.findall(r"[a-z]+", masked_form(text)))
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(word) > 3:
            by_letter.setdefault(word[0], []).append(word)
    return frozenset(words), {letter: tuple(kept) for letter, kept in by_letter.items()}

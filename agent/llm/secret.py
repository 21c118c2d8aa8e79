"""Taking the endpoint's key out of whatever comes back from it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pydantic import SecretStr

MASK = "[key removed]"
_SHORTEST = 4


class KeyMask:
    """Replaces a key, as it is or in common spellings, by `MASK`.

    Parameters
    ----------
    key
        The key; None or an empty one masks nothing.
    """

    def __init__(self, key: SecretStr | None) -> None:
        plain = key.get_secret_value().strip() if key is not None else ""
        spellings = set()
        if len(plain) >= _SHORTEST:
            encoded = base64.b64encode(plain.encode()).decode()
            spellings = {plain, plain[::-1], encoded, encoded.rstrip("="), quote(plain, safe=""), plain.encode().hex()}
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return `text` without the key."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

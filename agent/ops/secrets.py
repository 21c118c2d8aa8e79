"""Every secret that the environment holds for this program, in one place for whoever must leave them out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Settings come from the environment alone, whatever the case of the variable's name.
_KEYS = frozenset({"oncobrief_llm__api_key", "oncobrief_pubmed_key", "oncobrief_web__token"})
_ADDRESSES = frozenset({"oncobrief_database_url"})
_GROUPS = frozenset({"oncobrief_llm"})


def known_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Plain texts of all keys and passwords: the endpoint's key, the database's password and address, service keys."""
    found: list[str] = []
    for name, value in (os.environ if environment is None else environment).items():
        lower = name.lower()
        if lower in _KEYS:
            found.append(value)
        elif lower in _GROUPS:
            found += _in_group(value)
        elif lower in _ADDRESSES:
            try:
                password = urlsplit(value).password or ""
            except ValueError:
                # Not an address, so what is secret in it cannot be told: all of it is.
                password = value
            found += [value, password, unquote(password)] if password else []
    return tuple(dict.fromkeys(text.strip() for text in found if text.strip()))


def masker(secrets: Sequence[str]) -> Callable[[str], str]:
    """A function that takes all `secrets`, in the spellings of `agent.llm.secret.KeyMask`, out of a text."""
    if not secrets:
        return str
    from pydantic import SecretStr

    from agent.llm.secret import KeyMask

    masks = [KeyMask(SecretStr(secret)) for secret in secrets]

    def mask(text: str) -> str:
        for one in masks:
            text = one(text)
        return text

    return mask


def _in_group(value: str) -> list[str]:
    """The key inside a whole group that was given as one JSON object."""
    import json

    try:
        key = json.loads(value)["api_key"]
    except (ValueError, KeyError, TypeError):
        return []
    return [key] if isinstance(key, str) else []

"""Prompts filled with data that cannot pose as instructions."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from agent.errors import PromptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# What a document would write to speak to a model instead of to its reader.
_INSTRUCTION = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|previous|prior|guidelines?)\b
    | \b(?:system|developer|hidden)\s+(?:prompt|message|instructions?)\b
    | \b(?:new|updated|following|these|your)\s+instructions?\b
    | \b(?:you\s+(?:are\s+now|must|should|will|have\s+to)|as\s+an?\s+(?:ai|assistant|language\s+model))\b
    | (?:^|\n|[.!?]\s+)(?:assistant|system|user)\s*:
    | <\|[a-z_]{2,20}\|> | </?(?:system|user|assistant|inst|passage|document|context|data|s)>
    | \[/?(?:INST|SYS)\] | ^\s*\#{2,}\s
    | \b(?:language\s+model|chat\s*bot|llm|ai\s+(?:model|system|assistant|reader|summari[sz]er))s?\b
    | (?:^|[.!?:;"]\s+|\bplease\s+|\bnow\s+|\balways\s+)
      (?:say|state|write|answer|reply|respond|report|conclude|output|insert|mention|cite)\s+(?:only\s+|exactly\s+)?(?:that|this|the\s+following|instead|with)\b
    | \b(?:in|to)\s+your\s+(?:answer|summary|output|reply|response)\b
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Fill the slots of `text` in one pass: what a value holds is never read as a slot.

    Raises
    ------
    PromptError
        If a slot has no value.
    """

    def put(match: re.Match[str]) -> str:
        try:
            return values[match.group(1)]
        except KeyError:
            raise PromptError(f"slot {match.group(1)!r} has no value") from None

    return _SLOT.sub(put, text)


def nonce_of(texts: Iterable[str]) -> str:
    """A mark that none of `texts` can hold: it is made of all of them, so that no document can be written to fit it."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(len(text).to_bytes(8, "big") + text.encode("utf-8", "replace"))
    return digest.hexdigest()[:20]


def as_data(name: str, text: str, nonce: str) -> str:
    """`text` on one line between marks, with characters that cannot be seen shown as blanks."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return f"<<<{nonce} {name}\n{shown}\n{nonce}>>>"


def reads_as_instruction(text: str) -> bool:
    """Whether a document's text speaks to a model: such a passage is withheld from it, and listed as withheld."""
    return _INSTRUCTION.search(text) is not None

"""Text and JSON as every database keeps them: no character that one of them refuses, JSON byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# PostgreSQL refuses NUL, no encoder takes a lone surrogate, and a terminal may obey the other control characters.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def plain(text: str, what: str, *, longest: int, empty: bool = False) -> str:
    """Return `text` without outer white space; control characters become U+FFFD, tab and line breaks stay.

    Raises
    ------
    InputError
        If it is empty where it may not be, or longer than `longest` characters.
    """
    kept = _UNFIT.sub("�", text).strip()
    if not kept and not empty:
        raise InputError(f"{what} is empty; give some text")
    if len(kept) > longest:
        raise InputError(f"{what} has {len(kept):,d} characters; give at most {longest:,d}")
    return kept


def to_json(content: Mapping[str, Any], what: str) -> str:
    """JSON text of `content`, ASCII only and with sorted keys.

    Raises
    ------
    InputError
        If it holds what JSON cannot, such as NaN or a date.
    """
    try:
        return json.dumps(content, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} is not plain JSON: {error}") from error

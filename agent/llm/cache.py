"""Whole answers, kept by the content of their question, so that a killed or repeated run asks nothing twice."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.llm.client import Answer, Message
from agent.records import Record
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.settings import LLMSettings

_VERSION = 1


class _Entry(Record):
    key: str
    answer: Answer
    sha256: str


def answer_key(messages: tuple[Message, ...], schema: Mapping[str, object], settings: LLMSettings) -> str:
    """Digest of everything that decides about an answer: question, form, endpoint, model and sampling."""
    made_of = {
        "version": _VERSION,
        "messages": [m.model_dump() for m in messages],
        "schema": schema,
        "base_url": settings.base_url,
        "model": settings.model,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "max_output_tokens": settings.max_output_tokens,
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class AnswerCache:
    """One file an answer under a folder.

    Parameters
    ----------
    folder
        Made when the first answer is kept; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, key: str) -> Answer | None:
        """The answer kept under `key`; None where there is none or its file is not whole."""
        if self._folder is None:
            return None
        try:
            entry = _Entry.model_validate_json(self._path(self._folder, key).read_bytes())
        except (OSError, ValidationError):
            return None
        return entry.answer if entry.key == key and entry.sha256 == _digest(entry.answer) else None

    def put(self, key: str, answer: Answer) -> None:
        """Keep a whole answer, in one step."""
        if self._folder is None or not answer.whole:
            return
        entry = _Entry(key=key, answer=answer, sha256=_digest(answer))
        write_atomic(self._path(self._folder, key), entry.model_dump_json(indent=1) + "\n")

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key}.json"


def _digest(answer: Answer) -> str:
    return hashlib.sha256(answer.model_dump_json().encode()).hexdigest()

"""Example phrasings of every tool: one data file, read once."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml
from pydantic import Field, ValidationError

from agent.errors import PromptError
from agent.prompts import prompts_dir
from agent.records import Record

FILE = "chat/phrasings.v1.yaml"
_SLOT = re.compile(r"\{([a-z]+)\}")
_MASK = re.compile(r"<(drug|gene|line)>")
_NUMBERED = re.compile(r"\bmodules?\s*(?:no\.?\s*|number\s*|nr\.?\s*|#\s*)?\d{1,3}\b")
_PLAIN = {"DRUG": "<drug>", "GENE": "<gene>", "LINE": "<line>", "MODULE": "module"}
_SPOKEN = {"drug": "drug", "gene": "gene", "line": "cell line"}


class Phrased(Record):
    """How one tool is asked for.

    Attributes
    ----------
    say
        The reading in plain words with slots ``{drug}``, ``{other}``, ``{gene}``, ``{line}``, ``{module}``, the one
        with most slots first.
    phrasings
        Examples, with names as ``DRUG``, ``GENE``, ``LINE``, ``MODULE``.
    """

    say: tuple[str, ...] = Field(min_length=1)
    phrasings: tuple[str, ...] = Field(min_length=8, max_length=15)

    def reading(self, known: dict[str, str]) -> str | None:
        """The first form whose slots are all known, filled; None where there is none."""
        for form in self.say:
            if set(_SLOT.findall(form)) <= set(known):
                return form.format_map(known)
        return None


class Phrasings(Record):
    """The whole file.

    Attributes
    ----------
    intents
        Tool -> how it is asked for.
    off_topic
        Questions that no tool answers.
    """

    version: int
    intents: dict[str, Phrased]
    off_topic: tuple[str, ...]


@lru_cache(maxsize=1)
def load_phrasings() -> Phrasings:
    """Read the file.

    Raises
    ------
    PromptError
        If it is missing or does not have the form that `Phrasings` says.
    """
    path = prompts_dir() / FILE
    try:
        return Phrasings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PromptError(f"{path}: cannot be read ({error.strerror}); reinstall oncobrief") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise PromptError(f"{path}: not a file of phrasings ({error}); reinstall oncobrief") from error


def masked_form(phrasing: str) -> str:
    """A phrasing of the file in the form that `agent.chat.entities.Found.masked` has."""
    return re.sub(r"\b(?:DRUG|GENE|LINE|MODULE)\b", lambda m: _PLAIN[m.group()], phrasing).lower()


def spoken_form(masked: str) -> str:
    """A masked question as plain words, which is what the embedder reads: ``<drug>`` becomes "drug"."""
    numbered = _NUMBERED.sub("module", masked)
    return " ".join(_MASK.sub(lambda m: _SPOKEN[m.group(1)], numbered).split())

"""The form of a language model's answer: what is read of it, and nothing else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from agent.llm.client import read_object
from agent.llm.errors import AnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Far above what is asked for: what lies between is read and refused sentence by sentence, what lies above is no answer.
_Text = Annotated[StrictStr, Field(max_length=4000)]
_MANY = 12


class _Slot(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class QuoteSlot(_Slot):
    """Words that the model says stand in a passage."""

    passage: _Text
    text: _Text


class MechanismSlot(_Slot):
    """One sentence with the passages that are said to hold it."""

    text: _Text
    passages: Annotated[list[_Text], Field(max_length=_MANY)]
    quotes: Annotated[list[QuoteSlot], Field(max_length=_MANY)]


class ProposalSlots(_Slot):
    """A whole answer, as in the schema of ``prompts/hypothesis/propose.v1.md``."""

    mechanism: Annotated[list[MechanismSlot], Field(max_length=_MANY)]
    alternatives: Annotated[list[_Text], Field(max_length=_MANY)]
    experiment: _Text


def read_slots(text: str) -> ProposalSlots:
    """Read an answer.

    Raises
    ------
    AnswerError
        If it is not of this form; the message says where, never what was written there.
    """
    try:
        return ProposalSlots.model_validate(read_object(text))
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) if isinstance(part, int) else "field" for part in fault["loc"])
        raise AnswerError(f"the answer is not of the form asked for ({fault['type']} at {where or 'top'})") from error


def schema_for(answer: Mapping[str, Any], passages: Sequence[str]) -> dict[str, Any]:
    """The schema of an answer with passage ids narrowed to the closed set, so that servers can enforce it."""
    schema = copy.deepcopy(dict(answer))
    item = schema["properties"]["mechanism"]["items"]["properties"]
    if passages:
        item["passages"]["items"] = {"type": "string", "enum": list(passages)}
        item["quotes"]["items"]["properties"]["passage"] = {"type": "string", "enum": list(passages)}
    else:
        item["passages"]["maxItems"] = item["quotes"]["maxItems"] = 0
    return schema

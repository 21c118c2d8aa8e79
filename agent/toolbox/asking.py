"""Ask a tool by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.toolbox.records import Answer, AnswerSentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.tools import Toolbox


def ask_tool(toolbox: Toolbox, tool: str, arguments: Mapping[str, Any]) -> Answer:
    """The answer of one tool; what the caller has to change comes back as an answer too."""
    from explain_engine.errors import InputError as EngineInputError
    from knowledge.errors import InputError as KnowledgeInputError

    try:
        found = getattr(toolbox, tool)(**arguments)
    except (InputError, EngineInputError, KnowledgeInputError) as error:
        said = AnswerSentence(text=str(error), source="none-found")
        return Answer(kind=tool, title="That cannot be done as asked", sentences=(said,), missing=str(error))
    if not isinstance(found, Answer):
        raise TypeError(f"{tool!r} is no tool")
    return found

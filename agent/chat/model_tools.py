"""The toolbox as tools of a language model, and what they answered."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from agent.chat.router import Call
from agent.llm.prompting import as_data, nonce_of, reads_as_instruction
from agent.toolbox.asking import ask_tool
from agent.toolbox.catalogue import TOOLS, ToolSpec

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from agent.toolbox.records import Answer, AnswerSentence
    from agent.tools import Toolbox

_LONGEST = 6000
_ROWS = 15
_UNSEEN = frozenset({"help", "cancel_job"})


class Collected:
    """Answers of one turn in the order they came; tools may run side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[tuple[Call, Answer]] = []
        self._taken = 0

    def add(self, call: Call, answer: Answer) -> None:
        """Keep one answer."""
        with self._lock:
            self._found.append((call, answer))

    def fresh(self) -> list[tuple[Call, Answer]]:
        """Answers that came since the last look."""
        with self._lock:
            found = self._found[self._taken :]
            self._taken = len(self._found)
            return found

    @property
    def answers(self) -> list[Answer]:
        """All answers of the turn."""
        with self._lock:
            return [answer for _, answer in self._found]


def model_tools(toolbox: Toolbox, collected: Collected, allowed: frozenset[str]) -> list[BaseTool]:
    """Tools with the schemas of the catalogue.

    Parameters
    ----------
    allowed
        Tools that start work which the user's own words ask for. No other such tool is offered: a passage that a model
        reads must not be able to start anything.
    """
    return [
        _tool(toolbox, spec, collected)
        for spec in TOOLS
        if spec.name not in _UNSEEN and (not spec.works or spec.name in allowed)
    ]


def _tool(toolbox: Toolbox, spec: ToolSpec, collected: Collected) -> BaseTool:
    from langchain_core.tools import StructuredTool

    def run(**given: Any) -> str:
        arguments = spec.arguments.model_validate(given).model_dump(exclude_none=True)
        answer = ask_tool(toolbox, spec.name, arguments)
        collected.add(Call(tool=spec.name, arguments=arguments), answer)
        return shown_to_model(answer)

    return StructuredTool.from_function(
        func=run, name=spec.name, description=spec.purpose, args_schema=spec.arguments, handle_tool_error=True
    )


def shown_to_model(answer: Answer) -> str:
    """An answer as the model reads it: data between marks, without passages that speak to a model."""
    lines = [answer.title, *(_line(sentence) for sentence in answer.sentences)]
    if answer.table is not None:
        lines.append("; ".join(answer.table.columns))
        lines += ["; ".join(cell.text for cell in row) for row in answer.table.rows[:_ROWS]]
    if answer.missing:
        lines.append(f"Missing: {answer.missing}")
    text = "\n".join(lines)[:_LONGEST]
    nonce = nonce_of([text])
    return "\n".join(as_data("result", line, nonce) for line in text.split("\n"))


def _line(sentence: AnswerSentence) -> str:
    if sentence.source == "passage" and reads_as_instruction(sentence.text):
        return "(A passage is withheld here, because it reads as an instruction.)"
    return sentence.text

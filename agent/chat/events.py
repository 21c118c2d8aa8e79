"""What a chat says while it works, and what of it is kept."""

from __future__ import annotations

from typing import Any, Literal

from agent.chat.router import Call
from agent.records import Record
from agent.toolbox.records import Answer

Kind = Literal["status", "token", "answer", "job", "done"]
By = Literal["router", "model"]


class ChatEvent(Record):
    """One event of an answer.

    Attributes
    ----------
    kind
        ``status``: what is being done; ``token``: a piece of running text, already checked; ``answer``: a whole answer
        of a tool; ``job``: a background job was started; ``done``: nothing more comes.
    text
        Of a status or token; plain text, never markup.
    answer, job
        The answer; the job's id.
    message
        With ``done``: number of the assistant's message in the thread.
    by
        With ``done``: who understood the question.
    """

    kind: Kind
    text: str = ""
    answer: Answer | None = None
    job: str | None = None
    message: int | None = None
    by: By = "router"


class Said(Record):
    """The assistant's message as it is kept in the thread.

    Attributes
    ----------
    text
        Running text: notes on misspellings, or a model's checked words.
    calls
        Tools that were asked, for the next question.
    refused
        Sentences of a model that were not shown, each with the reason.
    model
        Name of the model, None where the router answered.
    """

    text: str = ""
    answers: tuple[Answer, ...] = ()
    calls: tuple[Call, ...] = ()
    jobs: tuple[str, ...] = ()
    by: By = "router"
    refused: tuple[str, ...] = ()
    model: str | None = None

    def content(self) -> dict[str, Any]:
        """As plain JSON values."""
        return self.model_dump(mode="json")

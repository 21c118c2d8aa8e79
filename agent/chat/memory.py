"""What a thread spoke of last, read from its kept messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.chat.events import Said
from agent.chat.router import Context, subject_of
from agent.toolbox.records import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.database.threads import Message


def context_of(messages: Iterable[Message]) -> Context:
    """The last tool that was asked with the objects it spoke of; empty where the thread has none."""
    for message in reversed(list(messages)):
        if message.role != "assistant":
            continue
        said = read_said(message.content)
        if said is None:
            continue
        if not said.calls:
            # A question that went back: what it was about need not be said again with the answer to it.
            about = said.answers[-1].subject if said.answers else Subject()
            if about != Subject():
                return Context(subject=about)
            continue
        subject = subject_of(said.calls[-1])
        if said.answers:
            told = said.answers[-1].subject
            # What the answer settled on (the leading gene of a draft) over what the question left open.
            found = {name: value for name, value in told.model_dump().items() if value is not None}
            subject = subject.model_copy(update=found)
        return Context(subject=subject, tool=said.calls[-1].tool)
    return Context()


def read_said(content: dict[str, Any]) -> Said | None:
    """A kept message; None where it was written by another version and cannot be read."""
    try:
        return Said.model_validate(content)
    except ValidationError:
        return None

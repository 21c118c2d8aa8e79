"""Routes about threads of chat: only a user's own are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from agent.chat.export import export_thread
from agent.chat.router import MAX_QUESTION
from agent.database.errors import NotFoundError
from agent.database.threads import LONGEST_TITLE, Message, Thread
from agent.web.api.system import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from agent.chat.events import ChatEvent
    from agent.web.services import Services


class NewThread(BaseModel):
    """A thread's title."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field("New thread", min_length=1, max_length=LONGEST_TITLE)


class Question(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=MAX_QUESTION)


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api/threads", tags=["chat"])

    @router.get("")
    def threads(request: Request) -> list[Thread]:
        """My threads, the one last written to first."""
        return list(services.threads.threads(session_of(request).user))

    @router.post("", status_code=201)
    def create(request: Request, wanted: NewThread) -> dict[str, str]:
        """Begin one."""
        return {"id": services.chat_of(session_of(request).user).start(wanted.title)}

    @router.get("/{thread}")
    def messages(request: Request, thread: str) -> list[Message]:
        """Its messages in order."""
        return list(services.threads.messages(thread, session_of(request).user))

    @router.post("/{thread}/messages")
    def ask(request: Request, thread: str, question: Question) -> StreamingResponse:
        """Ask; the answer comes as one JSON event a line."""
        events = services.chat_of(session_of(request).user).ask(thread, question.text)
        # Stated, so that it is not packed: a packer would hold the first lines back until the last is there.
        headers = {"Content-Encoding": "identity"}
        return StreamingResponse(_lines(events), media_type="application/x-ndjson", headers=headers)

    @router.put("/{thread}", status_code=204)
    def rename(request: Request, thread: str, wanted: NewThread) -> None:
        """Give it another title."""
        services.threads.rename(thread, session_of(request).user, wanted.title)

    @router.delete("/{thread}", status_code=204)
    def delete(request: Request, thread: str) -> None:
        """Remove it with its messages."""
        services.chat_of(session_of(request).user).delete(thread)

    @router.get("/{thread}/export")
    def export(request: Request, thread: str, form: Literal["markdown", "json"] = "markdown") -> Response:
        """The thread as a file."""
        user = session_of(request).user
        text = export_thread(thread_of(services, thread, user), services.threads.messages(thread, user), form)
        ending, media = ("md", "text/markdown") if form == "markdown" else ("json", "application/json")
        headers = {"Content-Disposition": f'attachment; filename="oncobrief-thread.{ending}"'}
        return Response(text, media_type=f"{media}; charset=utf-8", headers=headers)

    app.include_router(router)


def thread_of(services: Services, thread: str, user: str) -> Thread:
    """A user's own thread.

    Raises
    ------
    agent.database.errors.NotFoundError
        If there is none; another user's is none.
    """
    for known in services.threads.threads(user):
        if known.id == thread:
            return known
    raise NotFoundError(f"no thread {thread!r} of yours")


def _lines(events: Iterator[ChatEvent]) -> Iterator[str]:
    for event in events:
        yield event.model_dump_json() + "\n"

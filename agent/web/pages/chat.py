"""Chat: threads beside, messages with their sources, a field to ask."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import ui

from agent.chat.memory import read_said
from agent.chat.router import MAX_QUESTION
from agent.errors import AgentError, InputError
from agent.toolbox.listing import EXAMPLES
from agent.web.api.chat import thread_of
from agent.web.pages.elements import Form, Markup, button, tag
from agent.web.pages.layout import frame, not_found
from explain_engine.errors import EngineError
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from nicegui.element import Element

    from agent.chat.events import ChatEvent
    from agent.database.threads import Message, Thread
    from agent.toolbox.records import Answer
    from agent.web.services import Services
    from agent.web.sessions import Session

_OFFERS = 4


def add(services: Services) -> None:
    """Add both."""

    @ui.page("/chat", response_timeout=60)
    async def new(request: Request, q: str = "") -> None:
        session: Session = request.state.session
        threads = await asyncio.to_thread(services.threads.threads, session.user)

        async def begin(text: str) -> None:
            question = text.strip()
            if not question:
                return
            thread = await asyncio.to_thread(services.chat_of(session.user).start, question)
            services.ask_first(thread, question)
            ui.navigate.to(f"/chat/{thread}")

        with frame("Chat", "/chat", session, wide=True), tag("div", classes="chat"):
            Markup("chat_threads.jinja", threads=threads, here="")
            with tag("div"):
                Markup("chat_head.jinja", thread=None, model=services.model_name)
                with tag("div", classes="suggest"):
                    for example in EXAMPLES:
                        button(example, partial(begin, example))
                _ask_form(begin, q[:MAX_QUESTION])

    @ui.page("/chat/{thread}", response_timeout=60)
    async def chat(request: Request, thread: str) -> None:
        session: Session = request.state.session
        try:
            held = await asyncio.to_thread(thread_of, services, thread, session.user)
            messages = await asyncio.to_thread(services.threads.messages, thread, session.user)
            threads = await asyncio.to_thread(services.threads.threads, session.user)
        except InputError as error:
            not_found(str(error), "/chat", session)
            return
        with frame(held.title, "/chat", session, wide=True), tag("div", classes="chat"):
            Markup("chat_threads.jinja", threads=threads, here=thread)
            _Conversation(services, session, held, messages)


def _ask_form(send: Callable[[str], Awaitable[None]], text: str = "") -> None:
    form = Form("Ask", lambda values: send(values.get("text", "")), clear=True).classes("ask")
    with form, tag("div", classes="fields"):
        with tag("div", classes="field grow"):
            tag("label", "Question", "hidden-label", for_="question")
            tag(
                "textarea",
                text,
                id="question",
                name="text",
                rows="2",
                maxlength=str(MAX_QUESTION),
                required=True,
                data_enter="send",
                placeholder="Ask about a drug, a gene or a line",
            )
        button("Ask", classes="main")


class _Conversation:
    """The messages of one thread, and what happens when something is asked."""

    def __init__(self, services: Services, session: Session, thread: Thread, messages: tuple[Message, ...]) -> None:
        self._services, self._session, self._thread = services, session, thread.id
        self._busy = False
        with tag("div"):
            Markup("chat_head.jinja", thread=thread, model=services.model_name)
            self._manage(thread)
            self._box = tag("div", classes="messages", role="log", aria_label="Messages", tabindex="0")
            with self._box:
                for message in messages:
                    self._kept(message)
            self._status = tag("p", "", "small", role="status")
            self._offers = tag("div", classes="suggest", aria_label="Suggestions", role="group")
            _ask_form(self.ask)
        question = services.pending.pop(thread.id, None)
        if question is not None:
            ui.timer(0.01, lambda: self.ask(question), once=True)

    async def ask(self, text: str) -> None:
        """Ask one question and show its answer piece by piece."""
        if self._busy or not text.strip():
            return
        self._busy = True
        self._offers.clear()
        with self._box:
            tag("div", text.strip(), "message user")
            answer = tag("div", classes="message assistant", aria_busy="true")
        self._say("thinking …")
        try:
            chat = self._services.chat_of(self._session.user)
            events = await asyncio.to_thread(chat.ask, self._thread, text)
            await self._show(events, answer)
        except (AgentError, EngineError, KnowledgeError) as error:
            with answer:
                tag("p", str(error), "failed-line", role="alert")
        finally:
            self._busy = False
            self._say("")
            answer.props.pop("aria-busy", None)

    async def _show(self, events: Iterator[ChatEvent], box: Element) -> None:
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            if event.kind == "status":
                self._say(event.text)
            elif event.kind == "token":
                with box:
                    tag("p", event.text)
            elif event.kind == "answer" and event.answer is not None:
                with box:
                    Markup("answer.jinja", answer=event.answer)
                self._suggest(event.answer)

    def _suggest(self, answer: Answer) -> None:
        self._offers.clear()
        with self._offers:
            for words in answer.suggestions[:_OFFERS]:
                button(words, partial(self.ask, words))

    def _kept(self, message: Message) -> None:
        if message.role == "user":
            tag("div", str(message.content.get("text", "")), "message user")
            return
        said = read_said(message.content)
        with tag("div", classes="message assistant"):
            if said is None:
                tag("p", "This message was written by another version and cannot be shown.", "small")
                return
            if said.text:
                tag("p", said.text)
            for answer in said.answers:
                Markup("answer.jinja", answer=answer)
            if said.refused:
                Markup("refused.jinja", refused=said.refused)

    def _manage(self, thread: Thread) -> None:
        async def rename(values: dict[str, str]) -> None:
            await self._change(self._services.threads.rename, values.get("title", ""), back=f"/chat/{self._thread}")

        async def delete(_: dict[str, str]) -> None:
            await self._change(self._services.threads.delete, back="/chat")

        with tag("details"):
            tag("summary", "Rename, export or delete this thread")
            with Form("Rename", rename), tag("div", classes="fields"):
                with tag("div", classes="field grow"):
                    tag("label", "Title", for_="title")
                    tag("input", id="title", name="title", value=thread.title, maxlength="200", required=True)
                button("Rename")
            Markup("chat_export.jinja", thread=thread)
            with Form("Delete", delete):
                button("Delete this thread", classes="no")

    async def _change(self, act: Callable[..., None], *more: str, back: str) -> None:
        try:
            await asyncio.to_thread(act, self._thread, self._session.user, *more)
        except AgentError as error:
            ui.notify(str(error))
            return
        ui.navigate.to(back)

    def _say(self, words: str) -> None:
        self._status._text = words
        self._status.update()

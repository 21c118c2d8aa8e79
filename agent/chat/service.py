"""ChatService: questions in a thread, answered by the router or, with an endpoint, by a model over the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.chat.events import ChatEvent, Said
from agent.chat.memory import context_of
from agent.chat.router import MAX_QUESTION, Context, Plan, Router
from agent.errors import InputError
from agent.toolbox.asking import ask_tool
from agent.toolbox.listing import EXAMPLES
from agent.toolbox.records import Answer, AnswerSentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.chat.model_turn import ModelTurn
    from agent.database.threads import ThreadStore
    from agent.tools import Toolbox

_TITLE = 60
# Turns without a tool after which a model is not waited for any more: it does not know how to ask one.
_SILENT = 2
# Messages in which a question looks for what was spoken of: a long thread must not make its questions slow.
_LOOKED_BACK = 20


class ChatService:
    """Answers questions and keeps both sides of the thread.

    Parameters
    ----------
    toolbox
        Its user owns the threads.
    threads
        Where messages are kept.
    offline
        Answer by the router alone even where an endpoint is set.
    """

    def __init__(self, toolbox: Toolbox, threads: ThreadStore, *, offline: bool = False) -> None:
        self.toolbox = toolbox
        self.threads = threads
        self._router = Router(toolbox.desk)
        self._model: ModelTurn | None = None
        self._offline = offline or not toolbox.settings.llm.configured

    def for_user(self, user: str) -> ChatService:
        """The same service for another user; bundles, knowledge and model are shared."""
        other = object.__new__(ChatService)
        other.__dict__.update(self.__dict__)
        other.toolbox = self.toolbox.for_user(user)
        return other

    def warm(self) -> None:
        """Do beforehand what the first freely worded question would wait for, about two seconds of one core."""
        self._router.warm()

    def start(self, title: str = "New thread") -> str:
        """Begin a thread and return its id."""
        return self.threads.create(self.toolbox.user, " ".join(title.split())[:_TITLE] or "New thread")

    def ask(self, thread: str, text: str) -> Iterator[ChatEvent]:
        """Answer one question, event by event; both sides are kept in the thread.

        What was said before a reader goes away, or before something fails, is kept as well.

        Raises
        ------
        agent.errors.InputError
            If the question is empty or too long.
        agent.database.errors.NotFoundError
            If the thread is not this user's.
        """
        question = text.strip()
        if not question:
            raise InputError("the question is empty; ask something, for example: help")
        if len(question) > MAX_QUESTION:
            raise InputError(
                f"the question has {len(question)} characters; at most {MAX_QUESTION} are read: shorten it"
            )
        before = context_of(self.threads.messages(thread, self.toolbox.user, last=_LOOKED_BACK))
        self.threads.append(thread, "user", {"text": question}, user=self.toolbox.user)
        return self._events(thread, question, before)

    def _events(self, thread: str, question: str, before: Context) -> Iterator[ChatEvent]:
        said = Said()
        number: int | None = None
        try:
            for event, so_far in self._speak(thread, question, before):
                said = so_far
                yield event
        finally:
            number = self.threads.append(thread, "assistant", said.content(), user=self.toolbox.user)
        yield ChatEvent(kind="done", message=number, by=said.by)

    def _speak(self, thread: str, question: str, before: Context) -> Iterator[tuple[ChatEvent, Said]]:
        plan = self._router.plan(question, before)
        said = Said()
        if not (self._offline or plan.closed or self._turn().silent >= _SILENT):
            from agent.chat.model_turn import ModelFailure

            try:
                for event, said in self._turn().run(self.toolbox, thread, question, plan, before):
                    yield event, said
            except ModelFailure as failure:
                note = f"{failure} The answer below is the tools' own."
                said = said.model_copy(update={"text": note, "by": "router", "model": None})
                yield ChatEvent(kind="token", text=note), said
            else:
                if said.answers:
                    return
                said = Said()
        yield from self.answer(plan, said)

    def answer(self, plan: Plan, said: Said | None = None) -> Iterator[tuple[ChatEvent, Said]]:
        """Ask the tools of a plan, or give the question back; each event with all that was said so far."""
        so_far = said or Said()
        for note in plan.notes:
            so_far = so_far.model_copy(update={"text": f"{so_far.text} {note}".strip()})
            yield ChatEvent(kind="token", text=note), so_far
        if not plan.calls:
            back = question_back(plan)
            so_far = so_far.model_copy(update={"answers": (*so_far.answers, back)})
            yield ChatEvent(kind="answer", answer=back), so_far
            return
        for call in plan.calls:
            if call in so_far.calls:
                # A model that failed later has asked it already.
                continue
            yield ChatEvent(kind="status", text=f"asking {call.tool.replace('_', ' ')}"), so_far
            answer = ask_tool(self.toolbox, call.tool, call.arguments)
            jobs = (*so_far.jobs, answer.job) if answer.job is not None else so_far.jobs
            so_far = so_far.model_copy(
                update={"answers": (*so_far.answers, answer), "calls": (*so_far.calls, call), "jobs": jobs}
            )
            yield ChatEvent(kind="answer", answer=answer), so_far
            if answer.job is not None:
                yield ChatEvent(kind="job", job=answer.job), so_far

    def _turn(self) -> ModelTurn:
        if self._model is None:
            from agent.chat.model_turn import ModelTurn

            self._model = ModelTurn(self.toolbox.settings.llm, self.toolbox.workspace.root / "chat.sqlite")
        return self._model

    def delete(self, thread: str) -> None:
        """Delete a thread of the user, and what a model remembers of it.

        Raises
        ------
        agent.database.errors.NotFoundError
            If the thread is not this user's.
        """
        self.threads.delete(thread, self.toolbox.user)
        if not self._offline:
            self._turn().forget(self.toolbox.user, thread)

    def close(self) -> None:
        """Close the connection to the endpoint, where there is one."""
        if self._model is not None:
            self._model.close()
            self._model = None


def question_back(plan: Plan) -> Answer:
    """The answer to a question that was not understood: why, and what can be asked."""
    offers = plan.offers or EXAMPLES[:4]
    ask = plan.ask or "I did not understand that."
    return Answer(
        kind="help",
        title="A question back",
        sentences=(
            AnswerSentence(text=ask, source="none-found"),
            AnswerSentence(text=f"You can ask, for example: {'; '.join(offers)}.", source="none-found"),
        ),
        suggestions=offers,
        missing=ask,
        subject=plan.subject,
    )

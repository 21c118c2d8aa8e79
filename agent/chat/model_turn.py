"""One turn of a language model over the tools: asked, limited, checked, remembered."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from agent.chat.events import ChatEvent, Said
from agent.chat.model_budget import CapReached, Meter, money_limit
from agent.chat.model_tools import Collected, model_tools
from agent.chat.model_words import check_words
from agent.errors import AgentError
from agent.hypotheses.model_checks import Closed
from agent.llm.errors import ModelError, RetryableError
from agent.llm.prompting import fill
from agent.llm.secret import KeyMask
from agent.prompts import load_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from langchain_openai import ChatOpenAI
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent.chat.router import Context, Plan
    from agent.settings import LLMSettings
    from agent.toolbox.records import Answer
    from agent.tools import Toolbox

PROMPT = ("chat/agent", 1)
MODEL_CALLS = 6
TOOL_CALLS = 8
_STEPS = 60
_RETRIES = 2
_KEPT_TOKENS = 12_000
_WORK = frozenset({"explain", "run_null", "brief"})


class ModelFailure(AgentError):
    """The model could not be asked to the end; the message says why, without anything secret."""


class ModelTurn:
    """Asks an OpenAI-compatible endpoint, which may ask the tools.

    Parameters
    ----------
    settings
        With an endpoint and a model.
    memory
        SQLite file in which the turns of each thread are kept for the model.

    Attributes
    ----------
    silent
        Turns in a row in which the model asked no tool, so that it had nothing to say.
    """

    def __init__(self, settings: LLMSettings, memory: Path) -> None:
        self._settings = settings
        self._clean = KeyMask(settings.api_key)
        self._memory = memory
        self._lock = threading.Lock()
        self.silent = 0
        self._chat: ChatOpenAI | None = None
        self._http: Any = None
        self._saver: SqliteSaver | None = None

    def run(
        self, toolbox: Toolbox, thread: str, question: str, plan: Plan, before: Context
    ) -> Iterator[tuple[ChatEvent, Said]]:
        """Events of one turn, each with all that was said so far.

        Answers come as the tools give them; the model's words come last, sentence by sentence, and only those that
        passed every check. A model that asks no tool says nothing.

        Raises
        ------
        ModelFailure
            The endpoint failed, or a limit was reached before the model came to an end.
        """
        collected = Collected()
        said = Said(by="model", model=self._settings.model)
        final = ""
        place = f"{toolbox.user}/{thread}"
        allowed = frozenset(call.tool for call in plan.calls) & _WORK
        yield ChatEvent(kind="status", text=f"asking {self._settings.model}"), said
        try:
            agent = self._agent(toolbox, collected, allowed, before)
            used = 0
            for update in self._stream(agent, question, place):
                final, tokens = _last_words(update, final)
                used += tokens
                for call, answer in collected.fresh():
                    jobs = (*said.jobs, answer.job) if answer.job is not None else said.jobs
                    said = said.model_copy(
                        update={"answers": (*said.answers, answer), "calls": (*said.calls, call), "jobs": jobs}
                    )
                    yield ChatEvent(kind="answer", answer=answer), said
                    if answer.job is not None:
                        yield ChatEvent(kind="job", job=answer.job), said
                if self._settings.budget_tokens is not None and used > self._settings.budget_tokens:
                    raise ModelFailure(f"The cap of {self._settings.budget_tokens} tokens was passed.")
        except ModelFailure:
            self._forget(place)
            raise
        self.silent = 0 if said.answers else self.silent + 1
        if not said.answers:
            # Words without a result behind them are not shown; what was not said is not remembered either.
            self._forget(place)
            return
        yield from self._words(toolbox, self._clean(final), said)

    def _words(self, toolbox: Toolbox, text: str, said: Said) -> Iterator[tuple[ChatEvent, Said]]:
        checked = check_words(text, said.answers, toolbox.desk.library.mentions, _direction_of(toolbox))
        for sentence in checked:
            if sentence.why:
                refused = (*said.refused, f"{sentence.why}: {sentence.text[:200]}")
                said = said.model_copy(update={"refused": refused})
                continue
            said = said.model_copy(update={"text": f"{said.text} {sentence.text}".strip()})
            yield ChatEvent(kind="token", text=sentence.text), said
        if said.refused:
            note = f"{len(said.refused)} sentence(s) of the model did not pass the checks and are not shown."
            yield ChatEvent(kind="status", text=note), said

    def _stream(self, agent: Any, question: str, place: str) -> Iterator[dict[str, Any]]:
        import httpx2
        import openai
        from langchain_core.exceptions import LangChainException
        from langgraph.errors import GraphRecursionError
        from langsmith import tracing_context

        config = {"configurable": {"thread_id": place}, "recursion_limit": _STEPS}
        try:
            # The user's data go to the endpoint that was set and to no tracing service.
            with tracing_context(enabled=False):
                yield from agent.stream(
                    {"messages": [{"role": "user", "content": question}]}, config, stream_mode="updates"
                )
        except CapReached as error:
            raise ModelFailure(str(error)) from None
        except ModelError as error:
            raise ModelFailure(f"The language model failed: {self._clean(str(error))}.") from None
        except openai.APIStatusError as error:
            raise ModelFailure(f"The language model failed: it answers {error.status_code}.") from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            raise ModelFailure(f"The language model gave no answer within {self._settings.timeout_s:g} s.") from None
        except (openai.APIConnectionError, httpx2.TransportError):
            raise ModelFailure("The language model cannot be reached.") from None
        except GraphRecursionError:
            raise ModelFailure("The language model went in circles and was stopped.") from None
        except (openai.OpenAIError, LangChainException, ValueError, TypeError, KeyError) as error:
            raise ModelFailure(f"The language model's reply cannot be read ({type(error).__name__}).") from None
        except sqlite3.Error as error:
            raise ModelFailure(f"What the model said before cannot be read ({type(error).__name__}).") from None

    def _agent(self, toolbox: Toolbox, collected: Collected, allowed: frozenset[str], before: Context) -> Any:
        from langchain.agents import create_agent
        from langchain.agents.middleware import (
            ClearToolUsesEdit,
            ContextEditingMiddleware,
            ModelCallLimitMiddleware,
            ModelRetryMiddleware,
            ToolCallLimitMiddleware,
        )

        prompt = load_prompt(*PROMPT)
        limits: list[Any] = [
            ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
            ToolCallLimitMiddleware(run_limit=TOOL_CALLS, exit_behavior="continue"),
            ContextEditingMiddleware(edits=[ClearToolUsesEdit(trigger=_KEPT_TOKENS)]),
            ModelRetryMiddleware(
                max_retries=min(self._settings.retries, _RETRIES),
                retry_on=_may_recover,
                on_failure="error",
                initial_delay=0.5,
                max_delay=self._settings.max_wait_s,
            ),
            # The innermost, so that every request that is sent again is counted as well.
            money_limit(Meter(self._settings)),
        ]
        return create_agent(
            self._model(),
            model_tools(toolbox, collected, allowed),
            system_prompt=fill(prompt.section("system"), {"spoken": _spoken(before)}),
            middleware=limits,
            checkpointer=self._kept(),
        )

    def _model(self) -> ChatOpenAI:
        with self._lock:
            if self._chat is not None:
                return self._chat
            import httpx2
            from langchain_openai import ChatOpenAI
            from pydantic import SecretStr

            from agent.llm.wire import open_transport
            from agent.llm.wire_tools import ToolTransport

            settings = self._settings
            guard = ToolTransport(
                open_transport(str(settings.base_url)),
                max_bytes=settings.max_response_bytes,
                deadline_s=settings.timeout_s,
                clean=self._clean,
            )
            self._http = httpx2.Client(transport=guard, timeout=settings.timeout_s, follow_redirects=False)
            self._chat = ChatOpenAI(
                model=str(settings.model),
                base_url=settings.base_url,
                # Without a key, a placeholder: the libraries would else send OPENAI_API_KEY of the environment.
                api_key=settings.api_key if settings.api_key is not None else SecretStr("none"),
                temperature=settings.temperature,
                seed=settings.seed,
                max_tokens=settings.max_output_tokens,  # type: ignore[call-arg, unused-ignore]
                max_retries=0,
                timeout=settings.timeout_s,
                # Whole replies: no word is shown before it is checked.
                streaming=False,
                use_responses_api=False,
                http_client=self._http,
                openai_proxy=None,
            )
            return self._chat

    def _kept(self) -> SqliteSaver:
        with self._lock:
            if self._saver is None:
                from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
                from langgraph.checkpoint.sqlite import SqliteSaver

                self._memory.parent.mkdir(parents=True, exist_ok=True)
                connection = sqlite3.connect(self._memory, check_same_thread=False, timeout=10.0)
                # Only plain messages are read back: a changed file must not make objects of other kinds.
                self._saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
            return self._saver

    def forget(self, user: str, thread: str) -> None:
        """Delete what is remembered of a thread."""
        self._kept()
        self._forget(f"{user}/{thread}")

    def _forget(self, place: str) -> None:
        """A turn that broke off leaves calls without results, which no endpoint takes: the thread starts anew."""
        if self._saver is not None:
            self._saver.delete_thread(place)

    def close(self) -> None:
        """Close the connection and the file."""
        with self._lock:
            if self._http is not None:
                self._http.close()
            if self._saver is not None:
                self._saver.conn.close()
            self._chat = self._http = self._saver = None


def _last_words(update: dict[str, Any], before: str) -> tuple[str, int]:
    """Text of the last message without a tool call, and the tokens that the update used."""
    words, tokens = before, 0
    for change in update.values():
        for message in (change or {}).get("messages", ()) if isinstance(change, dict) else ():
            if getattr(message, "type", "") != "ai":
                continue
            tokens += int((getattr(message, "usage_metadata", None) or {}).get("total_tokens", 0))
            if not getattr(message, "tool_calls", None) and isinstance(message.content, str):
                words = message.content
    return words, tokens


def _may_recover(error: Exception) -> bool:
    import openai

    if isinstance(error, openai.APIStatusError):
        return int(error.status_code) in (408, 409, 425, 429) or int(error.status_code) >= 500
    return isinstance(error, RetryableError | openai.APIConnectionError)


def _spoken(before: Context) -> str:
    subject = before.subject
    held = [f"{name} {value}" for name, value in subject.model_dump().items() if value is not None]
    return f"- The thread last spoke of: {', '.join(held)}." if held else ""


def _direction_of(toolbox: Toolbox) -> Callable[[Answer], Closed | None]:
    """What a sentence about an answer's drug and gene may say of the direction."""

    def closed(answer: Answer) -> Closed | None:
        drug, gene = answer.subject.drug, answer.subject.gene
        opened = toolbox.desk.shelf.find(drug) if drug is not None else None
        if opened is None or gene is None:
            return None
        listed = next((g for g in opened.bundle.attribution.genes if g.gene == gene), None)
        if listed is None:
            return None
        library = toolbox.desk.library
        refs = [s.ref for s in answer.sentences if s.ref is not None and s.ref.kind == "passage"]
        # A quote that contradicts the data may be reported as what it says.
        turned = {"higher_sensitises": "higher_resists", "higher_resists": "higher_sensitises"}
        against = any(ref.label == "contradicts" and not ref.failed for ref in refs)
        also = frozenset({turned[listed.direction]}) if against and listed.direction in turned else frozenset()
        return Closed(
            drug=library.drug_names(opened.bundle.drug),
            gene=library.gene(gene).names,
            others=(),
            cited=tuple(ref.quote for ref in refs),
            marks=frozenset(),
            direction=listed.direction,
            also=also,
        )

    return closed

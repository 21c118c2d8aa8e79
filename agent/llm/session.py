"""A session with a language model: cache first, then the budget, then the wire, with bounded tries."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agent.llm.budget import Budget
from agent.llm.cache import AnswerCache, answer_key
from agent.llm.client import Answer, ChatModel, Form, Message, next_form
from agent.llm.errors import AnswerError, BudgetError, EndpointError, FormError, RetryableError
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import httpx2

    from agent.settings import LLMSettings

_FIRST_WAIT_S = 0.5


class Tally(Record):
    """What a session did; differs between a first run and one that finds its answers kept.

    Attributes
    ----------
    asked, kept
        Questions answered over the wire, and from the cache.
    retries
        Further tries on the wire.
    waited_s
        Seconds waited between tries.
    """

    asked: int = 0
    kept: int = 0
    retries: int = 0
    waited_s: float = 0.0


class Session:
    """Ask a model under the settings' caps.

    Parameters
    ----------
    settings
        With an endpoint and a model.
    cache
        Folder of kept answers; None keeps none.
    sleep
        Waits a number of seconds.
    transport
        See `ChatModel`.
    """

    def __init__(
        self,
        settings: LLMSettings,
        *,
        cache: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.model = ChatModel(settings, transport)
        self.budget = Budget(settings)
        self.tally = Tally()
        self.ended: str | None = None
        self.said = ""
        self._reported: dict[str, None] = {}
        self._cache = AnswerCache(cache)
        self._sleep = sleep
        self._form: Form = "json_schema" if settings.structured == "auto" else settings.structured

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.model.close()

    def notice(self, words: str) -> str:
        """`words` with what the endpoint itself said last, for the user's eyes."""
        return f"{words} The endpoint says: {self.said}" if self.said else words

    @property
    def reported(self) -> tuple[str, ...]:
        """Models and fingerprints that the answers report, each once."""
        return tuple(self._reported)

    def ask(
        self, messages: tuple[Message, ...], schema: Mapping[str, object], check: Callable[[str], object]
    ) -> tuple[Answer, str]:
        """Return an answer that `check` accepts, and its key in the cache.

        Parameters
        ----------
        check
            Raises AnswerError where the text is not of the form asked for; such an answer is asked for again and not
            kept.

        Raises
        ------
        BudgetError
            The cap is reached.
        EndpointError
            The endpoint cannot be used, or did not recover within the tries; all later questions fail alike.
        AnswerError
            No answer of the form asked for within the tries.
        """
        key = answer_key(messages, schema, self.settings)
        kept = self._cache.get(key)
        if kept is not None:
            self.tally = self.tally.model_copy(update={"kept": self.tally.kept + 1})
            self._note(kept)
            return kept, key
        if self.ended is not None:
            raise EndpointError(self.ended)
        answer = self._tries(messages, schema, check)
        self.tally = self.tally.model_copy(update={"asked": self.tally.asked + 1})
        self._cache.put(key, answer)
        self._note(answer)
        return answer, key

    def _note(self, answer: Answer) -> None:
        words = " ".join(w for w in (answer.model, answer.fingerprint) if w)
        if words:
            self._reported[words] = None

    def _tries(
        self, messages: tuple[Message, ...], schema: Mapping[str, object], check: Callable[[str], object]
    ) -> Answer:
        failures = bad = 0
        while True:
            try:
                answer = self._once(messages, schema)
                check(answer.text)
            except FormError as error:
                self.said = error.said
                plainer = next_form(self._form) if self.settings.structured == "auto" else None
                if plainer is None:
                    self.ended = str(error)
                    raise EndpointError(self.ended) from error
                # Not a failure of the endpoint: it was only asked in a way it does not know.
                self._form = plainer
                self._count_retry(0.0)
            except AnswerError:
                bad += 1
                if bad > self.settings.repairs:
                    raise
                self._count_retry(0.0)
            except RetryableError as error:
                failures += 1
                self.said = error.said
                if failures > self.settings.retries:
                    self.ended = f"{error}; given up after {failures} tries"
                    raise EndpointError(self.ended, said=error.said) from error
                self._pause(failures, error.wait_s)
            except EndpointError as error:
                self.ended = str(error)
                self.said = error.said
                raise
            except BudgetError as error:
                self.ended = str(error)
                raise
            else:
                return answer

    def _once(self, messages: tuple[Message, ...], schema: Mapping[str, object]) -> Answer:
        size = self.budget.reserve(messages)
        try:
            answer = self.model.ask(messages, schema, self._form)
        except RetryableError as error:
            self.budget.book(size, None, billed=error.billed)
            raise
        except AnswerError:
            self.budget.book(size, None)
            raise
        except (FormError, EndpointError):
            self.budget.book(size, None, billed=False)
            raise
        self.budget.book(size, answer)
        if not answer.whole:
            raise AnswerError(f"the answer was ended at {self.settings.max_output_tokens} tokens")
        return answer

    def _pause(self, failures: int, asked_for: float | None) -> None:
        wait = asked_for if asked_for is not None else _FIRST_WAIT_S * 2.0 ** (failures - 1)
        wait = min(wait, self.settings.max_wait_s)
        self._sleep(wait)
        self._count_retry(wait)

    def _count_retry(self, waited: float) -> None:
        tally = self.tally
        self.tally = tally.model_copy(update={"retries": tally.retries + 1, "waited_s": tally.waited_s + waited})

"""Tokens and money: estimated before a run, counted during it, stopped at the cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.llm.errors import BudgetError
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.llm.client import Answer, Message
    from agent.settings import LLMSettings

_MILLION = 1_000_000


class Estimate(Record):
    """What a run will use at most, if every request is answered at the first try.

    Attributes
    ----------
    requests
        Number of requests, without repairs.
    prompt_tokens
        Approximate tokens sent (counted by characters: no tokenizer is fetched).
    output_tokens
        Upper bound of tokens received.
    usd
        Upper bound of the cost; None where no prices are set.
    """

    requests: int
    prompt_tokens: int
    output_tokens: int
    usd: float | None


class Used(Record):
    """What was used so far.

    Attributes
    ----------
    reported
        False where at least one reply did not say what it used, so that the approximation was booked.
    """

    requests: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None
    reported: bool = True

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.prompt_tokens + self.output_tokens


def count_tokens(messages: Iterable[Message]) -> int:
    """Approximate number of tokens of a request."""
    from langchain_core.messages import HumanMessage
    from langchain_core.messages.utils import count_tokens_approximately

    return int(count_tokens_approximately([HumanMessage(m.content) for m in messages]))


def estimate(requests: Iterable[tuple[Message, ...]], settings: LLMSettings) -> Estimate:
    """Estimate a run of these requests."""
    sizes = [count_tokens(messages) for messages in requests]
    received = len(sizes) * settings.max_output_tokens
    return Estimate(
        requests=len(sizes),
        prompt_tokens=sum(sizes),
        output_tokens=received,
        usd=price(sum(sizes), received, settings),
    )


def price(sent: int, received: int, settings: LLMSettings) -> float | None:
    """Cost in US dollars by the prices set; None where they are not."""
    if settings.price_in is None or settings.price_out is None:
        return None
    return (sent * settings.price_in + received * settings.price_out) / _MILLION


class Budget:
    """Counts what a brief uses and refuses what could pass its caps.

    Parameters
    ----------
    settings
        Caps and prices.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self._settings = settings
        self.used = Used(usd=price(0, 0, settings))

    def reserve(self, messages: tuple[Message, ...]) -> int:
        """Return the approximate size of a request that may be sent.

        Raises
        ------
        BudgetError
            If it could pass a cap.
        """
        size = count_tokens(messages)
        settings, used = self._settings, self.used
        most = used.tokens + size + settings.max_output_tokens
        if settings.budget_tokens is not None and most > settings.budget_tokens:
            raise BudgetError(f"the cap of {settings.budget_tokens} tokens could be passed ({used.tokens} are used)")
        cost = price(used.prompt_tokens + size, used.output_tokens + settings.max_output_tokens, settings)
        if settings.budget_usd is not None and cost is not None and cost > settings.budget_usd:
            raise BudgetError(f"the cap of {settings.budget_usd:g} US dollars could be passed")
        return size

    def book(self, size: int, answer: Answer | None, *, billed: bool = True) -> None:
        """Count one request of `size` tokens: by the reply's own count, else by the approximation."""
        sent, received, reported = 0, 0, True
        if answer is not None and answer.prompt_tokens is not None and answer.output_tokens is not None:
            sent, received = answer.prompt_tokens, answer.output_tokens
        elif answer is not None:
            # Four characters a token, as in the approximation of what is sent.
            sent, received, reported = size, -(-len(answer.text) // 4), False
        elif billed:
            sent, received, reported = size, self._settings.max_output_tokens, False
        used = self.used
        total_in, total_out = used.prompt_tokens + sent, used.output_tokens + received
        self.used = Used(
            requests=used.requests + 1,
            prompt_tokens=total_in,
            output_tokens=total_out,
            usd=price(total_in, total_out, self._settings),
            reported=used.reported and reported,
        )

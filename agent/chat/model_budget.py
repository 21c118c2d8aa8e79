"""Money that one question may cost: what a request could cost is set against the cap before it is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.errors import AgentError
from agent.llm.budget import price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.settings import LLMSettings

_CHARACTERS = 4


class CapReached(AgentError):
    """A request could pass the cap on money and was not sent."""


class Meter:
    """Counts what a question costs.

    Parameters
    ----------
    settings
        Prices and cap; without a cap everything may be sent.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self._settings = settings
        self.sent = 0
        self.received = 0

    def reserve(self, size: int) -> None:
        """Let a request of `size` tokens pass, or not.

        Raises
        ------
        CapReached
            If it and the longest answer to it could cost more than is left.
        """
        settings = self._settings
        cost = price(self.sent + size, self.received + settings.max_output_tokens, settings)
        if settings.budget_usd is not None and cost is not None and cost > settings.budget_usd:
            spent = price(self.sent, self.received, settings) or 0.0
            raise CapReached(
                f"The next request to the language model could pass the cap of {settings.budget_usd:g} US dollars a "
                f"question (ONCOBRIEF_LLM__BUDGET_USD; {spent:.4g} are spent), so it was not sent."
            )

    def book(self, size: int, usage: dict[str, int] | None) -> None:
        """Count one answered request: by the endpoint's own count, else at the size sent and the longest answer."""
        said = usage or {}
        told = "input_tokens" in said and "output_tokens" in said
        self.sent += int(said["input_tokens"]) if told else size
        self.received += int(said["output_tokens"]) if told else self._settings.max_output_tokens


def size_of(messages: Sequence[Any], tools: Sequence[Any]) -> int:
    """Approximate tokens of a request, tools included (counted by characters: no tokenizer is fetched)."""
    from langchain_core.messages.utils import count_tokens_approximately
    from langchain_core.utils.function_calling import convert_to_openai_tool

    offered = sum(len(json.dumps(convert_to_openai_tool(tool))) for tool in tools)
    return int(count_tokens_approximately(messages)) + -(-offered // _CHARACTERS)


def money_limit(meter: Meter) -> Any:
    """The middleware that asks the meter before every request, repeated ones included."""
    from langchain.agents.middleware import AgentMiddleware

    class MoneyLimit(AgentMiddleware):  # type: ignore[misc, unused-ignore, type-arg]
        """Not sent where it could pass the cap."""

        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            system = [] if request.system_message is None else [request.system_message]
            size = size_of([*system, *request.messages], request.tools)
            meter.reserve(size)
            answered: Any = None
            try:
                answered = handler(request)
            finally:
                # A request that failed may have been billed all the same.
                messages = answered.result if answered is not None else ()
                usage = next((m.usage_metadata for m in messages if getattr(m, "usage_metadata", None)), None)
                meter.book(size, usage)
            return answered

    return MoneyLimit()

"""Errors of talking to a language model, grouped by what may be tried next."""

from __future__ import annotations

from agent.errors import AgentError


class ModelError(AgentError):
    """A language model gave nothing that could be used.

    Attributes
    ----------
    said
        Words of the endpoint itself, the key taken out: for the user's eyes, never for a brief.
    """

    def __init__(self, message: str, *, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class RetryableError(ModelError):
    """One try failed in a way that another try may mend.

    Attributes
    ----------
    wait_s
        Seconds that the endpoint asked to wait; None where it did not say.
    billed
        Whether tokens were probably used up.
    """

    def __init__(self, message: str, *, wait_s: float | None = None, billed: bool = False, said: str = "") -> None:
        super().__init__(message, said=said)
        self.wait_s = wait_s
        self.billed = billed


class EndpointError(ModelError):
    """The endpoint cannot be used as it is set up: asking again in this run is of no use."""


class FormError(ModelError):
    """The endpoint refuses the way in which the form of the answer was asked for."""


class AnswerError(ModelError):
    """The endpoint answers, but not with an answer of the form asked for."""


class BudgetError(ModelError):
    """The next request could pass the cap on tokens or money, so it was not sent."""

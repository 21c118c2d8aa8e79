"""Caps on tokens and money, and the estimate before a run."""

import pytest
from pydantic import ValidationError

from agent.llm.budget import Budget, count_tokens, estimate
from agent.llm.client import Answer, Message
from agent.llm.errors import BudgetError
from agent.settings import LLMSettings

SHORT = (Message(role="user", content="word " * 40),)


def answer(sent, received, text="x" * 40):
    return Answer(text=text, model="m", fingerprint="", prompt_tokens=sent, output_tokens=received, whole=True)


def test_the_estimate_bounds_what_is_received_and_prices_it():
    settings = LLMSettings(max_output_tokens=100, price_in=1.0, price_out=2.0)
    found = estimate([SHORT, SHORT], settings)
    size = count_tokens(SHORT)
    assert found.requests == 2
    assert found.prompt_tokens == 2 * size
    assert found.output_tokens == 200
    assert found.usd == pytest.approx((2 * size + 400) / 1_000_000)
    assert estimate([SHORT], LLMSettings()).usd is None


def test_a_request_that_could_pass_the_cap_is_not_sent():
    size = count_tokens(SHORT)
    budget = Budget(LLMSettings(max_output_tokens=100, budget_tokens=2 * size + 150))
    assert budget.reserve(SHORT) == size
    budget.book(size, answer(size, 50))
    assert budget.reserve(SHORT) == size
    budget.book(size, answer(size, 1))
    with pytest.raises(BudgetError, match="tokens could be passed"):
        budget.reserve(SHORT)
    assert budget.used.tokens == 2 * size + 51


def test_the_cap_in_money_counts_the_worst_case():
    settings = LLMSettings(max_output_tokens=1000, budget_usd=0.001, price_in=0.0, price_out=1.0)
    budget = Budget(settings)
    budget.reserve(SHORT)
    budget.book(10, answer(10, 1))
    with pytest.raises(BudgetError, match="US dollars"):
        budget.reserve(SHORT)


def test_a_cap_in_money_without_prices_is_refused():
    with pytest.raises(ValidationError, match="PRICE_IN"):
        LLMSettings(budget_usd=1.0)


def test_replies_that_do_not_say_what_they_used_are_booked_by_approximation():
    budget = Budget(LLMSettings(max_output_tokens=100))
    budget.book(30, answer(None, None))
    assert (budget.used.tokens, budget.used.reported) == (40, False)
    budget.book(30, None)
    assert budget.used.tokens == 170
    budget.book(30, None, billed=False)
    assert (budget.used.tokens, budget.used.requests) == (170, 3)


@pytest.mark.parametrize("address", ["ftp://x/v1", "http://user:pw@host/v1", "http://host/v1?key=1", "host"])
def test_addresses_that_could_hold_a_secret_are_refused(address):
    with pytest.raises(ValidationError):
        LLMSettings(base_url=address)

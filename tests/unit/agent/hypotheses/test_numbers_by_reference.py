"""Numbers enter a sentence by a path, can be traced back, and no other number may stand in it."""

import pytest

from agent.errors import LedgerError
from agent.examples import example_bundle
from agent.hypotheses.numbers import (
    Num,
    Sentence,
    compose,
    interval_spec,
    resolve,
    show_number,
    stray_digits,
    untrue_numbers,
)
from explain_engine.record import Interval

ROOTS = {"bundle": example_bundle()}


def test_number_is_read_where_the_path_leads() -> None:
    effect = Num(path="attribution.genes[0].effect.estimate")
    sentence = compose(
        "{gene}: {effect} in {top}.",
        {"gene": "GENA1", "effect": effect, "top": Num(path="settings[top]", spec="d")},
        ROOTS,
    )
    assert sentence.text == "GENA1: −0.62 in 50."
    assert [sentence.text[n.start : n.end] for n in sentence.numbers] == ["−0.62", "50"]
    assert stray_digits(sentence) == ()
    assert untrue_numbers(sentence, ROOTS) == ()


@pytest.mark.parametrize("path", ["attribution.genes[99].rank", "fit.nothing", "settings[nope]", "fit..x", "drug"])
def test_path_that_leads_to_no_number_is_refused(path: str) -> None:
    with pytest.raises(LedgerError):
        compose("{n}", {"n": Num(path=path)}, ROOTS)


def test_slot_without_a_value_is_refused() -> None:
    with pytest.raises(LedgerError, match="slot 'n'"):
        compose("{n}", {}, ROOTS)


def test_altered_number_is_found() -> None:
    sentence = compose("{n} lines", {"n": Num(path="fit.n_lines", spec="d")}, ROOTS)
    ref = sentence.numbers[0]
    assert untrue_numbers(sentence.model_copy(update={"text": "91 lines"}), ROOTS)
    assert untrue_numbers(sentence.model_copy(update={"numbers": (ref.model_copy(update={"value": 91.0}),)}), ROOTS)
    assert untrue_numbers(
        sentence.model_copy(update={"numbers": (ref.model_copy(update={"path": "fit.seed"}),)}), ROOTS
    )


def test_number_of_its_own_is_found_but_digits_in_names_are_not() -> None:
    assert stray_digits(Sentence(text="BCL2 raises it 3.5 times", terms=("BCL2",))) == ("3.5",)
    assert stray_digits(Sentence(text="BCL2 raises it", terms=("BCL2",))) == ()


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    [
        (-0.004, ".2f", "0.00"),
        (-0.5, ".2f", "−0.50"),
        (0.954, "%", "95"),
        (1234.0, ",d", "1,234"),
        (0.0004, "p", "4e−04"),
    ],
)
def test_numbers_are_shown_one_way(value: float, spec: str, shown: str) -> None:
    assert show_number(value, spec) == shown


def test_decimals_fit_the_interval() -> None:
    def interval(x: float) -> Interval:
        return Interval(estimate=x, low=x / 2, high=2 * x, method="m")

    assert [interval_spec(interval(x)) for x in (1.0, 0.01, 0.001)] == [".2f", ".3f", ".4f"]


def test_resolve_follows_attributes_items_and_keys() -> None:
    assert resolve({"a": [{"b c": 3}]}, "a[0][b c]") == 3

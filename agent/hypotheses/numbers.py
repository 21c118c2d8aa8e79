"""Sentences whose numbers are filled in by reference and can be traced back to where they came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from agent.errors import LedgerError
from agent.records import Record

if TYPE_CHECKING:
    from explain_engine.record import Interval

Root = Literal["bundle", "sheet", "evidence", "counts", "facts"]
_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_ ]*)|\[(\d+)\]|\[([^\]\d][^\]]*)\]")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class NumberRef(Record):
    """A number in a sentence and the place it was read from.

    Attributes
    ----------
    root
        What `path` starts from: the explanation bundle, the hypothesis's falsification sheet, the evidence counts, the
        counts over the bundle's further parts, or facts that an answer read from the bundle's tables and carries.
    path
        For example ``attribution.genes[0].effect.estimate``.
    value
        The number that was read there.
    spec
        Format specification, for example ``.2f``; ``%`` multiplies by 100 without a sign.
    text, start, end
        The number as it is shown, ``sentence.text[start:end] == text``.
    """

    root: Root
    path: str
    value: float
    spec: str
    text: str
    start: int
    end: int


class Sentence(Record):
    """Text with its numbers by reference.

    Attributes
    ----------
    text
        What is shown.
    numbers
        In order of appearance.
    terms
        Names filled in (genes, drugs, identifiers, quotes): the only other places where digits may stand.
    """

    text: str
    numbers: tuple[NumberRef, ...] = ()
    terms: tuple[str, ...] = ()


class Num(Record):
    """Where to read a number and how to show it, before it is in a sentence."""

    path: str
    spec: str = ".2f"
    root: Root = "bundle"
    absolute: bool = False


def resolve(root: object, path: str) -> object:
    """Follow `path` (attribute names, ``[index]``, ``[key]``) from `root`.

    Raises
    ------
    LedgerError
        If the path leads nowhere.
    """
    here: object = root
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise LedgerError(f"path {path!r} cannot be read at character {at}")
        name, index, key = step.groups()
        try:
            if index is not None:
                here = here[int(index)]  # type: ignore[index]
            elif key is not None:
                here = here[key]  # type: ignore[index]
            else:
                here = here[name] if isinstance(here, Mapping) else getattr(here, name)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise LedgerError(f"path {path!r} leads nowhere ({error})") from error
        at = step.end()
    return here


def show_number(value: float, spec: str) -> str:
    """Format a number the one way all reports use: true minus sign, ``%`` as a plain share of 100."""
    if spec == "%":
        return f"{100 * value:.0f}"
    if spec == "p":
        return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}".replace("-", "−")
    text = format(int(value) if spec.endswith("d") else value, spec)
    # A number that rounds to zero has no sign to show.
    return text.lstrip("-") if not any(c in "123456789" for c in text) else text.replace("-", "−")


def interval_spec(interval: Interval) -> str:
    """Decimals that show an interval's width without drowning it: two, three below 0.5, four below 0.005."""
    reach = max(abs(interval.low), abs(interval.high))
    return ".2f" if reach >= 0.5 else ".3f" if reach >= 0.005 else ".4f"


def show_interval(interval: Interval) -> tuple[str, str, str]:
    """Estimate and both ends, with the decimals of `interval_spec`."""
    spec = interval_spec(interval)
    return tuple(show_number(v, spec) for v in (interval.estimate, interval.low, interval.high))  # type: ignore[return-value]


def compose(template: str, values: Mapping[str, str | Num], roots: Mapping[Root, object]) -> Sentence:
    """Fill the slots of `template`; numbers can only come in by a path into one of `roots`.

    Raises
    ------
    LedgerError
        If a slot has no value, or a path leads to something that is no number.
    """
    out = ""
    numbers: list[NumberRef] = []
    terms: list[str] = []
    at = 0
    for mark in _SLOT.finditer(template):
        out += template[at : mark.start()]
        at = mark.end()
        if mark.group(1) not in values:
            raise LedgerError(f"slot {mark.group(1)!r} has no value in {template[:60]!r}")
        given = values[mark.group(1)]
        if isinstance(given, str):
            out += given
            terms.append(given)
            continue
        text, value = _read(given, roots)
        numbers.append(
            NumberRef(
                root=given.root,
                path=given.path,
                value=value,
                spec=f"abs {given.spec}" if given.absolute else given.spec,
                text=text,
                start=len(out),
                end=len(out) + len(text),
            )
        )
        out += text
    return Sentence(text=out + template[at:], numbers=tuple(numbers), terms=tuple(dict.fromkeys(terms)))


def _read(given: Num, roots: Mapping[Root, object]) -> tuple[str, float]:
    found = resolve(roots[given.root], given.path) if given.root in roots else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise LedgerError(f"{given.root}:{given.path} is {found!r}, not a number")
    return show_number(abs(found) if given.absolute else found, given.spec), float(found)


def stray_digits(sentence: Sentence) -> tuple[str, ...]:
    """Numbers in the text that stand neither in a reference nor in a name that was filled in."""
    masked = list(sentence.text)
    for ref in sentence.numbers:
        masked[ref.start : ref.end] = " " * (ref.end - ref.start)
    rest = "".join(masked)
    for term in sorted(sentence.terms, key=len, reverse=True):
        if any(c.isdigit() for c in term):
            rest = rest.replace(term, " " * len(term))
    return tuple(re.findall(r"\d[\d.,]*", rest))


def untrue_numbers(sentence: Sentence, roots: Mapping[Root, object]) -> tuple[str, ...]:
    """References that no longer hold: wrong span, other value at the path, or other text than the value gives."""
    faults = []
    for ref in sentence.numbers:
        absolute = ref.spec.startswith("abs ")
        try:
            text, value = _read(
                Num(path=ref.path, spec=ref.spec.removeprefix("abs "), root=ref.root, absolute=absolute), roots
            )
        except LedgerError as error:
            faults.append(str(error))
            continue
        if value != ref.value or text != ref.text or sentence.text[ref.start : ref.end] != ref.text:
            faults.append(f"{ref.root}:{ref.path} is {value!r} ({text}), the sentence says {ref.text!r}")
    return tuple(faults)

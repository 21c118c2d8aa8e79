"""What a report is made of, the same for every face: sections of sentences, tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.records import Record
from agent.report.figures import Figure

if TYPE_CHECKING:
    from agent.validate.compare import Mean


class Table(Record):
    """A table; cells are words, already formatted.

    Attributes
    ----------
    numeric
        Columns set flush right.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


class Section(Record):
    """A heading with what stands under it, in this order.

    Attributes
    ----------
    folded
        Shown closed on the page: long tables.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    folded: bool = False


def number(value: float | None, digits: int = 2) -> str:
    """A number as shown; a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def rank_words(value: float | None) -> str:
    """A rank as shown, without a needless half."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def p_words(value: float | None) -> str:
    """A p-value as shown, never as zero."""
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def span(mean: Mean, digits: int, *, signed: bool = False) -> str:
    """A mean with its interval as shown."""
    sign = "+" if signed else ""
    return f"{mean.value:{sign}.{digits}f} ({mean.low:{sign}.{digits}f} to {mean.high:{sign}.{digits}f})"

"""The single checks of a table. Each raises `TableError` or returns; the door and the file check both use them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.data.dataset import RESPONSE_UNIT, ResponseKind
from explain_engine.data.faults import TableError
from explain_engine.data.tables import (
    constant_columns,
    counted,
    duplicates,
    infinite_cells,
    looks_transposed,
    some,
    wrong_kind,
)
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MIN_LINES = 60


def check_not_empty(matrix: pd.DataFrame) -> None:
    """At least one line and one gene."""
    if matrix.shape[0] == 0 or matrix.shape[1] == 0:
        raise TableError(
            f"the expression matrix is empty ({matrix.shape[0]} lines x {matrix.shape[1]} genes)",
            next_step="give a table with cell lines in rows and genes in columns",
        )


def check_orientation(matrix: pd.DataFrame) -> None:
    """Lines in rows, genes in columns."""
    if looks_transposed(matrix.index, matrix.columns):
        raise TableError(
            "the expression matrix is transposed: its rows look like genes and its columns like cell lines",
            where=f"rows {some(matrix.index, 4)}; columns {some(matrix.columns, 4)}",
            next_step="give lines in rows and genes in columns (in pandas: matrix.T)",
        )


def check_unique(names: Iterable[object], what: str, where: str) -> None:
    """No name twice."""
    twice = duplicates(names)
    if twice:
        raise TableError(
            f"{counted(len(twice), what + ' name')} more than once in {where}",
            where=some(twice),
            next_step="keep one of each, or average them before",
        )


def check_names_given(names: Iterable[object], what: str) -> None:
    """No empty name."""
    empty = [number for number, name in enumerate(names, start=1) if not str(name).strip() or str(name) == "nan"]
    if empty:
        raise TableError(
            f"{counted(len(empty), what)} without a name",
            where=f"numbers {some(empty)}",
            next_step="name them or remove them",
        )


def check_numbers(table: pd.DataFrame, what: str) -> None:
    """Every column holds numbers (missing values allowed); yes/no columns are not numbers."""
    import pandas as pd

    other = [
        place
        for place, kind in enumerate(table.dtypes)
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)
    ]
    if not other:
        return
    # Where one stray text turns a whole table into text, the columns that hold it are the ones to name.
    bad = {place: cell for place in other if (cell := _first_text(table.iloc[:, place])) is not None}
    named = table.columns[list(bad) or other]
    place = next(iter(bad), other[0])
    cell = bad.get(place, f"is stored as {table.dtypes.iloc[place]}")
    raise TableError(
        f"{counted(len(named), 'column')} of {what} not made of numbers",
        where=f"{some(named)}; {table.columns[place]!r} {cell}",
        next_step="remove such columns, or convert their cells (decimal points, no units)",
    )


def _first_text(column: pd.Series[Any]) -> str | None:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    wrong = column[pd.to_numeric(column.astype(object), errors="coerce").isna() & column.notna()]
    return f"holds {wrong.iloc[0]!r} at {wrong.index[0]!r}" if len(wrong) else None


def check_finite(table: pd.DataFrame, what: str) -> None:
    """No infinite value."""
    cells = infinite_cells(table)
    if cells:
        raise TableError(
            f"{what} holds infinite values",
            where=f"first at {some(cells)}",
            next_step="replace them; zeros logged without adding 1 give -inf",
        )


def check_missing(matrix: pd.DataFrame) -> None:
    """No missing value."""
    gaps = matrix.isna()
    count = int(gaps.to_numpy().sum())
    if count:
        genes, lines = matrix.columns[gaps.any()], matrix.index[gaps.any(axis=1)]
        raise TableError(
            f"{counted(count, 'expression value')} missing, in {counted(len(genes), 'gene')} and "
            f"{counted(len(lines), 'line')}",
            where=f"genes {some(genes)}; lines {some(lines)}",
            next_step="choose nan='drop' (leaves those genes out) or nan='impute' (the gene's median); "
            "both are counted in the report",
        )


def check_constant(matrix: pd.DataFrame) -> None:
    """No gene with one value throughout."""
    constant = constant_columns(matrix)
    if constant:
        raise TableError(
            f"{counted(len(constant), 'gene')} with the same value in all {len(matrix)} lines",
            where=some(constant),
            next_step="they carry no information: remove them, or choose constant_genes='drop'",
        )


def check_known(genes: Iterable[object], known: Collection[str]) -> None:
    """Every gene is among the known symbols."""
    unknown = unknown_genes(genes, known)
    if unknown:
        raise TableError(
            f"{counted(len(unknown), 'gene')} not among the {len(known)} known symbols",
            where=some(unknown),
            next_step="rename them, or choose unknown_genes='drop'",
        )


def unknown_genes(genes: Iterable[object], known: Collection[str]) -> list[str]:
    """Genes that are not among the known symbols."""
    symbols = known if isinstance(known, (set, frozenset, dict)) else set(known)
    return [str(gene) for gene in genes if gene not in symbols]


def check_enough_lines(shared: int, expression: Iterable[object], response: Iterable[object], drug: str) -> None:
    """At least 60 lines have both."""
    if shared < MIN_LINES:
        first, second = list(expression), list(response)
        raise TableError(
            f"only {shared} lines have both expression and a response to {drug}, {MIN_LINES} are needed",
            where=f"{len(first)} have expression ({some(first, 4)}), {len(second)} a response ({some(second, 4)})",
            next_step="add lines, or spell the names in both tables alike",
        )


def check_kind_known(kind: str) -> None:
    """The kind of response is one of ours."""
    if kind not in RESPONSE_UNIT:
        raise InputError(f"unknown kind of response {kind!r}; one of {', '.join(RESPONSE_UNIT)}")


def check_kind(values: pd.Series[float], kind: ResponseKind, drug: str) -> None:
    """The values can be what is claimed; a rule of ranges, see `explain_engine.data.tables.wrong_kind`."""
    problem = wrong_kind(np.asarray(values, dtype=np.float64), kind)
    if problem:
        why, next_step = problem
        raise TableError(
            f"the response to {drug} is claimed to be {RESPONSE_UNIT[kind]}, but {why}", next_step=next_step
        )


def check_response(response: pd.Series[float], drug: str) -> None:
    """Numbers, finite, one a line, at least one."""
    frame = response.to_frame(drug)
    check_numbers(frame, f"the response to {drug}")
    check_finite(frame, f"the response to {drug}")
    check_unique(response.index, "line", f"the response to {drug}")
    if response.notna().sum() == 0:
        raise TableError(
            f"no line has a response to {drug}", next_step="choose another drug, or check the table's columns"
        )

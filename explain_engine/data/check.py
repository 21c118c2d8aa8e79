"""Say everything that is wrong with a user's file at once, without stopping at the first fault."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from explain_engine.data.checks import (
    MIN_LINES,
    check_constant,
    check_finite,
    check_kind,
    check_known,
    check_missing,
    check_names_given,
    check_not_empty,
    check_numbers,
    check_orientation,
    check_unique,
)
from explain_engine.data.dataset import RESPONSE_UNIT, ResponseKind
from explain_engine.data.faults import TableError
from explain_engine.data.readers import DEFAULT_MAX_BYTES, as_matrix, read_matrix, read_table
from explain_engine.data.response import DRUG_COLUMNS, LINE_COLUMNS, VALUE_COLUMNS, find_column
from explain_engine.data.tables import counted, raw_scale_hint, some
from explain_engine.errors import InputError
from explain_engine.record import Record

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["error", "warning", "note"]
TableKind = Literal["expression matrix", "response table", "unreadable"]


class Finding(Record):
    """One thing found.

    Attributes
    ----------
    severity
        ``error``: the door will refuse the file as it is. ``warning``: probably not meant so. ``note``: good to know.
    what, where, next_step
        What was found, at which names or cells, and what can be done; the last two may be empty.
    """

    severity: Severity
    what: str
    where: str = ""
    next_step: str = ""


class CheckReport(Record):
    """Everything found in a file.

    Attributes
    ----------
    path
        The file.
    table
        What it was taken for.
    rows, columns
        Shape as read, without the column of names; 0 where it could not be read.
    findings
        In the order of the checks.
    """

    path: str
    table: TableKind
    rows: int
    columns: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where nothing stands in the way of using the file."""
        return all(finding.severity != "error" for finding in self.findings)


def check_file(
    path: Path,
    *,
    kind: ResponseKind | None = None,
    known_genes: Collection[str] | None = None,
    sep: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> CheckReport:
    """Check an expression matrix or a response table; which one it is, is recognised by its columns.

    Parameters
    ----------
    path
        See `explain_engine.data.readers.read_table`.
    kind
        What the response is claimed to be; otherwise told from the name of the column.
    known_genes
        Known gene symbols; unknown ones are then an error.
    sep, max_bytes
        See `explain_engine.data.readers.read_table`.

    Returns
    -------
    CheckReport
        Never raises for what is wrong with the file itself.
    """
    found = _Findings()
    try:
        if path.suffix == ".h5ad":
            return _matrix_report(path, read_matrix(path, max_bytes=max_bytes), known_genes, found)
        table = read_table(path, sep=sep, max_bytes=max_bytes)
        if _is_response(table):
            return _response_report(path, table, kind, found)
        return _matrix_report(path, as_matrix(table, path.name), known_genes, found)
    except InputError as error:
        found.error(error)
        return CheckReport(path=str(path), table="unreadable", rows=0, columns=0, findings=tuple(found.items))


class _Findings:
    """Collects what the single checks raise."""

    def __init__(self) -> None:
        self.items: list[Finding] = []

    def run(self, check: Callable[[], object]) -> None:
        try:
            check()
        except InputError as error:
            self.error(error)

    def error(self, error: InputError) -> None:
        if isinstance(error, TableError):
            self.add("error", error.what, error.where, error.next_step)
        else:
            what, _, next_step = str(error).rpartition("; ")
            self.add("error", what or str(error), "", next_step if what else "")

    def add(self, severity: Severity, what: str, where: str = "", next_step: str = "") -> None:
        self.items.append(Finding(severity=severity, what=what, where=where, next_step=next_step))


def _is_response(table: pd.DataFrame) -> bool:
    names = {str(column).lower() for column in table.columns}
    values = {word for words in VALUE_COLUMNS.values() for word in words}
    return bool(names & values) and (bool(names & set(DRUG_COLUMNS)) or bool(names & set(LINE_COLUMNS)))


def _matrix_report(path: Path, matrix: pd.DataFrame, known: Collection[str] | None, found: _Findings) -> CheckReport:
    found.run(lambda: check_not_empty(matrix))
    if not found.items:
        # A transposed matrix makes every further finding about lines and genes misleading.
        found.run(lambda: check_orientation(matrix))
    if not found.items:
        found.run(lambda: check_names_given(matrix.columns, "gene"))
        found.run(lambda: check_names_given(matrix.index, "line"))
        found.run(lambda: check_unique(matrix.columns, "gene", "the columns of the expression matrix"))
        found.run(lambda: check_unique(matrix.index, "line", "the rows of the expression matrix"))
        found.run(lambda: check_numbers(matrix, "the expression matrix"))
        if known is not None:
            found.run(lambda: check_known(matrix.columns, known))
        numbers = matrix.select_dtypes("number")
        found.run(lambda: check_finite(numbers, "the expression matrix"))
        found.run(lambda: check_missing(numbers))
        found.run(lambda: check_constant(numbers))
        if len(matrix) < MIN_LINES:
            found.run(lambda: _too_few(len(matrix)))
        hint = raw_scale_hint(numbers.to_numpy(np.float64, na_value=np.nan))
        if hint:
            what, _, next_step = hint.rpartition("; ")
            found.add("warning", what, "", next_step)
    rows, columns = matrix.shape
    return CheckReport(
        path=str(path), table="expression matrix", rows=rows, columns=columns, findings=tuple(found.items)
    )


def _too_few(lines: int) -> None:
    raise TableError(f"only {lines} lines, {MIN_LINES} are needed", next_step="add lines")


def _response_report(path: Path, table: pd.DataFrame, kind: ResponseKind | None, found: _Findings) -> CheckReport:
    rows, columns = table.shape
    found.run(lambda: check_unique(table.columns, "column", "the header"))
    found.run(lambda: find_column(table, None, LINE_COLUMNS, "cell lines"))
    found.run(lambda: find_column(table, None, DRUG_COLUMNS, "drugs"))
    if not found.items:
        line = find_column(table, None, LINE_COLUMNS, "cell lines")
        drug = find_column(table, None, DRUG_COLUMNS, "drugs")
        _check_rows(table, line, drug, found)
        present: dict[ResponseKind, str] = {
            name: str(column)
            for name, words in VALUE_COLUMNS.items()
            for column in table.columns
            if str(column).lower() in words
        }
        for name, column in present.items():
            if kind is None or kind == name or len(present) == 1:
                _check_values(table, column, kind if len(present) == 1 and kind else name, drug, found)
    return CheckReport(path=str(path), table="response table", rows=rows, columns=columns, findings=tuple(found.items))


def _check_rows(table: pd.DataFrame, line: str, drug: str, found: _Findings) -> None:
    if table.empty:
        found.add("error", "the response table has no rows", "", "give one row a line and drug")
        return
    nameless = int((table[line].isna() | table[drug].isna() | (table[line].astype(str).str.strip() == "")).sum())
    if nameless:
        found.add("warning", f"{counted(nameless, 'row')} without a line or drug", "", "they will be left out")
    again = table.duplicated([line, drug], keep=False) & table[line].notna()
    if again.any():
        first = table[again].iloc[0]
        found.add(
            "error",
            f"{counted(int(again.sum()), 'row')} with a line and drug that other rows repeat",
            f"for example {first[line]} with {first[drug]}",
            "keep one of each, or choose repeats='mean'",
        )
    sizes = table.groupby(drug)[line].nunique()
    small = sizes[sizes < MIN_LINES]
    if len(small) == len(sizes):
        most = max((int(size) for size in sizes), default=0)
        found.add("error", f"no drug has {MIN_LINES} lines (the most is {most})", "", "add lines")
    elif len(small):
        found.add(
            "note",
            f"{len(small)} of {counted(len(sizes), 'drug')} with fewer than {MIN_LINES} lines",
            some(small.index),
            "they cannot be explained",
        )


def _check_values(table: pd.DataFrame, column: str, kind: ResponseKind, drug: str, found: _Findings) -> None:
    frame = table[[column]]
    before = len(found.items)
    found.run(lambda: check_numbers(frame, "the response table"))
    if len(found.items) > before:
        return
    found.run(lambda: check_finite(frame, f"column {column!r}"))
    missing = int(frame[column].isna().sum())
    if missing:
        found.add("note", f"{counted(missing, 'row')} without {column}", "", "they count as no response")
    before = len(found.items)
    found.run(lambda: check_kind(frame[column].dropna(), kind, f"all drugs (column {column!r})"))
    claimed = len(found.items) == before
    spread = table.groupby(drug)[column].nunique()
    constant = spread[spread == 1].index
    if len(constant):
        what = f"{counted(len(constant), 'drug')} with one and the same {kind} in all lines"
        found.add("warning", what, some(constant), "nothing can be learnt of them")
    if claimed:
        found.add("note", f"column {column!r} is taken as {RESPONSE_UNIT[kind]}; low must mean sensitive")

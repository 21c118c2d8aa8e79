"""The door every table passes on its way to a model: one clear refusal for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from explain_engine.data.dataset import RESPONSE_UNIT, ResponseDataset, ResponseKind, UnmappedReport
from explain_engine.data.gdsc import UNKNOWN_TISSUE
from explain_engine.data.tables import (
    constant_columns,
    duplicates,
    infinite_cells,
    looks_transposed,
    raw_scale_hint,
    some,
    wrong_kind,
)
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MIN_LINES = 60
NanChoice = Literal["refuse", "drop", "impute"]
DropChoice = Literal["refuse", "drop"]


def build_dataset(
    expression: pd.DataFrame,
    response: pd.Series[float],
    *,
    drug: str,
    kind: ResponseKind,
    screen: str = "user",
    drug_id: int | None = None,
    lineage: pd.Series[str] | None = None,
    lineage_inferred: pd.Series[bool] | None = None,
    known_genes: Collection[str] | None = None,
    unknown_genes: DropChoice = "refuse",
    constant_genes: DropChoice = "refuse",
    nan: NanChoice = "refuse",
    sources: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> ResponseDataset:
    """Validate, align and assemble a dataset.

    Parameters
    ----------
    expression
        Lines x genes; the index names lines, the columns genes; numbers, log scale.
    response
        One value a line, indexed by line; unit ``RESPONSE_UNIT[kind]``; missing values count as no response.
    drug, kind, screen, drug_id
        See `ResponseDataset`.
    lineage, lineage_inferred
        Tissue label by line, and whether it was inferred; lines not named are ``unknown`` / not inferred.
    known_genes
        Symbols that count as known; no check if None.
    unknown_genes, constant_genes
        ``refuse``, or ``drop`` and list them in the report. Constant means one value in all aligned lines.
    nan
        Missing expression: ``refuse``; ``drop`` the genes that have any; ``impute`` the gene's median over the lines.
        What was done is counted in the report.
    sources
        Name -> content hash of what was read.
    notes
        Sentences to carry along in the report.

    Returns
    -------
    ResponseDataset
        At least 60 lines that have both expression and response, in the order of `expression`.

    Raises
    ------
    InputError
        What is wrong, where, and the next step.
    """
    _check_names(expression)
    values = _numeric(expression, "the expression matrix")
    target = _check_response(response, drug, kind)
    lines = [line for line in expression.index if line in target.index]
    report = {
        "lines_without_response": tuple(str(line) for line in expression.index if line not in target.index),
        "lines_without_expression": tuple(sorted(map(str, set(target.index) - set(expression.index)))),
    }
    if len(lines) < MIN_LINES:
        raise InputError(
            f"only {len(lines)} lines have both expression and a response to {drug}, {MIN_LINES} are needed "
            f"({len(expression)} have expression, {len(target)} a response; names of the first kind: "
            f"{some(expression.index)}; of the second: {some(target.index)}); add lines, or spell the names alike"
        )
    x = values.loc[lines]
    problem = wrong_kind(np.asarray(target.loc[lines], dtype=np.float64), kind)
    if problem:
        raise InputError(f"the response to {drug} is claimed to be {RESPONSE_UNIT[kind]}, but {problem}")
    dropped: dict[str, str] = {}
    x = _drop_unknown(x, known_genes, unknown_genes, dropped)
    x, imputed = _missing(x, nan, dropped)
    x = _drop_constant(x, constant_genes, dropped)
    if x.shape[1] == 0:
        raise InputError("no gene is left after the checks; look at the choices for unknown, constant and missing")
    hint = raw_scale_hint(x.to_numpy(np.float64))
    tissue, inferred = _lineage(x.index, lineage, lineage_inferred)
    unmapped = UnmappedReport(
        **report,
        lines_without_lineage=tuple(str(line) for line in x.index[(tissue == UNKNOWN_TISSUE) | inferred]),
        dropped_genes=dropped,
        imputed_values=imputed,
        notes=(*notes, *([hint] if hint else [])),
    )
    return ResponseDataset(
        drug=drug,
        drug_id=drug_id,
        screen=screen,
        kind=kind,
        X=x,
        y=target.loc[x.index].astype(np.float64).rename(kind),
        lineage=tissue,
        lineage_inferred=inferred,
        unmapped=unmapped,
        sources=dict(sources or {}),
    )


def _check_names(expression: pd.DataFrame) -> None:
    if expression.shape[0] == 0 or expression.shape[1] == 0:
        raise InputError(f"the expression matrix is empty ({expression.shape[0]} lines x {expression.shape[1]} genes)")
    if looks_transposed(expression.index, expression.columns):
        raise InputError(
            f"the expression matrix is transposed: rows look like genes ({some(expression.index)}) and columns like "
            f"cell lines ({some(expression.columns)}); give lines in rows and genes in columns (`matrix.T`)"
        )
    for names, what, where in ((expression.columns, "gene", "columns"), (expression.index, "line", "rows")):
        twice = duplicates(names)
        if twice:
            raise InputError(
                f"{len(twice)} {what} names occur more than once in the {where} of the expression matrix: "
                f"{some(twice)}; keep one of each, or average them before"
            )


def _numeric(table: pd.DataFrame, what: str) -> pd.DataFrame:
    import pandas as pd

    other = [name for name, kind in table.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    if other:
        column = table[other[0]]
        bad = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        cell = f"line {bad.index[0]!r} holds {bad.iloc[0]!r}" if len(bad) else "its numbers are stored as text"
        raise InputError(
            f"{len(other)} columns of {what} are not numbers: {some(other)}; in {other[0]!r} {cell}; "
            "remove such columns or convert the cells"
        )
    cells = infinite_cells(table)
    if cells:
        raise InputError(f"{what} holds infinite values, first at {some(cells)}; were zeros logged without adding 1?")
    return table


def _check_response(response: pd.Series[float], drug: str, kind: ResponseKind) -> pd.Series[float]:
    if kind not in RESPONSE_UNIT:
        raise InputError(f"unknown kind of response {kind!r}; one of {', '.join(RESPONSE_UNIT)}")
    frame = _numeric(response.to_frame(drug), f"the response to {drug}")
    twice = duplicates(frame.index)
    if twice:
        raise InputError(f"{len(twice)} lines have more than one response to {drug}: {some(twice)}; keep one of each")
    target: pd.Series[float] = frame[drug].dropna()
    if target.empty:
        raise InputError(f"no line has a response to {drug}; choose another drug or check the table's columns")
    return target


def _drop_unknown(
    x: pd.DataFrame, known: Collection[str] | None, choice: DropChoice, dropped: dict[str, str]
) -> pd.DataFrame:
    if known is None:
        return x
    symbols = known if isinstance(known, (set, frozenset, dict)) else set(known)
    unknown = [str(gene) for gene in x.columns if gene not in symbols]
    if unknown and choice == "refuse":
        raise InputError(
            f"{len(unknown)} of {x.shape[1]} genes are not among the {len(symbols)} known symbols: {some(unknown)}; "
            "rename them, or choose to drop unknown genes"
        )
    dropped.update(dict.fromkeys(unknown, "unknown symbol"))
    return x.drop(columns=unknown)


def _missing(x: pd.DataFrame, choice: NanChoice, dropped: dict[str, str]) -> tuple[pd.DataFrame, int]:
    gaps = x.isna()
    count = int(gaps.to_numpy().sum())
    if count == 0:
        return x, 0
    genes = [str(gene) for gene in x.columns[gaps.any()]]
    lines = [str(line) for line in x.index[gaps.any(axis=1)]]
    if choice == "refuse":
        raise InputError(
            f"{count} expression values are missing, in {len(genes)} genes ({some(genes)}) and {len(lines)} lines "
            f"({some(lines)}); choose nan='drop' (leaves those genes out) or nan='impute' (gene medians)"
        )
    if choice == "drop":
        dropped.update(dict.fromkeys(genes, "missing values"))
        return x.drop(columns=x.columns[gaps.any()]), 0
    if choice != "impute":
        raise InputError(f"unknown choice for missing values {choice!r}; one of refuse, drop, impute")
    empty = [str(gene) for gene in x.columns[gaps.all()]]
    dropped.update(dict.fromkeys(empty, "no value in any line"))
    kept = x.drop(columns=x.columns[gaps.all()])
    return kept.fillna(kept.median()), count - len(empty) * len(x)


def _drop_constant(x: pd.DataFrame, choice: DropChoice, dropped: dict[str, str]) -> pd.DataFrame:
    constant = constant_columns(x)
    if constant and choice == "refuse":
        raise InputError(
            f"{len(constant)} genes have the same value in all {len(x)} lines: {some(constant)}; they carry no "
            "information: remove them, or choose to drop constant genes"
        )
    dropped.update(dict.fromkeys(constant, "constant"))
    return x.drop(columns=constant)


def _lineage(
    index: pd.Index[str], lineage: pd.Series[str] | None, inferred: pd.Series[bool] | None
) -> tuple[pd.Series[str], pd.Series[bool]]:
    import pandas as pd

    if lineage is None:
        tissue = pd.Series(UNKNOWN_TISSUE, index=index, dtype=object)
    else:
        twice = duplicates(lineage.index)
        if twice:
            raise InputError(f"{len(twice)} lines have more than one tissue label: {some(twice)}; keep one of each")
        tissue = lineage.reindex(index).astype(object).fillna(UNKNOWN_TISSUE)
    flags = pd.Series(data=False, index=index) if inferred is None else inferred.reindex(index, fill_value=False)
    return tissue.astype(str).rename("lineage"), flags.astype(bool).rename("lineage_inferred")

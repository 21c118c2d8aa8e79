"""The door every table passes on its way to a model: one clear refusal for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from explain_engine.data.checks import (
    check_constant,
    check_enough_lines,
    check_finite,
    check_kind,
    check_kind_known,
    check_known,
    check_missing,
    check_names_given,
    check_not_empty,
    check_numbers,
    check_orientation,
    check_response,
    check_unique,
)
from explain_engine.data.checks import unknown_genes as names_not_known
from explain_engine.data.dataset import ResponseDataset, ResponseKind, UnmappedReport
from explain_engine.data.gdsc import UNKNOWN_TISSUE
from explain_engine.data.tables import constant_columns, raw_scale_hint
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FrameOrSeries = TypeVar("FrameOrSeries", "pd.DataFrame", "pd.Series[float]")
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
        What is wrong, where, and the next step (`explain_engine.data.faults.TableError`).
    """
    _choices(nan, unknown_genes, constant_genes)
    check_kind_known(kind)
    expression, response = _named_by_text(expression), _named_by_text(response)
    check_not_empty(expression)
    check_orientation(expression)
    check_names_given(expression.columns, "gene")
    check_names_given(expression.index, "line")
    check_unique(expression.columns, "gene", "the columns of the expression matrix")
    check_unique(expression.index, "line", "the rows of the expression matrix")
    check_numbers(expression, "the expression matrix")
    check_finite(expression, "the expression matrix")
    check_response(response, drug)
    target = response.dropna()
    lines = [line for line in expression.index if line in target.index]
    check_enough_lines(len(lines), expression.index, target.index, drug)
    check_kind(target.loc[lines], kind, drug)
    x = expression.loc[lines]
    dropped: dict[str, str] = {}
    x = _drop_unknown(x, known_genes, unknown_genes, dropped)
    x, imputed = _missing(x, nan, dropped)
    x = _drop_constant(x, constant_genes, dropped)
    if x.shape[1] == 0:
        raise InputError("no gene is left after the checks; look at the choices for unknown, constant and missing")
    hint = raw_scale_hint(x.to_numpy(np.float64))
    tissue, inferred = _lineage(x.index, lineage, lineage_inferred)
    unmapped = UnmappedReport(
        lines_without_response=tuple(str(line) for line in expression.index if line not in target.index),
        lines_without_expression=tuple(sorted(map(str, set(target.index) - set(expression.index)))),
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


def _named_by_text(table: FrameOrSeries) -> FrameOrSeries:
    """Line names as text: GDSC has lines called 697 and 5637, which a reader may have taken for numbers."""
    return table if all(isinstance(name, str) for name in table.index) else table.set_axis(table.index.map(str))


def _drop_unknown(
    x: pd.DataFrame, known: Collection[str] | None, choice: DropChoice, dropped: dict[str, str]
) -> pd.DataFrame:
    if known is None:
        return x
    if choice == "refuse":
        check_known(x.columns, known)
    unknown = names_not_known(x.columns, known)
    dropped.update(dict.fromkeys(unknown, "unknown symbol"))
    return x.drop(columns=unknown)


def _missing(x: pd.DataFrame, choice: NanChoice, dropped: dict[str, str]) -> tuple[pd.DataFrame, int]:
    gaps = x.isna()
    if not gaps.to_numpy().any():
        return x, 0
    if choice == "refuse":
        check_missing(x)
    if choice == "drop":
        genes = x.columns[gaps.any()]
        dropped.update(dict.fromkeys(map(str, genes), "missing values"))
        return x.drop(columns=genes), 0
    empty = x.columns[gaps.all()]
    dropped.update(dict.fromkeys(map(str, empty), "no value in any line"))
    kept = x.drop(columns=empty)
    return kept.fillna(kept.median()), int(kept.isna().to_numpy().sum())


def _drop_constant(x: pd.DataFrame, choice: DropChoice, dropped: dict[str, str]) -> pd.DataFrame:
    if choice == "refuse":
        check_constant(x)
    constant = constant_columns(x)
    dropped.update(dict.fromkeys(constant, "constant"))
    return x.drop(columns=constant)


def _choices(nan: str, unknown: str, constant: str) -> None:
    for name, value, allowed in (
        ("nan", nan, ("refuse", "drop", "impute")),
        ("unknown_genes", unknown, ("refuse", "drop")),
        ("constant_genes", constant, ("refuse", "drop")),
    ):
        if value not in allowed:
            raise InputError(f"unknown choice {name}={value!r}; one of {', '.join(allowed)}")


def _lineage(
    index: pd.Index[str], lineage: pd.Series[str] | None, inferred: pd.Series[bool] | None
) -> tuple[pd.Series[str], pd.Series[bool]]:
    import pandas as pd

    if lineage is None:
        tissue = pd.Series(UNKNOWN_TISSUE, index=index, dtype=object)
    else:
        check_unique(lineage.index, "line", "the tissue labels")
        tissue = lineage.reindex(index).astype(object).fillna(UNKNOWN_TISSUE)
    flags = pd.Series(data=False, index=index) if inferred is None else inferred.reindex(index, fill_value=False)
    return tissue.astype(str).rename("lineage"), flags.astype(bool).rename("lineage_inferred")

"""Read the two tables of an own screen, one of which may be the public one, and say what can be explained with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.own.model import OwnDrug
from explain_engine.data.archives import sha256_of
from explain_engine.data.checks import MIN_LINES
from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
from explain_engine.data.gdsc import UNKNOWN_TISSUE
from explain_engine.data.manifest import verified
from explain_engine.data.names import one_spelling
from explain_engine.data.readers import DEFAULT_MAX_BYTES, read_matrix, read_table
from explain_engine.data.response import LINE_COLUMNS, VALUE_COLUMNS, find_column, open_response_table
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from explain_engine.data.dataset import ResponseKind

TISSUE_COLUMNS = ("tissue", "lineage", "primary_site", "oncotreelineage", "cancer_type")
MOST_CELLS = 80_000_000
MOST_DRUGS = 5_000
LONGEST = 120
PUBLIC_RESPONSE = "response_gdsc2.parquet"


@dataclass(frozen=True, eq=False)
class OwnTables:
    """Both tables as they are to be used.

    Attributes
    ----------
    expression
        Lines x genes, float64.
    response
        ``line``, ``drug``, ``value``; one row a line and drug, lines spelt as in `expression` where one spelling fits.
    tissue
        Tissue by line of `expression`, ``unknown`` where nothing states it.
    """

    expression: pd.DataFrame
    response: pd.DataFrame
    kind: ResponseKind
    tissue: pd.Series[str]
    notes: tuple[str, ...]
    sources: dict[str, str]


def read_own(
    data: Path,
    expression: Path | None,
    response: Path | None,
    *,
    kind: ResponseKind | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> OwnTables:
    """Read both tables.

    Parameters
    ----------
    data
        The workspace's data folder, for the public tables.
    expression, response
        Files of the user; the public table where None.
    kind
        What the response values are; told by the name of the column where None.

    Raises
    ------
    agent.errors.InputError, explain_engine.errors.InputError
        If neither is given, a table cannot be read, is too large, or the kind of response cannot be told.
    explain_engine.errors.DataUnavailableError
        If a public table is asked for that was not fetched.
    """
    if expression is None and response is None:
        raise InputError("give an expression matrix, a response table, or both; one of them has to be your own")
    sources: dict[str, str] = {}
    if expression is None:
        matrix, sources["GDSC expression"] = _public(data, "expression.parquet")
    else:
        matrix, sources["own expression"] = read_matrix(expression, max_bytes=max_bytes), sha256_of(expression)
    if matrix.size > MOST_CELLS:
        raise InputError(
            f"the matrix has {matrix.size:,} cells, {MOST_CELLS:,} at most; leave out genes that vary little"
        )
    _short([*map(str, matrix.index), *map(str, matrix.columns)], "line or gene")
    told = None
    notes: tuple[str, ...] = ()
    if response is None:
        chosen: ResponseKind = kind or "ln_ic50"
        matrix = _spelt_as_public(data, matrix)
        rows, sources["GDSC2 response"] = _public_response(data, chosen)
    else:
        table = read_table(response, max_bytes=max_bytes)
        chosen = kind or told_kind(table)
        told = _stated_tissue(table)
        opened = open_response_table(response, kind=chosen, max_bytes=max_bytes).spelled_as(
            list(map(str, matrix.index))
        )
        rows, notes, sources["own response"] = opened.rows, opened.notes, opened.source_sha256
        _short(map(str, rows["drug"].unique()), "drug")
    return OwnTables(matrix, rows, chosen, _tissue(data, matrix.index, told), notes, sources)


def told_kind(table: pd.DataFrame) -> ResponseKind:
    """The kind of response that the columns of a table name.

    Raises
    ------
    agent.errors.InputError
        If they name both kinds or none.
    """
    names = {str(column).strip().lower() for column in table.columns}
    found = [kind for kind, words in VALUE_COLUMNS.items() if names & set(words)]
    if len(found) != 1:
        which = "both ln(IC50) and AUC" if found else "neither ln(IC50) nor AUC"
        raise InputError(f"the response table's columns name {which}; say which the values are (ln_ic50 or auc)")
    return found[0]


def drugs_of(tables: OwnTables) -> tuple[tuple[OwnDrug, ...], int]:
    """The drugs that can be explained, and the number of those with too few lines.

    Raises
    ------
    agent.errors.InputError
        If none can, or there are more drugs than are kept.
    """
    there = tables.response[tables.response["line"].isin(set(map(str, tables.expression.index)))]
    sizes = there.groupby("drug", sort=False)["line"].nunique()
    spelt = list(map(str, tables.response["drug"].unique()))
    if len(spelt) > MOST_DRUGS:
        raise InputError(f"the response table has {len(spelt):,} drugs, {MOST_DRUGS:,} at most; split it")
    fit = [name for name in spelt if int(sizes.get(name, 0)) >= MIN_LINES]
    if not fit:
        most = max((int(size) for size in sizes), default=0)
        mine, theirs = map(str, tables.expression.index[:3]), map(str, tables.response["line"].unique()[:3])
        raise InputError(
            f"no drug has {MIN_LINES} lines with both expression and response (the most is {most}); the matrix calls "
            f"its lines {', '.join(mine)} …, the responses {', '.join(theirs)} …: do the names mean the same lines?"
        )
    names = _public_names(fit)
    drugs = tuple(OwnDrug(name=names[name], spelt=name, n_lines=int(sizes[name])) for name in fit)
    return drugs, len(spelt) - len(fit)


def _public_names(spelt: list[str]) -> dict[str, str]:
    """Spelling -> name the public screen gives the drug; the spelling where none does, or two would become one."""
    known: dict[str, str] = {}
    for entry in load_drugs():
        for word in (*entry.synonyms, entry.name):
            known.setdefault(name_key(word), entry.name)
    names = {name: known.get(name_key(name), name) for name in spelt}
    reached = list(names.values())
    return {name: meant if reached.count(meant) == 1 else name for name, meant in names.items()}


def _public(data: Path, file: str) -> tuple[pd.DataFrame, str]:
    import pandas as pd

    path, entry = verified(data / GDSC_FOLDER, file, command=FETCH_COMMAND)
    return pd.read_parquet(path), entry.sha256


def _public_response(data: Path, kind: ResponseKind) -> tuple[pd.DataFrame, str]:
    """GDSC2's rows; of a drug with several entries those of the first, as `open_dataset` takes it."""
    table, digest = _public(data, PUBLIC_RESPONSE)
    rows = table[table["repeat"] == 1][["line", "drug", kind]].rename(columns={kind: "value"}).dropna()
    return rows.reset_index(drop=True), digest


def _spelt_as_public(data: Path, matrix: pd.DataFrame) -> pd.DataFrame:
    lines, _ = _public(data, "lines.parquet")
    spelling = one_spelling(map(str, matrix.index), map(str, lines.index))
    return matrix.set_axis([spelling[str(name)] for name in matrix.index], axis=0)


def _stated_tissue(table: pd.DataFrame) -> dict[str, str] | None:
    """Tissue by line as the user's own response table states it, where one of its columns does."""
    column = next((str(c) for c in table.columns if str(c).strip().lower() in TISSUE_COLUMNS), None)
    if column is None:
        return None
    line = find_column(table, None, LINE_COLUMNS, "cell lines")
    pairs = table[[line, column]].dropna().astype(str).drop_duplicates()
    again = pairs[line].duplicated(keep=False)
    if again.any():
        raise InputError(
            f"{pairs[line][again].nunique()} lines have several values in column {column!r}, for example "
            f"{pairs[line][again].iloc[0]}; give each line one tissue"
        )
    _short(pairs[column].unique(), "tissue")
    return dict(zip(pairs[line], pairs[column], strict=True))


def _tissue(data: Path, index: pd.Index[str], told: dict[str, str] | None) -> pd.Series[str]:
    import pandas as pd

    names = [str(name) for name in index]
    found = dict.fromkeys(names, UNKNOWN_TISSUE)
    if (data / GDSC_FOLDER).is_dir():
        lines, _ = _public(data, "lines.parquet")
        known = {str(line): str(tissue) for line, tissue in lines["tissue"].dropna().items()}
        spelling = one_spelling(names, known)
        found |= {name: known[spelling[name]] for name in names if spelling[name] in known}
    if told:
        spelling = one_spelling(told, names)
        found |= {spelling[line]: tissue for line, tissue in told.items() if spelling[line] in found}
    return pd.Series(found, dtype=object).reindex(names).astype(str)


def _short(names: Iterable[str], what: str) -> None:
    long = next((name for name in names if len(str(name)) > LONGEST), None)
    if long is not None:
        raise InputError(f"a {what} is called {str(long)[:60]!r}…, with {len(str(long))} characters; {LONGEST} at most")

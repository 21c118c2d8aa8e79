"""Response tables of the user's own or of a second screen: one row a line and drug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explain_engine.data.archives import sha256_of
from explain_engine.data.checks import check_kind_known, check_numbers
from explain_engine.data.dataset import ResponseKind
from explain_engine.data.drugs import ScreenEntry, match_drug
from explain_engine.data.faults import TableError
from explain_engine.data.names import one_spelling
from explain_engine.data.readers import DEFAULT_MAX_BYTES, read_table
from explain_engine.data.tables import some
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

RepeatChoice = Literal["refuse", "mean"]

# Column names in use, by the screens' own tables and the common collections of them; compared without case.
LINE_COLUMNS = (
    "line", "cell_line", "cell_line_name", "ccl_name", "cellline", "cell line name", "model_id", "modelid", "depmap_id",
    "sanger_model_id",
)  # fmt: skip
DRUG_COLUMNS = ("drug", "drug_name", "drug name", "cpd_name", "compound", "compound_name", "treatment")
VALUE_COLUMNS: Mapping[ResponseKind, tuple[str, ...]] = {
    "ln_ic50": ("ln_ic50", "lnic50", "ln ic50"),
    "auc": ("auc", "area_under_curve"),
}


@dataclass(frozen=True, eq=False)
class ResponseTable:
    """A response table read from a file.

    Attributes
    ----------
    name
        The screen's name, for reports.
    rows
        ``line``, ``drug``, ``value``: one row a line and drug.
    kind
        What the values are claimed to be.
    source_sha256
        Hash of the file.
    notes
        What was done on reading (rows averaged, rows without a line).
    """

    name: str
    rows: pd.DataFrame
    kind: ResponseKind
    source_sha256: str
    notes: tuple[str, ...]

    def of(self, drug: str, *, synonyms: Mapping[str, Sequence[str]] | None = None) -> pd.Series[float]:
        """Response to one drug, indexed by line; named by the drug as the table spells it.

        Raises
        ------
        InputError
            Unknown or ambiguous drug, with the nearest names.
        """
        sizes = self.rows["drug"].value_counts(sort=False)
        entries = [ScreenEntry(drug=str(name), repeat=1, n_lines=int(size)) for name, size in sizes.items()]
        match = match_drug(drug, entries, screen=self.name, synonyms=synonyms)
        rows = self.rows[self.rows["drug"] == match.drug]
        return rows.set_index("line")["value"].rename(match.drug)

    def spelled_as(self, known_lines: Sequence[str]) -> ResponseTable:
        """The same table with line names in the spelling of `known_lines` where one fits.

        Raises
        ------
        InputError
            Two lines of the table would become one.
        """
        names = self.rows["line"].unique()
        spelling = one_spelling(names, known_lines)
        reached: dict[str, list[str]] = {}
        for name in names:
            reached.setdefault(spelling[name], []).append(name)
        merged = [f"{' and '.join(group)} -> {target}" for target, group in reached.items() if len(group) > 1]
        if merged:
            raise TableError(
                f"{len(merged)} pairs of lines of {self.name} would become one line",
                where=some(merged, 4),
                next_step="rename them in the table",
            )
        rows = self.rows.assign(line=self.rows["line"].map(spelling))
        return ResponseTable(self.name, rows, self.kind, self.source_sha256, self.notes)


def open_response_table(
    path: Path,
    *,
    kind: ResponseKind,
    name: str = "user",
    line_column: str | None = None,
    drug_column: str | None = None,
    value_column: str | None = None,
    repeats: RepeatChoice = "refuse",
    sep: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> ResponseTable:
    """Read a long response table, for example CTRPv2 or the user's own screen.

    Parameters
    ----------
    path
        csv, tsv or parquet with one row a line and drug.
    kind
        What the values are: ``ln_ic50`` (ln uM) or ``auc``; in both, low must mean sensitive.
    name
        The screen's name.
    line_column, drug_column, value_column
        The columns, where they do not have one of the usual names (`LINE_COLUMNS`, `DRUG_COLUMNS`, `VALUE_COLUMNS`).
    repeats
        Several rows of one line and drug: ``refuse``, or their ``mean`` (counted in the notes).
    sep, max_bytes
        See `explain_engine.data.readers.read_table`.

    Raises
    ------
    InputError
        A column is missing or not unique, values are no numbers, or rows repeat.
    """
    check_kind_known(kind)
    if repeats not in ("refuse", "mean"):
        raise InputError(f"unknown choice repeats={repeats!r}; one of refuse, mean")
    table = read_table(path, sep=sep, max_bytes=max_bytes)
    chosen = {
        "line": find_column(table, line_column, LINE_COLUMNS, "cell lines"),
        "drug": find_column(table, drug_column, DRUG_COLUMNS, "drugs"),
        "value": find_column(table, value_column, VALUE_COLUMNS[kind], f"{kind} values"),
    }
    rows = table[list(chosen.values())].set_axis(list(chosen), axis=1)
    check_numbers(rows[["value"]], f"column {chosen['value']!r}")
    notes = []
    nameless = rows["line"].isna() | (rows["line"].astype(str).str.strip() == "") | rows["drug"].isna()
    if nameless.any():
        notes.append(f"{int(nameless.sum())} rows without a line or drug name were left out")
    valueless = rows["value"].isna() & ~nameless
    if valueless.any():
        notes.append(f"{int(valueless.sum())} rows without a value were left out")
    rows = rows[~nameless & ~valueless].astype({"line": str, "drug": str, "value": "float64"})
    if rows.empty:
        raise TableError(f"{path.name} has no row with a line, a drug and a value", next_step="check its columns")
    again = rows.duplicated(["line", "drug"], keep=False)
    if again.any() and repeats == "refuse":
        first = rows[again].iloc[0]
        raise TableError(
            f"{int(again.sum())} rows of {path.name} repeat a line and drug",
            where=f"for example {first['line']} with {first['drug']}",
            next_step="keep one of each, or choose repeats='mean'",
        )
    if again.any():
        before = len(rows)
        rows = rows.groupby(["line", "drug"], sort=False)["value"].mean().reset_index()
        notes.append(
            f"{int(again.sum())} rows that repeat a line and drug were averaged ({before} -> {len(rows)} rows)"
        )
    return ResponseTable(name, rows.reset_index(drop=True), kind, sha256_of(path), tuple(notes))


def find_column(table: pd.DataFrame, wanted: str | None, usual: Sequence[str], what: str) -> str:
    """The one column that is meant.

    Raises
    ------
    InputError
        No column or several columns fit.
    """
    names = [str(column) for column in table.columns]
    if wanted is not None:
        fits = [name for name in names if name == wanted]
        looked_for = repr(wanted)
    else:
        lower = [name.lower() for name in names]
        # The first usual name that occurs wins: a table may give both a name and an id of a line.
        word = next((word for word in usual if word in lower), None)
        fits = [name for name in names if name.lower() == word]
        looked_for = ", ".join(usual)
    if len(fits) == 1:
        return fits[0]
    problem = "no column" if not fits else f"{len(fits)} columns"
    raise TableError(
        f"{problem} with {what} (looked for {looked_for})",
        where=f"columns are {some(names, 12)}",
        next_step="name the column to use",
    )

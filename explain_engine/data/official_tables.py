"""GDSC and DepMap tables in the layout of their official downloads -> the tables of the data folder; pure functions."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.data.archives import zip_member
from explain_engine.data.checks import check_finite, check_numbers, check_unique
from explain_engine.data.faults import TableError
from explain_engine.data.gdsc import UNKNOWN_TISSUE
from explain_engine.data.readers import DEFAULT_MAX_BYTES, parse_text, read_table
from explain_engine.data.tables import some
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_RESPONSE_COLUMNS = ("COSMIC_ID", "CELL_LINE_NAME", "SANGER_MODEL_ID", "DRUG_ID", "DRUG_NAME", "LN_IC50", "AUC")

_RMA_MEMBER = "Cell_line_RMA_proc_basalExp.txt"


def read_official_response(path: Path) -> pd.DataFrame:
    """GDSC fitted dose response (csv or xlsx).

    Returns
    -------
    DataFrame
        ``line``, ``drug``, ``repeat`` (number among the ids of one name, ascending), ``ln_ic50`` (ln uM), ``auc``
        (0-1), ``drug_id``, ``cosmic_id``, ``sanger_id``.

    Raises
    ------
    InputError
        A column is missing, a value is no number, or a line occurs twice under one drug id.
    """
    import pandas as pd

    table = _spreadsheet(path) if path.suffix == ".xlsx" else read_table(path)
    _need(table, _RESPONSE_COLUMNS, path.name)
    check_numbers(table[["LN_IC50", "AUC", "DRUG_ID"]], path.name)
    check_finite(table[["LN_IC50", "AUC"]], path.name)
    rows = pd.DataFrame(
        {
            "line": table["CELL_LINE_NAME"].astype(str),
            "drug": table["DRUG_NAME"].astype(str).str.strip(),
            "ln_ic50": table["LN_IC50"].astype("float64"),
            "auc": table["AUC"].astype("float64"),
            "drug_id": table["DRUG_ID"].astype("int32"),
            "cosmic_id": pd.to_numeric(table["COSMIC_ID"], errors="coerce").astype("Int64"),
            "sanger_id": table["SANGER_MODEL_ID"].fillna("").astype(str),
        }
    )
    again = rows.duplicated(["line", "drug_id"])
    if again.any():
        first = rows[again].iloc[0]
        raise TableError(
            f"{int(again.sum())} rows of {path.name} repeat a line and drug id",
            where=f"for example {first['line']} with {first['drug_id']}",
            next_step="download the file again",
        )
    rows.insert(2, "repeat", rows.groupby("drug")["drug_id"].rank(method="dense").astype("int8"))
    return rows.sort_values(["drug_id", "line"]).reset_index(drop=True)


def read_rma(path: Path, line_of_cosmic: Mapping[int, str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """GDSC1000 basal expression ``Cell_line_RMA_proc_basalExp`` (txt, or the zip it comes in).

    Parameters
    ----------
    path
        Columns ``GENE_SYMBOLS``, ``GENE_title``, ``DATA.<COSMIC id>``.
    line_of_cosmic
        Line name by COSMIC id, from the response tables.

    Returns
    -------
    table, notes
        Lines x genes, log2 RMA, float32; and what was left out: rows without a symbol, further rows of a symbol,
        further columns and columns of lines that were not screened.

    Raises
    ------
    InputError
        Another layout, or cells that are no numbers.
    """
    if path.suffix == ".zip":
        content = zip_member(path, _RMA_MEMBER, max_bytes=DEFAULT_MAX_BYTES)
        table = parse_text(content, _RMA_MEMBER, "\t")
    else:
        table = read_table(path, sep="\t")
    _need(table, ("GENE_SYMBOLS",), path.name)
    symbols = table["GENE_SYMBOLS"].fillna("").astype(str).str.strip()
    again = symbols.duplicated() & (symbols != "")
    kept: dict[str, int] = {}
    unknown = further = 0
    for place, column in enumerate(table.columns):
        found = re.fullmatch(r"DATA\.(\d+)(\.\d+)?", str(column))
        if found is None:
            continue
        line = line_of_cosmic.get(int(found[1]))
        if line is None:
            unknown += 1
        elif line in kept or found[2]:
            further += 1
        else:
            kept[line] = place
    if not kept:
        raise TableError(
            f"{path.name} has no column DATA.<COSMIC id> of a screened line", where=some(table.columns),
            next_step="give the file Cell_line_RMA_proc_basalExp as published",
        )  # fmt: skip
    values = table.iloc[:, list(kept.values())][(symbols != "") & ~again]
    check_numbers(values, path.name)
    matrix = values.T.set_axis(list(kept), axis=0).set_axis(symbols[(symbols != "") & ~again], axis=1)
    matrix.index.name, matrix.columns.name = "line", None
    notes = (
        f"left out: {int((symbols == '').sum())} rows without a symbol, {int(again.sum())} further rows of a symbol, "
        f"{further} further columns of a line, {unknown} columns of lines that were not screened",
    )
    return matrix.astype("float32").sort_index(), notes


def read_models(path: Path) -> pd.DataFrame:
    """DepMap ``Model.csv``: index model id (ACH-); ``cosmic_id``, ``sanger_id``, ``tissue`` (OncotreeLineage)."""
    import pandas as pd

    table = read_table(path)
    _need(table, ("ModelID", "COSMICID", "SangerModelID", "OncotreeLineage"), path.name)
    check_unique(table["ModelID"], "model", path.name)
    models = pd.DataFrame(
        {
            "cosmic_id": pd.to_numeric(table["COSMICID"], errors="coerce").astype("Int64"),
            "sanger_id": table["SangerModelID"].fillna("").astype(str),
            "tissue": table["OncotreeLineage"].fillna(UNKNOWN_TISSUE).astype(str),
        }
    )
    return models.set_axis(pd.Index(table["ModelID"].astype(str), name="model_id"), axis=0)


def lines_of_models(models: pd.DataFrame, response: pd.DataFrame) -> dict[str, str]:
    """GDSC line name by DepMap model id: by Sanger model id, else by COSMIC id."""
    screened = response.drop_duplicates("line")
    by_sanger = {key: line for key, line in zip(screened["sanger_id"], screened["line"], strict=True) if key}
    by_cosmic = {
        int(key): line for key, line in zip(screened["cosmic_id"], screened["line"], strict=True) if key == key
    }
    result: dict[str, str] = {}
    for model, sanger, cosmic in zip(models.index, models["sanger_id"], models["cosmic_id"].fillna(-1), strict=True):
        line = by_sanger.get(sanger) or by_cosmic.get(int(cosmic))
        if line is not None and line not in result.values():
            result[str(model)] = line
    return result


def read_depmap_expression(path: Path, line_of_model: Mapping[str, str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """DepMap expression, log2(TPM + 1), in the older layout (first column the model) or the newer with id columns.

    Returns
    -------
    table, notes
        Lines x genes, float32, genes by symbol; and how many profiles were left out, and why.

    Raises
    ------
    InputError
        Another layout, two profiles of a line, a gene twice, or cells that are no numbers.
    """
    table = read_table(path)
    model_column = "ModelID" if "ModelID" in table.columns else str(table.columns[0])
    genes = {c: found[1] for c in table.columns if (found := re.fullmatch(r"(\S+) \((?:\d+|nan)\)", str(c)))}
    if not genes:
        raise TableError(
            f"{path.name} has no column SYMBOL (ENTREZ)", where=some(table.columns), next_step="give DepMap's own file"
        )
    before = len(table)
    flag = "IsDefaultEntryForModel"
    if flag in table.columns:
        table = table[table[flag].astype(str).str.lower().isin(("yes", "true", "1"))]
    other = before - len(table)
    table = table[table[model_column].isin(line_of_model)]
    lines = table[model_column].map(dict(line_of_model))
    check_unique(lines, "line", path.name)
    check_unique(genes.values(), "gene", path.name)
    values = table[list(genes)]
    check_numbers(values, path.name)
    matrix = values.set_axis(lines, axis=0).rename(columns=genes).astype("float32").sort_index()
    matrix.index.name = "line"
    notes = (
        f"left out: {other} profiles that are no model's default, {before - other - len(table)} unscreened models",
    )
    return matrix, notes


def _need(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise TableError(
            f"{name} has no column {', '.join(missing)}", where=f"columns are {some(table.columns, 12)}",
            next_step="give the file in its official layout",
        )  # fmt: skip


def _spreadsheet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        importlib.import_module("openpyxl")
    except ImportError as error:
        raise InputError(f"reading {path.name} needs openpyxl; pip install openpyxl, or give the csv file") from error
    try:
        return pd.read_excel(path, dtype={"CELL_LINE_NAME": str, "DRUG_NAME": str}, keep_default_na=False)
    except (ValueError, OSError, KeyError) as error:
        raise InputError(f"{path.name} cannot be read as a spreadsheet: {error}; download it again") from error

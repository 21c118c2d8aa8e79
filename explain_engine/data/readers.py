"""Read a user's own table from csv, tsv, parquet or h5ad: size bounded, nothing renamed or dropped on the way."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.data.archives import gunzip
from explain_engine.data.faults import TableError
from explain_engine.data.tables import some
from explain_engine.errors import DataUnavailableError, InputError

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_MAX_BYTES = 2 << 30
_SEPARATORS = {"\t": "tab", ",": "comma", ";": "semicolon"}
_BY_SUFFIX = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_ANNDATA_INSTALL = "pip install 'oncobrief[anndata]'"


def read_table(path: Path, *, sep: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> pd.DataFrame:
    """Read a table as it stands: header as columns (duplicates kept), no column used as index.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.txt`` (tab), each also with ``.gz``, or ``.parquet``.
    sep
        Separator of a text file, if it is not the one its ending promises.
    max_bytes
        Largest size read, packed and unpacked.

    Returns
    -------
    DataFrame
        Text columns as text, number columns as numbers. Parquet files have their named index as first column.

    Raises
    ------
    InputError
        Missing, empty, too large, of another format, of another separator, or with rows of unequal length.
    """
    _check_file(path, max_bytes)
    if path.suffix == ".parquet":
        return _read_parquet(path)
    packed = path.suffix == ".gz"
    suffix = Path(path.stem).suffix if packed else path.suffix
    if suffix.lower() not in _BY_SUFFIX:
        raise InputError(
            f"{path.name}: unknown ending {path.suffix!r}; use .csv, .tsv or .txt (also .gz), .parquet or .h5ad"
        )
    content = path.read_bytes()
    if packed:
        try:
            content = gunzip(content, name=path.name, max_bytes=max_bytes)
        except DataUnavailableError as error:
            raise InputError(f"{error}; unpack it yourself, or pack it again") from error
    return parse_text(content, path.name, _BY_SUFFIX[suffix.lower()] if sep is None else sep)


def parse_text(content: bytes, name: str, sep: str) -> pd.DataFrame:
    """Parse a delimited text table; `name` stands in messages. Errors as `read_table`."""
    import pandas as pd

    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{name} is a spreadsheet or archive under a text ending; export it as csv")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\x00" in text:
        raise InputError(f"{name} holds NUL bytes: it is no text table; is it a spreadsheet under another ending?")
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=sep, strict=True)
        header = next(rows, [])
        first = next(rows, [])
    except csv.Error as error:
        raise InputError(f"{name} cannot be split into columns: {error}; check its quotes") from error
    if not header:
        raise InputError(f"{name} is empty; a table with a header line is needed")
    if len(header) == 1:
        _refuse_separator(name, text, sep)
    if len(first) == len(header) + 1:
        header = ["", *header]  # as R's write.table does: no name over the row names
    try:
        body = pd.read_csv(
            io.StringIO(text, newline=""), sep=sep, header=None, skiprows=1, low_memory=False,
            names=list(range(len(header))), index_col=False, dtype={0: str}, on_bad_lines="error",
            skip_blank_lines=True,
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        body = pd.DataFrame(columns=range(len(header)))
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise InputError(
            f"{name}: rows and header do not fit each other ({reason}); check separators and quotes"
        ) from error
    body.columns = pd.Index([field.strip() for field in header])
    return body


def _refuse_separator(name: str, text: str, sep: str) -> None:
    line = text.split("\n", 1)[0]
    counts = {other: line.count(other) for other in _SEPARATORS if other != sep}
    likely = max(counts, key=lambda other: counts[other])
    if counts[likely] > 0:
        raise TableError(
            f"{name} has one column when split at each {_SEPARATORS.get(sep, repr(sep))} but {counts[likely] + 1} when "
            f"split at each {_SEPARATORS[likely]}",
            next_step="give the right separator, or the ending .csv for commas and .tsv for tabs",
        )
    raise TableError(f"{name} has a single column", next_step="give names in the first column and values beside them")


def _check_file(path: Path, max_bytes: int) -> None:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path")
    if not path.is_file():
        raise InputError(f"{path} is no file; give one table")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path.name} is empty (0 bytes); export it again")
    if size > max_bytes:
        raise InputError(f"{path.name} has {size:,} bytes, more than the {max_bytes:,} that are read; cut it down")


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path.name} cannot be read as parquet: {reason}; write it again") from error
    if isinstance(table.index, pd.RangeIndex):
        return table
    named = table.index.name if table.index.name is not None else ""
    first = pd.Series(table.index, index=table.index)
    rest = table.set_axis(range(1, table.shape[1] + 1), axis=1)
    rest.insert(0, 0, first)
    return rest.set_axis([named, *table.columns], axis=1).reset_index(drop=True)


def read_matrix(path: Path, *, sep: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> pd.DataFrame:
    """Read an expression matrix: the first column (or the observations of an .h5ad file) names the lines.

    Parameters, returns and errors as `read_table`; besides, ``.h5ad`` needs the ``anndata`` extra. The result's index
    is text; genes written ``SYMBOL (ENTREZ)``, as DepMap does, become ``SYMBOL``.
    """
    if path.suffix == ".h5ad":
        return _read_h5ad(path, max_bytes)
    return as_matrix(read_table(path, sep=sep, max_bytes=max_bytes), path.name)


def as_matrix(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Use the first column as line names.

    Raises
    ------
    InputError
        The first column holds numbers (then the names are missing), or there is no other column.
    """
    import pandas as pd

    if table.shape[1] < 2:
        raise TableError(f"{name} has a single column", next_step="give line names in the first column, genes beside")
    first = table.iloc[:, 0]
    if pd.api.types.is_float_dtype(first) and first.notna().any():
        raise TableError(
            f"{name}: the first column holds numbers, not line names",
            where=some(first.head(3)),
            next_step="put the cell lines' names into the first column",
        )
    matrix = table.iloc[:, 1:]
    genes = matrix.columns.astype(str).str.replace(r"^([^\s()]+) \(\d+\)$", r"\1", regex=True)
    return matrix.set_axis(genes, axis=1).set_axis(pd.Index(first.astype(str), name="line"), axis=0)


def _read_h5ad(path: Path, max_bytes: int) -> pd.DataFrame:
    import pandas as pd

    _check_file(path, max_bytes)
    reader = _anndata_reader()
    try:
        data = reader(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path.name} cannot be read as AnnData: {reason}; write it again") from error
    values = data.X
    if values is None:
        raise InputError(f"{path.name} holds no matrix in X; put the log expression there")
    rows, columns = data.shape
    if rows * columns * 8 > max_bytes:
        raise InputError(f"{path.name} is {rows:,} x {columns:,}, too large to unpack; is it single cells? use lines")
    dense = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    index = pd.Index(data.obs_names.astype(str), name="line")
    return pd.DataFrame(dense, index=index, columns=data.var_names.astype(str))


def _anndata_reader() -> Callable[[Path], Any]:
    try:
        reader: Callable[[Path], Any] = importlib.import_module("anndata").read_h5ad
    except ImportError as error:
        raise InputError(f"reading .h5ad files needs anndata; install it with: {_ANNDATA_INSTALL}") from error
    return reader


def read_symbols(path: Path) -> frozenset[str]:
    """Gene symbols out of a text file, one a line.

    Raises
    ------
    InputError
        The file is missing, no UTF-8 text, or empty.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    symbols = frozenset(line.strip() for line in text.splitlines() if line.strip())
    if not symbols:
        raise InputError(f"{path.name} holds no symbol; put one on each line")
    return symbols

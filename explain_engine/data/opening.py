"""Open the fetched GDSC tables as a dataset for one drug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.data.dataset import ResponseDataset, ResponseKind
from explain_engine.data.door import build_dataset
from explain_engine.data.drugs import DrugMatch, ScreenEntry, match_drug
from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
from explain_engine.data.gdsc import SCREENS
from explain_engine.data.manifest import verified
from explain_engine.data.response import ResponseTable
from explain_engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def screen_file(screen: str) -> str:
    """File of a screen's response table; ``GDSC2`` or ``GDSC1`` in any case.

    Raises
    ------
    InputError
        Another screen.
    """
    if screen.upper() not in SCREENS:
        raise InputError(f"unknown screen {screen!r}; the fetched data hold {' and '.join(SCREENS)}")
    return f"response_{screen.lower()}.parquet"


def screen_entries(folder: Path, screen: str = "GDSC2") -> tuple[ScreenEntry, ...]:
    """All entries of a screen, in the order of the table.

    Parameters
    ----------
    folder
        The workspace's data folder.
    screen
        ``GDSC2`` or ``GDSC1``.

    Raises
    ------
    DataUnavailableError
        Nothing fetched, or the table is damaged.
    InputError
        Unknown screen.
    """
    import pandas as pd

    path, _ = verified(folder / GDSC_FOLDER, screen_file(screen), command=FETCH_COMMAND)
    table = pd.read_parquet(path, columns=["drug", "repeat"])
    sizes = table.groupby(["drug", "repeat"], sort=False).size().rename("n").reset_index()
    rows = zip(sizes["drug"], sizes["repeat"], sizes["n"], strict=True)
    return tuple(ScreenEntry(drug=str(drug), repeat=int(repeat), n_lines=int(n)) for drug, repeat, n in rows)


def find_drug(
    folder: Path,
    name_or_id: str | int,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    ids: Mapping[int, str] | None = None,
    *,
    screen: str = "GDSC2",
) -> DrugMatch:
    """The entry of a screen that a name, synonym or id means; see `explain_engine.data.drugs.match_drug`."""
    entries = screen_entries(folder, screen)
    own = _own_ids(folder, screen)
    return match_drug(str(name_or_id), entries, screen=screen.upper(), synonyms=synonyms, ids=own or ids)


def _own_ids(folder: Path, screen: str) -> dict[int, str]:
    """Drug ids that the response table itself has (the official files do, the package carrier's do not)."""
    import pandas as pd
    import pyarrow.parquet as pq

    path = folder / GDSC_FOLDER / screen_file(screen)
    if "drug_id" not in pq.read_schema(path).names:
        return {}
    pairs = pd.read_parquet(path, columns=["drug_id", "drug"]).drop_duplicates()
    return {int(number): str(drug) for number, drug in zip(pairs["drug_id"], pairs["drug"], strict=True)}


def open_expression(folder: Path) -> pd.DataFrame:
    """Fetched expression, lines x genes, float32.

    Raises
    ------
    DataUnavailableError
        Nothing fetched, or the table is damaged.
    """
    import pandas as pd

    path, _ = verified(folder / GDSC_FOLDER, "expression.parquet", command=FETCH_COMMAND)
    return pd.read_parquet(path)


def open_dataset(
    folder: Path,
    drug: str | int | DrugMatch,
    *,
    screen: str = "GDSC2",
    kind: ResponseKind = "ln_ic50",
    synonyms: Mapping[str, Sequence[str]] | None = None,
    ids: Mapping[int, str] | None = None,
    expression: pd.DataFrame | None = None,
    rename: Mapping[str, str] | None = None,
) -> ResponseDataset:
    """Expression, response and lineage for one drug out of the fetched tables.

    Parameters
    ----------
    folder
        The workspace's data folder (the parent of ``gdsc``).
    drug
        Name, synonym, id or a match of `find_drug` (whose screen then counts).
    screen
        ``GDSC2`` or ``GDSC1``.
    kind
        ``ln_ic50`` (ln uM) or ``auc`` (0-1); in both a lower value means a more sensitive line.
    synonyms, ids
        See `find_drug`.
    expression
        The table of `open_expression`, to be reused when many drugs are opened in turn.
    rename
        Gene symbols to change, source symbol -> symbol; must stay one to one. Counted in the report's notes.

    Returns
    -------
    ResponseDataset
        All lines that have both; `unmapped` lists the others.

    Raises
    ------
    DataUnavailableError
        Nothing fetched, or a table is damaged.
    InputError
        Unknown or ambiguous drug, unknown screen or kind, fewer than 60 lines.
    """
    import pandas as pd

    match = drug if isinstance(drug, DrugMatch) else find_drug(folder, drug, synonyms, ids, screen=screen)
    if kind not in ("ln_ic50", "auc"):
        raise InputError(f"unknown kind of response {kind!r}; one of ln_ic50, auc")
    gdsc = folder / GDSC_FOLDER
    path, response_entry = verified(gdsc, screen_file(match.screen), command=FETCH_COMMAND)
    wanted = [("drug", "==", match.drug), ("repeat", "==", match.repeat)]
    rows = pd.read_parquet(path, columns=["line", kind], filters=wanted)
    lines_path, lines_entry = verified(gdsc, "lines.parquet", command=FETCH_COMMAND)
    matrix_path, matrix_entry = verified(gdsc, "expression.parquet", command=FETCH_COMMAND)
    matrix = pd.read_parquet(matrix_path) if expression is None else expression
    notes = (match.note,) if match.note else ()
    if rename:
        renamed = sum(gene in rename for gene in matrix.columns)
        matrix = matrix.rename(columns=dict(rename))
        notes = (*notes, f"{renamed} gene symbols were replaced by the caller's table")
    return build_dataset(
        matrix,
        rows.set_index("line")[kind],
        drug=match.drug,
        drug_id=match.drug_id,
        screen=match.screen,
        kind=kind,
        lineage=pd.read_parquet(lines_path, columns=["tissue"])["tissue"],
        sources={entry.file: entry.sha256 for entry in (matrix_entry, response_entry, lines_entry)},
        notes=notes,
    )


def open_own_response(
    folder: Path,
    table: ResponseTable,
    drug: str,
    *,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    expression: pd.DataFrame | None = None,
) -> ResponseDataset:
    """Fetched expression with the response of another table: a second screen for replication, or the user's own.

    Parameters
    ----------
    folder, synonyms, expression
        See `open_dataset`.
    table
        From `explain_engine.data.response.open_response_table`; its lines may be spelled in another way.
    drug
        Name or synonym.

    Raises
    ------
    DataUnavailableError
        Nothing fetched, or a table is damaged.
    InputError
        Unknown drug, lines that would merge, or anything the door refuses.
    """
    import pandas as pd

    gdsc = folder / GDSC_FOLDER
    lines_path, lines_entry = verified(gdsc, "lines.parquet", command=FETCH_COMMAND)
    matrix_path, matrix_entry = verified(gdsc, "expression.parquet", command=FETCH_COMMAND)
    matrix = pd.read_parquet(matrix_path) if expression is None else expression
    response = table.spelled_as(list(matrix.index)).of(drug, synonyms=synonyms)
    sources = {entry.file: entry.sha256 for entry in (matrix_entry, lines_entry)}
    return build_dataset(
        matrix,
        response,
        drug=str(response.name),
        screen=table.name,
        kind=table.kind,
        lineage=pd.read_parquet(lines_path, columns=["tissue"])["tissue"],
        sources={**sources, table.name: table.source_sha256},
        notes=table.notes,
    )

"""Names of the screened cell lines, handed from the data to the knowledge base."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
from explain_engine.data.manifest import verified
from knowledge.files import write_text
from knowledge.ids.carriers import NAMES_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from agent.workspace import Workspace

CELLS_FILE = "cells_gdsc.csv"


def hand_over_cell_names(workspace: Workspace) -> Path | None:
    """Write the fetched screen's cell lines as a name table of the knowledge base.

    Returns
    -------
    Path or None
        The table; None where no screen was fetched.

    Raises
    ------
    DataUnavailableError
        The fetched table of lines is damaged.
    """
    import pandas as pd

    gdsc = workspace.data / GDSC_FOLDER
    if not (gdsc / "lines.parquet").exists():
        return None
    path, _ = verified(gdsc, "lines.parquet", command=FETCH_COMMAND)
    lines = pd.read_parquet(path)
    known = lines["cosmic_id"].astype("string").fillna("") if "cosmic_id" in lines else pd.Series("", index=lines.index)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("cell_line", "cosmic_id"))
    table.writerows(sorted(zip(map(str, lines.index), map(str, known), strict=True)))
    target = workspace.knowledge / NAMES_FOLDER / CELLS_FILE
    write_text(target, text.getvalue())
    return target

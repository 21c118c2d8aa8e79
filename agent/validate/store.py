"""Per-drug results as files: named by what they were made of, written in one step, re-used."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.records import Record
from agent.validate.methods import costly_tag
from agent.workspace import write_atomic
from explain_engine.stability.records import Verdict
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    import pandas as pd

    from explain_engine.settings import ExplainSettings

RESULT_SCHEMA = 1


class DrugRun(Record):
    """What was computed for one drug, before any gold standard is looked at.

    Attributes
    ----------
    key
        Digest of data, settings and methods; names the folder.
    bundle
        Key of the explanation in the workspace.
    spearman, tissue_spearman, gain, gain_low
        Out-of-bag Spearman of the model and of the tissue mean, and the share of the tissue mean's error that the
        model takes away with the lower end of its interval; None where there is one tissue.
    genes, lines
        SHA-256 of the tables beside it. Genes: one row a gene, one score a ranking, effects, groups. Lines: response,
        tissue.
    verdicts
        Verdict on each annotated target, by the rules of the engine (no null was run).
    seconds
        Step -> CPU seconds.
    refused
        Why nothing could be computed; None where it could.
    """

    schema_version: int = RESULT_SCHEMA
    key: str
    drug: str
    n_lines: int
    n_genes: int = 0
    bundle: str = ""
    spearman: float | None = None
    tissue_spearman: float | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    genes: str = ""
    lines: str = ""
    verdicts: tuple[Verdict, ...] = ()
    seconds: dict[str, float] = {}
    refused: str | None = None


def run_key(
    settings: ExplainSettings, *, screen: str, kind: str, files: dict[str, str], methods: tuple[str, ...]
) -> str:
    """Digest of everything that decides about per-drug numbers, the engine's revision included."""
    from explain_engine.bundle import SCHEMA_VERSION
    from explain_engine.engine import REVISION

    content = [
        RESULT_SCHEMA,
        SCHEMA_VERSION,
        REVISION,
        screen,
        kind,
        sorted(files.items()),
        methods,
        settings.model_dump(mode="json"),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


class Results:
    """The folder of one key.

    Parameters
    ----------
    root
        The workspace's folder for validation.
    key
        From `run_key`.
    """

    def __init__(self, root: Path, key: str) -> None:
        self.folder = root / key
        self.key = key

    def load(self, drug: str) -> DrugRun | None:
        """The result of a drug if it is there and whole, else None."""
        path = self._path(drug, "json")
        try:
            run = DrugRun.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None
        if run.key != self.key or run.schema_version != RESULT_SCHEMA or run.drug != drug:
            return None
        if run.refused is None and not (
            self._whole(drug, "genes", run.genes) and self._whole(drug, "lines", run.lines)
        ):
            return None
        return run

    def save(self, run: DrugRun, genes: pd.DataFrame | None, lines: pd.DataFrame | None) -> DrugRun:
        """Write the tables, then the record that names their digests: a record on disk means a whole result."""
        hashes = {}
        for name, table in (("genes", genes), ("lines", lines)):
            if table is not None:
                hashes[name] = self._write(run.drug, name, table)
        whole = run.model_copy(update=hashes)
        write_atomic(self._path(run.drug, "json"), whole.model_dump_json(indent=1) + "\n")
        return whole

    def table(self, run: DrugRun, name: str) -> pd.DataFrame:
        """One of the tables of a whole result: ``genes`` or ``lines``."""
        import pandas as pd

        return pd.read_parquet(self._path(run.drug, f"{name}.parquet"))

    def save_costly(self, drug: str, method: str, scores: pd.Series[float]) -> None:
        """Write the scores of a costly baseline, indexed by gene, in one step."""
        self._write(drug, costly_tag(method), scores.rename(method).to_frame())

    def costly(self, drug: str, method: str) -> pd.Series[float] | None:
        """Scores of a costly baseline by gene; None where they were not computed."""
        import pandas as pd

        path = self._path(drug, f"{costly_tag(method)}.parquet")
        if not path.is_file():
            return None
        return pd.read_parquet(path)[method]

    def _write(self, drug: str, name: str, table: pd.DataFrame) -> str:
        buffer = io.BytesIO()
        table.to_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        path = self._path(drug, f"{name}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(scratch).replace(path)
        finally:
            Path(scratch).unlink(missing_ok=True)
        return hashlib.sha256(content).hexdigest()

    def _whole(self, drug: str, name: str, digest: str) -> bool:
        try:
            content = self._path(drug, f"{name}.parquet").read_bytes()
        except OSError:
            return False
        return hashlib.sha256(content).hexdigest() == digest

    def _path(self, drug: str, ending: str) -> Path:
        # The digest keeps apart names that differ in signs only.
        word = f"{name_key(drug)}-{hashlib.sha256(drug.encode()).hexdigest()[:6]}"
        return self.folder / f"{word}.{ending}"

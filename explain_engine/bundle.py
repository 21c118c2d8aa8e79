"""ExplanationBundle: the one thing that leaves the engine, and how it is kept on disk."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from explain_engine.attribution.result import Attribution
from explain_engine.data.dataset import ResponseKind, UnmappedReport
from explain_engine.errors import BundleError
from explain_engine.interactions.records import InteractionSet
from explain_engine.modules.records import Module
from explain_engine.predict.report import FitReport
from explain_engine.record import Record
from explain_engine.rules.records import Counterfactual, Rule
from explain_engine.stability.records import NullReport, Replication, StabilityReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

SCHEMA_VERSION = 1
_MANIFEST = "bundle.json"


class ExplanationBundle(Record):
    """Everything computed for one drug in one screen.

    Attributes
    ----------
    revision
        Revision of the method (`engine.REVISION`); 0 where the bundle is older than this field.
    key
        Digest of the inputs: dataset, settings, schema version, revision. Names the bundle's folder.
    drug, drug_id, screen, kind
        What was explained; `kind` is the response and fixes its unit.
    dataset_digest, sources
        What it was computed from.
    settings, versions
        Every setting (seeds included) and the versions of the numerical libraries.
    fit, attribution, unmapped
        Always there.
    stability, null, interactions, modules, rules, counterfactuals, verdicts, replication
        None where that part was not run, empty where it was run and found nothing.
    arrays
        Name of each parquet table beside the manifest -> SHA-256 of its bytes: ``genes`` (whole ranking),
        ``lines`` (y, out-of-bag prediction, lineage), ``phi`` (lines x genes, out-of-bag attributions).
    """

    schema_version: int = SCHEMA_VERSION
    revision: int = 0
    key: str
    drug: str
    drug_id: int | None
    screen: str
    kind: ResponseKind
    dataset_digest: str
    sources: dict[str, str]
    settings: dict[str, float | int | str | bool | None]
    versions: dict[str, str]
    unmapped: UnmappedReport
    fit: FitReport
    attribution: Attribution
    stability: StabilityReport | None = None
    null: NullReport | None = None
    interactions: InteractionSet | None = None
    modules: tuple[Module, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    counterfactuals: tuple[Counterfactual, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    replication: tuple[Replication, ...] | None = None
    arrays: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """SHA-256 over the whole content, arrays included by their hashes."""
        return hashlib.sha256(_canonical(self.model_dump(mode="json"))).hexdigest()

    def save(self, root: Path, arrays: Mapping[str, pd.DataFrame]) -> ExplanationBundle:
        """Write the bundle to ``root/<key>/`` in one step and return it with the array hashes filled in.

        A killed writer leaves only a temporary folder, never a half-written bundle.
        """
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=root))
        try:
            hashes = {}
            for name, table in arrays.items():
                path = scratch / f"{name}.parquet"
                table.to_parquet(path)
                hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            whole = self.model_copy(update={"arrays": hashes})
            (scratch / _MANIFEST).write_text(
                json.dumps({"digest": whole.digest, "bundle": whole.model_dump(mode="json")}, indent=1)
            )
            _move_in(scratch, root / self.key, whole)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return whole

    @classmethod
    def load(cls, folder: Path) -> ExplanationBundle:
        """Read a bundle and check its digest.

        Raises
        ------
        BundleError
            If the folder holds no whole bundle of this schema.
        """
        path = folder / _MANIFEST
        try:
            raw = json.loads(path.read_text())
            version = raw["bundle"]["schema_version"]
            if version != SCHEMA_VERSION:
                raise BundleError(f"{path}: schema {version!r}, this version reads {SCHEMA_VERSION}; run explain again")
            stated = raw["digest"]
            bundle = cls.model_validate(raw["bundle"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise BundleError(
                f"{path}: not a whole bundle ({error}); delete the folder and run explain again"
            ) from error
        # Of the content as written: fields that later versions add, with their defaults, do not make it foreign.
        if hashlib.sha256(_canonical(raw["bundle"])).hexdigest() != stated:
            raise BundleError(f"{path}: content does not match its digest; delete the folder and run explain again")
        return bundle

    def array(self, folder: Path, name: str) -> pd.DataFrame:
        """Read one of the tables beside the manifest and check its hash.

        Raises
        ------
        BundleError
            If the table is missing or its bytes have changed.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = folder / f"{name}.parquet"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error}); run explain again") from error
        if hashlib.sha256(data).hexdigest() != self.arrays.get(name):
            raise BundleError(f"{path}: bytes do not match the bundle; delete the folder and run explain again")
        # On this thread alone, and without the search for partitions that pandas makes: half the time for small tables.
        table: pd.DataFrame = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False).to_pandas(use_threads=False)
        return table


def _move_in(scratch: Path, target: Path, bundle: ExplanationBundle) -> None:
    """Put a finished folder under its name; what is there already and whole stays, as others may be reading it."""
    if target.exists():
        if _is_whole(target, bundle):
            return
        # Moved away whole and removed after: a reader never meets half of a bundle under its name.
        target.replace(scratch.with_name(f"{scratch.name}-was"))
    try:
        scratch.replace(target)
    except OSError:
        # Another process was quicker; equal inputs made equal content.
        if not _is_whole(target, bundle):
            raise
    finally:
        shutil.rmtree(scratch.with_name(f"{scratch.name}-was"), ignore_errors=True)


def _is_whole(folder: Path, bundle: ExplanationBundle) -> bool:
    """Whether a folder holds this very bundle with all its tables."""
    try:
        if ExplanationBundle.load(folder).digest != bundle.digest:
            return False
        return all(
            hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() == found
            for name, found in bundle.arrays.items()
        )
    except (BundleError, OSError):
        return False


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

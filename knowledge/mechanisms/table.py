"""A user's own table of mechanisms, checked at the door."""

from __future__ import annotations

import csv
from pathlib import Path

from pydantic import ValidationError

from knowledge.documents import sha256
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism
from knowledge.sources.model import Refusal, SourceBatch

REQUIRED = ("drug", "entity", "relation")
_DEFAULTS = {
    "entity_kind": "gene",
    "alteration": "none",
    "direction": "not_stated",
    "context": "not stated",
    "level": "curated",
    "source": "user table",
}


def read_mechanism_table(path: Path) -> SourceBatch:
    """Read mechanisms from CSV or TSV, one fact a row.

    Columns: ``drug``, ``entity`` and ``relation`` are needed; ``entity_kind``, ``alteration``, ``direction``,
    ``context``, ``summary``, ``level``, ``source``, ``record_id``, ``pmid`` and ``id`` may be left out or empty. The
    allowed values are those of `KnownMechanism`. A bad row is refused with its line and reason; the rest is read.

    Raises
    ------
    InputError
        The file is absent, a needed column is missing, or an unknown one is there (a misspelt column would be lost).
    """
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    facts: dict[str, KnownMechanism] = {}
    refused: list[Refusal] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            header = list(reader.fieldnames or [])
            if missing := [name for name in REQUIRED if name not in header]:
                raise InputError(
                    f"{str(path)!r} has no column {', '.join(missing)}; it has: {', '.join(header) or 'nothing'}"
                )
            if unknown := [name for name in header if name not in KnownMechanism.model_fields]:
                raise InputError(
                    f"{str(path)!r} has unknown column {', '.join(map(repr, unknown))}; "
                    f"known: {', '.join(KnownMechanism.model_fields)}"
                )
            for line, row in enumerate(reader, start=2):
                where = f"{path.name} line {line}"
                try:
                    fact = _fact(row, path.name)
                except ValidationError as error:
                    reason = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
                    refused.append(Refusal(where=where, reason=reason))
                    continue
                except ValueError as error:
                    refused.append(Refusal(where=where, reason=str(error)))
                    continue
                if fact.id in facts and facts[fact.id] != fact:
                    refused.append(Refusal(where=where, reason=f"the id {fact.id!r} is taken by an earlier row"))
                else:
                    facts[fact.id] = fact
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(path)!r} is no table of UTF-8 text: {error}") from error
    return SourceBatch(mechanisms=tuple(facts.values()), refused=tuple(refused))


def _fact(row: dict[str, str | None], file: str) -> KnownMechanism:
    if None in row:
        raise ValueError("more cells than columns")
    given = {key: value.strip() for key, value in row.items() if value is not None and value.strip()}
    if empty := [name for name in REQUIRED if name not in given]:
        raise ValueError(f"{', '.join(empty)} is empty")
    if "pmid" in given and not given["pmid"].isdigit():
        raise ValueError(f"pmid {given['pmid']!r} is not a number")
    fields = _DEFAULTS | given
    own = sha256("\t".join(fields.get(name, "") for name in sorted(fields)))[:12]
    fields.setdefault("id", f"user:{own}")
    fields.setdefault("record_id", f"pmid:{given['pmid']}" if "pmid" in given else f"file:{file}")
    fields.setdefault("summary", f"{given['drug']}: {given['entity']} ({given['relation']}), as given by the user.")
    return KnownMechanism.model_validate(fields)

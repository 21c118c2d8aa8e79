"""Files of the user's own: JSON lines, RIS, BibTeX, PDF and plain text."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.documents import Document, sha256
from knowledge.errors import InputError
from knowledge.sources.civic import read_civic_export
from knowledge.sources.model import Refusal, SourceBatch

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_TEXT_CHARS = 2_000_000
MAX_PDF_BYTES = 64 * 1024 * 1024
MAX_PDF_PAGES = 1_000
_FIELDS = frozenset(Document.model_fields)


def read_file(path: Path) -> SourceBatch:
    """Read one file by its ending.

    ``.jsonl``/``.jsonl.gz`` (one document a line), ``.ris``, ``.bib``, ``.pdf``, ``.txt``/``.md`` (one note),
    ``.tsv`` (CIViC export).

    Raises
    ------
    InputError
        The file is absent, too large or of no known kind.
    """
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_FILE_BYTES // 2**20} MiB; split it")
    name = path.name.lower()
    reader = next((read for ending, read in _READERS.items() if name.endswith(ending)), None)
    if reader is None:
        raise InputError(f"{path.name!r} has an ending that is not read here; known: {', '.join(_READERS)}")
    return reader(path)


def document_from(row: dict[str, Any]) -> Document:
    """A document from a loose record: its known fields, and nothing made up for those that are absent.

    Raises
    ------
    ValueError
        It has no id or no text, or a field is of the wrong kind.
    """
    known = {key: value for key, value in row.items() if key in _FIELDS and value is not None}
    text = known.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text")
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"the text has {len(text)} characters; at most {MAX_TEXT_CHARS}")
    known.setdefault("id", f"file:{sha256(text)[:16]}")
    known.setdefault("kind", "note")
    known.setdefault("source", "local file")
    for field in ("drugs", "genes"):
        if isinstance(known.get(field), list):
            known[field] = tuple(known[field])
    for field in ("pmid", "doi"):
        if isinstance(known.get(field), int):
            known[field] = str(known[field])
    return Document.model_validate(known)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    total = 0
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            total += len(line)
            # A small archive may unpack without end: the bound is on what comes out.
            if total > MAX_FILE_BYTES:
                raise InputError(f"{str(path)!r} unpacks to more than {MAX_FILE_BYTES // 2**20} MiB; split it")
            if len(line) > MAX_LINE_BYTES:
                raise InputError(f"{str(path)!r} line {number} is longer than {MAX_LINE_BYTES // 2**20} MiB")
            yield number, line


def read_jsonl(path: Path) -> SourceBatch:
    """Read documents, one JSON object a line; fields that a document does not have are left aside.

    A bad line is refused with its number and reason; the rest is read.
    """
    documents: list[Document] = []
    refused: list[Refusal] = []
    try:
        for number, line in _lines(path):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("not a JSON object")
                documents.append(document_from(row))
            except ValidationError as error:
                fault = error.errors()[0]
                reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                refused.append(Refusal(where=f"{path.name} line {number}", reason=reason))
            except (ValueError, RecursionError) as error:
                refused.append(Refusal(where=f"{path.name} line {number}", reason=str(error)[:200]))
    except (OSError, EOFError, zlib.error) as error:
        # A cut-off archive: what came before the damage is whole and is kept.
        refused.append(Refusal(where=path.name, reason=f"the file breaks off: {error}"))
    return SourceBatch(documents=tuple(documents), refused=tuple(refused))


def _reference(entry: dict[str, Any], where: str) -> Document:
    """A document from fields with common names (title, abstract, year, journal, doi, pmid, url)."""
    abstract = " ".join(str(entry.get("abstract") or "").split())
    if not abstract:
        raise ValueError("no abstract")
    doi = str(entry.get("doi") or "").strip().removeprefix("https://doi.org/") or None
    pmid = str(entry.get("pmid") or "").strip() or None
    if pmid is not None and not pmid.isdigit():
        raise ValueError(f"{pmid!r} is not a PMID")
    year = str(entry.get("year") or "").strip()[:4]
    own = f"pmid:{pmid}" if pmid else f"doi:{doi.lower()}" if doi else f"file:{sha256(where + abstract)[:16]}"
    return Document(
        id=own,
        text=abstract,
        kind="abstract",
        source="reference list",
        title=" ".join(str(entry.get("title") or "").split()) or None,
        pmid=pmid,
        doi=doi,
        year=int(year) if year.isdigit() else None,
        journal=str(entry.get("journal") or "").strip() or None,
        url=str(entry.get("url") or "").strip() or None,
    )


def _references(path: Path, entries: list[tuple[str, dict[str, Any]]]) -> SourceBatch:
    documents: list[Document] = []
    refused: list[Refusal] = []
    for where, entry in entries:
        try:
            documents.append(_reference(entry, path.name))
        except ValueError as error:
            refused.append(Refusal(where=f"{path.name} {where}", reason=str(error)[:200]))
    return SourceBatch(documents=tuple(documents), refused=tuple(refused))


def read_ris(path: Path) -> SourceBatch:
    """Read the references of a RIS file that carry an abstract; the others are listed as refused."""
    import rispy

    try:
        entries = rispy.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is no RIS file: {error}") from error
    found = []
    for number, entry in enumerate(entries, start=1):
        urls = entry.get("urls") or [entry.get("url")]
        pubmed = entry.get("accession_number") if str(entry.get("name_of_database", "")).lower() == "pubmed" else None
        fields = {
            "title": entry.get("title") or entry.get("primary_title"),
            "abstract": entry.get("abstract") or entry.get("notes_abstract"),
            "year": entry.get("year") or entry.get("publication_year"),
            "journal": entry.get("journal_name") or entry.get("secondary_title") or entry.get("alternate_title3"),
            "doi": entry.get("doi"),
            "url": urls[0],
            "pmid": pubmed,
        }
        found.append((f"reference {number}", fields))
    return _references(path, found)


def read_bibtex(path: Path) -> SourceBatch:
    """Read the entries of a BibTeX file that carry an abstract; the others are listed as refused."""
    import bibtexparser

    try:
        library = bibtexparser.parse_string(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{str(path)!r} is no BibTeX file: {error}") from error
    found = []
    for entry in library.entries:
        fields = {field.key.lower(): str(field.value).strip("{} ") for field in entry.fields}
        found.append((f"entry {entry.key!r}", fields))
    batch = _references(path, found)
    broken = tuple(
        Refusal(where=f"{path.name} line {block.start_line}", reason="not a BibTeX entry")
        for block in library.failed_blocks
    )
    return SourceBatch(documents=batch.documents, refused=batch.refused + broken)


def read_pdf(path: Path) -> SourceBatch:
    """Read the text of a PDF as one document whose pages stand apart by form feeds, so that page numbers are kept.

    Its title is what the file states, its year is absent (a PDF's dates are not publication dates).

    Raises
    ------
    InputError
        It is too large, encrypted, damaged or holds no text (a scan).
    """
    import pypdf
    from pypdf.errors import PyPdfError

    if path.stat().st_size > MAX_PDF_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_PDF_BYTES // 2**20} MiB")
    content = path.read_bytes()
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            raise InputError(f"{str(path)!r} is encrypted; save a copy without a password")
        if len(reader.pages) > MAX_PDF_PAGES:
            raise InputError(f"{str(path)!r} has {len(reader.pages)} pages; at most {MAX_PDF_PAGES} are read")
        pages = [page.extract_text() or "" for page in reader.pages]
        title = (reader.metadata.title if reader.metadata else None) or path.stem
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(path)!r} cannot be read as a PDF: {error}") from error
    text = "\f".join(page.replace("\f", " ") for page in pages)
    if not text.strip():
        raise InputError(f"{str(path)!r} holds no text (a scan?); run text recognition first")
    if len(text) > MAX_TEXT_CHARS:
        raise InputError(f"{str(path)!r} holds {len(text)} characters of text; at most {MAX_TEXT_CHARS} are read")
    import hashlib

    own = f"file:{hashlib.sha256(content).hexdigest()[:16]}"
    document = Document(id=own, text=text, kind="full_text", source=f"PDF {path.name}", title=str(title))
    empty = [number for number, page in enumerate(pages, start=1) if not page.strip()]
    notes = (f"{path.name}: no text on page {', '.join(map(str, empty))}",) if empty else ()
    return SourceBatch(documents=(document,), notes=notes)


def read_note(path: Path) -> SourceBatch:
    """Read a text file as one note."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 text: {error}") from error
    row = {"text": text, "title": path.stem, "source": f"file {path.name}", "id": f"file:{sha256(text)[:16]}"}
    try:
        return SourceBatch(documents=(document_from(row),))
    except ValueError as error:
        raise InputError(f"{str(path)!r}: {error}") from error


_READERS: dict[str, Callable[[Path], SourceBatch]] = {
    ".jsonl": read_jsonl,
    ".jsonl.gz": read_jsonl,
    ".ris": read_ris,
    ".bib": read_bibtex,
    ".pdf": read_pdf,
    ".txt": read_note,
    ".md": read_note,
    ".tsv": read_civic_export,
}

"""Gene sets from GMT files: tab-separated, one set a line, read exactly."""

from __future__ import annotations

from pathlib import Path

from explain_engine.errors import InputError

MAX_BYTES = 256 << 20


def load_gmt(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a GMT file.

    Each line is ``name <tab> description <tab> gene <tab> gene ...``. Only tabs separate: names and descriptions may
    hold blanks. Trailing empty fields are ignored, as spreadsheets write them; nothing else is.

    Returns
    -------
    dict
        Set name -> genes, in the order of the file.

    Raises
    ------
    InputError
        With the line's number: fewer than three fields, an empty name or gene, a gene twice in a set, a set twice, or
        no set at all; or a file that is missing, too large or no UTF-8.
    """
    return {name: genes for name, _, genes in _sets(_text(path), path.name)}


def gmt_descriptions(path: Path) -> dict[str, str]:
    """Second column of a GMT file (often an address): set name -> description; errors as `load_gmt`."""
    return {name: description for name, description, _ in _sets(_text(path), path.name)}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_BYTES:,} bytes; give a smaller collection")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _sets(text: str, file: str) -> list[tuple[str, str, tuple[str, ...]]]:
    result: list[tuple[str, str, tuple[str, ...]]] = []
    seen: dict[str, int] = {}
    # Only line feeds end a line (a carriage return before one is dropped): str.splitlines would also break at form
    # feeds and Unicode separators inside a description.
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not line.strip():
            continue
        where = f"{file}, line {number}"
        fields = line.split("\t")
        while len(fields) > 3 and fields[-1] == "":
            fields.pop()
        if len(fields) < 3:
            hint = "; fields must be separated by tabs, not blanks" if len(line.split()) >= 3 else ""
            raise InputError(f"{where}: {len(fields)} fields, a set needs name, description and genes{hint}")
        name, description, *genes = (field.strip() for field in fields)
        if not name:
            raise InputError(f"{where}: the set has no name; name it")
        if name in seen:
            raise InputError(f"{where}: the set {name!r} was already given in line {seen[name]}; keep one")
        if "" in genes:
            raise InputError(f"{where}: field {genes.index('') + 3} of {name!r} is empty; remove it")
        if len(set(genes)) != len(genes):
            twice = next(gene for gene in genes if genes.count(gene) > 1)
            raise InputError(f"{where}: {twice!r} is twice in {name!r}; keep one")
        seen[name] = number
        result.append((name, description, tuple(genes)))
    if not result:
        raise InputError(f"{file} holds no gene set; is it a GMT file?")
    return result

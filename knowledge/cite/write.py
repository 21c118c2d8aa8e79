"""Citations as BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from knowledge.cite.model import Citation

_BIBTEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tex(text: str) -> str:
    """`text` with everything that TeX would act on made literal."""
    return "".join(_BIBTEX.get(char, char) for char in _one_line(text))


def _url(text: str) -> str:
    """An address as BibTeX styles want it: verbatim, without characters that would end the field."""
    return _one_line(text).replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C").replace(" ", "%20")


def to_bibtex(citations: Iterable[Citation]) -> str:
    """BibTeX entries, one for each key; titles are braced twice, so that gene symbols keep their case."""
    entries = []
    for item in _distinct(citations):
        fields = [("title", f"{{{_tex(item.title)}}}")]
        if item.journal:
            fields.append(("journal", _tex(item.journal)))
        if item.year is not None:
            fields.append(("year", str(item.year)))
        if item.doi:
            fields.append(("doi", _url(item.doi)))
        if item.pmid:
            fields.append(("pmid", item.pmid))
        if item.url:
            fields.append(("url", _url(item.url)))
        if item.note:
            fields.append(("note", _tex(item.note)))
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields)
        entries.append(f"@{'article' if item.journal else 'misc'}{{{item.key},\n{body}\n}}\n")
    return "\n".join(entries)


def to_ris(citations: Iterable[Citation]) -> str:
    """RIS references; every value on one line, as the format demands."""
    blocks = []
    for item in _distinct(citations):
        lines = [("TY", "JOUR" if item.journal else "GEN"), ("ID", item.key), ("TI", item.title)]
        if item.journal:
            lines.append(("JO", item.journal))
        if item.year is not None:
            lines.append(("PY", str(item.year)))
        if item.doi:
            lines.append(("DO", item.doi))
        if item.pmid:
            lines += [("AN", item.pmid), ("DB", "PubMed")]
        if item.url:
            lines.append(("UR", item.url))
        if item.note:
            lines.append(("N1", item.note))
        blocks.append("".join(f"{tag}  - {_one_line(value)}\n" for tag, value in lines) + "ER  - \n")
    return "\n".join(blocks)


def to_csl(citations: Iterable[Citation]) -> list[dict[str, Any]]:
    """CSL-JSON items, ready for `json.dumps`."""
    items = []
    for item in _distinct(citations):
        entry: dict[str, Any] = {
            "id": item.key,
            "type": "article-journal" if item.journal else "document",
            "title": item.title,
        }
        if item.journal:
            entry["container-title"] = item.journal
        if item.year is not None:
            entry["issued"] = {"date-parts": [[item.year]]}
        optional = {"DOI": item.doi, "PMID": item.pmid, "URL": item.url, "note": item.note}
        items.append(entry | {name: value for name, value in optional.items() if value})
    return items


def to_csl_json(citations: Iterable[Citation]) -> str:
    """CSL-JSON text."""
    return json.dumps(to_csl(citations), indent=1, ensure_ascii=False) + "\n"


def _distinct(citations: Iterable[Citation]) -> list[Citation]:
    """Citations in order, each key once."""
    return list({item.key: item for item in citations}.values())

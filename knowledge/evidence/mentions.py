"""Where a passage names a drug or a gene, and which other drugs it names: exact spans, no registry needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

Span = tuple[int, int]

_CHUNK = re.compile(r"[A-Za-z]+|[0-9]+|[α-ωΑ-Ω]+")
_JOINT = r"[-\s/‐‑–]?"
# Endings of the international non-proprietary names of anticancer drugs, and development codes (ABT-199, GSK1120212).
_DRUG_LIKE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[A-Za-z]{2,}(?:[tfrlsmxvnbgc][iae]nib|fenib|[a-z]{2}mab|parib|ciclib|platin|taxel|rubicin|limus|lisib|sertib|citabine"
    r"|tecan|trexed|trexate|clax|degib|zomib|nostat|mustine|xifen|domide|estrant|trozole|mestane|lutamide|terone|toposide"
    r"|blastine|cristine|relbine|dasertib|serdemetan|afungin|mycin|fluorouracil|temozolomide|vedotin|deruxtecan)"
    r"|(?:ABT|AZD|BAY|BEZ|BGJ|BI|BKM|BLU|BMS|CEP|CHIR|CI|CP|EPZ|GDC|GNE|GS|GSK|INCB|JNJ|JQ|KU|LDK|LEE|LGK|LGX|LOXO|LY|MK|MLN"
    r"|NVP|OSI|PD|PF|PHA|PKC|PLX|RAF|RG|RO|SB|SCH|SGX|SNX|STI|TAE|TAK|TPX|VX|XL|ZM)-?[0-9]{2,7}[A-Z]?"
    r"|5-?FU|cisplatin|paclitaxel|docetaxel|rapamycin|herceptin|gleevec|iressa|tarceva|ATRA|AG-?1478"
    r")(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"[\s,/()+&]*(?:and/or|and|or|plus|as well as|nor)?[\s,/()]*(?:the\s)?\Z")


@lru_cache(maxsize=4096)
def name_pattern(name: str, *, gene: bool = False) -> re.Pattern[str] | None:
    """Pattern that finds `name` across hyphens, blanks and slashes, never inside a longer word.

    Genes spelt with letters only must start with a capital, so that the verb "met" is not the gene MET; other names
    match whatever their case. None for names without letters or digits.
    """
    chunks = _CHUNK.findall(name)
    if not chunks:
        return None
    body = _JOINT.join(map(re.escape, chunks))
    if gene and name.isalpha():
        first = re.escape(name[0].upper())
        body = first + "".join(f"[{c.upper()}{c.lower()}]" for c in name[1:])
        return re.compile(rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])")
    return re.compile(rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])", re.IGNORECASE)


def find_names(text: str, names: Iterable[str], *, gene: bool = False) -> list[Span]:
    """Spans in `text` of any of `names`, ordered, overlapping ones merged into the longer."""
    found: list[Span] = []
    for name in names:
        pattern = name_pattern(name, gene=gene)
        if pattern is not None:
            found.extend(match.span() for match in pattern.finditer(text))
    found.sort(key=lambda span: (span[0], -span[1]))
    kept: list[Span] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def other_drugs(text: str, own: Sequence[Span]) -> list[Span]:
    """Spans of words that look like drug names and do not overlap `own`."""
    return [
        match.span()
        for match in _DRUG_LIKE.finditer(text)
        if all(match.end() <= start or match.start() >= end for start, end in own)
    ]


def drug_groups(text: str, own: Sequence[Span], others: Sequence[Span]) -> list[tuple[Span, bool]]:
    """Runs of drugs that one word can speak of together ("gefitinib, erlotinib and afatinib").

    Returns
    -------
    list of (span, own)
        Span from the first to the last drug of the run; `own` is True when one of them is ours.
    """
    marks = sorted([(*span, True) for span in own] + [(*span, False) for span in others])
    groups: list[tuple[Span, bool]] = []
    for start, end, ours in marks:
        if groups and _LIST_GAP.fullmatch(text[groups[-1][0][1] : start]):
            (low, _), had = groups[-1]
            groups[-1] = ((low, end), had or ours)
        else:
            groups.append(((start, end), ours))
    return groups

"""Europe PMC: cursor-paged search over abstracts."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from knowledge.documents import Document
from knowledge.errors import InputError, SourceError
from knowledge.sources.http import Fetcher
from knowledge.sources.model import Refusal, SourceBatch

BASE = "https://www.ebi.ac.uk/europepmc/webservices/rest"
_PAGE = 100
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"</?(?:h\d|p|br|title|sec)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class EuropePMC:
    """The Articles RESTful API.

    Attributes
    ----------
    fetcher
        How it is asked.
    base
        Address of the service or of a mirror.
    """

    fetcher: Fetcher
    base: str = BASE

    def search(self, query: str, limit: int = 200) -> SourceBatch:
        """Records that match `query`, at most `limit`.

        The last page of this service repeats the cursor; a cursor seen before ends the harvest.

        Raises
        ------
        InputError
            Empty query or a limit below 1.
        SourceError
            The service failed.
        """
        if not query.strip():
            raise InputError("the Europe PMC query is empty")
        if limit < 1:
            raise InputError(f"limit is {limit}; give at least 1")
        documents: dict[str, Document] = {}
        refused: list[Refusal] = []
        cursor, seen, taken = "*", set[str](), 0
        while cursor not in seen and taken < limit:
            seen.add(cursor)
            params = {
                "query": query,
                "resultType": "core",
                "format": "json",
                "pageSize": str(_PAGE),
                "cursorMark": cursor,
            }
            answer = self.fetcher.json(f"{self.base}/search", params)
            if not isinstance(answer, dict) or "resultList" not in answer:
                raise SourceError(f"Europe PMC answered without a result list: {str(answer)[:120]}")
            results = answer["resultList"].get("result", [])
            for record in results[: limit - taken]:
                document, reason = read_record(record)
                if document is None:
                    refused.append(Refusal(where=f"{record.get('source')}:{record.get('id')}", reason=reason))
                else:
                    documents.setdefault(document.id, document)
            taken += len(results)
            cursor = answer.get("nextCursorMark") or cursor
        return SourceBatch(
            documents=tuple(documents.values()),
            refused=tuple(refused),
            notes=("abstracts are (c) their publishers unless a record states a licence; keep them local",),
        )


def plain_text(marked: str) -> str:
    """Text of an abstract without its mark-up; headings become lines of their own."""
    lines = _BREAK.sub("\n", marked)
    stripped = html.unescape(_TAG.sub("", lines))
    return "\n".join(" ".join(line.split()) for line in stripped.splitlines() if line.strip())


def read_record(record: dict[str, Any]) -> tuple[Document | None, str]:
    """A document from one result of the ``core`` type, or None and the reason."""
    text = plain_text(str(record.get("abstractText") or ""))
    if not text:
        return None, "no abstract"
    pmid = str(record.get("pmid") or "") or None
    own = f"{record.get('source', '')}:{record.get('id', '')}".lower()
    if pmid is not None and not pmid.isdigit():
        return None, f"{pmid!r} is not a PMID"
    kinds = {str(kind).lower() for kind in (record.get("pubTypeList") or {}).get("pubType", [])}
    year = str(record.get("pubYear") or "")
    journal = ((record.get("journalInfo") or {}).get("journal") or {}).get("title")
    return (
        Document(
            id=f"pmid:{pmid}" if pmid else f"epmc.{own}",
            text=text,
            kind="abstract",
            source="Europe PMC",
            title=plain_text(str(record.get("title") or "")) or None,
            pmid=pmid,
            doi=record.get("doi") or None,
            year=int(year) if year.isdigit() else None,
            journal=journal or None,
            url=f"https://europepmc.org/article/{record.get('source')}/{record.get('id')}",
            license=record.get("license") or None,
            retracted="retracted publication" in kinds,
        ),
        "",
    )

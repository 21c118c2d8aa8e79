"""PubMed through the NCBI E-utilities: a search for ids, then the records in batches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree

from knowledge.documents import Document
from knowledge.errors import InputError, SourceError
from knowledge.sources.http import Fetcher
from knowledge.sources.model import Refusal, SourceBatch

BASE = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
_BATCH = 200
# ESearch gives no more than this many ids of PubMed.
_MOST = 9_999
TERMS = "abstracts are (c) their publishers and distributed by the National Library of Medicine; keep them local"


@dataclass(frozen=True)
class PubMed:
    """The E-utilities.

    Attributes
    ----------
    fetcher
        At most 3 requests a second without a key, 10 with one.
    key
        NCBI API key.
    base
        Address of the service or of a mirror.
    """

    fetcher: Fetcher
    key: str | None = None
    base: str = BASE

    def _common(self) -> dict[str, str]:
        own = {"db": "pubmed", "tool": "oncobrief"}
        if self.fetcher.email:
            own["email"] = self.fetcher.email
        if self.key:
            own["api_key"] = self.key
        return own

    def search(self, query: str, limit: int = 200) -> SourceBatch:
        """Records that match `query`, at most `limit` (of 9,999), the service's order of relevance kept.

        Raises
        ------
        InputError
            Empty query or a limit out of range.
        SourceError
            The service failed or rejected the query.
        """
        if not query.strip():
            raise InputError("the PubMed query is empty")
        if not 1 <= limit <= _MOST:
            raise InputError(f"limit is {limit}; PubMed gives 1 to {_MOST} records of one query: split it by year")
        params = self._common() | {"term": query, "retmode": "json", "retmax": str(limit), "sort": "relevance"}
        answer = json.loads(self.fetcher.text(f"{self.base}/esearch.fcgi", params, check=_esearch))
        found = answer["esearchresult"]
        if "ERROR" in found:
            raise SourceError(f"PubMed rejected the query: {found['ERROR']}")
        ids = list(found.get("idlist", []))
        batch = self.fetch(ids)
        total = int(found.get("count", len(ids)))
        notes: tuple[str, ...] = (TERMS,)
        if total > len(ids):
            notes += (f"PubMed has {total} records for this query; {len(ids)} were taken",)
        return SourceBatch(documents=batch.documents, refused=batch.refused, notes=notes)

    def fetch(self, pmids: list[str]) -> SourceBatch:
        """The records of these PMIDs; one that does not come back is listed as refused."""
        if bad := [pmid for pmid in pmids if not pmid.isdigit()]:
            raise InputError(f"{bad[0]!r} is not a PMID; give digits only")
        documents: list[Document] = []
        refused: list[Refusal] = []
        for start in range(0, len(pmids), _BATCH):
            part = pmids[start : start + _BATCH]
            form = self._common() | {"id": ",".join(part), "retmode": "xml"}
            root = self.fetcher.xml(f"{self.base}/efetch.fcgi", form=form)
            came: set[str] = set()
            for article in root.iter("PubmedArticle"):
                document, reason = read_article(article)
                pmid = _text(article.find("MedlineCitation/PMID")) or "?"
                came.add(pmid)
                if document is None:
                    refused.append(Refusal(where=f"pmid:{pmid}", reason=reason))
                else:
                    documents.append(document)
            refused += [
                Refusal(where=f"pmid:{pmid}", reason="PubMed sent no article for it")
                for pmid in part
                if pmid not in came
            ]
        return SourceBatch(documents=tuple(documents), refused=tuple(refused), notes=(TERMS,))


def _esearch(text: str) -> None:
    data = json.loads(text)
    if not isinstance(data, dict) or "esearchresult" not in data:
        raise ValueError("no esearchresult in it")


def _text(element: ElementTree.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def read_article(article: ElementTree.Element) -> tuple[Document | None, str]:
    """A document from one ``PubmedArticle``, or None and the reason.

    The year is the one the record states (``Year``, or the first year of ``MedlineDate``); none is guessed.
    """
    citation = article.find("MedlineCitation")
    pmid = _text(citation.find("PMID")) if citation is not None else ""
    if citation is None or not pmid.isdigit():
        return None, "no PMID"
    parts = []
    for element in citation.findall("Article/Abstract/AbstractText"):
        label = element.get("Label")
        if content := _text(element):
            parts.append(f"{label}: {content}" if label and label != "UNLABELLED" else content)
    title = _text(citation.find("Article/ArticleTitle")) or None
    if not parts:
        return None, "no abstract"
    stated = _text(citation.find("Article/Journal/JournalIssue/PubDate/Year"))
    if not stated:
        stated = _text(citation.find("Article/Journal/JournalIssue/PubDate/MedlineDate"))[:4]
    doi = next(
        (_text(e) for e in article.iter("ArticleId") if e.get("IdType") == "doi"),
        next((_text(e) for e in article.iter("ELocationID") if e.get("EIdType") == "doi"), None),
    )
    kinds = {_text(element) for element in citation.findall("Article/PublicationTypeList/PublicationType")}
    return (
        Document(
            id=f"pmid:{pmid}",
            text="\n".join(parts),
            kind="abstract",
            source="PubMed",
            title=title,
            pmid=pmid,
            doi=doi or None,
            year=int(stated) if stated.isdigit() else None,
            journal=_text(citation.find("Article/Journal/Title")) or None,
            url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
            license=TERMS,
            retracted="Retracted Publication" in kinds,
        ),
        "",
    )

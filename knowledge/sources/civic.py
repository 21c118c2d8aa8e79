"""CIViC: the tab-separated export of accepted evidence, and the GraphQL service."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.documents import Document
from knowledge.errors import InputError, SourceError
from knowledge.mechanisms.civic import CivicEvidence, civic_mechanisms, profile_genes
from knowledge.mechanisms.model import KnownMechanism
from knowledge.sources.http import Fetcher
from knowledge.sources.model import Refusal, SourceBatch

BASE = "https://civicdb.org/api/graphql"
LICENSE = "CC0-1.0"
_PAGE = 100
_NEEDED = (
    "molecular_profile",
    "disease",
    "therapies",
    "evidence_type",
    "evidence_direction",
    "evidence_level",
    "significance",
    "evidence_statement",
    "citation_id",
    "source_type",
    "evidence_id",
)
_QUERY = """query Accepted($first: Int!, $after: String, $therapy: String) {
  evidenceItems(status: ACCEPTED, evidenceType: PREDICTIVE, first: $first, after: $after, therapyName: $therapy) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id description evidenceDirection evidenceLevel significance
      molecularProfile { name }
      disease { name }
      therapies { name }
      source { citationId sourceType publicationYear }
    }
  }
}"""


@dataclass
class _Gathered:
    documents: dict[str, Document]
    mechanisms: list[KnownMechanism]
    refused: list[Refusal]

    def take(self, evidence: CivicEvidence, year: int | None) -> None:
        if not evidence.statement.strip():
            self.refused.append(Refusal(where=f"civic:EID{evidence.id}", reason="no evidence statement"))
            return
        self.documents[f"civic:EID{evidence.id}"] = Document(
            id=f"civic:EID{evidence.id}",
            text=evidence.statement,
            kind="evidence_statement",
            source="CIViC",
            title=f"{evidence.profile}: {evidence.significance} ({', '.join(evidence.therapies) or 'no therapy'})",
            pmid=evidence.pmid,
            year=year,
            url=f"https://civicdb.org/links/evidence_items/{evidence.id}",
            license=LICENSE,
            drugs=evidence.therapies,
            genes=profile_genes(evidence.profile),
        )
        records, reason = civic_mechanisms(evidence)
        self.mechanisms.extend(records)
        if reason is not None:
            self.refused.append(Refusal(where=f"civic:EID{evidence.id} as a mechanism", reason=reason))

    def batch(self, notes: tuple[str, ...] = ()) -> SourceBatch:
        return SourceBatch(
            documents=tuple(self.documents.values()),
            mechanisms=tuple(self.mechanisms),
            refused=tuple(self.refused),
            notes=notes,
        )


def read_civic_export(path: Path) -> SourceBatch:
    """Read CIViC's export of accepted clinical evidence (``…-AcceptedClinicalEvidenceSummaries.tsv``).

    Every row with a statement becomes a document; predictive rows also become mechanism records.

    Raises
    ------
    InputError
        It is no such export; the message names the missing columns.
    """
    gathered = _Gathered({}, [], [])
    try:
        _read_export(path, gathered)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(path)!r} is no table of UTF-8 text: {error}") from error
    return gathered.batch((f"CIViC evidence, {LICENSE}",))


def _read_export(path: Path, gathered: _Gathered) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        missing = [name for name in _NEEDED if name not in (reader.fieldnames or [])]
        if missing:
            raise InputError(f"{str(path)!r} is no CIViC evidence export: no column {', '.join(missing)}")
        for line, row in enumerate(reader, start=2):
            number = (row["evidence_id"] or "").strip().removeprefix("EID")
            if not (number.isascii() and number.isdigit()):
                gathered.refused.append(Refusal(where=f"{path.name} line {line}", reason=f"evidence_id {number!r}"))
                continue
            predictive = (row["evidence_type"] or "").strip().lower() == "predictive"
            therapies = tuple(part.strip() for part in (row["therapies"] or "").split(",") if part.strip())
            citation = (row["citation_id"] or "").strip()
            pubmed = (row["source_type"] or "").strip().lower() == "pubmed" and citation.isdigit()
            evidence = CivicEvidence(
                id=int(number),
                profile=(row["molecular_profile"] or "").strip(),
                therapies=therapies,
                direction=(row["evidence_direction"] or "").strip() if predictive else "not predictive",
                significance=(row["significance"] or "").strip(),
                level=(row["evidence_level"] or "").strip(),
                disease=(row["disease"] or "").strip(),
                statement=(row["evidence_statement"] or "").strip(),
                pmid=citation if pubmed else None,
            )
            gathered.take(evidence, None)


@dataclass(frozen=True)
class Civic:
    """The GraphQL service.

    Attributes
    ----------
    fetcher
        How it is asked.
    base
        Address of the service or of a mirror.
    """

    fetcher: Fetcher
    base: str = BASE

    def predictive(self, therapy: str | None = None, limit: int = 10_000) -> SourceBatch:
        """Accepted predictive evidence, of one therapy or all.

        A cursor seen before, or a missing one, ends the harvest even where the service claims a next page.

        Raises
        ------
        SourceError
            The service failed, or answered with ``errors``.
        """
        gathered = _Gathered({}, [], [])
        notes = [f"CIViC evidence, {LICENSE}"]
        for number, node in enumerate(self._nodes(therapy, notes), start=1):
            self._take(gathered, node)
            if number >= limit:
                notes.append(f"stopped at {limit} evidence items")
                break
        return gathered.batch(tuple(notes))

    def _nodes(self, therapy: str | None, notes: list[str]) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        seen: set[str | None] = set()
        while cursor not in seen:
            seen.add(cursor)
            variables = {"first": _PAGE, "after": cursor, "therapy": therapy}
            answer = self.fetcher.json(self.base, body={"query": _QUERY, "variables": variables})
            page = (answer.get("data") or {}).get("evidenceItems") if isinstance(answer, dict) else None
            if not isinstance(page, dict):
                raise SourceError(f"CIViC answered without evidence items: {str(answer)[:120]}")
            yield from page.get("nodes") or []
            info = page.get("pageInfo") or {}
            if not info.get("hasNextPage"):
                return
            cursor = info.get("endCursor")
        notes.append("CIViC repeated a cursor; the harvest ended there")

    def _take(self, gathered: _Gathered, node: dict[str, Any]) -> None:
        source = node.get("source") or {}
        citation = str(source.get("citationId") or "")
        pubmed = str(source.get("sourceType") or "").upper() == "PUBMED" and citation.isdigit()
        year = source.get("publicationYear")
        gathered.take(
            CivicEvidence(
                id=int(node["id"]),
                profile=str((node.get("molecularProfile") or {}).get("name") or ""),
                therapies=tuple(str(entry["name"]) for entry in node.get("therapies") or []),
                direction=str(node.get("evidenceDirection") or "").replace("_", " ").title(),
                significance=_significance(str(node.get("significance") or "")),
                level=str(node.get("evidenceLevel") or ""),
                disease=str((node.get("disease") or {}).get("name") or ""),
                statement=str(node.get("description") or "").strip(),
                pmid=citation if pubmed else None,
            ),
            int(year) if year else None,
        )


def _significance(value: str) -> str:
    """The export's spelling of a GraphQL enum value."""
    return "Sensitivity/Response" if value == "SENSITIVITYRESPONSE" else value.replace("_", " ").title()

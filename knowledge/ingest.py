"""Ingesting by address: a file, or ``<service>:<query>``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.build import IngestReport, add
from knowledge.documents import Document, Record
from knowledge.errors import InputError
from knowledge.ids.carriers import read_retracted
from knowledge.mechanisms.table import read_mechanism_table
from knowledge.sources.civic import Civic
from knowledge.sources.europepmc import EuropePMC
from knowledge.sources.http import Fetcher
from knowledge.sources.local import read_file
from knowledge.sources.model import Refusal, SourceBatch
from knowledge.sources.opentargets import OpenTargets
from knowledge.sources.pubmed import PubMed


@dataclass(frozen=True)
class SourceSettings:
    """How the network sources are asked.

    Attributes
    ----------
    email
        Contact sent to NCBI, as its terms ask.
    pubmed_key
        NCBI API key: 10 requests a second instead of 3.
    limit
        Records of one query at most.
    bases
        Service name to another address (a mirror).
    """

    email: str | None = None
    pubmed_key: str | None = None
    limit: int = 200
    bases: Mapping[str, str] | None = None


class IngestOutcome(Record):
    """What was ingested from one address.

    Attributes
    ----------
    source
        As given.
    report
        What changed in the knowledge base.
    refused
        Records that were not taken over, with the reason.
    notes
        Terms of use, limits reached.
    """

    source: str
    report: IngestReport
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]


def _services(folder: Path, settings: SourceSettings) -> dict[str, Callable[[str], SourceBatch]]:
    cache = folder / "cache"
    bases = dict(settings.bases or {})

    def fetcher(name: str, per_second: float) -> Fetcher:
        return Fetcher(name, per_second=per_second, cache=cache, email=settings.email)

    def pubmed(query: str) -> SourceBatch:
        service = PubMed(fetcher("PubMed", 10.0 if settings.pubmed_key else 3.0), settings.pubmed_key)
        if "pubmed" in bases:
            service = PubMed(service.fetcher, service.key, bases["pubmed"])
        return service.search(query, settings.limit)

    def europepmc(query: str) -> SourceBatch:
        service = fetcher("Europe PMC", 5.0)
        return (EuropePMC(service, bases["europepmc"]) if "europepmc" in bases else EuropePMC(service)).search(
            query, settings.limit
        )

    def civic(query: str) -> SourceBatch:
        service = fetcher("CIViC", 2.0)
        return (Civic(service, bases["civic"]) if "civic" in bases else Civic(service)).predictive(query or None)

    def opentargets(query: str) -> SourceBatch:
        service = fetcher("Open Targets", 5.0)
        chosen = OpenTargets(service, bases["opentargets"]) if "opentargets" in bases else OpenTargets(service)
        return chosen.mechanisms(query)

    return {"pubmed": pubmed, "europepmc": europepmc, "civic": civic, "opentargets": opentargets}


def read_source(folder: Path, source: str, settings: SourceSettings = SourceSettings()) -> SourceBatch:
    """Read a source without storing it.

    Parameters
    ----------
    folder
        Folder of the knowledge base; answers of services are kept in its ``cache``.
    source
        A file (see `knowledge.sources.local.read_file`), ``mechanisms:FILE`` for a table of facts, or
        ``pubmed:QUERY``, ``europepmc:QUERY``, ``civic:`` (all predictive evidence) or ``civic:THERAPY``,
        ``opentargets:DRUG``.

    Raises
    ------
    InputError
        There is no such file or service.
    SourceError
        A service failed.
    """
    name, colon, rest = source.partition(":")
    services = _services(folder, settings)
    if colon and name == "mechanisms":
        return read_mechanism_table(Path(rest))
    if colon and name in services and not Path(source).exists():
        return services[name](rest.strip())
    path = Path(source)
    if not path.exists():
        raise InputError(
            f"{source!r} is no file and no service; give a file, mechanisms:FILE, "
            f"or one of {', '.join(f'{known}:QUERY' for known in services)}"
        )
    return read_file(path)


def ingest(folder: Path, source: str, settings: SourceSettings = SourceSettings()) -> IngestOutcome:
    """Read `source` and add what it gives to the knowledge base; see `read_source` for the addresses.

    Documents whose PMID is on the fetched list of retractions are flagged, whatever their source says.
    """
    batch = read_source(folder, source, settings)
    retracted = read_retracted(folder)
    documents = [_flag(document, retracted) for document in batch.documents]
    report = add(folder, documents, batch.mechanisms)
    return IngestOutcome(source=source, report=report, refused=batch.refused, notes=batch.notes)


def _flag(document: Document, retracted: frozenset[str]) -> Document:
    if document.retracted or document.pmid not in retracted:
        return document
    return document.model_copy(update={"retracted": True})

"""The knowledge base behind the tools: opened at the first question, reopened when a new snapshot is current."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from agent.kept import Kept
from knowledge.store.snapshot import current_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from agent.evidence import EvidenceSource
    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from knowledge.documents import Document, Passage
    from knowledge.ids.model import Mention, Resolution
    from knowledge.ids.tables import Names
    from knowledge.mechanisms.model import KnownMechanism
    from knowledge.retrieve.model import EvidenceSet
    from knowledge.store.store import Store

_T = TypeVar("_T")
# Drug-gene pairs whose passages are kept; a brief asks for some forty.
_ITEMS = 4096


class Library:
    """Documents, records and names; one caller at a time, as index files are not made for more.

    Parameters
    ----------
    folder
        Folder of the knowledge base; one that is not there is built from the shipped cards.
    report
        Told what opening does.
    """

    def __init__(self, folder: Path, report: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._report = report or (lambda _: None)
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._source: EvidenceSource | None = None
        self._names: Names | None = None
        self._passages: dict[str, tuple[Document, Passage]] = {}
        self._items: Kept[tuple[str, str, str, int], tuple[EvidenceItem, ...]] = Kept(_ITEMS)

    @property
    def is_open(self) -> bool:
        """Whether the store is in memory already."""
        return self._store is not None

    def source(self) -> EvidenceSource:
        """The current snapshot as an evidence source."""
        from agent.jobs import open_knowledge
        from agent.store_evidence import StoreEvidence

        with self._lock:
            if self._store is not None and current_id(self._folder) not in (None, self._store.snapshot.id):
                self.close()
            if self._source is None or self._store is None:
                self._store = open_knowledge(self._folder, self._report)
                self._source = StoreEvidence(self._store, self._folder)
            return self._source

    @property
    def snapshot(self) -> str:
        """Id of the current snapshot."""
        return self.source().snapshot

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """The closed set of one drug-gene pair; kept, as several tools ask for the same."""
        with self._lock:
            source = self.source()
            key = (source.snapshot, drug, entity.feature, limit)
            return self._items.get(key, lambda: source.items(drug, entity, limit))

    def records(self, drug: str) -> tuple[KnownMechanism, ...]:
        """Curated records of the drug."""
        with self._lock:
            return self.source().records(drug)

    def drug_names(self, drug: str) -> tuple[str, ...]:
        """Spellings of the drug."""
        with self._lock:
            return self.source().drug_names(drug)

    def gene(self, name: str) -> Entity:
        """What a gene name stands for."""
        with self._lock:
            return self.source().gene(name)

    def resolve_gene(self, name: str) -> Resolution:
        """What a gene name stands for, with candidates where it is ambiguous."""
        return self._named().genes.resolve(name, suggest=False)

    def resolve_cell(self, name: str) -> Resolution:
        """What the name of a cell line stands for, with candidates where it is ambiguous."""
        return self._named().cells.resolve(name, suggest=False)

    def symbols(self) -> frozenset[str]:
        """Approved symbols of all genes that have a name here."""
        return frozenset(self._named().genes.entities)

    def known_drugs(self) -> dict[str, tuple[str, ...]]:
        """Preferred name of every drug that is named here -> its synonyms."""
        return {name: entity.synonyms for name, entity in self._named().drugs.entities.items()}

    def mentions(self, text: str) -> Iterable[Mention]:
        """Names of genes and drugs that stand in a text."""
        with self._lock:
            return self._opened().lexicon.find(text)

    def search(self, query: str, *, drug: str | None = None, gene: str | None = None, k: int = 5) -> EvidenceSet:
        """Passages for a query, retracted ones left out."""
        from knowledge.retrieve.search import search

        return self.read(lambda store: search(store, query, drug=drug, gene=gene, k=k))

    def read(self, work: Callable[[Store], _T]) -> _T:
        """Do something with the store of the current snapshot while nobody else asks it."""
        with self._lock:
            return work(self._opened())

    def quietly(self, work: Callable[[EvidenceSource], _T]) -> _T:
        """Do something with the source while nobody else asks it."""
        with self._lock:
            return work(self.source())

    def passage(self, passage_id: str) -> tuple[Document, Passage] | None:
        """A stored passage with its document; None where the snapshot has no such passage."""
        with self._lock:
            store = self._opened()
            if not self._passages:
                documents = {d.id: d for d in store.snapshot.documents}
                self._passages = {p.id: (documents[p.document_id], p) for p in store.snapshot.passages}
            return self._passages.get(passage_id)

    def close(self) -> None:
        """Release the files."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = self._source = None
            self._names = None
            self._passages = {}
            self._items.clear()

    def _named(self) -> Names:
        from knowledge.build import names_of

        with self._lock:
            store = self._opened()
            if self._names is None:
                self._names = names_of(self._folder, store.snapshot)
            return self._names

    def _opened(self) -> Store:
        self.source()
        if self._store is None:
            raise RuntimeError("the knowledge base was closed while it was asked")
        return self._store

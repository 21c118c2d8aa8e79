"""The knowledge base behind the tools: opened at the first question, reopened when a new snapshot is current."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from agent.kept import Kept
from knowledge.store.snapshot import current_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from agent.evidence import EvidenceSource
    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from agent.store_evidence import StoreEvidence
    from knowledge.documents import Document, Passage
    from knowledge.ids.model import Mention, Resolution
    from knowledge.ids.tables import Names
    from knowledge.mechanisms.model import KnownMechanism
    from knowledge.retrieve.model import EvidenceSet
    from knowledge.store.store import Store

_T = TypeVar("_T")
# Drug-gene pairs whose passages are kept; a brief asks for some forty.
_ITEMS = 4096


@dataclass(eq=False)
class _Open:
    """One snapshot in memory.

    Attributes
    ----------
    readers
        Callers at work in it; its files are closed when it was replaced and the last of them has left.
    """

    store: Store
    source: StoreEvidence
    readers: int = 0

    @cached_property
    def passages(self) -> dict[str, tuple[Document, Passage]]:
        """Every passage by its id, with its document."""
        documents = {document.id: document for document in self.store.snapshot.documents}
        return {passage.id: (documents[passage.document_id], passage) for passage in self.store.snapshot.passages}

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Approved symbols of all genes that have a name."""
        return frozenset(self.source.names.genes.entities)


class Library:
    """Documents, records and names of the current snapshot, for many callers at once.

    Each call works in one snapshot from beginning to end, whatever is ingested meanwhile; the next sees the new one.

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
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._items: Kept[tuple[str, str, str, int], tuple[EvidenceItem, ...]] = Kept(_ITEMS)

    @property
    def is_open(self) -> bool:
        """Whether the store is in memory already."""
        return self._open is not None

    @property
    def snapshot(self) -> str:
        """Id of the current snapshot."""
        return self.ask(lambda source: source.snapshot)

    def ask(self, work: Callable[[EvidenceSource], _T]) -> _T:
        """Do something with the current snapshot as an evidence source."""
        with self._current() as current:
            return work(current.source)

    def read(self, work: Callable[[Store], _T]) -> _T:
        """Do something with the store of the current snapshot."""
        with self._current() as current:
            return work(current.store)

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """The closed set of one drug-gene pair; kept, as several tools ask for the same."""
        with self._current() as current:
            source = current.source
            key = (source.snapshot, drug, entity.feature, limit)
            return self._items.get(key, lambda: source.items(drug, entity, limit))

    def records(self, drug: str) -> tuple[KnownMechanism, ...]:
        """Curated records of the drug."""
        return self.ask(lambda source: source.records(drug))

    def targets(self, drug: str) -> tuple[str, ...]:
        """Annotated targets of the drug."""
        return self.ask(lambda source: source.targets(drug))

    def drug_names(self, drug: str) -> tuple[str, ...]:
        """Spellings of the drug."""
        return self.ask(lambda source: source.drug_names(drug))

    def gene(self, name: str) -> Entity:
        """What a gene name stands for."""
        return self.ask(lambda source: source.gene(name))

    def resolve_gene(self, name: str) -> Resolution:
        """What a gene name stands for, with candidates where it is ambiguous."""
        return self._names().genes.resolve(name, suggest=False)

    def resolve_cell(self, name: str) -> Resolution:
        """What the name of a cell line stands for, with candidates where it is ambiguous."""
        return self._names().cells.resolve(name, suggest=False)

    def symbols(self) -> frozenset[str]:
        """Approved symbols of all genes that have a name here."""
        with self._current() as current:
            return current.symbols

    def known_drugs(self) -> dict[str, tuple[str, ...]]:
        """Preferred name of every drug that is named here -> its synonyms."""
        return {name: entity.synonyms for name, entity in self._names().drugs.entities.items()}

    def mentions(self, text: str) -> Iterable[Mention]:
        """Names of genes and drugs that stand in a text."""
        return self.read(lambda store: store.lexicon.find(text))

    def search(self, query: str, *, drug: str | None = None, gene: str | None = None, k: int = 5) -> EvidenceSet:
        """Passages for a query, retracted ones left out."""
        from knowledge.retrieve.search import search

        return self.read(lambda store: search(store, query, drug=drug, gene=gene, k=k))

    def passage(self, passage_id: str) -> tuple[Document, Passage] | None:
        """A stored passage with its document; None where the snapshot has no such passage."""
        with self._current() as current:
            return current.passages.get(passage_id)

    def close(self) -> None:
        """Release the files, as soon as nobody reads in them."""
        with self._lock:
            self._put_away()
        self._items.clear()

    def _names(self) -> Names:
        with self._current() as current:
            return current.source.names

    @contextmanager
    def _current(self) -> Iterator[_Open]:
        with self._lock:
            current = self._up_to_date()
            current.readers += 1
        try:
            yield current
        finally:
            with self._lock:
                current.readers -= 1
                if current is not self._open and not current.readers:
                    current.store.close()

    def _up_to_date(self) -> _Open:
        """The current snapshot, opened where it is not; the lock is held."""
        from agent.jobs import open_knowledge
        from agent.store_evidence import StoreEvidence

        held = self._open
        if held is not None and current_id(self._folder) in (None, held.store.snapshot.id):
            return held
        self._put_away()
        store = open_knowledge(self._folder, self._report)
        self._open = _Open(store, StoreEvidence(store, self._folder))
        return self._open

    def _put_away(self) -> None:
        old, self._open = self._open, None
        if old is not None and not old.readers:
            old.store.close()

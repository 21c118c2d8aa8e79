"""The knowledge base for pages: search with all filters, whole documents, one caller at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.records import Record
from knowledge.documents import Document, DocumentKind

if TYPE_CHECKING:
    from agent.toolbox.library import Library
    from knowledge.documents import Passage
    from knowledge.retrieve.model import EvidenceSet, SearchFilter
    from knowledge.store.store import Store

LONGEST_QUERY = 500
# Id of the snapshot, its documents by id, the passages of each document.
_Index = tuple[str, dict[str, Document], "dict[str, list[Passage]]"]


class Page(Record):
    """A document with its neighbours in the store: where its passages begin and end.

    Attributes
    ----------
    passages
        Id, start and end of each, in order.
    """

    document: Document
    passages: tuple[tuple[str, int, int], ...]
    snapshot: str


class Reading:
    """What pages ask of the knowledge base.

    Parameters
    ----------
    library
        The one the tools use: a store of tens of thousands of documents is held once.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._index: _Index | None = None

    @property
    def is_open(self) -> bool:
        """Whether the store is in memory already."""
        return self._library.is_open

    def warm(self) -> str:
        """Open the store; return the snapshot's id."""
        return self._library.snapshot

    def search(self, query: str, wanted: SearchFilter, k: int) -> EvidenceSet:
        """Passages for a query.

        Raises
        ------
        agent.errors.InputError
            If the query is empty or too long.
        """
        from knowledge.retrieve.search import search

        text = query.strip()
        if not text:
            raise InputError("give at least one word to search for")
        if len(text) > LONGEST_QUERY:
            raise InputError(f"a query has {LONGEST_QUERY} characters at most, this has {len(text)}")
        return self._library.read(lambda store: search(store, text, k=k, wanted=wanted))

    def page(self, document_id: str) -> Page:
        """A whole document.

        Raises
        ------
        agent.errors.InputError
            If the current snapshot has none of that id.
        """
        snapshot, documents, cuts = self._library.read(self._indexed)
        if document_id not in documents:
            raise InputError(f"no document {document_id!r} in snapshot {snapshot}")
        spans = tuple((p.id, p.start, p.end) for p in cuts.get(document_id, ()))
        return Page(document=documents[document_id], passages=spans, snapshot=snapshot)

    def kinds(self) -> tuple[DocumentKind, ...]:
        """Kinds of documents there are."""
        from typing import get_args

        return get_args(DocumentKind)

    def _indexed(self, store: Store) -> _Index:
        snapshot = store.snapshot
        if self._index is None or self._index[0] != snapshot.id:
            cuts: dict[str, list[Passage]] = {}
            for passage in snapshot.passages:
                cuts.setdefault(passage.document_id, []).append(passage)
            self._index = (snapshot.id, {document.id: document for document in snapshot.documents}, cuts)
        return self._index

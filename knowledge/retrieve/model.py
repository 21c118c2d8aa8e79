"""What a search gives back: passages with their document, their ranks, and why each was found."""

from __future__ import annotations

from knowledge.documents import Document, DocumentKind, Passage, Record


class DocumentMeta(Record):
    """A document without its text; fields as in `knowledge.documents.Document`."""

    id: str
    kind: DocumentKind
    source: str
    title: str | None
    pmid: str | None
    doi: str | None
    year: int | None
    journal: str | None
    url: str | None
    license: str | None
    retracted: bool
    drugs: tuple[str, ...]
    genes: tuple[str, ...]
    sha256: str

    @classmethod
    def of(cls, document: Document) -> DocumentMeta:
        """Describe `document`."""
        fields = document.model_dump(exclude={"text"})
        return cls(**fields, sha256=document.sha256)


class SearchFilter(Record):
    """Which passages may be found.

    Attributes
    ----------
    drug, gene
        The passage must name it (or be the only passage of a record tagged with it); any synonym will do.
    year_from, year_to
        Inclusive. A document that states no year is left out when either is given.
    kinds
        Document kinds, empty for all.
    include_retracted
        Retracted documents are left out unless this is set; when shown they are marked.
    documents
        Only these document ids, empty for all.
    """

    drug: str | None = None
    gene: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    kinds: tuple[DocumentKind, ...] = ()
    include_retracted: bool = False
    documents: tuple[str, ...] = ()


class EvidenceHit(Record):
    """One passage that was found.

    Attributes
    ----------
    rank
        1 for the best.
    score
        Fused score, at most 1; comparable within one search only.
    bm25_rank, dense_rank
        Rank in either list, None where it was not among the candidates of that list.
    similarity
        Cosine of query and passage in [-1, 1].
    drugs, genes
        Names found in the passage, as preferred names.
    families
        Protein families and complexes that the passage names; that names none of their members.
    why
        Reasons in words, for the reader.
    """

    rank: int
    passage: Passage
    document: DocumentMeta
    score: float
    bm25_rank: int | None
    dense_rank: int | None
    similarity: float
    drugs: tuple[str, ...]
    genes: tuple[str, ...]
    families: tuple[str, ...] = ()
    why: tuple[str, ...]


class EvidenceSet(Record):
    """The answer to one query.

    Attributes
    ----------
    query, filter
        What was asked.
    drug, gene
        What `filter.drug` and `filter.gene` were understood as; None when not asked or not known.
    snapshot, embedder
        State of the knowledge base and the model that made its vectors.
    hits
        Best first; empty when abstained.
    candidates
        Passages that the filter let through.
    abstained
        True when nothing found is good enough to be shown.
    reason
        Why it abstained, and what to try.
    """

    query: str
    filter: SearchFilter
    drug: str | None
    gene: str | None
    snapshot: str
    embedder: str
    hits: tuple[EvidenceHit, ...]
    candidates: int
    abstained: bool
    reason: str | None = None

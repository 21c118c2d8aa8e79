"""Looking at a knowledge base: what is in it, what changed, whether it is whole."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from knowledge.documents import Record
from knowledge.embed import Embedder
from knowledge.errors import StoreError
from knowledge.store.chroma import ChromaIndex
from knowledge.store.snapshot import Snapshot, damage, list_snapshots, read_snapshot, resolve_id


class StoreStats(Record):
    """Counts of one snapshot.

    Attributes
    ----------
    kinds, sources, licenses
        Documents by kind, source and licence; ``not stated`` where a source gives none.
    with_pmid, with_year, retracted
        Documents that state a PMID, a year, or are retracted.
    drugs
        Mechanism records by drug.
    """

    snapshot: str
    parent: str | None
    created: str
    documents: int
    passages: int
    mechanisms: int
    kinds: dict[str, int]
    sources: dict[str, int]
    licenses: dict[str, int]
    with_pmid: int
    with_year: int
    retracted: int
    drugs: dict[str, int]


class SnapshotDiff(Record):
    """What differs between two snapshots, by id.

    Attributes
    ----------
    changed
        Documents in both with different content; their passages were cut anew.
    """

    before: str
    after: str
    documents_added: tuple[str, ...]
    documents_removed: tuple[str, ...]
    changed: tuple[str, ...]
    mechanisms_added: tuple[str, ...]
    mechanisms_removed: tuple[str, ...]
    mechanisms_changed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether the two hold the same."""
        lists = (
            self.documents_added,
            self.documents_removed,
            self.changed,
            self.mechanisms_added,
            self.mechanisms_removed,
            self.mechanisms_changed,
        )
        return not any(lists)


class Verification(Record):
    """Outcome of checking one snapshot.

    Attributes
    ----------
    problems
        Faults of the plain files: this snapshot cannot be trusted.
    rebuildable
        Faults of what is derived from them: mended by opening the knowledge base.
    """

    snapshot: str
    problems: tuple[str, ...]
    rebuildable: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the plain files are as they were written."""
        return not self.problems


def stats(folder: Path, snapshot: str | None = None) -> StoreStats:
    """Count what a snapshot holds."""
    found = read_snapshot(folder, resolve_id(folder, snapshot) if snapshot else None)
    documents = found.documents

    def count(values: list[str | None]) -> dict[str, int]:
        return dict(Counter(value or "not stated" for value in values).most_common())

    return StoreStats(
        snapshot=found.id,
        parent=found.manifest.parent,
        created=found.manifest.created,
        documents=len(documents),
        passages=len(found.passages),
        mechanisms=len(found.mechanisms),
        kinds=count([document.kind for document in documents]),
        sources=count([document.source for document in documents]),
        licenses=count([document.license for document in documents]),
        with_pmid=sum(document.pmid is not None for document in documents),
        with_year=sum(document.year is not None for document in documents),
        retracted=sum(document.retracted for document in documents),
        drugs=count([fact.drug for fact in found.mechanisms]),
    )


def diff(folder: Path, before: str, after: str = "current") -> SnapshotDiff:
    """Compare two snapshots, given by id, prefix, ``current`` or ``parent``."""
    old = read_snapshot(folder, resolve_id(folder, before))
    new = read_snapshot(folder, resolve_id(folder, after))
    docs_old = {document.id: document for document in old.documents}
    docs_new = {document.id: document for document in new.documents}
    facts_old = {fact.id: fact for fact in old.mechanisms}
    facts_new = {fact.id: fact for fact in new.mechanisms}
    return SnapshotDiff(
        before=old.id,
        after=new.id,
        documents_added=tuple(sorted(docs_new.keys() - docs_old.keys())),
        documents_removed=tuple(sorted(docs_old.keys() - docs_new.keys())),
        changed=tuple(sorted(i for i in docs_new.keys() & docs_old.keys() if docs_new[i] != docs_old[i])),
        mechanisms_added=tuple(sorted(facts_new.keys() - facts_old.keys())),
        mechanisms_removed=tuple(sorted(facts_old.keys() - facts_new.keys())),
        mechanisms_changed=tuple(
            sorted(i for i in facts_new.keys() & facts_old.keys() if facts_new[i] != facts_old[i])
        ),
    )


def _spans_fit(snapshot: Snapshot) -> list[str]:
    texts = {document.id: document.text for document in snapshot.documents}
    wrong = [
        passage.id
        for passage in snapshot.passages
        if texts.get(passage.document_id, "")[passage.start : passage.end] != passage.text
    ]
    return [f"{len(wrong)} passages do not stand in their document, first {wrong[0]!r}"] if wrong else []


def verify(
    folder: Path, snapshot: str | None = None, embedder: Embedder | None = None, chroma_url: str | None = None
) -> Verification:
    """Check a snapshot: digests of its files, every record, every span, and (with an embedder) its vector index.

    Nothing is changed.
    """
    chosen = resolve_id(folder, snapshot or "current")
    problems = damage(folder, chosen)
    rebuildable: list[str] = []
    if not problems:
        try:
            found = read_snapshot(folder, chosen)
        except StoreError as error:
            problems = [str(error)]
        else:
            problems = _spans_fit(found)
            if not (found.folder / "index" / "words" / "made.json").exists():
                rebuildable.append("there is no keyword index yet")
            if embedder is not None and found.passages:
                place = chroma_url or found.folder / "index" / "chroma"
                index = ChromaIndex(place, found.id, embedder.id, embedder.dimension)
                fault = index.fault(len(found.passages))
                index.close()
                if fault:
                    rebuildable.append(fault)
    return Verification(snapshot=chosen, problems=tuple(problems), rebuildable=tuple(rebuildable))


def snapshots(folder: Path) -> list[str]:
    """Ids of all snapshots, oldest first."""
    return list_snapshots(folder)

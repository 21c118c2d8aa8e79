"""Making, filling and opening a knowledge base: the plain functions behind the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from knowledge.documents import Document, Passage, Record
from knowledge.embed import Embedder, default_embedder
from knowledge.errors import InputError
from knowledge.files import locked
from knowledge.ids.drugs import drug_entity
from knowledge.ids.tables import Names, load_names
from knowledge.mechanisms.model import KnownMechanism
from knowledge.passages import cut_passages
from knowledge.starter.load import CARD_SOURCE, cards_as_documents, load_cards, load_drugs
from knowledge.store.snapshot import Snapshot, current_id, read_snapshot, resolve_id, set_current, write_snapshot
from knowledge.store.store import Store, open_snapshot

Report = Callable[[str], None]


def _silent(_: str) -> None:
    return None


class IngestReport(Record):
    """What an ingest did, document by document.

    Attributes
    ----------
    snapshot, parent
        State after and before; equal when nothing changed.
    added, changed, unchanged
        Document ids new, different, or the same; the counts add up to the documents given.
    removed
        Ids dropped because their source does not have them any more.
    conflicts
        Ids that came more than once with different content; the last one was kept.
    passages
        Passages of the whole snapshot.
    mechanisms
        Mechanism records of the whole snapshot.
    """

    snapshot: str
    parent: str | None
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    passages: int
    mechanisms: int


def names_of(folder: Path, snapshot: Snapshot) -> Names:
    """Names in force for `snapshot`."""
    shipped = [drug_entity(drug.name, drug.synonyms, drug.gdsc2_ids) for drug in load_drugs()]
    return load_names(folder, snapshot.documents, snapshot.mechanisms, shipped)


def names_in_force(folder: Path) -> Names:
    """Names in force in `folder`, those of its current snapshot included where there is one."""
    if current_id(folder) is None:
        shipped = [drug_entity(drug.name, drug.synonyms, drug.gdsc2_ids) for drug in load_drugs()]
        return load_names(folder, (), (), shipped)
    return names_of(folder, read_snapshot(folder))


def add(
    folder: Path,
    documents: Iterable[Document] = (),
    mechanisms: Iterable[KnownMechanism] = (),
    replacing: str | None = None,
) -> IngestReport:
    """Add documents and mechanisms to the current snapshot and make the result current.

    A document whose content is unchanged is left alone; one that differs replaces its older version, which stays in
    the older snapshot. The plain files are written first; indexes follow at the next opening.

    Parameters
    ----------
    folder
        Folder of the knowledge base; made if absent.
    replacing
        A source whose older documents and mechanisms are dropped where they are not given again.
    """
    with locked(folder):
        before = read_snapshot(folder) if current_id(folder) else None
        documents, mechanisms = list(documents), list(mechanisms)
        gone = _outdated(before, replacing, {document.id for document in documents} | {fact.id for fact in mechanisms})
        known = {document.id: document for document in before.documents} if before else {}
        facts = {fact.id: fact for fact in before.mechanisms} if before else {}
        for name in gone:
            known.pop(name, None)
            facts.pop(name, None)
        passages: dict[str, list[Passage]] = {document_id: [] for document_id in known}
        for passage in before.passages if before else ():
            if passage.document_id in passages:
                passages[passage.document_id].append(passage)
        added: dict[str, None] = {}
        changed: dict[str, None] = {}
        seen: dict[str, Document] = {}
        conflicts: dict[str, None] = {}
        unchanged = 0
        for document in documents:
            if document.id in seen:
                if seen[document.id] != document:
                    conflicts[document.id] = None
                else:
                    continue
            seen[document.id] = document
            if known.get(document.id) == document:
                unchanged += document.id not in added and document.id not in changed
                continue
            if document.id not in added:
                (changed if document.id in known else added)[document.id] = None
            known[document.id] = document
            passages[document.id] = cut_passages(document)
        facts.update((fact.id, fact) for fact in mechanisms)
        every = [passage for cuts in passages.values() for passage in cuts]
        snapshot = write_snapshot(folder, known.values(), every, facts.values(), before.id if before else None)
        set_current(folder, snapshot.id)
    return IngestReport(
        snapshot=snapshot.id,
        parent=before.id if before else None,
        added=tuple(added),
        changed=tuple(changed),
        unchanged=unchanged,
        removed=tuple(sorted(gone)),
        conflicts=tuple(conflicts),
        passages=len(every),
        mechanisms=len(facts),
    )


def _outdated(before: Snapshot | None, source: str | None, given: set[str]) -> set[str]:
    if before is None or source is None:
        return set()
    held: list[Document | KnownMechanism] = [*before.documents, *before.mechanisms]
    return {record.id for record in held if record.source == source and record.id not in given}


def open_store(
    folder: Path,
    snapshot: str | None = None,
    *,
    embedder: Embedder | None = None,
    chroma_url: str | None = None,
    report: Report = _silent,
) -> Store:
    """Open a snapshot with its indexes, building what is absent or damaged.

    Parameters
    ----------
    folder
        Folder of the knowledge base.
    snapshot
        Its id or a prefix of it; the current one by default.
    embedder
        The offline model by default.
    chroma_url
        A Chroma server to use instead of files.
    report
        Called with a line for each step that takes time.

    Raises
    ------
    InputError
        There is no knowledge base here, or no such snapshot.
    StoreError
        Its plain files are damaged.
    """
    chosen = read_snapshot(folder, resolve_id(folder, snapshot) if snapshot else None)
    names = names_of(folder, chosen)
    return open_snapshot(
        folder, chosen, names.lexicon, embedder or default_embedder(), chroma_url=chroma_url, report=report
    )


def build_starter(
    folder: Path,
    *,
    embedder: Embedder | None = None,
    chroma_url: str | None = None,
    report: Report = _silent,
) -> Store:
    """Add the shipped mechanism cards (as documents and as mechanisms) to `folder` and open it.

    Doing it again changes nothing; documents ingested before stay; cards of an older version that are not shipped any
    more go.
    """
    cards = load_cards()
    add(folder, cards_as_documents(cards), cards, replacing=CARD_SOURCE)
    return open_store(folder, embedder=embedder, chroma_url=chroma_url, report=report)


def require_folder(folder: Path) -> Path:
    """Return `folder` when it holds a knowledge base.

    Raises
    ------
    InputError
        It does not.
    """
    if current_id(folder) is None:
        raise InputError(f"no knowledge base in {str(folder)!r}; make one with: oncobrief knowledge build")
    return folder

"""The knowledge base's store as an evidence source: curated records first, then passages that name both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.grounding import Entity
from agent.hypotheses.ledger import EvidenceItem, names_one_of
from agent.hypotheses.novelty import count_years
from knowledge.build import names_of
from knowledge.evidence.spans import sentence_spans
from knowledge.ids.model import name_key
from knowledge.retrieve.search import search
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.hypotheses.novelty import CoMentions
    from knowledge.documents import Document, Passage
    from knowledge.ids.model import Mention
    from knowledge.mechanisms.model import KnownMechanism
    from knowledge.store.store import Store


class StoreEvidence:
    """An `agent.evidence.EvidenceSource` over an opened store.

    Parameters
    ----------
    store
        The opened knowledge base.
    folder
        Its folder, where fetched name tables lie.

    Attributes
    ----------
    names
        Name tables in force for the snapshot.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.names = names_of(folder, store.snapshot)
        self._drugs = {name_key(d.name): d for d in load_drugs()}
        self._documents = {document.id: document for document in store.snapshot.documents}
        self._retracted_pmids = {d.pmid for d in store.snapshot.documents if d.retracted and d.pmid is not None}
        # Places of each drug's records among all of them: tools ask for them many times a question.
        self._places: dict[str, list[int]] = {}
        for place, record in enumerate(store.snapshot.mechanisms):
            self._places.setdefault(name_key(record.drug), []).append(place)
        self._passages: dict[str, list[Passage]] = {}
        for passage in store.snapshot.passages:
            self._passages.setdefault(passage.document_id, []).append(passage)

    @property
    def snapshot(self) -> str:
        """Id of the snapshot."""
        return self._store.snapshot.id

    @property
    def n_documents(self) -> int:
        """Number of documents in the snapshot."""
        return len(self._documents)

    @property
    def embedder(self) -> str:
        """Name of the embedding model."""
        return self._store.embedder.id

    def drug_names(self, drug: str) -> tuple[str, ...]:
        """The drug's own name, the preferred one, and all synonyms."""
        found = self.names.drugs.resolve(drug, suggest=False)
        known = self._drugs.get(name_key(drug))
        names = [drug]
        if found.entity is not None:
            names += [found.entity.name, *found.entity.synonyms]
        if known is not None:
            names += [known.name, *known.synonyms]
        return tuple(dict.fromkeys(names))

    def gene(self, name: str) -> Entity:
        """The entity a gene name stands for, with everything it is called."""
        found = self.names.genes.resolve(name, suggest=False)
        if found.entity is None:
            how = "ambiguous" if found.status == "ambiguous" else "unknown"
            candidates = found.candidates if how == "ambiguous" else ()
            return Entity(feature=name, curie=None, label=name, how=how, names=(name,), candidates=candidates)
        names = tuple(dict.fromkeys((name, found.entity.name, *found.entity.synonyms)))
        return Entity(feature=name, curie=found.entity.curie, label=found.entity.name, how=found.status, names=names)

    def records(self, drug: str) -> tuple[KnownMechanism, ...]:
        """All curated records of the drug, under any of its names, that are not retracted."""
        return tuple(m for m in self._all_records(drug) if not self._retracted(m))

    def _all_records(self, drug: str) -> tuple[KnownMechanism, ...]:
        keys = {name_key(n) for n in self.drug_names(drug)}
        places = sorted(place for key in keys for place in self._places.get(key, ()))
        return tuple(self._store.snapshot.mechanisms[place] for place in places)

    def _retracted(self, record: KnownMechanism) -> bool:
        """Whether the record's own document, or any document of the same paper, is retracted."""
        document = self._documents.get(record.id)
        return (document is not None and document.retracted) or record.pmid in self._retracted_pmids

    def targets(self, drug: str) -> tuple[str, ...]:
        """Annotated targets, and those that curated records name."""
        known = self._drugs.get(name_key(drug))
        on_record = [r.entity for r in self.records(drug) if r.relation == "target" and r.entity_kind == "gene"]
        return tuple(dict.fromkeys((*(known.targets if known is not None else ()), *on_record)))

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """The closed set for one drug-gene pair: every curated record, then up to `limit` items in all.

        Retracted records are in it, flagged, so that they are shown as such; they count for nothing.
        """
        symbols = {entity.label, entity.feature}
        items = [
            EvidenceItem(document=self._flagged(document, record), passage=passage, mechanism=record)
            for record in self._all_records(drug)
            if record.entity_kind == "gene" and record.entity in symbols
            for document in [self._documents.get(record.id)]
            if document is not None
            for passage in self._passages.get(document.id, [])[:1]
        ]
        if len(items) < limit:
            items += self._free_text(drug, entity, limit - len(items), {i.document.id for i in items})
        return tuple(items)

    def _flagged(self, document: Document, record: KnownMechanism) -> Document:
        return document.model_copy(update={"retracted": True}) if self._retracted(record) else document

    def together(self, drug: str, entities: Sequence[Entity], limit: int) -> tuple[EvidenceItem, ...]:
        """Passages that name the drug and every entity, in the order of the snapshot; retracted ones left out."""
        passages = self._store.snapshot.passages
        return tuple(
            EvidenceItem(document=self._documents[passages[row].document_id], passage=passages[row])
            for row in self._rows_with(drug, entities)[:limit]
        )

    def co_mentions(self, drug: str, entities: Sequence[Entity]) -> CoMentions:
        """Documents with a passage that names the drug and every entity, by stated year; retracted ones left out."""
        passages = self._store.snapshot.passages
        found = dict.fromkeys(passages[row].document_id for row in self._rows_with(drug, entities))
        return count_years(self._documents[identifier].year for identifier in found)

    def _rows_with(self, drug: str, entities: Sequence[Entity]) -> list[int]:
        """Passages whose annotations name the drug and every entity, ascending."""
        found = self.names.drugs.resolve(drug, suggest=False)
        name = found.entity.name if found.entity is not None else drug
        rows = set(map(int, self._store.annotations.rows(("drug", name))))
        for entity in entities:
            rows &= set(map(int, self._store.annotations.rows(("gene", entity.label))))
        passages = self._store.snapshot.passages
        return sorted(row for row in rows if not self._documents[passages[row].document_id].retracted)

    def mentions(self, text: str) -> list[Mention]:
        """Names of genes and drugs that stand in a text."""
        return self.names.lexicon.find(text)

    def popularity(self, entity: Entity) -> int:
        """Number of passages, of any drug, that name the gene."""
        return len(self._store.annotations.rows(("gene", entity.label)))

    def _free_text(self, drug: str, entity: Entity, limit: int, taken: set[str]) -> list[EvidenceItem]:
        drug_names = self.drug_names(drug)
        found = search(self._store, "", drug=drug, gene=entity.label, k=min(100, limit + len(taken)))
        items = []
        for hit in found.hits:
            document = self._documents[hit.document.id]
            if document.id in taken:
                continue
            span = _sentence_with_both(document, hit.passage, drug_names, entity.names)
            if span is not None:
                items.append(
                    EvidenceItem(document=document, passage=hit.passage, quote_start=span[0], quote_end=span[1])
                )
        return items[:limit]


def _sentence_with_both(
    document: Document, passage: Passage, drug: tuple[str, ...], gene: tuple[str, ...]
) -> tuple[int, int] | None:
    """Span of the first sentence of the passage that names drug and gene; None where no single sentence does."""
    for low, high in sentence_spans(passage.text):
        sentence = passage.text[low:high]
        if names_one_of(sentence, drug) and names_one_of(sentence, gene):
            return passage.start + low, passage.start + high
    return None

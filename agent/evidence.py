"""What drafting needs of the knowledge base, as one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from agent.hypotheses.novelty import CoMentions
    from knowledge.mechanisms.model import KnownMechanism


class EvidenceSource(Protocol):
    """An open snapshot of the knowledge base."""

    @property
    def snapshot(self) -> str:
        """Id of the snapshot."""
        ...

    @property
    def n_documents(self) -> int:
        """Number of documents in the snapshot."""
        ...

    @property
    def embedder(self) -> str:
        """Name of the embedding model."""
        ...

    def drug_names(self, drug: str) -> tuple[str, ...]:
        """Spellings of the drug, its own name first."""
        ...

    def gene(self, name: str) -> Entity:
        """The entity a gene name stands for."""
        ...

    def records(self, drug: str) -> tuple[KnownMechanism, ...]:
        """All curated records of the drug that are not retracted."""
        ...

    def targets(self, drug: str) -> tuple[str, ...]:
        """Annotated target genes of the drug, whether or not anything else is on record."""
        ...

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """The closed set for one drug-gene pair: curated records first, then passages that name both."""
        ...

    def together(self, drug: str, entities: Sequence[Entity], limit: int) -> tuple[EvidenceItem, ...]:
        """Passages that name the drug and every entity, those of retracted documents left out."""
        ...

    def co_mentions(self, drug: str, entities: Sequence[Entity]) -> CoMentions:
        """Documents with a passage that names the drug and every entity, by stated year; retracted ones left out."""
        ...

    def popularity(self, entity: Entity) -> int:
        """Number of passages, of any drug, that name the gene."""
        ...

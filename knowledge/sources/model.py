"""What a source hands over: documents, mechanisms, and every record it could not use with the reason."""

from __future__ import annotations

from knowledge.documents import Document, Record
from knowledge.mechanisms.model import KnownMechanism


class Refusal(Record):
    """A record that was not taken over.

    Attributes
    ----------
    where
        File and line, page, or record id.
    reason
        Why, in words.
    """

    where: str
    reason: str


class SourceBatch(Record):
    """Everything one source gave.

    Attributes
    ----------
    documents, mechanisms
        Usable records in the order of the source.
    refused
        Unusable records; they are counted and shown, never dropped in silence.
    notes
        Things to tell the user: terms of use, a limit that was reached, a cursor that went in circles.
    """

    documents: tuple[Document, ...] = ()
    mechanisms: tuple[KnownMechanism, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: SourceBatch) -> SourceBatch:
        return SourceBatch(
            documents=self.documents + other.documents,
            mechanisms=self.mechanisms + other.mechanisms,
            refused=self.refused + other.refused,
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )

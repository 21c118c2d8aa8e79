"""Answer: what a tool gives back, with every sentence tied to the object or passage it was read from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agent.hypotheses.ledger import Label
from agent.hypotheses.numbers import NumberRef
from agent.records import Record

Source = Literal["computed", "passage", "none-found"]
LinkKind = Literal["drug", "gene", "line", "run", "passage", "brief", "job", "plot"]


class ComputedRef(Record):
    """Where the numbers of a computed sentence stand.

    Attributes
    ----------
    bundle, other
        Key of the explanation bundle, and of the second one in a comparison.
    origin
        What `facts` were read from, in words, for example ``genes.parquet, row BCL2``.
    facts
        Values read from the bundle's tables or worked out from them; the root ``facts`` or ``sheet`` of a number.
    numbers
        Every number of the sentence with its path and its span in the text.
    terms
        Names and texts of the object that were filled in: the only other places where digits may stand.
    """

    kind: Literal["computed"] = "computed"
    bundle: str | None = None
    other: str | None = None
    origin: str = ""
    facts: dict[str, JsonValue] = {}
    numbers: tuple[NumberRef, ...] = ()
    terms: tuple[str, ...] = ()


class PassageRef(Record):
    """The exact span of a stored document that a sentence shows.

    Attributes
    ----------
    start, end
        Half-open character offsets of `quote` in the document's text.
    sha256
        Of the UTF-8 bytes of `quote`.
    is_card
        True where the document is our own summary of a record and not a text of the paper.
    label, why
        How the quote stands to the finding and how that was decided; None where it was not judged.
    failed
        Checks that did not pass, in words; a sentence with any is ground for nothing.
    """

    kind: Literal["passage"] = "passage"
    passage_id: str
    document_id: str
    start: int
    end: int
    quote: str
    sha256: str
    pmid: str | None = None
    title: str | None = None
    year: int | None = None
    is_card: bool = False
    label: Label | None = None
    why: str = ""
    failed: tuple[str, ...] = ()


Ref = Annotated[ComputedRef | PassageRef, Field(discriminator="kind")]


class AnswerSentence(Record):
    """One sentence; `ref` is None only where nothing was found or nothing was computed."""

    text: str
    source: Source
    ref: Ref | None = None


class Link(Record):
    """Something that can be opened.

    Attributes
    ----------
    target
        Drug or line name, ``<drug>/<gene>`` for a gene, bundle key for a run, passage id, brief folder, job id, or
        ``<bundle key>/<plot name>``.
    """

    kind: LinkKind
    target: str
    label: str


class Cell(Record):
    """One cell of a table: text, the numbers in it by reference, and what it opens."""

    text: str
    numbers: tuple[NumberRef, ...] = ()
    terms: tuple[str, ...] = ()
    link: Link | None = None


class Table(Record):
    """A table; `ref` holds the facts that the numbers of its cells point into."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    ref: ComputedRef | None = None


class Subject(Record):
    """What an answer speaks of, so that the next question may leave it out."""

    drug: str | None = None
    other: str | None = None
    gene: str | None = None
    line: str | None = None
    module: int | None = None


class Answer(Record):
    """What a tool says.

    Attributes
    ----------
    kind
        Name of the tool.
    job
        Id of a background job that this answer started or speaks of.
    suggestions
        Questions or requests that may follow, as they can be typed.
    missing
        What is not there to answer with, and how to get it; None where nothing is missing.
    subject
        The objects spoken of.
    """

    kind: str
    title: str
    sentences: tuple[AnswerSentence, ...] = ()
    table: Table | None = None
    links: tuple[Link, ...] = ()
    suggestions: tuple[str, ...] = ()
    job: str | None = None
    missing: str | None = None
    subject: Subject = Subject()

    @property
    def text(self) -> str:
        """Title, sentences and what is missing as plain text, one a line."""
        lines = [self.title, *(s.text for s in self.sentences)]
        return "\n".join((*lines, self.missing) if self.missing else lines)

"""Records of the review: what is queued, what was decided, and what a reviewer gets to see."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from agent.records import Record
from agent.review.content import Content, Rating
from agent.review.reasons import Reason, Verb

Status = Literal["open", "accepted", "rejected", "edited"]
Origin = Literal["drafted", "decoy", "null_decoy"]
DECOYS: tuple[Origin, ...] = ("decoy", "null_decoy")
DECOY_WORDS: dict[str, str] = {
    "decoy": "a draft's numbers, said of a gene drawn at random",
    "null_decoy": "drafted from an explanation of permuted responses, in which no gene acts",
}
View = Literal["open", "blinded"]
STATUS_OF: dict[Verb, Status] = {"accept": "accepted", "reject": "rejected", "edit": "edited"}
OWN_WORDS = "the reviewer's own words; not checked against data or literature"


class Version(Record):
    """One wording of the statement.

    Attributes
    ----------
    number
        1 is the draft; every edit adds one.
    author
        ``oncobrief``, or the reviewer who wrote it.
    checked
        True for the draft alone: a reviewer's wording passed none of the checks behind a drafted sentence.
    created
        UTC; None in a blinded view.
    """

    number: int
    text: str
    author: str
    checked: bool
    created: datetime | None


class Decision(Record):
    """What one reviewer decided at one time.

    Attributes
    ----------
    sequence
        Order of all decisions, whatever the clock said.
    version
        The wording that was looked at; `made` is the one an edit added.
    view
        ``open``, or ``blinded``: taken without sight of others' decisions and of our rating.
    blind
        Taken in the blinded view by a reviewer who had not looked behind it before.
    created
        UTC, by the clock of the machine that wrote it.
    """

    sequence: int
    item: str
    reviewer: str
    verb: Verb
    reason: Reason
    note: str
    version: int
    made: int | None = None
    view: View
    blind: bool
    created: datetime


class QueueItem(Record):
    """One line of the queue.

    Attributes
    ----------
    kind, label, gene
        ``gene``, ``group``, ``pair``, ``module`` or ``rule``; what it is called; its leading gene.
    statement, version
        The newest wording (the draft, in a blinded view) and its number.
    checked
        False where `statement` is a reviewer's own wording.
    status
        After the last open decision; in a blinded view after this reviewer's own blinded one. Blinded decisions are
        measurements: they never change the status that others see.
    revision
        Number of open decisions (in a blinded view: of this reviewer's own). Hand it back with a decision, so that
        one taken on an outdated view is refused.
    brief, hypothesis, bundle, rating, added
        Where it comes from and what we make of it; None in a blinded view.
    """

    id: str
    drug: str
    screen: str
    kind: str
    label: str
    gene: str
    statement: str
    version: int
    checked: bool
    status: Status
    revision: int
    verdict: str
    novelty: str
    blinded: bool
    brief: str | None = None
    hypothesis: str | None = None
    bundle: str | None = None
    rating: Rating | None = None
    added: datetime | None = None


class ReviewItem(Record):
    """A hypothesis with its whole history, or what a blinded reviewer may see of it.

    Attributes
    ----------
    item
        Its line in the queue.
    content
        The draft: sentences, quotes, checks. In a blinded view without our rating (`content.rating` is None).
    versions
        All wordings, the draft first; in a blinded view the draft alone.
    decisions
        In order; in a blinded view this reviewer's own.
    origin
        ``drafted``; ``decoy``, under shuffled gene labels; ``null_decoy``, from permuted responses. None in a blinded
        view.
    same_pair
        Ids of other items of the same drug and label, from other briefs; empty in a blinded view.
    """

    item: QueueItem
    content: Content
    versions: tuple[Version, ...]
    decisions: tuple[Decision, ...]
    origin: Origin | None
    same_pair: tuple[str, ...] = ()


class Unblinding(Record):
    """A reviewer looked behind the blinded view.

    Attributes
    ----------
    item
        The item looked at; None for everything.
    how
        ``asked``: through `unblind`; ``shown``: opened an item in the plain view; ``listed``: listed the plain queue.
    """

    sequence: int
    reviewer: str
    item: str | None
    how: Literal["asked", "shown", "listed"]
    note: str
    created: datetime

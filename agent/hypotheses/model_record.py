"""What a language model added to a brief: its sentences with their rows, those that failed, and how it was asked."""

from __future__ import annotations

from typing import Literal

from agent.hypotheses.ledger import Check, LedgerRow
from agent.hypotheses.numbers import Sentence
from agent.records import Record

Slot = Literal["mechanism", "alternative", "experiment"]
SentenceLabel = Literal["supports", "inference", "unverified"]
UseStatus = Literal["used", "partly", "fallback"]

SLOT_WORDS: dict[Slot, str] = {
    "mechanism": "Mechanism",
    "alternative": "Other explanation",
    "experiment": "Experiment",
}


class ModelSentence(Record):
    """A sentence of a language model that passed every check of its wording.

    Attributes
    ----------
    id
        ``<gene>.P<n>``.
    label
        ``supports``: it says no more than a cited quote, word for word in its order, and the quote supports it;
        ``inference``: the model's own conclusion; ``unverified``: its citations could not be shown to bear on it.
    why
        How the label was decided.
    rows
        One ledger row a cited passage. Their labels are those of the passage on this sentence.
    checks
        Checks of the wording; all passed.
    """

    id: str
    slot: Slot
    sentence: Sentence
    label: SentenceLabel
    why: str
    rows: tuple[LedgerRow, ...] = ()
    checks: tuple[Check, ...] = ()


class RejectedSentence(Record):
    """A sentence of a language model that failed a check: kept for the record, never rendered as a claim.

    Attributes
    ----------
    attempt
        In which answer it stood, from 1.
    text, sha256
        The sentence as written (the endpoint's key taken out) and its hash.
    checks
        The checks it failed, with what was found.
    """

    id: str
    slot: Slot
    attempt: int
    text: str
    sha256: str
    checks: tuple[Check, ...]


class Proposal(Record):
    """What a language model added to one hypothesis.

    Attributes
    ----------
    status
        ``written``: an answer was read, whatever became of its sentences; ``no answer``: none could be used;
        ``not asked``: the budget or the endpoint ended before.
    why
        For the last two, the reason.
    answers
        Number of answers read, repairs included.
    withheld
        Passages that were not shown to the model because they read like instructions to it.
    """

    status: Literal["written", "no answer", "not asked"]
    why: str = ""
    answers: int = 0
    sentences: tuple[ModelSentence, ...] = ()
    rejected: tuple[RejectedSentence, ...] = ()
    withheld: tuple[str, ...] = ()


class ModelUse(Record):
    """How a language model was used in a brief; the same for the same answers.

    Attributes
    ----------
    status
        ``used``: every hypothesis has an answer; ``partly``: some have; ``fallback``: none has, the brief is the
        templates' alone.
    notice
        The same in a sentence, with the reason, for the first screen.
    model, temperature, seed
        As sent. `reported` holds the model names and fingerprints that came back.
    prompts
        Prompt file -> SHA-256.
    """

    status: UseStatus
    notice: str
    model: str
    temperature: float
    seed: int
    reported: tuple[str, ...] = ()
    prompts: dict[str, str] = {}

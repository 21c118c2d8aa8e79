"""From the slots of an answer to sentences that may be shown and sentences that failed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.hypotheses.claims import check_numbers
from agent.hypotheses.ledger import Check
from agent.hypotheses.model_checks import Closed, Finder, check_wording, failed
from agent.hypotheses.model_record import ModelSentence, RejectedSentence, SentenceLabel, Slot
from agent.hypotheses.model_support import better_source, cited_row, stated_directions
from agent.hypotheses.numbers import Num, compose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.hypotheses.ledger import EvidenceItem, LedgerRow
    from agent.hypotheses.model_slots import MechanismSlot, ProposalSlots, QuoteSlot
    from agent.hypotheses.numbers import Root
    from explain_engine.bundle import ExplanationBundle

ROOM: dict[Slot, int] = {"mechanism": 2, "alternative": 2, "experiment": 1}
_LENGTH: dict[Slot, tuple[int, int]] = {"mechanism": (1, 400), "alternative": (1, 400), "experiment": (3, 600)}


@dataclass(frozen=True)
class Case:
    """One hypothesis as a model sees it.

    Attributes
    ----------
    closed
        What any of its sentences may speak of; cited passages are added sentence by sentence.
    items
        Alias of a passage (``P1``) -> the passage: the closed set that was shown.
    numbers
        Mark (``n1``) -> where to read the number.
    """

    gene: str
    bundle: ExplanationBundle
    closed: Closed
    items: Mapping[str, EvidenceItem]
    numbers: Mapping[str, Num]
    find: Finder


@dataclass
class Judged:
    """Sentences of all answers so far, in the order they came."""

    kept: list[ModelSentence]
    rejected: list[RejectedSentence]

    def full(self, slot: Slot) -> bool:
        """Whether no further sentence of this slot is shown."""
        return sum(s.slot == slot for s in self.kept) >= ROOM[slot]


def judge(case: Case, slots: ProposalSlots, attempt: int, so_far: Judged) -> tuple[RejectedSentence, ...]:
    """Check every sentence of an answer, add it to what is kept or rejected, and return those newly rejected."""
    before = len(so_far.rejected)
    for mechanism in slots.mechanism:
        _take(case, "mechanism", mechanism.text, mechanism, attempt, so_far)
    for text in slots.alternatives:
        _take(case, "alternative", text, None, attempt, so_far)
    _take(case, "experiment", slots.experiment, None, attempt, so_far)
    return tuple(so_far.rejected[before:])


def _take(case: Case, slot: Slot, text: str, cites: MechanismSlot | None, attempt: int, so_far: Judged) -> None:
    if any(s.slot == slot and s.sentence.text == text for s in so_far.kept):
        return
    number = len(so_far.kept) + len(so_far.rejected) + 1
    claim_id = f"{case.gene}.P{number}"
    outcome = _judge(case, claim_id, slot, text, cites)
    if isinstance(outcome, ModelSentence):
        if not so_far.full(slot):
            so_far.kept.append(outcome)
            return
        outcome = (Check(name="its slot has room", passed=False, detail="other sentences were taken"),)
    so_far.rejected.append(
        RejectedSentence(
            id=claim_id,
            slot=slot,
            attempt=attempt,
            text=text.encode("utf-8", "replace").decode(),
            sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            checks=outcome,
        )
    )


def _judge(
    case: Case, claim_id: str, slot: Slot, text: str, cites: MechanismSlot | None
) -> ModelSentence | tuple[Check, ...]:
    """The sentence, or the checks it failed."""
    cited, quotes = (cites.passages, cites.quotes) if cites is not None else ([], [])
    closed_set, names = _check_citations(case, cited, quotes)
    if not closed_set.passed:
        # Without its citations the rest cannot be judged on what it was said to rest on.
        names = ()
    spans, quoted = _check_quotes(case, quotes if closed_set.passed else [])
    items = [case.items[name] for name in names]
    closed = replace(
        case.closed,
        cited=tuple(item.passage.text for item in items),
        also=stated_directions(case.items, names),
    )
    sentences, characters = _LENGTH[slot]
    wording, terms = check_wording(text, closed, case.find, sentences=sentences, characters=characters)
    checks = (closed_set, quoted, _check_source(case, text, names), *wording)
    if failed(checks):
        return failed(checks)
    roots: dict[Root, object] = {"bundle": case.bundle}
    sentence = compose(text, case.numbers, roots).model_copy(update={"terms": terms})
    counted = check_numbers(sentence, roots)
    if failed(counted):
        return failed(counted)
    rows = tuple(
        cited_row(f"{claim_id}.{k}", text, case.items[name], spans.get(name), closed)
        for k, name in enumerate(names, start=1)
    )
    opposed = sum(row.label == "contradicts" for row in rows)
    if opposed:
        detail = f"{opposed} of {len(rows)} say the opposite"
        return (Check(name="cited passages do not say the opposite", passed=False, detail=detail),)
    label, why = _label(slot, rows)
    if label != "supports":
        # A passage does not support a sentence that is not supported.
        rows = tuple(r.model_copy(update={"label": "mentions"}) if r.label == "supports" else r for r in rows)
    return ModelSentence(
        id=claim_id, slot=slot, sentence=sentence, label=label, why=why, rows=rows, checks=(*checks, *counted)
    )


def _check_citations(case: Case, cited: list[str], quotes: list[QuoteSlot]) -> tuple[Check, tuple[str, ...]]:
    names = tuple(dict.fromkeys([*cited, *(q.passage for q in quotes)]))
    strange = [n for n in names if n not in case.items]
    detail = f"{len(strange)} of {len(names)} ids are not in the closed set"
    return Check(
        name="cites passages of the closed set only", passed=not strange, detail=detail if strange else ""
    ), names


def _check_source(case: Case, text: str, names: tuple[str, ...]) -> Check:
    closed = case.closed
    better = better_source(text, names, case.items, (*closed.drug, *closed.gene)) if names else None
    detail = f"{better} holds far more of it" if better else ""
    return Check(name="cites the passage that it came from", passed=better is None, detail=detail)


def _check_quotes(case: Case, quotes: list[QuoteSlot]) -> tuple[dict[str, tuple[int, int]], Check]:
    spans: dict[str, tuple[int, int]] = {}
    altered = 0
    for quote in quotes:
        item = case.items[quote.passage]
        at = item.passage.text.find(quote.text) if quote.text.strip() else -1
        if at < 0:
            altered += 1
        elif _names_both(case, quote.text):
            spans.setdefault(quote.passage, (item.passage.start + at, item.passage.start + at + len(quote.text)))
    detail = f"{altered} of {len(quotes)} quotes differ from their passage" if altered else ""
    return spans, Check(name="quotes are exact, byte for byte", passed=not altered, detail=detail)


def _names_both(case: Case, text: str) -> bool:
    from agent.hypotheses.ledger import names_one_of

    return names_one_of(text, case.closed.drug) and names_one_of(text, case.closed.gene)


def _label(slot: Slot, rows: tuple[LedgerRow, ...]) -> tuple[SentenceLabel, str]:
    if slot != "mechanism":
        return "inference", "proposed by the model; nothing is cited for it"
    if not rows:
        return "inference", "concluded by the model; it cites nothing"
    if any(not row.valid for row in rows):
        return "unverified", "a cited passage fails a check of the ledger"
    if all(row.label == "supports" for row in rows):
        return "supports", "it repeats the quote it cites"
    if all(row.label in ("supports", "mentions") for row in rows):
        return "inference", "the cited passages name drug and gene; what it adds to them is the model's own"
    return "unverified", "a cited passage could not be shown to bear on it"

"""Whether the passages that a model cites bear its sentence out.

A free sentence can hold more than its source says, and no rule of ours reads everything. So a sentence counts as
supported only where it says no more than one quoted sentence, in the same words and order, and that quote supports it;
every other sentence is shown as the model's inference at most.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from agent.hypotheses.ledger import EvidenceItem, Label, LedgerRow, check_row, names_one_of, quote_hash, source_pmid
from agent.hypotheses.literature import label_item
from agent.hypotheses.model_words import HEDGES, NEGATIONS
from knowledge.evidence.spans import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.hypotheses.model_checks import Closed

_WORD = re.compile(r"[A-Za-z0-9]+")
_KEPT = 0.8
_FEWEST = 4
# Words that carry nothing that could be true or false.
_EMPTY = frozenset(
    ["the", "a", "an", "of", "and", "that", "to", "is", "are", "was", "were", "in", "by", "this", "these", "it", "its"]
)


def cited_row(claim_id: str, text: str, item: EvidenceItem, quote: tuple[int, int] | None, closed: Closed) -> LedgerRow:
    """The ledger row of one cited passage; its label is that of the passage on this sentence.

    Parameters
    ----------
    quote
        Span of the document that the model quoted, already checked; the item's own span where None.
    """
    start, end = quote if quote is not None else (item.start, item.end)
    words = item.document.text[start:end]
    on_hypothesis, direction, why = label_item(item, closed.direction, drug=closed.drug, gene=closed.gene)
    label, reason = _label(text, words, on_hypothesis, closed)
    row = LedgerRow(
        claim_id=claim_id,
        passage_id=item.passage.id,
        document_id=item.document.id,
        start=start,
        end=end,
        quote=words,
        sha256=quote_hash(words),
        pmid=source_pmid(item),
        is_card=item.document.kind == "card",
        direction=direction,
        label=label,
        why=f"{reason}; of the passage itself: {why}",
    )
    return check_row(row, {item.passage.id: item}, names=(("drug", closed.drug), ("gene", closed.gene)))


def _label(text: str, quote: str, on_hypothesis: Label, closed: Closed) -> tuple[Label, str]:
    if on_hypothesis == "supports" and says_no_more(text, quote):
        return "supports", "the sentence says no more than the quote, in its words"
    if names_one_of(quote, closed.drug) and names_one_of(quote, closed.gene):
        return "mentions", "the quote names drug and gene; the sentence goes beyond its words"
    return "unverified", "the quote does not name both drug and gene"


def says_no_more(text: str, quote: str) -> bool:
    """Whether `text` repeats one sentence of `quote`: its words in their order, next to nothing left out or added.

    Negations and hedges must be the same, so that leaving one out does not turn a quote round.
    """
    mine = _words(text)
    if len(mine) < _FEWEST:
        return False
    return any(_repeats(mine, _words(quote[low:high])) for low, high in sentence_spans(quote))


def _repeats(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    if len(mine) < _KEPT * len(theirs):
        return False
    turns = NEGATIONS | HEDGES
    if Counter(w for w in mine if w in turns) != Counter(w for w in theirs if w in turns):
        return False
    at = 0
    for word in mine:
        while at < len(theirs) and theirs[at] != word:
            at += 1
        if at == len(theirs):
            return False
        at += 1
    return True


def _words(text: str) -> list[str]:
    return [w for w in (w.lower() for w in _WORD.findall(text)) if w not in _EMPTY]


def stated_directions(items: Mapping[str, EvidenceItem], cited: Sequence[str]) -> frozenset[str]:
    """Directions that the records behind the cited passages state."""
    found = (items[name].mechanism for name in cited)
    return frozenset(m.direction for m in found if m is not None and m.direction != "not_stated")

"""Whether the passages that a model cites bear its sentence out.

A free sentence can hold more than its source says, and no rule of ours reads everything. So a sentence counts as
supported only where it says no more than one quoted sentence, in the same words and order, and that quote supports it;
every other sentence is shown as the model's inference at most.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

from agent.hypotheses.ledger import EvidenceItem, Label, LedgerRow, check_row, names_one_of, quote_hash, source_pmid
from agent.hypotheses.literature import label_item
from agent.hypotheses.model_checks import directions_said
from agent.hypotheses.model_words import HEDGES, NEGATIONS
from knowledge.evidence.spans import sentence_spans
from knowledge.evidence.support import assess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.hypotheses.model_checks import Closed
    from knowledge.mechanisms.model import Direction

_WORD = re.compile(r"[A-Za-z0-9]+")
_ENDING = re.compile(r"(?:ations?|ities|ity|ings?|ised|ises|ise|ized|izes|ize|ed|es|s|ly)$")
_KEPT = 0.8
# Below this share of common words a passage is not shown to bear on a sentence.
_BEARS_SOMEWHAT = 0.3
# From this share on, a passage that was not cited is taken to be the one the sentence came from.
_BEARS = 0.6
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
    on_sentence, direction, why = _passage_on(text, item, closed)
    label, reason = _label(text, words, item.passage.text, on_sentence, closed)
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


def _passage_on(text: str, item: EvidenceItem, closed: Closed) -> tuple[Label, Direction, str]:
    """What the passage says of the sentence's direction; records carry theirs, free text is read."""
    said = directions_said(text, closed)
    claimed = next(iter(said)) if len(said) == 1 else None
    if claimed is None:
        return "mentions", "not_stated", "the sentence states no direction that could be compared"
    if item.mechanism is not None:
        return label_item(item, _direction(claimed), drug=closed.drug, gene=closed.gene)
    found = assess(
        text,
        item.passage,
        drug=closed.drug[0],
        gene=closed.gene[0],
        direction=_direction(claimed),
        drug_names=closed.drug[1:],
        gene_names=closed.gene[1:],
    )
    # The model alone is right often, not always: what it says without the rules is not enough for "supports".
    label: Label = "mentions" if found.label == "supports" and found.tier == "model" else found.label
    return label, found.direction, "; ".join(found.reasons)


def _direction(claimed: str) -> Literal["higher_sensitises", "higher_resists"]:
    return "higher_resists" if claimed == "higher_resists" else "higher_sensitises"


def _label(text: str, quote: str, passage: str, on_sentence: Label, closed: Closed) -> tuple[Label, str]:
    if on_sentence == "contradicts":
        return "contradicts", "the passage says the opposite"
    if on_sentence == "supports" and says_no_more(text, quote):
        return "supports", "the sentence says no more than the quote, in its words"
    if shared_words(text, passage, (*closed.drug, *closed.gene)) < _BEARS_SOMEWHAT:
        return "unverified", "the sentence has next to no words in common with the passage"
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


def shared_words(text: str, passage: str, names: Sequence[str]) -> float:
    """Share of the sentence's words, names of drug and gene aside, that stand in the passage; 1 where it has none."""
    own = {stem for name in names for stem in _stems(name)}
    mine = {stem for stem in _stems(text) if stem not in own}
    return len(mine & set(_stems(passage))) / len(mine) if mine else 1.0


def better_source(
    text: str, cited: Sequence[str], items: Mapping[str, EvidenceItem], names: Sequence[str]
) -> str | None:
    """A passage of the closed set that was not cited and holds far more of the sentence than any that was."""
    shares = {name: shared_words(text, item.passage.text, names) for name, item in items.items()}
    best = max((shares[name] for name in cited), default=0.0)
    others = {name: share for name, share in shares.items() if name not in cited}
    first = max(others, key=lambda name: others[name], default=None)
    if first is None or others[first] < _BEARS or best >= others[first] / 2:
        return None
    return first


def _stems(text: str) -> list[str]:
    return [_ENDING.sub("", w) for w in _words(text) if len(w) > 2]


def stated_directions(items: Mapping[str, EvidenceItem], cited: Sequence[str]) -> frozenset[str]:
    """Directions that the records behind the cited passages state."""
    found = (items[name].mechanism for name in cited)
    return frozenset(m.direction for m in found if m is not None and m.direction != "not_stated")

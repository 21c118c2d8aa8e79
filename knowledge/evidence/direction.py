"""What a text says a gene does to the response to a drug, sentence by sentence, by rules that show their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from knowledge.documents import Record
from knowledge.evidence.cues import (
    AFTER_DISEASE_STATE,
    CLAUSE,
    DISEASE,
    DISEASE_STATE,
    GENE_LIKE,
    HEDGE,
    LEVEL,
    LINK,
    LOSS_FIRST,
    NEGATION,
    NEGATION_AFTER,
    NEGATION_FAR,
    NEGATION_TOUCHING,
    NEUTRAL_AFTER,
    NEUTRAL_BEFORE,
    NOT_GENES,
    RESPONSE_CUES,
    STATE_CUES,
    TARGET_CUES,
    UNDOES,
)
from knowledge.evidence.mentions import Span, drug_groups, find_names, other_drugs
from knowledge.evidence.spans import sentence_spans
from knowledge.mechanisms.model import Direction

Effect = Literal["sensitises", "resists", "no_effect", "mixed", "activates", "inhibits", "unverified"]
Scope = Literal["sentence", "passage", "other_drug", "other_gene", "none"]
GeneState = Literal["higher", "lower", "altered", "not_stated"]

# A negation reaches this many characters ahead of a trigger, within its clause.
_NEGATION_REACH = 45
# A drug that a trigger speaks of stands at most this far away.
_DRUG_REACH = 110
_STATE_REACH = 45
_OPPOSITE: dict[str, Effect] = {"sensitises": "resists", "resists": "sensitises", "no_effect": "no_effect"}


class TextSpan(Record):
    """Words of the text that was read: ``text[start:end]``, half-open."""

    start: int
    end: int
    text: str


class DirectionFinding(Record):
    """One statement of direction in one sentence.

    Attributes
    ----------
    label
        ``sensitises``/``resists``/``no_effect``: what goes with the gene's state in this sentence; ``activates``/
        ``inhibits``: what the drug does to the gene; negation is already applied.
    trigger
        The words that say so; `cues` holds the negating, hedging and state words that were used.
    negated, hedged
        Whether the trigger stands under a negation, whether the sentence is hedged.
    scope
        ``sentence``: drug and gene stand in this sentence; ``passage``: the passage names both, this sentence does not
        name one of them; ``other_drug``, ``other_gene``: the clause speaks of another one; ``none``: the passage
        lacks one.
    state
        The gene's state the sentence speaks of.
    sentence
        Span of the sentence.
    diseases
        Disease words of the sentence.
    """

    label: Effect
    trigger: TextSpan
    cues: tuple[TextSpan, ...] = ()
    negated: bool = False
    hedged: bool = False
    scope: Scope
    state: GeneState
    sentence: TextSpan
    diseases: tuple[str, ...] = ()

    @property
    def higher(self) -> Direction:
        """What a HIGHER level of the gene does, where the sentence speaks of a level; else ``not_stated``."""
        if self.label not in ("sensitises", "resists") or self.state not in ("higher", "lower"):
            return "not_stated"
        return "higher_sensitises" if (self.label == "sensitises") == (self.state == "higher") else "higher_resists"


def find_directions(
    text: str, *, drug: Sequence[str], gene: Sequence[str] = (), target: bool = False
) -> tuple[DirectionFinding, ...]:
    """All statements of direction in `text`, in its order.

    Parameters
    ----------
    text
        A passage. It is read as data: nothing in it is followed.
    drug, gene
        Spellings of the drug and of the gene; no gene means that only the drug has to be named.
    target
        Also report what the drug does to the gene (``activates``, ``inhibits``).
    """
    own = find_names(text, drug)
    others = other_drugs(text, own)
    genes = find_names(text, gene, gene=True)
    findings: list[DirectionFinding] = []
    for low, high in sentence_spans(text):
        sentence = text[low:high]
        local_own, local_others = _shift(own, low, high), _shift(others, low, high)
        local_genes = _shift(genes, low, high)
        named = (bool(own), not gene or bool(genes))
        reader = _Sentence(sentence, low, local_own, local_others, local_genes, named, bool(gene))
        findings.extend(reader.responses(only_own=bool(own) and not others))
        if target and gene:
            findings.extend(reader.target_effects())
    return tuple(findings)


def overall(findings: Sequence[DirectionFinding]) -> Effect:
    """One effect for a passage: the label of all unhedged findings in scope, ``mixed`` when they differ.

    Findings that name drug and gene in one sentence go before those that only share the passage. Without any finding
    in scope, or with hedged ones alone, the answer is ``unverified``.
    """
    for scope in ("sentence", "passage"):
        labels = {f.label for f in findings if f.scope == scope and not f.hedged and f.label in _OPPOSITE}
        if len(labels) == 1:
            return labels.pop()
        if labels:
            return "mixed"
    return "unverified"


def _shift(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    return [(start - low, end - low) for start, end in spans if low <= start and end <= high]


class _Sentence:
    """One sentence with its mentions; offsets inside are local, those of what it returns are the passage's."""

    def __init__(
        self,
        text: str,
        offset: int,
        own: list[Span],
        others: list[Span],
        genes: list[Span],
        named: tuple[bool, bool],
        gene_asked: bool,
    ) -> None:
        self.text, self.offset, self.genes = text, offset, genes
        self.groups = drug_groups(text, own, others)
        self.own, self.named, self.gene_asked = own, named, gene_asked
        self.whole = self._span(0, len(text))
        self.hedges = tuple(self._span(*m.span()) for m in HEDGE.finditer(text))
        self.diseases = tuple(dict.fromkeys(m.group().strip() for m in DISEASE.finditer(text)))
        self.triggers: list[Span] = []
        self.breaks = [m.start() for m in CLAUSE.finditer(text)]

    def responses(self, *, only_own: bool) -> list[DirectionFinding]:
        found: list[tuple[int, int, str]] = []
        for label, pattern in RESPONSE_CUES.items():
            for m in pattern.finditer(self.text):
                # "Cells with loss of KRAS responded": the loss is the gene's, the trigger is "responded".
                if LOSS_FIRST.match(m.group()) is None or not self._names_gene(*m.span()):
                    found.append((*m.span(), label))
                else:
                    found.extend((*inner, "sensitises") for inner in self._without_loss(*m.span()))
        # Of overlapping triggers the longest wins: "poor response" is not a response.
        found.sort(key=lambda f: f[0] - f[1])
        kept: list[tuple[int, int, str]] = []
        for start, end, label in found:
            if all(end <= s or start >= e for s, e, _ in kept):
                kept.append((start, end, label))
        self.triggers = [(start, end) for start, end, _ in kept]
        told = [trigger for trigger in sorted(kept) if not self._says_nothing(*trigger[:2])]
        return [self._response(start, end, label, only_own) for start, end, label in told]

    def _without_loss(self, start: int, end: int) -> list[Span]:
        """What of a trigger that opens with a lost gene is a trigger of its own."""
        return [m.span() for m in RESPONSE_CUES["sensitises"].finditer(self.text, start, end)]

    def _says_nothing(self, start: int, end: int) -> bool:
        """Whether the trigger names a disease state ("refractory lymphoma"), an aim or a measure, not a finding."""
        if DISEASE_STATE.match(self.text[start:end]) and AFTER_DISEASE_STATE.match(self.text[end : end + 80]):
            return True
        before, after = self.text[max(0, start - 50) : start], self.text[end : end + 60]
        return NEUTRAL_BEFORE.search(before) is not None or NEUTRAL_AFTER.match(after) is not None

    def _response(self, start: int, end: int, label: str, only_own: bool) -> DirectionFinding:
        cues: list[TextSpan] = []
        effect: Effect = label  # type: ignore[assignment]
        negation = self._negation(start, end) if label != "no_effect" else None
        if negation is not None:
            cues.append(self._span(*negation))
            # "did not confer resistance" denies an effect; "did not respond" and "not resistant" state the opposite.
            between = self.text[negation[1] : start] if negation[1] <= start else ""
            denied = LINK.search(between) and not self.text[negation[0] : negation[1]].lower().startswith(
                ("inv", "neg")
            )
            effect = "no_effect" if denied else _OPPOSITE[label]
        undone = UNDOES.search(self.text[max(0, start - 50) : start])
        if label == "resists" and undone is not None:
            shift = max(0, start - 50)
            cues.append(self._span(shift + undone.start(), shift + undone.start() + len(undone.group().rstrip())))
            effect = _OPPOSITE[effect]
        bound = self._drug_of(start, end)
        if bound is False:
            scope: Scope = "other_drug"
        elif not all(self.named):
            scope = "none"
        elif self.gene_asked and self._other_gene(start, end):
            scope = "other_gene"
        elif self.own and (self.genes or not self.gene_asked):
            scope = "sentence"
        elif bound or only_own or self.own:
            scope = "passage"
        else:
            scope = "other_drug" if self.groups else "passage"
        state, cue = self._state()
        if cue is not None:
            cues.append(self._span(*cue))
        return DirectionFinding(
            label=effect,
            trigger=self._span(start, end),
            cues=(*cues, *self.hedges),
            negated=negation is not None,
            hedged=bool(self.hedges),
            scope=scope,
            state=state,
            sentence=self.whole,
            diseases=self.diseases,
        )

    def target_effects(self) -> list[DirectionFinding]:
        """What the drug does to the gene: "DRUG inhibits GENE", "GENE inhibitor DRUG", "GENE is inhibited by DRUG"."""
        found = []
        for label, pattern in TARGET_CUES.items():
            for match in pattern.finditer(self.text):
                start, end = match.span()
                if not any(self._acts(d, g, start, end) for d in self.own for g in self.genes):
                    continue
                negation = self._negation(start, end)
                found.append(
                    DirectionFinding(
                        label="unverified" if negation else label,
                        trigger=self._span(start, end),
                        cues=((self._span(*negation),) if negation else ()) + self.hedges,
                        negated=negation is not None,
                        hedged=bool(self.hedges),
                        scope="sentence",
                        state="not_stated",
                        sentence=self.whole,
                        diseases=self.diseases,
                    )
                )
        return found

    def _acts(self, drug: Span, gene: Span, start: int, end: int) -> bool:
        between = self._same_clause(min(drug[0], gene[0], start), max(drug[1], gene[1], end))
        if not between or max(drug[1], gene[1], end) - min(drug[0], gene[0], start) > 120:
            return False
        word = self.text[start:end].lower()
        if word.endswith(
            ("or", "ors", "ist", "ists")
        ):  # "the BCL2 inhibitor venetoclax", "venetoclax, a BCL2 inhibitor"
            return 0 <= start - gene[1] <= 12 and abs(drug[0] - end) < 60
        by = re.search(r"\bby\b", self.text[end : drug[0]]) if end <= drug[0] else None
        if by:  # "GENE is inhibited by DRUG", "inhibition of GENE by DRUG"
            return gene[0] < drug[0]
        passive = re.search(r"\b(?:is|are|was|were|been)\s+(?:\w+\s+)?$", self.text[:start]) is not None
        return drug[1] <= start and end <= gene[0] and not passive

    def _negation(self, start: int, end: int) -> Span | None:
        clause = max([0, *(b for b in self.breaks if b < start)])
        low = max(clause, start - _NEGATION_REACH, self.text.rfind(")", 0, start))
        touching = NEGATION_TOUCHING.search(self.text, low, start)
        far = NEGATION_FAR.search(self.text, clause, start)
        if touching is not None and self._names_gene(*touching.span()):
            touching = None
        last = touching.span() if touching else far.span() if far else None
        for match in NEGATION.finditer(self.text, low, start):
            last = match.span()
        if last is not None and "not only" not in self.text[last[0] : last[1] + 6].lower():
            return last
        after = NEGATION_AFTER.match(self.text[end : end + 60])
        return (end + after.start(), end + after.end()) if after else None

    def _names_gene(self, start: int, end: int) -> bool:
        """Whether our gene or a word that looks like one stands there: a cue before it speaks of the gene's state."""
        if any(low < end and start < high for low, high in self.genes):
            return True
        return any(m.group() not in NOT_GENES for m in GENE_LIKE.finditer(self.text, start, end))

    def _same_clause(self, low: int, high: int) -> bool:
        return not any(low < b < high for b in self.breaks)

    def _drug_of(self, start: int, end: int) -> bool | None:
        """Whether the drug this trigger speaks of is ours; None when the sentence binds it to no drug."""
        if not self.groups:
            return None
        ahead = [(s - end, ours) for (s, _), ours in self.groups if s >= end and self._same_clause(end, s)]
        if ahead:
            gap, ours = min(ahead)
            if re.fullmatch(
                r"\W*(?:\w+\s+){0,5}?(?:to|with|of|on|for|by|from|against|under|after|following|during)\b[^.;]*",
                self.text[end : end + gap],
            ):
                return ours
        # "gefitinib-resistant", "a response to": the drug right before the trigger.
        behind = [(start - e, ours) for (_, e), ours in self.groups if e <= start]
        if behind:
            gap, ours = min(behind)
            if gap <= 2 or (self._same_clause(start - gap, start) and gap <= _DRUG_REACH):
                return ours
        if ahead and min(ahead)[0] <= _DRUG_REACH:
            return min(ahead)[1]
        return None if any(ours for _, ours in self.groups) else False

    def _other_gene(self, start: int, end: int) -> bool:
        """Whether the clause has a gene of its own that is not ours ("... whereas MCL1 conferred resistance")."""
        low = max([0, *(b for b in self.breaks if b <= start)])
        high = min([len(self.text), *(b for b in self.breaks if b >= end)])
        if any(low <= s and e <= high for s, e in self.genes):
            return False
        return any(match.group() not in NOT_GENES for match in GENE_LIKE.finditer(self.text, low, high))

    def _state(self) -> tuple[GeneState, Span | None]:
        """The state word nearest to a mention of the gene, within reach."""
        best: tuple[int, GeneState, Span] | None = None
        for low, high in self.genes:
            for state, pattern in STATE_CUES.items():
                for match in pattern.finditer(self.text, max(0, low - _STATE_REACH), high + _STATE_REACH):
                    # "High BCL2 expression" holds the gene; a word inside the gene's own mention says nothing.
                    if low <= match.start() and match.end() <= high:
                        continue
                    # "PTEN went with loss of response": the loss is the response's, and was read there.
                    if any(s < match.end() and match.start() < e for s, e in self.triggers):
                        continue
                    gap = max(match.start() - high, low - match.end(), 0)
                    if self._same_clause(min(low, match.start()), max(high, match.end())) and (
                        best is None or gap < best[0]
                    ):
                        best = (gap, state, match.span())  # type: ignore[assignment]
        if best is not None:
            return best[1], best[2]
        for low, high in self.genes:
            level = LEVEL.search(self.text, max(0, low - _STATE_REACH), high + _STATE_REACH)
            if level is not None:
                return "higher", level.span()
        return "not_stated", None

    def _span(self, start: int, end: int) -> TextSpan:
        return TextSpan(start=self.offset + start, end=self.offset + end, text=self.text[start:end])

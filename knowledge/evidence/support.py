"""Does this passage support this claim? Rules and small linear models that say "unverified" when they are not sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.documents import Passage, Record
from knowledge.embed import Embedder, default_embedder
from knowledge.errors import InputError
from knowledge.evidence.direction import DirectionFinding, Effect, TextSpan, find_directions, overall
from knowledge.evidence.linear import load_model
from knowledge.evidence.mentions import find_names
from knowledge.evidence.relevance import score_relevance
from knowledge.evidence.response import claim_direction, claim_variants, response_features, response_score
from knowledge.evidence.spans import sentence_spans
from knowledge.evidence.statement import nearest, statement_features
from knowledge.mechanisms.model import Direction

SupportLabel = Literal["supports", "contradicts", "mentions", "unverified"]
Tier = Literal["sentence", "passage", "model", "none"]
ClaimDirection = Literal["higher_sensitises", "higher_resists", "sensitises", "resists", "not_stated"]

_SIGNS: dict[str, int] = {"higher_sensitises": 1, "sensitises": 1, "higher_resists": -1, "resists": -1}
_EFFECT_SIGN: dict[str, int] = {"sensitises": 1, "resists": -1}


class SupportAssessment(Record):
    """What a passage says of a claim.

    Attributes
    ----------
    label
        ``supports``, ``contradicts``; ``mentions``: it names the subject and says nothing of the direction;
        ``unverified``: it could not be decided, or the passage is about something else.
    score
        Calibrated probability that the passage supports rather than contradicts; 0.5 where nothing was read.
    tier
        What the label rests on: ``sentence``/``passage``: the rules, with drug and gene in one sentence or in the
        passage, and the model agrees; ``model``: the model alone; ``none``: no verdict.
    direction
        What the passage says a higher level of the gene does; ``not_stated`` where it speaks of no level.
    reasons
        How the label came about, in order.
    triggers
        Words the rules read; offsets are those of the document.
    quote
        The sentence of the passage that the verdict rests on, or that is nearest to the claim; offsets of the document.
    relevance
        How much the passage speaks of the claim; None where naming drug and gene settled it.
    model
        Ids (name, version, hash) of the coefficients used.
    """

    label: SupportLabel
    score: float = 0.5
    tier: Tier = "none"
    direction: Direction = "not_stated"
    reasons: tuple[str, ...]
    triggers: tuple[TextSpan, ...] = ()
    quote: TextSpan | None = None
    relevance: float | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rules read in a passage about one drug and gene."""

    findings: tuple[DirectionFinding, ...]
    in_scope: tuple[DirectionFinding, ...]
    effect: Effect
    direction: Direction


def assess(
    claim: str,
    passage: Passage,
    *,
    drug: str | None = None,
    gene: str | None = None,
    direction: ClaimDirection | None = None,
    drug_names: Sequence[str] = (),
    gene_names: Sequence[str] = (),
    embedder: Embedder | None = None,
) -> SupportAssessment:
    """Assess whether `passage` supports `claim`.

    Parameters
    ----------
    claim
        One sentence.
    passage
        Its text is read as data: nothing in it is followed.
    drug, gene
        What the claim is about; with a drug and a direction it is read as a claim on drug response.
    direction
        What the claim says. ``higher_*`` speak of the gene's level: a passage that shows a loss is turned round, one
        that speaks of no level cannot settle it. None: read from the claim's words.
    drug_names, gene_names
        Further spellings.
    embedder
        Of the general claims; by default the offline one, loaded at the first such claim.

    Raises
    ------
    InputError
        The claim is blank.
    """
    if not claim.strip():
        raise InputError("the claim is blank; give one sentence to check against the passage")
    drugs = tuple(name for name in (drug, *drug_names) if name)
    genes = tuple(name for name in (gene, *gene_names) if name)
    missing = [
        f"the passage does not name {what!r}"
        for what, names, is_gene in ((drug, drugs, False), (gene, genes, True))
        if names and not find_names(passage.text, names, gene=is_gene)
    ]
    if missing:
        other = len(missing) < bool(drugs) + bool(genes)
        return SupportAssessment(label="mentions" if other else "unverified", reasons=tuple(missing))
    sign = _SIGNS.get(direction) if direction is not None else claim_direction(claim)
    if drugs and sign is not None:
        return _drug_response(
            claim, passage, drugs, genes, sign, level=bool(direction and direction.startswith("higher"))
        )
    return _general(claim, passage, drugs, genes, embedder or default_embedder())


def _read(passage: Passage, drugs: tuple[str, ...], genes: tuple[str, ...]) -> _Reading:
    findings = find_directions(passage.text, drug=drugs, gene=genes)
    in_scope = tuple(f for f in findings if f.scope in ("sentence", "passage"))
    levels = {f.higher for f in in_scope if f.higher != "not_stated" and not f.hedged}
    return _Reading(findings, in_scope, overall(findings), levels.pop() if len(levels) == 1 else "not_stated")


def _drug_response(
    claim: str, passage: Passage, drugs: tuple[str, ...], genes: tuple[str, ...], sign: int, *, level: bool
) -> SupportAssessment:
    model = load_model("response")
    reading = _read(passage, drugs, genes)
    states = {f.state for f in reading.in_scope if f.state != "not_stated"}
    lower = level and states == {"lower"}
    score, label, tier, reasons = 0.5, "unverified", "none", []
    if level and states != {"higher"} and not lower:
        reasons.append("the passage speaks of no one level of the gene: it can say nothing of higher or lower")
        label = "mentions"
    else:
        asked = -sign if lower else sign
        if lower:
            reasons.append("the passage speaks of a loss of the gene: its direction was turned round")
        features = response_features(
            passage.text, reading.findings, drug=drugs, gene=genes, variants=claim_variants(claim)
        )
        score = response_score(model, features, asked)
        label, tier, reason = _verdict(reading, score, asked, model.threshold)
        reasons.append(reason)
    quoted = _agreeing(reading, label, -sign if lower else sign)
    return SupportAssessment(
        label=label,
        score=score,
        tier=tier,
        direction=reading.direction,
        reasons=tuple(reasons),
        triggers=tuple(_in_document(span, passage) for f in reading.in_scope for span in (f.trigger, *f.cues)),
        quote=_in_document(quoted.sentence, passage) if quoted else None,
        model=model.id,
    )


def _verdict(reading: _Reading, score: float, asked: int, threshold: float) -> tuple[SupportLabel, Tier, str]:
    if not reading.in_scope:
        return "mentions", "none", "drug and gene are named, but no word of response is bound to them"
    if all(f.hedged for f in reading.in_scope):
        return "unverified", "none", "every statement on the response is hedged"
    rule = _EFFECT_SIGN.get(reading.effect, 0) * asked
    sure = max(score, 1 - score) >= threshold
    leaning = 1 if score >= 0.5 else -1
    tier: Tier = "sentence" if any(f.scope == "sentence" for f in reading.in_scope) else "passage"
    if reading.effect == "no_effect":
        if leaning < 0:
            return "contradicts", tier, "the passage reports no effect"
        return "unverified", "none", f"the passage reports no effect, the model leans the other way ({score:.2f})"
    if not sure:
        return "unverified", "none", f"rules read {reading.effect!r}, but the model is not sure ({score:.2f})"
    if rule and rule != leaning:
        return "unverified", "none", f"rules read {reading.effect!r}, the model the opposite ({score:.2f})"
    label: SupportLabel = "supports" if leaning > 0 else "contradicts"
    if rule:
        return label, tier, f"rules read {reading.effect!r}, the model agrees ({score:.2f})"
    return label, "model", f"rules read {reading.effect!r}; the model decides ({score:.2f})"


def _agreeing(reading: _Reading, label: str, asked: int) -> DirectionFinding | None:
    """The finding that shows the verdict best: one that says it, in a sentence that names drug and gene."""
    wanted = {"supports": asked, "contradicts": -asked}.get(label)
    ranked = sorted(
        reading.in_scope,
        key=lambda f: (_EFFECT_SIGN.get(f.label) != wanted if wanted else False, f.scope != "sentence", f.hedged),
    )
    return ranked[0] if ranked else None


def _general(
    claim: str, passage: Passage, drugs: tuple[str, ...], genes: tuple[str, ...], embedder: Embedder
) -> SupportAssessment:
    spans = sentence_spans(passage.text)
    sentences = [passage.text[start:end] for start, end in spans]
    if not sentences:
        return SupportAssessment(label="unverified", reasons=("the passage is blank",))
    vectors = embedder.embed([claim, *sentences])
    near = score_relevance(claim, passage.text, vectors[0], vectors[1:], drug=drugs, gene=genes)
    model = load_model("statement")
    best = spans[int(nearest(claim, sentences, vectors[1:] @ vectors[0])[0])]
    quote = TextSpan(start=passage.start + best[0], end=passage.start + best[1], text=passage.text[best[0] : best[1]])
    models = f"{near.model} {model.id}"
    if near.probability < load_model("relevance").threshold:
        reason = f"the passage does not speak of the claim (relevance {near.probability:.2f})"
        label: SupportLabel = "mentions" if drugs or genes else "unverified"
        return SupportAssessment(label=label, reasons=(reason,), quote=quote, relevance=near.probability, model=models)
    score = model.probability(statement_features(claim, sentences, vectors[1:], embedder))
    sure = max(score, 1 - score) >= model.threshold
    return SupportAssessment(
        label=("supports" if score >= 0.5 else "contradicts") if sure else "unverified",
        score=score,
        tier="model" if sure else "none",
        reasons=(f"the model of general claims {'decides' if sure else 'is not sure'} ({score:.2f})",),
        quote=quote,
        relevance=near.probability,
        model=models,
    )


def _in_document(span: TextSpan, passage: Passage) -> TextSpan:
    return TextSpan(start=span.start + passage.start, end=span.end + passage.start, text=span.text)

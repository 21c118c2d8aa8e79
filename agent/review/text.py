"""Items, agreement and calibration as plain text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.review.content import KIND_WORDS
from agent.review.model import DECOY_WORDS, OWN_WORDS
from agent.review.reasons import REASON_WORDS

if TYPE_CHECKING:
    from agent.review.agreement import Agreement
    from agent.review.calibration import Bin, Calibration
    from agent.review.model import ReviewItem
    from explain_engine.record import Interval


def item_text(found: ReviewItem) -> str:
    """One hypothesis with everything that the view shows of it."""
    item, content = found.item, found.content
    out = [f"{item.id}  {item.drug}  {item.label}  {item.status}, revision {item.revision}", "", item.statement]
    if not item.checked:
        out += [f"  by {found.versions[-1].author}: {OWN_WORDS}", f"  The draft reads: {content.statement}"]
    if found.origin in DECOY_WORDS:
        out += ["", f"DECOY, no finding: {DECOY_WORDS[found.origin]}."]
    if content.rating is not None:
        rating = content.rating
        why = f" ({'; '.join(rating.why)})" if rating.why else ""
        out += ["", f"Data: {rating.tier}{why}; score {_interval(rating.score)}", f"Literature: {rating.literature}"]
    out += [f"Mechanism: {content.verdict_why}", f"Novelty: {content.novelty_why}"]
    for kind, words in KIND_WORDS.items():
        sentences = [s for s in content.said if s.kind == kind]
        if sentences:
            out += ["", words]
        for sentence in sentences:
            out.append(f"  {sentence.text}" + "".join(f"  CHECK FAILED: {what}" for what in sentence.failed))
            for quote in sentence.quotes:
                source = f"PMID {quote.pmid}" if quote.pmid is not None else quote.document
                failed = "".join(f"; CHECK FAILED: {what}" for what in quote.failed)
                out.append(f"    {quote.label}: {source}, passage {quote.passage}, {quote.start}-{quote.end}{failed}")
    if len(found.versions) > 1:
        out += ["", "Wordings"]
        out += [f"  {v.number}. {v.author}{'' if v.checked else ' (not checked)'}: {v.text}" for v in found.versions]
    if found.decisions:
        out += ["", "Decisions"]
        out += [
            f"  {d.created:%Y-%m-%d %H:%M} UTC  {d.reviewer}  {d.verb}, version {d.version}: "
            f"{REASON_WORDS[d.reason].lower()}" + (f" ({d.note})" if d.note else "")
            for d in found.decisions
        ]
    if found.same_pair:
        out += ["", f"The same drug and gene from other briefs: {', '.join(found.same_pair)}"]
    return "\n".join(out)


def agreement_text(found: Agreement) -> str:
    """Decisions by reviewer and every kappa with its interval."""
    out = [f"{found.items} hypotheses decided by two reviewers or more"]
    for name, counts in found.decisions.items():
        out.append(f"  {name}: " + ", ".join(f"{count} {verb}" for verb, count in counts.items()))
    for pair in found.pairs:
        said = f"kappa {_interval(pair.kappa)}" if pair.kappa is not None else str(pair.missing)
        same = f"{pair.observed:.0%} alike, " if pair.observed is not None else ""
        out.append(f"{pair.reviewers[0]} and {pair.reviewers[1]}: {pair.items} shared, {same}{said}")
    if found.fleiss is not None:
        out.append(f"Fleiss' kappa over {found.fleiss_items} items that all decided: {_interval(found.fleiss)}")
    if found.missing is not None:
        out.append(found.missing)
    return "\n".join(out)


def calibration_text(found: Calibration) -> str:
    """Reliability table, Brier score, AUROC and the share of decoys accepted."""
    out = []
    if found.missing is not None:
        out.append(found.missing)
    else:
        out.append(f"{found.items} settled drafts, {found.accepted} accepted")
        out += [_bin(entry) for entry in (*found.tiers, *found.scores)]
        out.append(f"Brier score by tier {_or_none(found.brier)}, by base rate {found.brier_base:.3f}")
        out.append(f"Skill over the base rate {_or_none(found.skill)}")
        out.append(f"AUROC of the tier {_or_none(found.auroc_tier)}, of the data score {_or_none(found.auroc_score)}")
    left_out = {
        "only reworded": found.edited,
        "reviewers divided": found.tied,
        "of an unknown tier": found.unrated,
        "decided in the blinded view after a look behind it": found.decoys.not_blind,
    }
    out += [f"left out: {count} {what}" for what, count in left_out.items() if count]
    rates = found.decoys
    if rates.missing is not None:
        out.append(f"decoys: {rates.missing}")
    else:
        out.append(
            f"accepted blind: {_or_none(rates.decoys)} of decoys, {_or_none(rates.drafts)} of drafts, "
            f"{_or_none(rates.drafts_off_record)} of drafts without any literature"
            + (f"; {_interval(rates.null_decoys)} of decoys from permuted responses" if rates.null_decoys else "")
        )
    return "\n".join(out)


def _bin(entry: Bin) -> str:
    foretold = f", foretold {entry.forecast:.2f}" if entry.forecast is not None else ""
    return f"  {entry.label}: {entry.accepted} of {entry.items} accepted, {_interval(entry.share)}{foretold}"


def _or_none(interval: Interval | None) -> str:
    return _interval(interval) if interval is not None else "not given"


def _interval(interval: Interval) -> str:
    return f"{interval.estimate:.2f} ({interval.low:.2f} to {interval.high:.2f}; {interval.method})"

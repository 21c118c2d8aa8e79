"""Accepted hypotheses as a brief in Markdown: what was drafted and checked, and whose words the rest are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import show_interval, show_number
from agent.report.markdown import escape
from agent.report.wording import RESEARCH_USE
from agent.review.content import KIND_WORDS
from agent.review.model import OWN_WORDS
from agent.review.reasons import REASON_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.review.content import Quote, Said
    from agent.review.model import Decision, ReviewItem


def as_markdown(items: Sequence[ReviewItem]) -> str:
    """The brief; one section a hypothesis, by drug."""
    out = ["# Accepted hypotheses", "", RESEARCH_USE, ""]
    if not items:
        out += ["No hypothesis was accepted yet.", ""]
    for drug in sorted({item.item.drug for item in items}):
        out += [f"## {escape(drug)}", ""]
        for item in items:
            if item.item.drug == drug:
                out += _section(item)
    return "\n".join(out).rstrip() + "\n"


def _section(found: ReviewItem) -> list[str]:
    item, content = found.item, found.content
    newest = found.versions[-1]
    out = [f"### {escape(newest.text)}", ""]
    if not newest.checked:
        out += [
            f"*Wording by {escape(newest.author)}: {OWN_WORDS}.* The draft, which was checked, reads: "
            f"{escape(content.statement)}",
            "",
        ]
    out += [f"- {line}" for line in _history(found.decisions)]
    if content.rating is not None:
        rating = content.rating
        score, low, high = show_interval(rating.score)
        null = "no null run" if rating.q is None else f"null q {show_number(rating.q, 'p')}"
        out += [
            f"- Data: {rating.tier}; score {score} ({low} to {high}); {null}.",
            f"- Literature: {escape(rating.literature)}; {rating.supporting} supporting, {rating.contradicting} "
            f"contradicting, {rating.mentioning} mentioning.",
        ]
    out += [
        f"- Mechanism: {escape(content.verdict_why)}. Novelty: {escape(content.novelty_why)}.",
        f"- Screen {escape(item.screen)}, bundle `{item.bundle}`, brief `{(item.brief or '')[:16]}`, review id "
        f"`{item.id}`.",
        "",
    ]
    for kind, words in KIND_WORDS.items():
        sentences = [s for s in content.said if s.kind == kind]
        if sentences:
            out += [f"**{words}**", "", *(f"- {_sentence(s)}" for s in sentences), ""]
    out += [f"- Not rendered: {escape(line)}." for line in content.not_rendered]
    return [*out, ""] if content.not_rendered else out


def _history(decisions: Sequence[Decision]) -> list[str]:
    words = {"accept": "Accepted", "reject": "Rejected", "edit": "Reworded"}
    return [
        f"{words[d.verb]} by {escape(d.reviewer)} on {d.created:%Y-%m-%d}: {REASON_WORDS[d.reason].lower()}"
        + (f" — “{escape(d.note)}”" if d.note else "")
        + "."
        for d in decisions
        if d.view == "open"
    ]


def _sentence(sentence: Said) -> str:
    text = escape(sentence.text)
    note = f" ({escape(sentence.note)})" if sentence.note else ""
    failed = "".join(f" **Check failed: {escape(what)}.**" for what in sentence.failed)
    return f"{text}{note}{failed}" + "".join(_quote(q) for q in sentence.quotes)


def _quote(quote: Quote) -> str:
    link = (
        f"[PMID {quote.pmid}](https://pubmed.ncbi.nlm.nih.gov/{quote.pmid}/)"
        if quote.pmid is not None and quote.pmid.isdigit()
        else escape(quote.document)
    )
    failed = "".join(f" **Check failed: {escape(what)}.**" for what in quote.failed)
    return (
        f" — **{escape(quote.label)}**, {'our summary of ' if quote.is_card else ''}{link}, passage "
        f"{escape(quote.passage)}, characters {quote.start}–{quote.end}, sha256 `{quote.sha256[:12]}`{failed}"
    )

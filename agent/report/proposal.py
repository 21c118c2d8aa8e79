"""How a language model's sentences are shown: marked as its own wherever they stand, failures by name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.model_record import SLOT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agent.hypotheses.ledger import LedgerRow
    from agent.hypotheses.model_record import ModelSentence, Proposal, RejectedSentence

LABEL_WORDS = {
    "supports": "supports",
    "inference": "the model's inference, not evidence",
    "unverified": "unverified",
}
HEADING = "Proposed by a language model: its own wording, not evidence, no part in the ranking"


def proposal_markdown(
    proposal: Proposal, escape: Callable[[str], str], source: Callable[[LedgerRow], str]
) -> list[str]:
    """Lines of Markdown for one hypothesis.

    Parameters
    ----------
    escape, source
        Make text harmless; name the source of a row.
    """
    out = [f"**{HEADING}**", ""]
    out += [_sentence(s, escape, source) for s in proposal.sentences]
    out += [f"- Not rendered: {escape(line)}." for line in rejected_lines(proposal.rejected)]
    out += [f"- Not shown to the model, as it reads like an instruction: {escape(w)}." for w in proposal.withheld]
    if proposal.why:
        out.append(f"- {escape(ending(proposal))}")
    if len(out) == 2:
        out.append("- The answer held no sentence.")
    return [*out, ""]


def rejected_lines(rejected: Iterable[RejectedSentence]) -> list[str]:
    """One line a failed sentence: which it was and what it failed, not what it said."""
    return [
        f"{r.id}, a sentence of the model ({SLOT_WORDS[r.slot].lower()}) that failed: "
        f"{'; '.join(c.name for c in r.checks)} (sha256 {r.sha256[:12]})"
        for r in rejected
    ]


def ending(proposal: Proposal) -> str:
    """Why there is no answer, or no further one."""
    what = {
        "written": "No further answer was read",
        "no answer": "The model gave no usable answer",
        "not asked": "The model was not asked",
    }[proposal.status]
    return f"{what}: {proposal.why}."


def _sentence(sentence: ModelSentence, escape: Callable[[str], str], source: Callable[[LedgerRow], str]) -> str:
    cited = "".join(
        f"; cites “{escape(row.quote)}” ({source(row)}; the passage on this sentence: {row.label}; "
        f"ledger {escape(row.claim_id)})"
        for row in sentence.rows
    )
    return (
        f"- {SLOT_WORDS[sentence.slot]}: *{escape(sentence.sentence.text)}* — **{LABEL_WORDS[sentence.label]}** "
        f"({escape(sentence.why)}){cited}"
    )

"""The language model's part of a brief: asked for each hypothesis, checked, set beside the templates' sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.hypotheses.model_checks import Closed, Finder
from agent.hypotheses.model_judge import Case, Judged, judge
from agent.hypotheses.model_record import ModelUse, Proposal, RejectedSentence, UseStatus
from agent.hypotheses.model_slots import ProposalSlots, read_slots, schema_for
from agent.hypotheses.numbers import Num
from agent.llm.client import Message
from agent.llm.errors import AnswerError, BudgetError, EndpointError
from agent.llm.prompting import as_data, fill, nonce_of, reads_as_instruction
from agent.prompts import Prompt, load_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from agent.hypotheses.model import RankedHypothesis
    from agent.hypotheses.select import Selection
    from agent.llm.session import Session
    from explain_engine.bundle import ExplanationBundle

PROMPT = ("hypothesis/propose", 1)
_MEMBERS = 5
_NAMES = 12
_FORM = (
    '{"mechanism": [{"text": "…", "passages": ["…"], "quotes": [{"passage": "…", "text": "…"}]}], '
    '"alternatives": ["…"], "experiment": "…"}'
)


@dataclass(frozen=True)
class Asked:
    """One hypothesis ready to be asked about.

    Attributes
    ----------
    messages, schema
        What is sent first.
    withheld
        Ids of passages that read like instructions and were left out.
    """

    case: Case
    messages: tuple[Message, ...]
    schema: Mapping[str, object]
    withheld: tuple[str, ...]


def prepare(
    bundle: ExplanationBundle,
    hypothesis: RankedHypothesis,
    evidence: Sequence[EvidenceItem],
    drug_names: tuple[str, ...],
    entity: Entity,
    find: Finder,
) -> Asked:
    """Lay out what the model is shown of one hypothesis; nothing is sent.

    Parameters
    ----------
    evidence
        The closed set of the gene's passages; retracted ones are not shown to the model.
    find
        Finds names of genes and drugs in a text.
    """
    template = load_prompt(*PROMPT)
    draft = hypothesis.draft
    candidate = draft.candidate
    # What was retracted is ground for nothing: the model does not see it, and cannot cite it.
    sound = [item for item in evidence if not item.document.retracted]
    told = [item for item in sound if reads_as_instruction(item.passage.text)]
    items = {f"P{i}": item for i, item in enumerate((e for e in sound if e not in told), start=1)}
    numbers, described = _numbers(bundle, candidate.index, candidate.gene)
    closed = Closed(
        drug=drug_names,
        gene=entity.names,
        others=candidate.members,
        cited=(),
        marks=frozenset(numbers),
        direction=candidate.direction,
    )
    nonce = nonce_of([bundle.digest, candidate.gene, *(item.passage.text for item in items.values())])
    members = ", ".join(candidate.members[:_MEMBERS])
    values = {
        "nonce": nonce,
        "gene": candidate.gene,
        "drug": bundle.drug,
        "statement": draft.statement.text,
        "verdict": VERDICT_WORDS[draft.verdict.code],
        "group": f"The data cannot tell {candidate.gene} from {members}." if members else "",
        "numbers": described,
        "passages": "\n".join(as_data(name, item.passage.text, nonce) for name, item in items.items()) or "(none)",
        "form": _FORM,
        "own_names": ", ".join(dict.fromkeys((candidate.gene, bundle.drug, *entity.names, *drug_names)).keys())
        if len(entity.names) + len(drug_names) <= _NAMES
        else f"{candidate.gene} and {bundle.drug} with their synonyms",
    }
    messages = (
        Message(role="system", content=fill(template.section("system"), values)),
        Message(role="user", content=fill(template.section("user"), values)),
    )
    schema = schema_for(template.answer or {}, tuple(items))
    case = Case(gene=candidate.gene, bundle=bundle, closed=closed, items=items, numbers=numbers, find=find)
    return Asked(case=case, messages=messages, schema=schema, withheld=tuple(item.passage.id for item in told))


def propose(session: Session, asked: Asked) -> Proposal:
    """Ask about one hypothesis and judge what comes back; never raises for what an endpoint does."""
    template = load_prompt(*PROMPT)
    so_far = Judged(kept=[], rejected=[])
    messages = asked.messages
    answers, why = 0, ""
    for attempt in range(1, session.settings.repairs + 2):
        try:
            answer, _ = session.ask(messages, asked.schema, read_slots)
            slots: ProposalSlots = read_slots(answer.text)
        except (AnswerError, EndpointError, BudgetError) as error:
            why = str(error)
            break
        answers = attempt
        faults = judge(asked.case, slots, attempt, so_far)
        if not faults:
            break
        messages = _repair(template, asked.messages, answer.text, faults)
    ended = session.ended is not None and not answers
    return Proposal(
        status="written" if answers else "not asked" if ended else "no answer",
        why=why,
        answers=answers,
        sentences=tuple(so_far.kept),
        rejected=tuple(so_far.rejected),
        withheld=asked.withheld,
    )


def propose_all(session: Session, selection: Selection, asked: Mapping[str, Asked]) -> tuple[Selection, ModelUse]:
    """Ask about the hypotheses shown, in their order; what is whole is kept whenever the session ends.

    Parameters
    ----------
    asked
        Hypothesis id -> what to ask; hypotheses without one stay the templates'.
    """
    shown = tuple(
        h.model_copy(update={"proposal": propose(session, asked[h.id])}) if h.id in asked else h
        for h in selection.shown
    )
    return selection.model_copy(update={"shown": shown}), _use(session, [h.proposal for h in shown if h.proposal])


def _use(session: Session, proposals: Sequence[Proposal]) -> ModelUse:
    settings = session.settings
    model = session.model.clean(settings.model or "")
    written = sum(p.status == "written" for p in proposals)
    kept = sum(len(p.sentences) for p in proposals)
    dropped = sum(len(p.rejected) for p in proposals)
    reason = next((p.why for p in proposals if p.status != "written" and p.why), "")
    status: UseStatus
    if not proposals:
        status, notice = "used", f"The language model {model} was not asked: there is no hypothesis to ask about."
    elif not written:
        status = "fallback"
        notice = f"The language model {model} gave no usable answer ({reason}): this brief is in template mode."
    else:
        status = "used" if written == len(proposals) else "partly"
        counts = f"{kept} sentence(s) shown, {dropped} not rendered after a failed check"
        notice = f"The language model {model} was asked about {len(proposals)} hypotheses: {counts}."
        if status == "partly":
            notice += f" {len(proposals) - written} have no usable answer ({reason}) and stay in template mode."
    prompt = load_prompt(*PROMPT)
    return ModelUse(
        status=status,
        notice=notice,
        model=model,
        temperature=settings.temperature,
        seed=settings.seed,
        reported=session.reported,
        prompts={prompt.name: prompt.sha256},
    )


def _repair(
    template: Prompt, first: tuple[Message, ...], text: str, faults: Sequence[RejectedSentence]
) -> tuple[Message, ...]:
    lines = [
        f"- {json.dumps(f.text[:200], ensure_ascii=False)}: failed: {'; '.join(c.name for c in f.checks)}"
        for f in faults
    ]
    return (
        *first,
        Message(role="assistant", content=text),
        Message(role="user", content=fill(template.section("repair"), {"faults": "\n".join(lines)})),
    )


def _numbers(bundle: ExplanationBundle, index: int, gene: str) -> tuple[dict[str, Num], str]:
    """Marks for numbers, and the list of them that the model is shown: what they are, not what they are worth."""
    at = f"attribution.genes[{index}]"
    known = [
        (Num(path=f"{at}.effect.estimate"), f"change of the predicted response for one standard deviation more {gene}"),
        (Num(path=f"{at}.correlation"), f"Spearman correlation of {gene} expression with the measured response"),
        (Num(path="fit.n_lines", spec="d"), "number of cell lines"),
        (Num(path=f"{at}.rank", spec="d"), f"rank of {gene} among all genes"),
    ]
    marks = {f"n{i}": number for i, (number, _) in enumerate(known, start=1)}
    return marks, "\n".join(f"- {{n{i}}}: {words}" for i, (_, words) in enumerate(known, start=1))

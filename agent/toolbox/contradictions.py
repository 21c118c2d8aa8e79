"""What contradicts a finding: passages, records, verdicts, the second screen, lineage, nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.candidates import Q_BAR
from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.hypotheses.numbers import Num, interval_spec
from agent.report.depth import CODE_WORDS
from agent.toolbox.gene import candidate_of, gene_links, sheet_of, within_sentence
from agent.toolbox.literature import draft_of, passage_links, row_sentences
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject
from agent.toolbox.telling import Teller, Values
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.hypotheses.candidates import Candidate
    from agent.hypotheses.falsification import FalsificationSheet
    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened

KIND = "contradictions"
LOOKED_AT = 12
_ADVERSE = ("explained_by_lineage", "not_varying", "no_signal", "not_measured")


def contradictions(desk: Desk, drug: str, gene: str | None = None) -> Answer:
    """Everything at hand that speaks against one finding, or against the best-ranked ones of a drug."""
    opened = desk.opened(KIND, drug)
    bundle, teller = opened.bundle, Teller(opened.bundle)
    if gene is not None:
        genes = [desk.gene(KIND, opened, gene).name or gene]
    else:
        genes = [g.gene for g in bundle.attribution.genes[:LOOKED_AT]]
    sentences: list[AnswerSentence] = []
    for verdict in bundle.verdicts or ():
        if verdict.code in _ADVERSE and (gene is None or verdict.gene in genes):
            values: Values = {"gene": verdict.gene, "why": verdict.why, "subject": CODE_WORDS[verdict.code]}
            sentences.append(teller.say("contradict_target", values, origin="verdicts"))
    for name in genes:
        sheet = sheet_of(opened, name)
        candidate = candidate_of(opened, name, sheet)
        if candidate is not None:
            sentences += _literature(desk, opened, teller, candidate)
            sentences += _data(opened, teller, candidate, sheet, alone=gene is not None)
    sentences += _replication(opened, teller, set(genes))
    subject = f"{genes[0]} for {bundle.drug}" if gene is not None else f"the best-ranked genes for {bundle.drug}"
    if not sentences:
        sentences.append(teller.absent("contradict_none", {"subject": subject}))
    links = (
        gene_links(opened, genes[0])
        if gene is not None
        else (
            Link(kind="drug", target=bundle.drug, label=bundle.drug),
            Link(kind="run", target=bundle.key, label=f"explanation {bundle.key[:12]}"),
        )
    )
    return Answer(
        kind=KIND,
        title=f"What contradicts {subject}?",
        sentences=tuple(sentences),
        links=(*links, *passage_links(sentences)),
        suggestions=tuple(f"is {name} for {bundle.drug} lineage?" for name in genes[:2]),
        subject=Subject(drug=bundle.drug, gene=genes[0] if gene is not None else None),
    )


def _literature(desk: Desk, opened: Opened, teller: Teller, candidate: Candidate) -> list[AnswerSentence]:
    draft = draft_of(desk, opened, candidate)
    found: list[AnswerSentence] = []
    if draft.verdict.code in ("contradicts", "contested"):
        why = f"{VERDICT_WORDS[draft.verdict.code]}, {draft.verdict.why}"
        facts = draft.verdict.model_dump(mode="json")
        found.append(teller.say("contradict_verdict", {"gene": candidate.gene, "why": why}, facts=facts))
    for sentence in row_sentences(desk, draft):
        ref = sentence.ref
        if ref is not None and ref.kind == "passage" and ref.label == "contradicts":
            found.append(sentence)
    return found


def _data(
    opened: Opened, teller: Teller, candidate: Candidate, sheet: FalsificationSheet | None, *, alone: bool
) -> list[AnswerSentence]:
    gene = opened.bundle.attribution.genes[candidate.index]
    at = f"attribution.genes[{candidate.index}]"
    base: Values = {"gene": candidate.gene, "unit": RESPONSE_UNIT[opened.bundle.kind]}
    found = []
    if sheet is not None and sheet.opposed:
        found.append(within_sentence(teller, "contradict_opposed", base, sheet))
    adjusted = gene.adjusted_effect
    if alone and adjusted is not None and adjusted.low <= 0.0 <= adjusted.high:
        spec = interval_spec(adjusted)
        values: Values = {
            "gene": candidate.gene,
            "adjusted": Num(path=f"{at}.adjusted_effect.estimate", spec=spec),
            "adjusted_low": Num(path=f"{at}.adjusted_effect.low", spec=spec),
            "adjusted_high": Num(path=f"{at}.adjusted_effect.high", spec=spec),
        }
        found.append(teller.say("contradict_adjusted", values))
    if alone and gene.q is not None and gene.q > Q_BAR:
        found.append(teller.say("contradict_null", {"q": Num(path=f"{at}.q", spec="p")}))
    return found


def _replication(opened: Opened, teller: Teller, genes: set[str]) -> list[AnswerSentence]:
    found = []
    for r, screen in enumerate(opened.bundle.replication or ()):
        for f, finding in enumerate(screen.findings):
            if finding.gene in genes and not finding.replicated:
                at = f"replication[{r}].findings[{f}]"
                values: Values = {
                    "gene": finding.gene,
                    "screen": finding.screen,
                    "rho": Num(path=f"{at}.correlation.estimate"),
                    "low": Num(path=f"{at}.correlation.low"),
                    "high": Num(path=f"{at}.correlation.high"),
                    "n_lines": Num(path=f"{at}.n_lines", spec="d"),
                }
                found.append(teller.say("contradict_replication", values))
    return found

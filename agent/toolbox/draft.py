"""Draft a hypothesis: for a gene, for a module, or the best ones of a drug; and which lines would test it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.beyond_sheets import beyond_sheet
from agent.hypotheses.claims import LiteratureClaim
from agent.hypotheses.drafting import draft_test
from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.toolbox.gene import candidate_of, gene_links, sheet_of, unlisted
from agent.toolbox.literature import draft_of, draft_of_module, passage_links, row_sentences
from agent.toolbox.modules import module_of, module_sentences
from agent.toolbox.records import Answer, AnswerSentence, Cell, Link, Subject, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.hypotheses.falsification import FalsificationSheet
    from agent.hypotheses.model import HypothesisDraft
    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened

DRAFT = "draft"
LINES = "lines_to_test"


def draft(desk: Desk, drug: str, gene: str | None = None, module: int | None = None) -> Answer:
    """A hypothesis in checked sentences, with its test; the brief's own ones where neither gene nor module is named."""
    opened = desk.opened(DRAFT, drug)
    if module is not None:
        return _for_module(desk, opened, module)
    if gene is not None:
        return _for_gene(desk, opened, desk.gene(DRAFT, opened, gene).name or gene)
    return _best(desk, opened)


def lines_to_test(desk: Desk, drug: str, gene: str | None = None) -> Answer:
    """High and low lines of the same lineage that a test of the hypothesis would use, and how many it takes."""
    opened = desk.opened(LINES, drug)
    bundle, teller = opened.bundle, Teller(opened.bundle)
    name = desk.gene(LINES, opened, gene).name or gene if gene is not None else _leading(desk, opened)
    sheet = sheet_of(opened, name) if name is not None else None
    if name is None or sheet is None:
        asked = name or "any gene"
        return Answer(
            kind=LINES,
            title=f"Lines to test for {asked} and {bundle.drug}",
            sentences=(teller.absent("no_sheet", {"gene": asked}),),
            missing=f"a test within lineages for {asked}",
            suggestions=(f"draft a hypothesis for {bundle.drug}",),
            subject=Subject(drug=bundle.drug, gene=name),
        )
    told: Values = {"gene": name, "unit": RESPONSE_UNIT[bundle.kind]}
    return Answer(
        kind=LINES,
        title=f"Lines to test for {name} and {bundle.drug}",
        sentences=(teller.say("test_pairs", told), *_test(opened, teller, sheet)),
        table=_pairs(teller, sheet),
        links=(
            *gene_links(opened, name),
            *(Link(kind="line", target=line, label=line) for p in sheet.pairs for line in (p.high_line, p.low_line)),
        ),
        suggestions=tuple(f"why is {p.high_line} sensitive to {bundle.drug}?" for p in sheet.pairs[:1]),
        subject=Subject(drug=bundle.drug, gene=name),
    )


def _for_gene(desk: Desk, opened: Opened, gene: str) -> Answer:
    bundle, teller = opened.bundle, Teller(opened.bundle)
    sheet = sheet_of(opened, gene)
    candidate = candidate_of(opened, gene, sheet)
    if candidate is None:
        why = "it is not among the best-ranked genes" if gene in opened.ranks else "it was not measured"
        return Answer(
            kind=DRAFT,
            title=f"{gene} and {bundle.drug}: no hypothesis",
            sentences=(teller.absent("draft_left_out", {"gene": gene, "why": why}), *unlisted(opened, teller, gene)),
            links=gene_links(opened, gene),
            suggestions=(f"draft a hypothesis for {bundle.drug}", f"is {gene} and {bundle.drug} known?"),
            missing=f"enough support in the data for {gene}",
            subject=Subject(drug=bundle.drug, gene=gene),
        )
    drafted = draft_of(desk, opened, candidate)
    sentences = _drafted(desk, opened, teller, drafted, sheet)
    return Answer(
        kind=DRAFT,
        title=f"Hypothesis: {gene} and {bundle.drug}",
        sentences=tuple(sentences),
        table=_pairs(teller, sheet) if sheet is not None else None,
        links=(*gene_links(opened, gene), *passage_links(sentences)),
        suggestions=(f"what contradicts {gene} and {bundle.drug}?", f"write the brief for {bundle.drug}"),
        subject=Subject(drug=bundle.drug, gene=gene),
    )


def _for_module(desk: Desk, opened: Opened, number: int) -> Answer:
    bundle, teller = opened.bundle, Teller(opened.bundle)
    module = module_of(opened, number, DRAFT)
    drafted = draft_of_module(desk, opened, number)
    sheet = beyond_sheet(bundle, drafted.candidate, opened.tables.expression, opened.tables.lines)
    sentences = [*module_sentences(opened, teller, number), *_drafted(desk, opened, teller, drafted, sheet)]
    hub = module.hubs[0] if module.hubs else module.members[0]
    return Answer(
        kind=DRAFT,
        title=f"Hypothesis: module {number} and {bundle.drug}",
        sentences=tuple(sentences),
        table=_pairs(teller, sheet) if sheet is not None else None,
        links=(*gene_links(opened, hub), *passage_links(sentences)),
        suggestions=(f"modules of {bundle.drug}", f"write the brief for {bundle.drug}"),
        subject=Subject(drug=bundle.drug, gene=hub, module=number),
    )


def _drafted(
    desk: Desk, opened: Opened, teller: Teller, drafted: HypothesisDraft, sheet: FalsificationSheet | None
) -> list[AnswerSentence]:
    """Statement, data support, measurements, record, passages and test of one draft."""
    candidate, bundle = drafted.candidate, opened.bundle
    told: Values = {
        "gene": candidate.label,
        "drug": bundle.drug,
        "tier": candidate.support.tier,
        "why": "; ".join(candidate.support.why),
    }
    tier = "gene_tier_why" if candidate.support.why else "gene_tier"
    support = candidate.support.model_dump(mode="json")
    sentences: list[AnswerSentence] = [
        teller.computed(drafted.statement),
        teller.say(tier, told, facts=support, origin="data support"),
    ]
    sentences += [teller.computed(c.sentence) for c in drafted.claims if not isinstance(c, LiteratureClaim)]
    verdict = {"subject": VERDICT_WORDS[drafted.verdict.code], "why": drafted.verdict.why}
    facts = drafted.verdict.model_dump(mode="json")
    sentences.append(teller.say("draft_record", verdict, facts=facts, origin="records"))
    sentences += row_sentences(desk, drafted)
    return sentences + (_test(opened, teller, sheet) if sheet is not None else [])


def _best(desk: Desk, opened: Opened) -> Answer:
    bundle, teller = opened.bundle, Teller(opened.bundle)
    brief = desk.brief(opened)
    sentences = [teller.computed(brief.headline.sentence)]
    rows: list[tuple[Cell, ...]] = []
    for h in brief.hypotheses:
        name = h.draft.candidate.gene
        sentences.append(teller.computed(h.draft.statement))
        rows.append(
            (
                words_cell(h.id),
                words_cell(name, Link(kind="gene", target=f"{bundle.drug}/{name}", label=name)),
                words_cell(h.draft.statement.text),
                words_cell(h.draft.candidate.support.tier),
                words_cell(VERDICT_WORDS[h.draft.verdict.code]),
                words_cell(h.draft.literature.tier),
            )
        )
    first = brief.hypotheses[0].draft.candidate.gene if brief.hypotheses else None
    return Answer(
        kind=DRAFT,
        title=f"Hypotheses for {bundle.drug}",
        sentences=tuple(sentences),
        table=Table(
            title="Hypotheses, data and record as two separate scores",
            columns=("", "gene", "hypothesis", "data", "record", "literature"),
            rows=tuple(rows),
            ref=teller.ref(),
        ),
        links=(
            Link(kind="drug", target=bundle.drug, label=bundle.drug),
            Link(kind="run", target=bundle.key, label=f"explanation {bundle.key[:12]}"),
        ),
        suggestions=(
            *((f"draft a hypothesis for {first} and {bundle.drug}",) if first else ()),
            f"write the brief for {bundle.drug}",
        ),
        subject=Subject(drug=bundle.drug, gene=first),
    )


def _leading(desk: Desk, opened: Opened) -> str | None:
    """Gene of the first hypothesis for which a test can be laid out."""
    return next((h.draft.candidate.gene for h in desk.brief(opened).hypotheses if h.sheet is not None), None)


def _test(opened: Opened, teller: Teller, sheet: FalsificationSheet) -> list[AnswerSentence]:
    facts = {"sheet": sheet.model_dump(mode="json")}
    origin = f"falsification sheet of {sheet.gene}"
    claims = draft_test(opened.bundle, sheet)
    return [
        teller.computed(c.sentence, facts=facts, origin=origin) for c in claims if not isinstance(c, LiteratureClaim)
    ]


def _pairs(teller: Teller, sheet: FalsificationSheet) -> Table:
    facts = {"sheet": sheet.model_dump(mode="json")}
    rows = []
    for i, pair in enumerate(sheet.pairs):
        cells: list[Cell] = [words_cell(pair.lineage)]
        for side, line in (("high", pair.high_line), ("low", pair.low_line)):
            cells.append(words_cell(line, Link(kind="line", target=line, label=line)))
            at = f"sheet.pairs[{i}].{side}"
            cells.append(teller.cell("{z}", {"z": fact(f"{at}_expression")}, facts=facts))
            cells.append(teller.cell("{y}", {"y": fact(f"{at}_response")}, facts=facts))
        rows.append(tuple(cells))
    return Table(
        title=f"Pairs of one lineage, high and low in {sheet.gene}",
        columns=("lineage", "high line", "expression (z)", "response", "low line", "expression (z)", "response"),
        rows=tuple(rows),
        ref=teller.ref(facts, f"falsification sheet of {sheet.gene}"),
    )

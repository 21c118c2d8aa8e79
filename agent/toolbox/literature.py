"""What the literature says: passages found, records of a pair, and what contradicts a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.beyond_candidates import modules_of
from agent.hypotheses.candidates import Candidate
from agent.hypotheses.claims import LiteratureClaim
from agent.hypotheses.mechanism_check import VERDICT_WORDS, check_record
from agent.pipeline import draft_all, draft_beyond_all
from agent.report.wording import DIRECTION_WORDS, best_first
from agent.toolbox.gene import candidate_of, gene_links, sheet_of
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject, Table
from agent.toolbox.telling import Teller, fact, passage_sentence, quoted, words_cell

if TYPE_CHECKING:
    from agent.grounding import Entity
    from agent.hypotheses.model import HypothesisDraft
    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened
    from knowledge.mechanisms.model import KnownMechanism

KNOWN = "known"
SEARCH = "literature"
PASSAGE = "show_passage"
_MAX_QUERY = 400


def draft_of(desk: Desk, opened: Opened, candidate: Candidate) -> HypothesisDraft:
    """A gene drafted and checked against its closed set of passages, as in a brief."""
    library, bundle = desk.library, opened.bundle
    entity = library.gene(candidate.gene)
    evidence = {candidate.gene: library.items(bundle.drug, entity, desk.settings.brief.passages)}
    (drafted,) = library.ask(lambda source: draft_all(bundle, (candidate,), {candidate.gene: entity}, evidence, source))
    return drafted


def draft_of_module(desk: Desk, opened: Opened, number: int) -> HypothesisDraft:
    """A module, by number from 1, drafted as in a brief."""
    library, bundle, limit = desk.library, opened.bundle, desk.settings.brief.passages
    candidate = modules_of(bundle)[number - 1]
    entities = {gene: library.gene(gene) for gene in candidate.genes}
    evidence = {gene: library.items(bundle.drug, entity, limit) for gene, entity in entities.items()}
    drafts, _ = library.ask(lambda source: draft_beyond_all(bundle, (candidate,), entities, evidence, source, limit))
    return drafts[0]


def row_sentences(desk: Desk, draft: HypothesisDraft) -> list[AnswerSentence]:
    """All ledger rows of a draft, the sound ones first."""
    rows = best_first(row for claim in draft.claims if isinstance(claim, LiteratureClaim) for row in claim.rows)
    found = []
    for row in rows:
        stored = desk.library.passage(row.passage_id)
        found.append(quoted(row, stored[0] if stored is not None else None))
    return found


def passage_links(sentences: list[AnswerSentence]) -> tuple[Link, ...]:
    """Links to the passages that the sentences show."""
    links = {}
    for sentence in sentences:
        ref = sentence.ref
        if ref is not None and ref.kind == "passage":
            label = f"PMID {ref.pmid}" if ref.pmid is not None else ref.document_id
            links[ref.passage_id] = Link(kind="passage", target=ref.passage_id, label=label)
    return tuple(links.values())


def known(desk: Desk, drug: str, gene: str | None = None) -> Answer:
    """How a drug-gene pair, or all of a drug's records, stand to what was computed."""
    name = desk.drug(KNOWN, drug)
    opened = desk.shelf.find(name)
    if gene is None:
        return _all_records(desk, name, opened)
    symbol = desk.gene(KNOWN, opened, gene, drug=name).name or gene
    sheet = sheet_of(opened, symbol) if opened is not None else None
    candidate = candidate_of(opened, symbol, sheet) if opened is not None else None
    if opened is not None and candidate is not None:
        return _drafted(desk, opened, candidate)
    return _undrafted(desk, name, symbol, opened)


def _drafted(desk: Desk, opened: Opened, candidate: Candidate) -> Answer:
    bundle, teller = opened.bundle, Teller(opened.bundle)
    draft = draft_of(desk, opened, candidate)
    base = {"gene": candidate.gene, "drug": bundle.drug}
    verdict, novelty = draft.verdict, draft.novelty
    sentences = [
        teller.say(
            "known_verdict",
            {**base, "subject": VERDICT_WORDS[verdict.code], "why": verdict.why},
            facts=verdict.model_dump(mode="json"),
            origin="records of the pair",
        ),
        teller.say(
            "known_novelty",
            {"subject": novelty.code, "why": novelty.why},
            facts=novelty.model_dump(mode="json"),
            origin="checked rows of the pair",
        ),
    ]
    rows = row_sentences(desk, draft)
    sentences += rows or [teller.absent("no_passage", base)]
    return Answer(
        kind=KNOWN,
        title=f"Is {candidate.gene} and {bundle.drug} known?",
        sentences=tuple(sentences),
        links=(*gene_links(opened, candidate.gene), *passage_links(rows)),
        suggestions=(
            f"what contradicts {candidate.gene} and {bundle.drug}?",
            f"does {candidate.gene} matter for {bundle.drug}?",
        ),
        subject=Subject(drug=bundle.drug, gene=candidate.gene),
    )


def _undrafted(desk: Desk, drug: str, gene: str, opened: Opened | None) -> Answer:
    """Records and passages of a pair that the data do not put forward: shown without a verdict of ours."""
    teller = Teller()
    entity = desk.library.gene(gene)
    items = desk.library.items(drug, entity, desk.settings.brief.passages)
    base = {"gene": gene, "drug": drug}
    records = desk.library.records(drug)
    if opened is None:
        first = teller.absent("known_no_data", {"drug": drug})
    else:
        first = teller.absent("draft_left_out", {"gene": gene, "why": "it is not among the best-ranked genes"})
    found = []
    for item in items:
        sentence = passage_sentence(item.document, item.passage, item)
        found.append(sentence)
    none = "no_passage" if records else "known_no_records"
    asked = base if records else {"drug": drug}
    return Answer(
        kind=KNOWN,
        title=f"Is {gene} and {drug} known?",
        sentences=(first, *(found or [teller.absent(none, asked)])),
        links=(Link(kind="drug", target=drug, label=drug), *passage_links(found)),
        suggestions=(f"what is on record for {drug}?", f"does {gene} matter for {drug}?"),
        subject=Subject(drug=drug, gene=gene),
    )


def _all_records(desk: Desk, drug: str, opened: Opened | None) -> Answer:
    records = desk.library.records(drug)
    teller = Teller(opened.bundle if opened is not None else None)
    if not records:
        sentence = teller.absent("known_no_records", {"drug": drug})
        return Answer(
            kind=KNOWN,
            title=f"{drug}: on record",
            sentences=(sentence,),
            suggestions=(f"search the literature for {drug}",),
            subject=Subject(drug=drug),
        )
    facts = {"n_records": len(records)}
    sentences = [
        teller.say("known_records", {"drug": drug, "n_records": fact("n_records", "d")}, facts=facts, origin="records")
    ]
    if opened is None:
        sentences.append(teller.absent("known_no_data", {"drug": drug}))
    shown = []
    rows = []
    for record in records:
        says = DIRECTION_WORDS.get(record.direction, "no direction stated")
        rows.append(
            (
                words_cell(record.entity, Link(kind="gene", target=f"{drug}/{record.entity}", label=record.entity)),
                words_cell(record.relation.replace("_", " ")),
                words_cell(record.alteration),
                words_cell(says),
                words_cell(_beside(desk, opened, record)),
                words_cell(f"PMID {record.pmid}" if record.pmid else record.record_id),
            )
        )
        stored = next((desk.library.passage(p) for p in _passages_of(desk, record)), None)
        if stored is not None:
            shown.append(passage_sentence(*stored))
    return Answer(
        kind=KNOWN,
        title=f"{drug}: on record",
        sentences=(*sentences, *shown[:6]),
        table=Table(
            title="Curated records beside the data",
            columns=("entity", "relation", "state", "record says of more of it", "the data", "source"),
            rows=tuple(rows),
            ref=teller.ref(),
        ),
        links=(Link(kind="drug", target=drug, label=drug), *passage_links(shown)),
        suggestions=tuple(f"is {r.entity} and {drug} known?" for r in records[:2] if r.entity_kind == "gene"),
        subject=Subject(drug=drug),
    )


def _passages_of(desk: Desk, record: KnownMechanism) -> list[str]:
    entity = desk.library.gene(record.entity)
    items = desk.library.items(record.drug, entity, desk.settings.brief.passages)
    return [item.passage.id for item in items if item.mechanism is not None and item.mechanism.id == record.id]


def _beside(desk: Desk, opened: Opened | None, record: KnownMechanism) -> str:
    if opened is None:
        return "not explained here"
    if record.entity_kind != "gene" or record.entity not in opened.ranks:
        return "not measured" if record.entity_kind == "gene" else "not a gene"
    candidate = candidate_of(opened, record.entity, sheet_of(opened, record.entity))
    if candidate is None:
        return "not among the best-ranked"
    return check_record(record, candidate.direction)[1]


def literature(desk: Desk, query: str, drug: str | None = None, gene: str | None = None, k: int = 5) -> Answer:
    """Stored passages for free words, a drug, a gene, or all of them; each is shown as it is stored."""
    entity: Entity | None = None
    named = desk.drug(SEARCH, drug) if drug else None
    if gene:
        opened = desk.shelf.find(named) if named is not None else None
        entity = desk.library.gene(desk.gene(SEARCH, opened, gene, drug=named).name or gene)
    text = " ".join(query.split())[:_MAX_QUERY]
    label = entity.label if entity is not None else None
    if entity is not None and entity.curie is None:
        # A gene that only the matrix knows has no annotated passages: it is a word to look for.
        text, label = f"{text} {entity.label}".strip(), None
    if not (text or named or label):
        sentence = Teller().absent("literature_none", {"why": "the question names nothing to look for"})
        return Answer(kind=SEARCH, title="Literature", sentences=(sentence,), missing="words, a drug or a gene")
    found = desk.library.search(text, drug=named, gene=label, k=k)
    teller = Teller()
    shown = []
    for hit in found.hits:
        stored = desk.library.passage(hit.passage.id)
        if stored is not None:
            shown.append(passage_sentence(*stored))
    if shown:
        head = teller.say("literature_found", {"subject": found.snapshot}, origin="knowledge snapshot")
    else:
        head = teller.absent("literature_none", {"why": found.reason or "no passage is near enough"})
    what = " and ".join(n for n in (named, label) if n) or text[:60]
    return Answer(
        kind=SEARCH,
        title=f"Literature: {what}",
        sentences=(head, *shown),
        links=passage_links(shown),
        suggestions=(f"is {label} and {named} known?",) if named and label else (),
        missing=None if shown else "passages on this in the current snapshot",
        subject=Subject(drug=named, gene=label),
    )


def show_passage(desk: Desk, passage_id: str) -> Answer:
    """One stored passage as it is."""
    stored = desk.library.passage(passage_id)
    if stored is None:
        sentence = Teller().absent("literature_none", {"why": "the current snapshot holds no passage of that id"})
        return Answer(kind=PASSAGE, title="No such passage", sentences=(sentence,), missing="a passage of that id")
    document, passage = stored
    shown = [passage_sentence(document, passage)]
    return Answer(kind=PASSAGE, title=document.title or document.id, sentences=tuple(shown), links=passage_links(shown))

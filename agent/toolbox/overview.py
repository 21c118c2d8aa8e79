"""Overview of a drug: how well it is predicted, what ranks best, what the further parts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import Num, interval_spec
from agent.report.assemble import score_sentences
from agent.report.depth import CODE_WORDS, PART_WORDS, DepthPart
from agent.report.wording import DIRECTION_WORDS
from agent.toolbox.records import Answer, AnswerSentence, Cell, Link, Subject, Table
from agent.toolbox.telling import Teller, words_cell
from explain_engine.data.dataset import RESPONSE_UNIT
from explain_engine.deepen import PARTS

if TYPE_CHECKING:
    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened

TOP = 10
NAMED = 5
KIND = "overview"
# Verdicts are shown with their reasons instead.
_SHOWN: tuple[DepthPart, ...] = tuple(part for part in PART_WORDS if part != "verdicts")


def overview(desk: Desk, drug: str, top: int = TOP) -> Answer:
    """Score beside the tissue mean, best-ranked genes with intervals, verdicts on targets, one line a further part."""
    opened = desk.opened(KIND, drug)
    bundle, teller = opened.bundle, Teller(opened.bundle)
    sentences = [
        teller.say(
            "overview",
            {
                "drug": bundle.drug,
                "screen": bundle.screen,
                "unit": RESPONSE_UNIT[bundle.kind],
                "n_lines": Num(path="fit.n_lines", spec="d"),
                "n_genes": Num(path="fit.n_genes", spec=",d"),
            },
        ),
        *(teller.computed(sentence) for sentence in score_sentences(bundle)),
        teller.say("overview_top", {"subject": ", ".join(g.gene for g in bundle.attribution.genes[:NAMED])}),
    ]
    groups = [g.id for g in bundle.attribution.groups[:NAMED]]
    if groups:
        sentences.append(teller.say("overview_groups", {"subject": ", ".join(groups)}))
    sentences += [
        teller.say("target_verdict", {"why": verdict.why, "subject": CODE_WORDS[verdict.code]}, origin="verdicts")
        for verdict in bundle.verdicts or ()
    ]
    sentences += depth_sentences(opened, teller, _SHOWN)
    missing = [PART_WORDS[part].lower() for part in PARTS if getattr(bundle, part) is None]
    if missing:
        sentences.append(teller.absent("parts_missing", {"subject": ", ".join(missing)}))
    return Answer(
        kind=KIND,
        title=f"{bundle.drug}: overview",
        sentences=tuple(sentences),
        table=gene_table(opened, teller, top),
        links=(
            Link(kind="drug", target=bundle.drug, label=bundle.drug),
            Link(kind="run", target=bundle.key, label=f"explanation {bundle.key[:12]}"),
            Link(kind="plot", target=f"{bundle.key}/effects", label="effects with intervals"),
        ),
        suggestions=_suggestions(opened),
        subject=Subject(drug=bundle.drug),
    )


def depth_sentences(opened: Opened, teller: Teller, parts: tuple[DepthPart, ...]) -> list[AnswerSentence]:
    """One sentence for each of the further parts named that was run, with the counts they point into."""
    depth = opened.depth
    counts = {"counts": depth.counts.model_dump(mode="json")}
    return [
        teller.computed(line.sentence, facts=counts, origin="counts over the bundle's tables")
        for line in depth.lines
        if line.part in parts
    ]


def gene_table(opened: Opened, teller: Teller, top: int) -> Table:
    """The best-ranked genes with the interval of rank and effect."""
    rows = []
    for i, gene in enumerate(opened.bundle.attribution.genes[:top]):
        at, spec = f"attribution.genes[{i}]", interval_spec(gene.effect)
        interval = {name: Num(path=f"{at}.effect.{name}", spec=spec) for name in ("estimate", "low", "high")}
        ranks = {name: Num(path=f"{at}.{name}", spec="d") for name in ("rank", "rank_low", "rank_high")}
        cells: list[Cell] = [
            words_cell(gene.gene, Link(kind="gene", target=f"{opened.bundle.drug}/{gene.gene}", label=gene.gene)),
            teller.cell("{rank} ({rank_low}-{rank_high})", ranks),
            teller.cell("{estimate} ({low} to {high})", interval),
            teller.cell("{share} %", {"share": Num(path=f"{at}.selection_frequency", spec="%")}),
            words_cell(DIRECTION_WORDS[gene.direction]),
        ]
        if opened.bundle.null is not None:
            cells.append(
                words_cell("not tested") if gene.q is None else teller.cell("{q}", {"q": Num(path=f"{at}.q", spec="p")})
            )
        rows.append(tuple(cells))
    columns = ("gene", "rank (over bags)", "effect (interval)", "selected", "direction")
    return Table(
        title="Best-ranked genes",
        columns=(*columns, "q") if opened.bundle.null is not None else columns,
        rows=tuple(rows),
        ref=teller.ref(),
    )


def _suggestions(opened: Opened) -> tuple[str, ...]:
    drug, genes = opened.bundle.drug, opened.bundle.attribution.genes
    found = [f"does {genes[0].gene} matter for {drug}, and is that lineage?"] if genes else []
    found += [f"draft a hypothesis for {drug}", f"what contradicts the findings for {drug}?"]
    if opened.bundle.null is None:
        found.append(f"run a null for {drug}")
    return tuple(found)

"""Does a gene matter for a drug, and is that lineage?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.hypotheses.candidates import Candidate, candidates_of
from agent.hypotheses.claims import MeasuredClaim
from agent.hypotheses.drafting import Names, draft_hypothesis
from agent.hypotheses.falsification import FalsificationSheet, falsification_sheet
from agent.hypotheses.numbers import Num, show_number
from agent.report.depth import CODE_WORDS
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject
from agent.toolbox.telling import Teller, Values, fact
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened
    from explain_engine.attribution.result import GeneAttribution

MATTERS = "gene"
LINEAGE = "lineage"


def gene_matters(desk: Desk, drug: str, gene: str) -> Answer:
    """Rank, effect with interval, adjusted effect, selection, null, group, replication, and how firm that is."""
    opened = desk.opened(MATTERS, drug)
    name = desk.gene(MATTERS, opened, gene).name or gene
    bundle, teller = opened.bundle, Teller(opened.bundle)
    base: Values = {"gene": name, "drug": bundle.drug}
    sheet = sheet_of(opened, name)
    candidate = candidate_of(opened, name, sheet)
    sentences: list[AnswerSentence] = []
    if candidate is not None:
        support = candidate.support
        told: Values = {**base, "tier": support.tier, "why": "; ".join(support.why)}
        tier = "gene_tier_why" if support.why else "gene_tier"
        facts = support.model_dump(mode="json")
        sentences.append(teller.say(tier, told, facts=facts, origin="data support"))
        drafted = draft_hypothesis(bundle, candidate, (), Names(drug=(), gene=()), drug_has_records=False)
        sentences += [teller.computed(c.sentence) for c in drafted.claims if isinstance(c, MeasuredClaim)]
    elif name in opened.ranks:
        sentences += unlisted(opened, teller, name)
    else:
        sentences.append(teller.absent("gene_unmeasured", {"gene": name}))
    if bundle.null is None and name in opened.ranks:
        sentences.append(teller.absent("gene_no_null", {"gene": name, "drug": bundle.drug}))
    sentences += target_verdicts(opened, teller, name)
    return Answer(
        kind=MATTERS,
        title=f"{name} and {bundle.drug}",
        sentences=tuple(sentences),
        links=gene_links(opened, name),
        suggestions=(
            f"is {name} for {bundle.drug} lineage?",
            f"is {name} and {bundle.drug} known?",
            f"draft a hypothesis for {name} and {bundle.drug}",
            f"which lines would you test for {name} and {bundle.drug}?",
        ),
        missing=None if name in opened.ranks else f"expression of {name} in the matrix of {bundle.screen}",
        subject=Subject(drug=bundle.drug, gene=name),
    )


def lineage(desk: Desk, drug: str, gene: str) -> Answer:
    """Effect with and without lineage, difference within lineages, and what follows."""
    opened = desk.opened(LINEAGE, drug)
    name = desk.gene(LINEAGE, opened, gene).name or gene
    bundle, teller = opened.bundle, Teller(opened.bundle)
    base: Values = {"gene": name, "drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind]}
    sentences: list[AnswerSentence] = []
    row = gene_row(opened, name)
    if row is None:
        sentences.append(teller.absent("gene_unmeasured", {"gene": name}))
    else:
        origin = row_origin(name)
        raw: Values = {"rho": fact("correlation"), "rank": fact("rank", ",d"), **_effect(row, "effect")}
        sentences.append(teller.say("lineage_raw", {**base, **raw}, facts=row, origin=origin))
        adjusted = _has(row, "adjusted_effect")
        if adjusted:
            values: Values = {
                "adjusted_rank": fact("adjusted_rank", ",d"),
                **_effect(row, "adjusted_effect", "adjusted"),
            }
            sentences.append(teller.say("lineage_adjusted", {**base, **values}, facts=row, origin=origin))
        sheet = sheet_of(opened, name)
        if sheet is not None:
            sentences.append(within_sentence(teller, "lineage_within", base, sheet))
        ending = _ending(row) if adjusted else "lineage_none"
        sentences.append(teller.say(ending, {}, facts=row, origin=origin))
        for i, baseline in enumerate(bundle.fit.baselines):
            if "tissue" in baseline.model and baseline.spearman is not None:
                told: Values = {"tissue": Num(path=f"fit.baselines[{i}].spearman.estimate")}
                sentences.append(teller.say("lineage_model", told))
    sentences += target_verdicts(opened, teller, name)
    return Answer(
        kind=LINEAGE,
        title=f"{name} and {bundle.drug}: is it lineage?",
        sentences=tuple(sentences),
        links=gene_links(opened, name),
        suggestions=(f"does {name} matter for {bundle.drug}?", f"which lines would you test for {name}?"),
        missing=None if row is not None else f"expression of {name} in the matrix of {bundle.screen}",
        subject=Subject(drug=bundle.drug, gene=name),
    )


def position_of(opened: Opened, gene: str) -> int | None:
    """Position among the genes listed with intervals over bags; None where it is not listed."""
    return next((i for i, g in enumerate(opened.bundle.attribution.genes) if g.gene == gene), None)


def candidate_of(opened: Opened, gene: str, sheet: FalsificationSheet | None) -> Candidate | None:
    """The gene as a candidate with its data support; None where it is not listed."""
    position = position_of(opened, gene)
    if position is None:
        return None
    within = {gene: sheet.expected} if sheet is not None else None
    return candidates_of(opened.bundle, position + 1, within)[position]


def sheet_of(opened: Opened, gene: str) -> FalsificationSheet | None:
    """The falsification sheet of a listed gene; None where none can be laid out."""
    position = position_of(opened, gene)
    if position is None or gene not in opened.tables.expression.columns:
        return None
    bundle, tables = opened.bundle, opened.tables
    if gene in opened.sheets:
        return opened.sheets[gene]
    opened.sheets[gene] = falsification_sheet(
        gene,
        bundle.attribution.genes[position].direction,
        tables.expression[gene].astype(float),
        tables.lines["y"],
        tables.lines["lineage"],
        seed=bundle.fit.seed,
    )
    return opened.sheets[gene]


def gene_row(opened: Opened, gene: str) -> dict[str, JsonValue] | None:
    """The gene's row of the whole ranking as plain values; cells without a value are left out."""
    at = opened.ranks.get(gene)
    if at is None:
        return None
    found: dict[str, JsonValue] = {}
    for name, value in opened.tables.genes.iloc[at].items():
        if isinstance(value, str):
            found[str(name)] = value
        elif value is not None and math.isfinite(float(value)):
            number = float(value)
            found[str(name)] = int(number) if number.is_integer() and "rank" in str(name) else number
    position = position_of(opened, gene)
    if position is not None:
        # A table of few columns leaves the rest to the listed genes.
        found = _listed_row(opened.bundle.attribution.genes[position]) | found
    return found


def _listed_row(gene: GeneAttribution) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {"rank": gene.rank, "correlation": gene.correlation}
    for name, interval in (("effect", gene.effect), ("adjusted_effect", gene.adjusted_effect)):
        if interval is not None:
            found |= {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
    if gene.adjusted_rank is not None:
        found["adjusted_rank"] = gene.adjusted_rank
    return found


def row_origin(gene: str) -> str:
    """Where a row of the ranking stands."""
    return f"genes.parquet, row {gene}"


def unlisted(opened: Opened, teller: Teller, gene: str) -> list[AnswerSentence]:
    """What the whole ranking says of a gene that is not among those listed with intervals over bags."""
    row = gene_row(opened, gene)
    if row is None:
        return []
    bundle, origin = opened.bundle, row_origin(gene)
    facts: dict[str, JsonValue] = {**row, "n_listed": len(bundle.attribution.genes), "n_genes": len(opened.ranks)}
    base: Values = {"gene": gene, "drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind]}
    place: Values = {"rank": fact("rank", ",d"), "n_genes": fact("n_genes", ",d"), "n_listed": fact("n_listed", "d")}
    found = [teller.say("gene_unlisted", {**base, **place}, facts=facts, origin=origin)]
    if _has(row, "effect") and "correlation" in row:
        values: Values = {**base, **_effect(row, "effect"), "rho": fact("correlation")}
        found.append(teller.say("gene_effect_plain", values, facts=facts, origin=origin))
    if "selection_frequency" in row:
        told: Values = {**base, "selected": fact("selection_frequency", "%")}
        found.append(teller.say("gene_selected_plain", told, facts=facts, origin=origin))
    if _has(row, "adjusted_effect") and "adjusted_rank" in row:
        values = {**base, **_effect(row, "adjusted_effect", "adjusted"), "adjusted_rank": fact("adjusted_rank", ",d")}
        found.append(teller.say("gene_adjusted_plain", values, facts=facts, origin=origin))
    if "q" in row:
        found.append(teller.say("gene_null_plain", {**base, "q": fact("q", "p")}, facts=facts, origin=origin))
    return found


def target_verdicts(opened: Opened, teller: Teller, gene: str) -> list[AnswerSentence]:
    """The verdict on the gene where it is an annotated target."""
    return [
        teller.say("target_verdict", {"why": v.why, "subject": CODE_WORDS[v.code]}, origin="verdicts")
        for v in opened.bundle.verdicts or ()
        if v.gene == gene
    ]


def within_sentence(teller: Teller, section: str, base: Values, sheet: FalsificationSheet) -> AnswerSentence:
    """A sentence on the difference within lineages."""
    values: Values = {
        **base,
        "n_lineages": fact("sheet.n_lineages", "d"),
        "within": fact("sheet.expected.estimate"),
        "within_low": fact("sheet.expected.low"),
        "within_high": fact("sheet.expected.high"),
    }
    facts = {"sheet": sheet.model_dump(mode="json")}
    return teller.say(section, values, facts=facts, origin=f"falsification sheet of {sheet.gene}")


def gene_links(opened: Opened, gene: str) -> tuple[Link, ...]:
    """The pair, the drug and the run."""
    drug, key = opened.bundle.drug, opened.bundle.key
    return (
        Link(kind="gene", target=f"{drug}/{gene}", label=f"{gene} for {drug}"),
        Link(kind="drug", target=drug, label=drug),
        Link(kind="run", target=key, label=f"explanation {key[:12]}"),
    )


def plain_q(value: float) -> str:
    """A q as all reports show it."""
    return show_number(value, "p")


def _has(row: dict[str, JsonValue], name: str) -> bool:
    return all(key in row for key in (name, f"{name}_low", f"{name}_high"))


def _number(row: dict[str, JsonValue], name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else math.nan


def _effect(row: dict[str, JsonValue], name: str, slot: str = "") -> Values:
    reach = max(abs(_number(row, f"{name}_low")), abs(_number(row, f"{name}_high")))
    spec = ".2f" if reach >= 0.5 else ".3f" if reach >= 0.005 else ".4f"
    names = (slot, f"{slot}_low", f"{slot}_high") if slot else ("estimate", "low", "high")
    return {s: fact(f"{name}{end}", spec) for s, end in zip(names, ("", "_low", "_high"), strict=True)}


def _ending(row: dict[str, JsonValue]) -> str:
    low, high = _number(row, "adjusted_effect_low"), _number(row, "adjusted_effect_high")
    if low <= 0.0 <= high:
        return "lineage_open"
    same = _number(row, "adjusted_effect") * _number(row, "effect") > 0
    return "lineage_survives" if same else "lineage_turned"

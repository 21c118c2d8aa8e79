"""Put bundle, selection and evidence together into a brief."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.grounding import uncertain
from agent.hypotheses.beyond_drafting import BEYOND
from agent.hypotheses.claims import LiteratureClaim, MeasuredClaim, check_numbers
from agent.hypotheses.drafting import TEMPLATE
from agent.hypotheses.ledger import source_pmid
from agent.hypotheses.numbers import Num, Sentence, compose, interval_spec
from agent.hypotheses.ranking import RULE
from agent.prompts import load_prompt
from agent.report.depth import DEPTH, PART_WORDS, Depth
from agent.report.model import GeneRow, Headline, HypothesisBrief, NotFound, Provenance, Reference
from agent.report.wording import best_first
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.evidence import EvidenceSource
    from agent.grounding import Entity
    from agent.hypotheses.claims import Claim
    from agent.hypotheses.ledger import EvidenceItem
    from agent.hypotheses.model import HypothesisDraft
    from agent.hypotheses.numbers import Root
    from agent.hypotheses.select import Selection
    from explain_engine.bundle import ExplanationBundle

SUMMARY = ("brief/summary", 1)


def assemble_brief(
    bundle: ExplanationBundle,
    drafts: Sequence[HypothesisDraft],
    selection: Selection,
    evidence: Mapping[str, Sequence[EvidenceItem]],
    entities: Mapping[str, Entity],
    source: EvidenceSource,
    *,
    top_genes: int,
    measured_genes: frozenset[str],
    depth: Depth | None = None,
) -> HypothesisBrief:
    """Build the brief.

    Parameters
    ----------
    drafts
        One for each candidate gene; those of other kinds are passed over.
    evidence, entities
        Gene, or candidate id, -> its closed set; gene -> its entity.
    measured_genes
        All genes of the expression matrix, to tell targets that were not measured from those that did not show.
    depth
        What the bundle's further parts say (`agent.report.depth.depth_of`); None takes it as if there were none.
    """
    from oncobrief import __version__

    deeper = depth if depth is not None else Depth()
    by_gene = {d.candidate.gene: d for d in drafts if d.candidate.kind == "gene"}
    rows = tuple(
        GeneRow(
            attribution=gene,
            direction=by_gene[gene.gene].candidate.direction,
            direction_from=by_gene[gene.gene].candidate.direction_from,
            entity=entities[gene.gene],
            verdict=by_gene[gene.gene].verdict,
            literature=by_gene[gene.gene].literature,
            rows=by_gene[gene.gene].rows,
        )
        for gene in bundle.attribution.genes[:top_genes]
        if gene.gene in by_gene
    )
    rendered = {row.document_id for gene_row in rows for row in gene_row.rows} | {
        row.document_id for hypothesis in selection.shown for row in hypothesis.draft.rows
    }
    return HypothesisBrief(
        drug=bundle.drug,
        drug_id=bundle.drug_id,
        screen=bundle.screen,
        unit=RESPONSE_UNIT[bundle.kind],
        n_lines=bundle.fit.n_lines,
        n_genes=bundle.fit.n_genes,
        fit=bundle.fit,
        scores=score_sentences(bundle),
        headline=_headline(bundle, selection),
        genes=rows,
        hypotheses=selection.shown,
        left_out=selection.left_out,
        ranking_rule=RULE,
        orders=selection.orders,
        depth=deeper,
        not_found=_not_found(bundle, rows, selection, source, measured_genes, deeper),
        references=_references(evidence, rendered),
        provenance=Provenance(
            software=f"oncobrief {__version__}",
            bundle_key=bundle.key,
            bundle_digest=bundle.digest,
            snapshot=source.snapshot,
            n_documents=source.n_documents,
            embedder=source.embedder,
            sources=bundle.sources,
            settings=bundle.settings,
            versions=bundle.versions,
            templates={p.name: p.sha256 for p in map(load_prompt, *zip(TEMPLATE, BEYOND, SUMMARY, DEPTH, strict=True))},
            attribution=bundle.attribution.method,
            unused=_unused(bundle),
            data_notes=bundle.unmapped.notes,
        ),
    )


def _unused(bundle: ExplanationBundle) -> dict[str, int]:
    held = bundle.unmapped
    counts = {
        "lines without a response": len(held.lines_without_response),
        "lines without expression": len(held.lines_without_expression),
        "lines without a stated lineage": len(held.lines_without_lineage),
        "genes dropped at the door": len(held.dropped_genes),
        "expression values imputed": held.imputed_values,
    }
    return {what: count for what, count in counts.items() if count}


def score_sentences(bundle: ExplanationBundle) -> tuple[Sentence, ...]:
    """The out-of-bag score beside the naive baselines, as far as the fit report holds them."""
    template = load_prompt(*SUMMARY)
    roots: dict[Root, object] = {"bundle": bundle}
    fit = bundle.fit
    found = []
    if fit.model.spearman is not None:
        found.append(("score", _interval("fit.model.spearman", "rho", "rho_low", "rho_high")))
    for i, baseline in enumerate(fit.baselines):
        if "tissue" in baseline.model and baseline.spearman is not None:
            found.append(("score_tissue", {"tissue": Num(path=f"fit.baselines[{i}].spearman.estimate")}))
    if fit.gain_over_tissue is not None:
        found.append(("score_gain", _interval("fit.gain_over_tissue", "gain", "gain_low", "gain_high")))
    for i, baseline in enumerate(fit.baselines):
        if baseline.model == "mean" and baseline.r2 is not None and fit.model.r2 is not None:
            values = {
                "r2": Num(path="fit.model.r2.estimate"),
                "mean_r2": Num(path=f"fit.baselines[{i}].r2.estimate"),
            }
            found.append(("score_mean", values))
    return tuple(compose(template.section(section), values, roots) for section, values in found)


def _interval(path: str, estimate: str, low: str, high: str, spec: str = ".2f") -> dict[str, Num]:
    return {
        estimate: Num(path=f"{path}.estimate", spec=spec),
        low: Num(path=f"{path}.low", spec=spec),
        high: Num(path=f"{path}.high", spec=spec),
        "level": Num(path=f"{path}.level", spec="%"),
    }


def _headline(bundle: ExplanationBundle, selection: Selection) -> Headline:
    template = load_prompt(*SUMMARY)
    roots: dict[Root, object] = {"bundle": bundle}
    if not selection.shown:
        sentence = compose(template.section("headline_none"), {"drug": bundle.drug}, roots)
        return Headline(sentence=sentence, hypothesis=None, confidence=None)
    first = selection.shown[0]
    draft = first.draft
    if draft.candidate.kind != "gene":
        measured = tuple(c for c in draft.claims if isinstance(c, MeasuredClaim))[:2]
        return Headline(
            sentence=draft.statement,
            hypothesis=first.id,
            confidence=draft.candidate.support.tier,
            grounds=(*measured, *_best_cited(draft)),
            caveats=draft.candidate.support.why,
        )
    key = "headline_resists" if draft.candidate.direction == "higher_resists" else "headline_sensitises"
    names = {"gene": draft.candidate.gene, "drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind]}
    at = f"attribution.genes[{draft.candidate.index}]"
    spec = interval_spec(bundle.attribution.genes[draft.candidate.index].effect)
    ground = compose(
        template.section("ground_data"),
        {
            **names,
            **_interval(f"{at}.effect", "effect", "low", "high", spec),
            "rho": Num(path=f"{at}.correlation"),
            "n_lines": Num(path="fit.n_lines", spec="d"),
        },
        roots,
    )
    grounds: list[Claim] = [
        MeasuredClaim(id=f"{draft.candidate.gene}.G1", sentence=ground, checks=check_numbers(ground, roots))
    ]
    if first.sheet is not None:
        roots["sheet"] = first.sheet
        within = compose(
            template.section("ground_within"),
            {
                **names,
                "n_lineages": Num(root="sheet", path="n_lineages", spec="d"),
                "expected": Num(root="sheet", path="expected.estimate"),
                "expected_low": Num(root="sheet", path="expected.low"),
                "expected_high": Num(root="sheet", path="expected.high"),
            },
            roots,
        )
        checks = check_numbers(within, roots)
        grounds.append(MeasuredClaim(id=f"{draft.candidate.gene}.G2", sentence=within, checks=checks))
    grounds += _best_cited(draft)
    return Headline(
        sentence=compose(template.section(key), names, roots),
        hypothesis=first.id,
        confidence=draft.candidate.support.tier,
        grounds=tuple(grounds),
        caveats=draft.candidate.support.why,
    )


def _best_cited(draft: HypothesisDraft) -> list[Claim]:
    """The literature claim that says most; never what failed a check, a retracted record above all."""
    cited = [c for c in draft.claims if isinstance(c, LiteratureClaim) and all(row.valid for row in c.rows)]
    order = best_first(c.rows[0] for c in cited)
    return list(sorted(cited, key=lambda c: order.index(c.rows[0]))[:1])


def _not_found(
    bundle: ExplanationBundle,
    rows: Sequence[GeneRow],
    selection: Selection,
    source: EvidenceSource,
    measured_genes: frozenset[str],
    depth: Depth,
) -> tuple[NotFound, ...]:
    template = load_prompt(*SUMMARY)
    roots: dict[Root, object] = {"bundle": bundle, "counts": depth.counts}
    found: list[NotFound] = []

    def add(kind: str, section: str, subject: str = "") -> None:
        values = {"subject": subject, "drug": bundle.drug}
        found.append(
            NotFound.model_validate(
                {"kind": kind, "sentence": compose(template.section(section), values, roots).model_dump()}
            )
        )

    named = [h.draft.candidate for h in selection.shown]
    shown = {g for c in named for g in (c.genes if c.kind in ("gene", "pair") else ())} | {
        r.attribution.gene for r in rows
    }
    for target in source.targets(bundle.drug):
        if target not in measured_genes:
            add("not measured", "target_unmeasured", target)
        elif target not in shown:
            add("not put forward", "target_weak", target)
    for row in rows:
        if not row.rows:
            add("no evidence", "gene_unsupported", row.attribution.gene)
    if bundle.null is None:
        add("not run", "missing_null")
    if bundle.interactions is None:
        add("not run", "missing_interactions")
    elif not bundle.interactions.calls:
        add("none called", "none_interactions")
    found += _not_found_deeper(bundle, depth, roots)
    for entity in uncertain(row.entity for row in rows):
        could = " or ".join(entity.candidates)
        sentence = compose(template.section("ambiguous_name"), {"gene": entity.feature, "subject": could}, roots)
        found.append(NotFound(kind="ambiguous", sentence=sentence))
    return tuple(found)


def _not_found_deeper(bundle: ExplanationBundle, depth: Depth, roots: Mapping[Root, object]) -> list[NotFound]:
    """Further parts that were not run, or were and came back empty."""
    template = load_prompt(*DEPTH)
    found: list[NotFound] = []

    def add(kind: Literal["not run", "none called"], section: str, **values: str) -> None:
        level = Num(root="counts", path="level", spec=".2f")
        given: dict[str, str | Num] = {"drug": bundle.drug, "level": level, **values}
        found.append(NotFound(kind=kind, sentence=compose(template.section(section), given, roots)))

    # Null runs and interactions have sentences of their own.
    missing = [
        PART_WORDS[part].lower()
        for part in ("replication", "modules", "rules", "verdicts", "stability")
        if getattr(bundle, part) is None
    ]
    if missing:
        add("not run", "missing_parts", subject=", ".join(missing))
    if bundle.null is not None and not (depth.counts.genes or depth.counts.groups):
        add("none called", "none_null")
    for screen in bundle.replication or ():
        if not any(f.replicated for f in screen.findings):
            add("none called", "none_held" if screen.findings else "none_findings", screen=screen.screen)
    for part, section in (
        ("replication", "none_replication"),
        ("modules", "none_modules"),
        ("rules", "none_rules"),
        ("counterfactuals", "none_flips"),
        ("verdicts", "none_verdicts"),
    ):
        if getattr(bundle, part) == ():
            add("none called", section)
    return found


def _references(evidence: Mapping[str, Sequence[EvidenceItem]], rendered: set[str]) -> tuple[Reference, ...]:
    found: dict[str, Reference] = {}
    for items in evidence.values():
        for item in items:
            document = item.document
            if document.id not in rendered:
                continue
            found[document.id] = Reference(
                document_id=document.id,
                pmid=source_pmid(item),
                doi=document.doi,
                title=document.title,
                year=document.year,
                journal=document.journal,
                source=document.source,
                is_card=document.kind == "card",
            )
    return tuple(sorted(found.values(), key=lambda r: (r.pmid is None, r.pmid or "", r.document_id)))

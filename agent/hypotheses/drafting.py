"""Drafting by templates: deterministic sentences over the bundle and the checked evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.claims import (
    Claim,
    InferenceClaim,
    LiteratureClaim,
    MeasuredClaim,
    admit,
    check_numbers,
)
from agent.hypotheses.ledger import LABEL_ORDER, EvidenceItem, LedgerRow, check_row, quote_hash, source_pmid
from agent.hypotheses.literature import label_item, literature_support
from agent.hypotheses.mechanism_check import check_mechanism
from agent.hypotheses.model import HypothesisDraft
from agent.hypotheses.novelty import judge_novelty
from agent.hypotheses.numbers import Num, Sentence, compose, interval_spec
from agent.prompts import Prompt, load_prompt
from agent.records import Record
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.hypotheses.candidates import Candidate
    from agent.hypotheses.falsification import FalsificationSheet
    from agent.hypotheses.mechanism_check import MechanismVerdict
    from agent.hypotheses.novelty import CoMentions
    from agent.hypotheses.numbers import Root
    from explain_engine.bundle import ExplanationBundle
    from knowledge.mechanisms.model import KnownMechanism

TEMPLATE = ("hypothesis/marker", 1)
MEMBERS_SHOWN = 5


class Names(Record):
    """Spellings under which a text may speak of the drug and the gene."""

    drug: tuple[str, ...]
    gene: tuple[str, ...]


def draft_hypothesis(
    bundle: ExplanationBundle,
    candidate: Candidate,
    evidence: Sequence[EvidenceItem],
    names: Names,
    *,
    drug_has_records: bool,
    drug_is_named: bool | None = None,
    co_mentions: CoMentions | None = None,
) -> HypothesisDraft:
    """Put one candidate into sentences, each with its row or its references, and check them all.

    Parameters
    ----------
    evidence
        The closed set: no sentence may rest on a passage outside it. Verdict, literature support, novelty and the
        grounds of the inference count only what passed every check.
    drug_is_named
        Whether anything in the snapshot names the drug; None takes the answer of `drug_has_records`.
    co_mentions
        Of drug and gene in the whole snapshot, for the novelty.
    """
    template = load_prompt(*TEMPLATE)
    roots: dict[Root, object] = {"bundle": bundle}
    base = {"gene": candidate.gene, "drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind]}
    closed = {item.passage.id: item for item in evidence}
    measured = _measured(template, bundle, candidate, base, roots)
    drafted = [
        _literature(template, candidate, item, closed, names, f"{candidate.gene}.L{i}")
        for i, item in enumerate(evidence, start=1)
    ]
    literature = sorted(drafted, key=lambda claim: (not claim.rows[0].valid, LABEL_ORDER.index(claim.rows[0].label)))
    # A row that failed a check, a retracted record above all, is shown with its failure and is ground for nothing.
    sound = [item for item, claim in zip(evidence, drafted, strict=True) if claim.rows[0].valid]
    records = [item.mechanism for item in sound if item.mechanism is not None]
    withdrawn = sum(claim.rows[0].retracted for claim in drafted) if not sound else 0
    verdict = check_mechanism(candidate.direction, records, drug_has_records=drug_has_records, n_retracted=withdrawn)
    inference = _inference(template, candidate, verdict, base, records, measured, literature)
    claims, refused = admit((*measured, *literature, *inference))
    rows = [row for claim in claims if isinstance(claim, LiteratureClaim) for row in claim.rows]
    key = "statement_resists" if candidate.direction == "higher_resists" else "statement_sensitises"
    return HypothesisDraft(
        candidate=candidate,
        statement=compose(template.section(key), base, roots),
        claims=claims,
        refused=refused,
        verdict=verdict,
        literature=literature_support(rows),
        novelty=judge_novelty(
            [claim.rows[0] for claim in drafted],
            [item.document.year for item in evidence],
            n_records=len(records),
            drug_covered=drug_has_records if drug_is_named is None else drug_is_named,
            co_mentions=co_mentions,
        ),
    )


def _measured(
    template: Prompt,
    bundle: ExplanationBundle,
    candidate: Candidate,
    base: Mapping[str, str],
    roots: Mapping[Root, object],
) -> tuple[MeasuredClaim, ...]:
    at = f"attribution.genes[{candidate.index}]"
    gene = bundle.attribution.genes[candidate.index]
    spec = interval_spec(gene.effect)
    parts: list[tuple[str, dict[str, str | Num]]] = [
        (
            "effect",
            {
                "effect": Num(path=f"{at}.effect.estimate", spec=spec),
                "low": Num(path=f"{at}.effect.low", spec=spec),
                "high": Num(path=f"{at}.effect.high", spec=spec),
                "level": Num(path=f"{at}.effect.level", spec="%"),
                "rank": Num(path=f"{at}.rank", spec="d"),
                "rank_low": Num(path=f"{at}.rank_low", spec="d"),
                "rank_high": Num(path=f"{at}.rank_high", spec="d"),
                "n_genes": Num(path="fit.n_genes", spec=",d"),
            },
        ),
        ("correlation", {"rho": Num(path=f"{at}.correlation"), "n_lines": Num(path="fit.n_lines", spec="d")}),
    ]
    if candidate.direction_from == "within lineages":
        parts.append(("unsettled", {}))
    if isinstance(bundle.settings.get("top"), int):
        parts.append(
            (
                "selected",
                {
                    "selected": Num(path=f"{at}.selection_frequency", spec="%"),
                    "top": Num(path="settings[top]", spec="d"),
                },
            )
        )
    if gene.adjusted_rank is not None and gene.adjusted_effect is not None:
        parts.append(
            (
                "adjusted",
                {
                    "adjusted_rank": Num(path=f"{at}.adjusted_rank", spec="d"),
                    "adjusted": Num(path=f"{at}.adjusted_effect.estimate", spec=spec),
                    "adjusted_low": Num(path=f"{at}.adjusted_effect.low", spec=spec),
                    "adjusted_high": Num(path=f"{at}.adjusted_effect.high", spec=spec),
                },
            )
        )
    if candidate.members:
        shown = ", ".join(candidate.members[:MEMBERS_SHOWN])
        more = "" if len(candidate.members) <= MEMBERS_SHOWN else " and others"
        parts.append(("group", {"members": shown + more}))
    if gene.q is not None:
        parts.append(("null", {"q": Num(path=f"{at}.q", spec="p")}))
    parts.extend(_replications(bundle, candidate.gene))
    claims = []
    for i, (section, values) in enumerate(parts, start=1):
        sentence = compose(template.section(section), {**base, **values}, roots)
        claims.append(
            MeasuredClaim(id=f"{candidate.gene}.M{i}", sentence=sentence, checks=check_numbers(sentence, roots))
        )
    return tuple(claims)


def _replications(bundle: ExplanationBundle, gene: str) -> list[tuple[str, dict[str, str | Num]]]:
    found: list[tuple[str, dict[str, str | Num]]] = []
    for r, replication in enumerate(bundle.replication or ()):
        for f, finding in enumerate(replication.findings):
            if finding.gene == gene:
                at = f"replication[{r}].findings[{f}]"
                values: dict[str, str | Num] = {
                    "screen": finding.screen,
                    "other_rho": Num(path=f"{at}.correlation.estimate"),
                    "other_low": Num(path=f"{at}.correlation.low"),
                    "other_high": Num(path=f"{at}.correlation.high"),
                    "other_n": Num(path=f"{at}.n_lines", spec="d"),
                    "replicated": "the finding replicates" if finding.replicated else "the finding does not replicate",
                }
                found.append(("replication", values))
    return found


def source_words(item: EvidenceItem) -> str:
    """How the source of a passage is called in a sentence."""
    pmid = source_pmid(item)
    return f"PMID {pmid}" if pmid is not None else item.document.id


def _literature(
    template: Prompt,
    candidate: Candidate,
    item: EvidenceItem,
    closed: Mapping[str, EvidenceItem],
    names: Names,
    claim_id: str,
) -> LiteratureClaim:
    label, direction, why = label_item(item, candidate.direction, drug=names.drug, gene=names.gene)
    is_card, record = item.document.kind == "card", item.mechanism
    row = LedgerRow(
        claim_id=claim_id,
        passage_id=item.passage.id,
        document_id=item.document.id,
        start=item.start,
        end=item.end,
        quote=item.quote,
        sha256=quote_hash(item.quote),
        pmid=source_pmid(item),
        context=f"{record.level}; {record.context}" if record is not None else "",
        is_card=is_card,
        direction=direction,
        label=label,
        why=why,
    )
    values: dict[str, str | Num] = {"source": source_words(item), "quote": item.quote}
    if record is not None:
        values |= {"evidence_level": record.level, "context": record.context or "context not stated"}
    # A card is never quoted as if it were the paper, whatever entity it was written for.
    section = "literature_passage"
    if is_card:
        section = "literature_card" if record is not None else "literature_other_card"
    sentence = compose(template.section(section), values, {})
    checked = check_row(row, closed, names=(("drug", names.drug), ("gene", names.gene)))
    return LiteratureClaim(id=claim_id, sentence=sentence, rows=(checked,))


def _inference(
    template: Prompt,
    candidate: Candidate,
    verdict: MechanismVerdict,
    base: Mapping[str, str],
    records: Sequence[KnownMechanism],
    measured: Sequence[MeasuredClaim],
    literature: Sequence[LiteratureClaim],
) -> tuple[InferenceClaim, ...]:
    section = {
        "agrees": "inference_agrees",
        "contradicts": "inference_conflict",
        "contested": "inference_contested",
        "not_comparable": "inference_known",
        "new": "inference_new",
        "retracted": "inference_retracted",
        "not_covered": "inference_new",
    }[verdict.code]
    opposed = [record for record in records if record.id in verdict.contradicting]
    values: dict[str, str | Num] = {
        **base,
        "raise_effect": "more resistant" if candidate.direction == "higher_resists" else "more sensitive",
        "context": (opposed[0].context if opposed else "") or "context not stated",
    }
    sentence = compose(template.section(section), values, {})
    basis = (*(c.id for c in measured[:1]), *(c.id for c in literature if all(row.valid for row in c.rows)))
    return (
        InferenceClaim(id=f"{candidate.gene}.I1", sentence=sentence, basis=basis, checks=check_numbers(sentence, {})),
    )


def draft_test(bundle: ExplanationBundle, sheet: FalsificationSheet) -> tuple[Claim, ...]:
    """Put a falsification sheet into sentences; every number is a reference into the sheet."""
    template = load_prompt(*TEMPLATE)
    roots: dict[Root, object] = {"sheet": sheet}
    values: dict[str, str | Num] = {
        "gene": sheet.gene,
        "drug": bundle.drug,
        "unit": RESPONSE_UNIT[bundle.kind],
        "expected": Num(root="sheet", path="expected.estimate"),
        "expected_low": Num(root="sheet", path="expected.low"),
        "expected_high": Num(root="sheet", path="expected.high"),
        "n_lineages": Num(root="sheet", path="n_lineages", spec="d"),
        "n_arm": Num(root="sheet", path="n_per_arm", spec="d"),
        "n_cautious": Num(root="sheet", path="n_per_arm_cautious", spec="d"),
        "power": Num(root="sheet", path="power", spec="%"),
        "alpha": Num(root="sheet", path="alpha", spec="%"),
        "kill": Num(root="sheet", path="kill"),
        "side": "below" if sheet.direction == "higher_resists" else "above",
    }
    sections = ["test_expected"]
    if sheet.opposed:
        sections.append("test_opposed")
    if sheet.n_per_arm is not None:
        sections.append("test_size")
    if sheet.n_per_arm_cautious is not None:
        sections.append("test_size_cautious")
    sections.append("test_kill")
    sentences: list[Sentence] = [compose(template.section(s), values, roots) for s in sections]
    claims: list[Claim] = [
        MeasuredClaim(id=f"{sheet.gene}.T{i}", sentence=s, checks=check_numbers(s, roots))
        for i, s in enumerate(sentences, start=1)
    ]
    perturbation = compose(template.section("test_perturbation"), values, roots)
    claims.append(
        InferenceClaim(
            id=f"{sheet.gene}.T{len(claims) + 1}",
            sentence=perturbation,
            basis=(claims[0].id,),
            checks=check_numbers(perturbation, roots),
        )
    )
    return tuple(claims)

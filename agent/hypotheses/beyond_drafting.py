"""Sentences of hypotheses on groups, pairs, modules and rules, with the checks that a gene's sentences pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.beyond_candidates import LEADING
from agent.hypotheses.beyond_evidence import beyond_verdict, known_words
from agent.hypotheses.beyond_measured import Values, measured_parts, with_conditions
from agent.hypotheses.claims import InferenceClaim, LiteratureClaim, MeasuredClaim, admit, check_numbers
from agent.hypotheses.drafting import source_words
from agent.hypotheses.ledger import LedgerRow, check_row, quote_hash, source_pmid
from agent.hypotheses.literature import literature_support
from agent.hypotheses.mechanism_check import VERDICT_WORDS, MechanismVerdict
from agent.hypotheses.model import HypothesisDraft
from agent.hypotheses.novelty import CoMentions, Novelty, judge_novelty
from agent.hypotheses.numbers import Num, Sentence, compose
from agent.prompts import load_prompt
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.grounding import Entity
    from agent.hypotheses.beyond_evidence import BeyondEvidence
    from agent.hypotheses.candidates import Candidate
    from agent.hypotheses.claims import Claim
    from agent.hypotheses.falsification import FalsificationSheet
    from agent.hypotheses.ledger import EvidenceItem, Label
    from agent.hypotheses.numbers import Root
    from agent.prompts import Prompt
    from explain_engine.bundle import ExplanationBundle

BEYOND = ("hypothesis/beyond", 1)
MARKER = ("hypothesis/marker", 1)


def draft_beyond(
    bundle: ExplanationBundle,
    candidate: Candidate,
    evidence: BeyondEvidence,
    drug_names: tuple[str, ...],
    entities: Mapping[str, Entity],
    *,
    drug_is_named: bool,
    co_mentions: CoMentions,
) -> HypothesisDraft:
    """Put one candidate into sentences, each with its row or its references, and check them all.

    A passage on one gene of a group, module or rule never supports the whole: it is labelled ``mentions`` where a
    curated record stands behind it, else ``unverified``. So is one that names both genes of a pair, as no joint effect
    is read from a text.
    """
    template = load_prompt(*BEYOND)
    roots: dict[Root, object] = {"bundle": bundle}
    name = candidate.label.removeprefix("group ")
    base: Values = {"drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind], "name": name}
    base |= {"leading": leading_words(candidate), "members": leading_words(candidate)}
    if candidate.kind == "pair":
        base |= {"first": candidate.genes[0], "second": candidate.genes[1]}
    measured = _measured(template, bundle, candidate, base, roots)
    key = claim_key(candidate)
    literature = tuple(
        _literature(candidate, evidence, i, drug_names, entities, f"{key}.L{i + 1}") for i in range(len(evidence.items))
    )
    rows = [claim.rows[0] for claim in literature]
    sound = [claim.id for claim in literature if claim.rows[0].valid]
    code = beyond_verdict(candidate, evidence, len(sound), drug_covered=drug_is_named)
    known = known_words(candidate, evidence.known, bundle.drug)
    sections = {"pair": "inference_pair", "rule": "inference_rule"}
    section = "inference_joint" if code == "joint" else sections.get(candidate.kind, "inference_whole")
    raised = "more resistant" if candidate.direction == "higher_resists" else "more sensitive"
    sentence = compose(template.section(section), base | {"known": known, "raise_effect": raised}, roots)
    inference = InferenceClaim(
        id=f"{key}.I1",
        sentence=sentence,
        basis=(*(c.id for c in measured[:1]), *sound),
        checks=check_numbers(sentence, roots),
    )
    claims, refused = admit((*measured, *literature, inference))
    return HypothesisDraft(
        candidate=candidate,
        statement=_statement(template, bundle, candidate, base, roots),
        claims=claims,
        refused=refused,
        verdict=MechanismVerdict(code=code, why=f"{VERDICT_WORDS[code]}: {known}"),
        literature=literature_support(rows),
        novelty=_novelty(candidate, rows, co_mentions, drug_is_named=drug_is_named),
    )


def leading_words(candidate: Candidate) -> str:
    """The leading genes, and that there are others."""
    shown = candidate.genes[:LEADING]
    more = " and others" if len(candidate.members) + 1 > len(shown) and candidate.kind in ("group", "module") else ""
    return ", ".join(shown) + more


def claim_key(candidate: Candidate) -> str:
    """Head of the ids of a candidate's claims: no blanks."""
    if candidate.kind == "rule":
        return f"rule{candidate.index + 1}"
    return candidate.id.partition(":")[2].replace(" × ", "×").replace(" ", "-")


def _novelty(
    candidate: Candidate, rows: Sequence[LedgerRow], co_mentions: CoMentions, *, drug_is_named: bool
) -> Novelty:
    """Of a pair: passages that name both; of the other kinds the whole has no name that a text could use."""
    if candidate.kind == "pair":
        years: list[int | None] = [None] * len(rows)
        return judge_novelty(rows, years, n_records=0, drug_covered=drug_is_named, co_mentions=co_mentions)
    if not drug_is_named:
        return judge_novelty((), (), n_records=0, drug_covered=False)
    return Novelty(code="not found", first_year=None, why="a text has no name for the whole; see its genes")


def _statement(
    template: Prompt, bundle: ExplanationBundle, candidate: Candidate, base: Values, roots: Mapping[Root, object]
) -> Sentence:
    if candidate.kind == "rule":
        rule = (bundle.rules or ())[candidate.index]
        text, bounds = with_conditions(template.section("rule_statement"), rule, candidate.index)
        return compose(text, base | bounds | {"outcome": rule.outcome}, roots)
    side = "resists" if candidate.direction == "higher_resists" else "sensitises"
    return compose(template.section(f"{candidate.kind}_{side}"), base, roots)


def _measured(
    template: Prompt, bundle: ExplanationBundle, candidate: Candidate, base: Values, roots: Mapping[Root, object]
) -> tuple[MeasuredClaim, ...]:
    sentences = [
        compose(template.section(section), base | values, roots)
        for section, values in measured_parts(bundle, candidate)
    ]
    key = claim_key(candidate)
    return tuple(
        MeasuredClaim(id=f"{key}.M{i}", sentence=s, checks=check_numbers(s, roots))
        for i, s in enumerate(sentences, start=1)
    )


def _literature(
    candidate: Candidate,
    evidence: BeyondEvidence,
    i: int,
    drug_names: tuple[str, ...],
    entities: Mapping[str, Entity],
    claim_id: str,
) -> LiteratureClaim:
    item = evidence.items[i]
    record = item.mechanism
    label: Label
    if candidate.kind == "pair":
        label, why = "unverified", "names both genes with the drug; no joint effect is read from a text"
        asked = candidate.genes
    else:
        asked = (evidence.genes[i],)
        label = "mentions" if record is not None else "unverified"
        why = f"speaks of {asked[0]}, not of the whole"
    row = LedgerRow(
        claim_id=claim_id,
        passage_id=item.passage.id,
        document_id=item.document.id,
        start=item.start,
        end=item.end,
        quote=item.quote,
        sha256=quote_hash(item.quote),
        pmid=source_pmid(item),
        context=f"{record.level}; {record.context}" if record is not None and candidate.kind != "pair" else "",
        is_card=item.document.kind == "card",
        direction="not_stated",
        label=label,
        why=why,
    )
    names = (("drug", drug_names), *(("gene " + g, entities[g].names) for g in asked))
    checked = check_row(row, {item.passage.id: item}, names=names)
    return LiteratureClaim(id=claim_id, sentence=_quoted(item), rows=(checked,))


def _quoted(item: EvidenceItem) -> Sentence:
    marker = load_prompt(*MARKER)
    values: Values = {"source": source_words(item), "quote": item.quote}
    if item.document.kind != "card":
        return compose(marker.section("literature_passage"), values, {})
    if item.mechanism is None:
        return compose(marker.section("literature_other_card"), values, {})
    values |= {
        "evidence_level": item.mechanism.level,
        "context": item.mechanism.context or "context not stated",
    }
    return compose(marker.section("literature_card"), values, {})


def beyond_test(bundle: ExplanationBundle, candidate: Candidate, sheet: FalsificationSheet) -> tuple[Claim, ...]:
    """Put a sheet into sentences; every number is a reference into the sheet."""
    template = load_prompt(*BEYOND)
    roots: dict[Root, object] = {"sheet": sheet}
    values: Values = {
        "drug": bundle.drug,
        "unit": RESPONSE_UNIT[bundle.kind],
        "leading": leading_words(candidate),
        "first": candidate.genes[0],
        "second": candidate.genes[-1],
        "side": "below" if sheet.direction == "higher_resists" else "above",
        "expected": Num(root="sheet", path="expected.estimate"),
        "expected_low": Num(root="sheet", path="expected.low"),
        "expected_high": Num(root="sheet", path="expected.high"),
        "kill": Num(root="sheet", path="kill"),
    }
    for name, path, spec in (
        ("n_lineages", "n_lineages", "d"),
        ("n_arm", "n_per_arm", "d"),
        ("n_cautious", "n_per_arm_cautious", "d"),
        ("power", "power", "%"),
        ("alpha", "alpha", "%"),
    ):
        values[name] = Num(root="sheet", path=path, spec=spec)
    pair, rule = candidate.kind == "pair", candidate.kind == "rule"
    sections = ["test_pair" if pair else "test_rule" if rule else "test_activity"]
    if sheet.opposed:
        sections.append("test_opposed")
    if sheet.n_per_arm is not None:
        sections.append("test_size_corner" if pair else "test_size")
    if sheet.n_per_arm_cautious is not None:
        sections.append("test_size_cautious")
    sections.append("test_kill")
    key = claim_key(candidate)
    claims: list[Claim] = []
    for section in sections:
        sentence = compose(template.section(section), values, roots)
        claims.append(
            MeasuredClaim(id=f"{key}.T{len(claims) + 1}", sentence=sentence, checks=check_numbers(sentence, roots))
        )
    perturb = compose(
        template.section("perturb_pair" if pair else "perturb_rule" if rule else "perturb_activity"), values, roots
    )
    claims.append(
        InferenceClaim(
            id=f"{key}.T{len(claims) + 1}",
            sentence=perturb,
            basis=(claims[0].id,),
            checks=check_numbers(perturb, roots),
        )
    )
    return tuple(claims)

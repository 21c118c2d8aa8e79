"""Words and orders that all faces of a brief share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.claims import LiteratureClaim
from agent.hypotheses.ledger import LABEL_ORDER
from agent.hypotheses.numbers import show_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.candidates import Candidate
    from agent.hypotheses.claims import Claim
    from agent.hypotheses.ledger import Check, LedgerRow
    from agent.report.model import GeneRow, HypothesisBrief, NotFound

DIRECTION_WORDS = {
    "higher_sensitises": "high = sensitive",
    "higher_resists": "high = resistant",
    "mixed": "direction not settled",
}


def direction_words(row: GeneRow) -> str:
    """Direction of a gene in words, with its source where that is not the model."""
    return DIRECTION_WORDS[row.direction] + ("" if row.direction_from == "model" else ", within lineages")


RESEARCH_USE = "Research use only. Statistical associations in cell lines; no statement about any patient."
ATTRIBUTION_NOTE = (
    "Attributions are out of bag in the response: each line's come from models that were not fitted to it. "
    "Standardisation, gene groups and expression components are computed from the expression of all lines, without "
    "any response."
)
RANK_NOTE = "The rank also counts credit from look-alike genes and from pairs of genes."
CONSENSUS = "bagged consensus"
_KINDS = {
    "not measured": "Targets that the matrix does not hold",
    "not put forward": "Targets that the data did not put forward",
    "no evidence": "Genes without any evidence in this snapshot",
    "not run": "Not looked for",
    "none called": "Looked for, none called",
    "ambiguous": "Names that may mean several genes",
}


def attribution_note(method: str) -> str:
    """What of an attribution has seen which data, and what the rank counts where `method` is the bagged consensus."""
    return f"{ATTRIBUTION_NOTE} {RANK_NOTE}" if method.startswith(CONSENSUS) else ATTRIBUTION_NOTE


def missing_by_kind(brief: HypothesisBrief) -> list[tuple[str, list[NotFound]]]:
    """What was not found, grouped under headings."""
    groups: dict[str, list[NotFound]] = {}
    for item in brief.not_found:
        groups.setdefault(_KINDS[item.kind], []).append(item)
    return list(groups.items())


def missing_line(brief: HypothesisBrief) -> str:
    """The same in one line, for the first screen."""
    counts = {kind: sum(1 for x in brief.not_found if x.kind == kind) for kind in _KINDS}
    words = []
    if counts["not measured"]:
        words.append(f"{_many(counts['not measured'], 'target')} not in the matrix")
    if counts["not put forward"]:
        words.append(f"{_many(counts['not put forward'], 'target')} measured but not put forward")
    if counts["no evidence"]:
        words.append(f"no evidence for {counts['no evidence']} of the {len(brief.genes)} genes shown")
    if counts["ambiguous"]:
        words.append(f"{_many(counts['ambiguous'], 'ambiguous name')}")
    words += [x.sentence.text.rstrip(".") for x in brief.not_found if x.kind in ("not run", "none called")]
    return "; ".join(words) + "." if words else ""


def null_words(candidate: Candidate) -> str:
    """What a candidate's q is; rules have none, whether or not null runs were made."""
    q = candidate.support.q
    if q is not None:
        return f"{'q' if candidate.kind == 'pair' else 'null q'} {show_number(q, 'p')}"
    return "not run against a null" if candidate.kind == "rule" else "no null run"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def best_first(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """Valid rows first, then those that failed a check; within each supports, contradicts, mentions, unverified."""
    return sorted(rows, key=lambda row: (not row.valid, LABEL_ORDER.index(row.label)))


def failed_checks(claim: Claim) -> list[Check]:
    """Checks that a claim or one of its rows failed."""
    held = [c for row in claim.rows for c in row.checks] if isinstance(claim, LiteratureClaim) else claim.checks
    return [check for check in held if not check.passed]


def ledger_of(brief: HypothesisBrief) -> list[LedgerRow]:
    """Every ledger row that a rendered sentence rests on, once, in the order of the genes."""
    rows: dict[str, LedgerRow] = {}
    for gene in brief.genes:
        rows.update({row.claim_id: row for row in gene.rows})
    for hypothesis in brief.hypotheses:
        rows.update({row.claim_id: row for row in hypothesis.draft.rows})
        if hypothesis.proposal is not None:
            rows.update({row.claim_id: row for s in hypothesis.proposal.sentences for row in s.rows})
    for claim in brief.headline.grounds:
        if isinstance(claim, LiteratureClaim):
            rows.update({row.claim_id: row for row in claim.rows})
    return list(rows.values())

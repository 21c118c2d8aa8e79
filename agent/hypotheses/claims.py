"""Claims: what a hypothesis says, each kind with what it must show for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from agent.hypotheses.ledger import Check, LedgerRow
from agent.hypotheses.numbers import Root, Sentence, stray_digits, untrue_numbers
from agent.records import Record


class MeasuredClaim(Record):
    """Said of the data: every number is a reference into the bundle or the falsification sheet."""

    kind: Literal["measured"] = "measured"
    id: str
    sentence: Sentence
    checks: tuple[Check, ...] = ()


class LiteratureClaim(Record):
    """Said of the literature: carries one ledger row a quote."""

    kind: Literal["literature"] = "literature"
    id: str
    sentence: Sentence
    rows: tuple[LedgerRow, ...]


class InferenceClaim(Record):
    """Concluded by us; shown as inference, with the claims it follows from."""

    kind: Literal["inference"] = "inference"
    id: str
    sentence: Sentence
    basis: tuple[str, ...]
    checks: tuple[Check, ...] = ()


Claim = Annotated[MeasuredClaim | LiteratureClaim | InferenceClaim, Field(discriminator="kind")]


class Refused(Record):
    """A sentence that was not rendered, and why."""

    claim_id: str
    reason: str


def check_numbers(sentence: Sentence, roots: Mapping[Root, object]) -> tuple[Check, ...]:
    """Check that all numbers of a sentence come from where they say, and that there are no others."""
    untrue = untrue_numbers(sentence, roots)
    stray = stray_digits(sentence)
    return (
        Check(name="numbers are those of the data", passed=not untrue, detail="; ".join(untrue)),
        Check(name="no number of its own", passed=not stray, detail=", ".join(stray)),
    )


def admit(claims: Iterable[Claim]) -> tuple[tuple[Claim, ...], tuple[Refused, ...]]:
    """Split claims into those that may be rendered and those that may not.

    A literature sentence without a ledger row, or whose rows hold none of its quotes, and an inference without a
    basis are not rendered. A row whose check failed is rendered, with the failure beside it.
    """
    kept: list[Claim] = []
    refused: list[Refused] = []
    for claim in claims:
        reason = _why_not(claim)
        if reason is None:
            kept.append(claim)
        else:
            refused.append(Refused(claim_id=claim.id, reason=reason))
    return tuple(kept), tuple(refused)


def _why_not(claim: Claim) -> str | None:
    if isinstance(claim, LiteratureClaim):
        if not claim.rows:
            return "literature sentence without a ledger row"
        if any(row.claim_id != claim.id for row in claim.rows):
            return "ledger row of another claim"
        if not any(row.quote in claim.sentence.text for row in claim.rows):
            return "the sentence holds none of the quotes of its rows"
    if isinstance(claim, InferenceClaim) and not claim.basis:
        return "inference without a basis"
    return None

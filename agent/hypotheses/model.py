"""A drafted and a ranked hypothesis, whole with its claims, checks and scores."""

from __future__ import annotations

from agent.hypotheses.candidates import Candidate
from agent.hypotheses.claims import Claim, LiteratureClaim, Refused
from agent.hypotheses.falsification import FalsificationSheet
from agent.hypotheses.ledger import LedgerRow
from agent.hypotheses.literature import LiteratureSupport
from agent.hypotheses.mechanism_check import MechanismVerdict
from agent.hypotheses.model_record import Proposal
from agent.hypotheses.novelty import Novelty
from agent.hypotheses.numbers import Sentence
from agent.hypotheses.ranking import Place
from agent.records import Record


class HypothesisDraft(Record):
    """One candidate put into sentences and checked, not yet ranked.

    Attributes
    ----------
    statement
        What would be shown to hold or to fall.
    claims
        What may be rendered, each with its checks.
    refused
        Sentences that were not rendered, and why.
    """

    candidate: Candidate
    statement: Sentence
    claims: tuple[Claim, ...]
    refused: tuple[Refused, ...] = ()
    verdict: MechanismVerdict
    literature: LiteratureSupport
    novelty: Novelty

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """All ledger rows of the draft."""
        return tuple(row for claim in self.claims if isinstance(claim, LiteratureClaim) for row in claim.rows)


class RankedHypothesis(Record):
    """A hypothesis of the brief.

    Attributes
    ----------
    id
        ``H1``, ``H2``, … in the order shown.
    sheet, test
        The falsification sheet and its sentences; None and empty where no test within lineages can be laid out.
    proposal
        What a language model added, checked; None in template mode.
    """

    id: str
    place: Place
    draft: HypothesisDraft
    sheet: FalsificationSheet | None
    test: tuple[Claim, ...] = ()
    proposal: Proposal | None = None

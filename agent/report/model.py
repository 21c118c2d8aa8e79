"""HypothesisBrief: everything a brief says, before it is Markdown, HTML or JSON."""

from __future__ import annotations

from typing import Literal

from agent.grounding import Entity
from agent.hypotheses.candidates import DataTier, DirectionSource
from agent.hypotheses.claims import Claim
from agent.hypotheses.ledger import LedgerRow
from agent.hypotheses.literature import LiteratureSupport
from agent.hypotheses.mechanism_check import MechanismVerdict
from agent.hypotheses.model import RankedHypothesis
from agent.hypotheses.model_record import ModelUse
from agent.hypotheses.numbers import Sentence
from agent.hypotheses.ranking import LeftOut
from agent.records import Record
from agent.report.depth import Depth
from explain_engine.attribution.result import Direction, GeneAttribution
from explain_engine.predict.report import FitReport

BRIEF_SCHEMA = 1


class Headline(Record):
    """The finding on the first screen.

    Attributes
    ----------
    hypothesis
        Id of the hypothesis it shortens; None where nothing could be put forward.
    grounds
        The measured claim and, where there is one, the literature claim it rests on, as rendered below.
    caveats
        What keeps the confidence from being higher.
    """

    sentence: Sentence
    hypothesis: str | None
    confidence: DataTier | None
    grounds: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()


class GeneRow(Record):
    """One line of the table of genes: data beside record; the direction is the candidate's."""

    attribution: GeneAttribution
    direction: Direction
    direction_from: DirectionSource
    entity: Entity
    verdict: MechanismVerdict
    literature: LiteratureSupport
    rows: tuple[LedgerRow, ...]


class NotFound(Record):
    """Something looked for and not found, or not looked for."""

    kind: Literal["not measured", "not put forward", "no evidence", "not run", "none called", "ambiguous"]
    sentence: Sentence


class Reference(Record):
    """A source that a rendered sentence rests on."""

    document_id: str
    pmid: str | None = None
    doi: str | None = None
    title: str | None = None
    year: int | None = None
    journal: str | None = None
    source: str
    is_card: bool

    @property
    def url(self) -> str | None:
        """Address at PubMed or the DOI resolver."""
        if self.pmid is not None:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return f"https://doi.org/{self.doi}" if self.doi is not None else None


class Provenance(Record):
    """What the brief was made of; the same for the same inputs.

    Attributes
    ----------
    unused
        What was given but could not be used -> how many.
    data_notes
        What else a reader must know of how the data came about.
    """

    software: str
    bundle_key: str
    bundle_digest: str
    snapshot: str
    n_documents: int
    embedder: str
    sources: dict[str, str]
    settings: dict[str, float | int | str | bool | None]
    versions: dict[str, str]
    templates: dict[str, str]
    attribution: str
    unused: dict[str, int] = {}
    data_notes: tuple[str, ...] = ()


class HypothesisBrief(Record):
    """A brief for one drug in one screen.

    Attributes
    ----------
    scores
        Out-of-bag score beside the naive baselines, in sentences.
    genes
        Best-ranked genes with what the knowledge base says of each.
    hypotheses
        In the order of `ranking_rule`.
    left_out
        Every other candidate, with the reason.
    orders
        Candidates in the order that data alone, literature alone and fame alone would give.
    depth
        Null runs, verdicts, replication, interactions, modules and rules, as far as the bundle holds them.
    language_model
        What a language model was asked for and what came of it; None in template mode.
    """

    schema_version: int = BRIEF_SCHEMA
    drug: str
    drug_id: int | None
    screen: str
    unit: str
    n_lines: int
    n_genes: int
    fit: FitReport
    scores: tuple[Sentence, ...]
    headline: Headline
    genes: tuple[GeneRow, ...]
    hypotheses: tuple[RankedHypothesis, ...]
    left_out: tuple[LeftOut, ...]
    ranking_rule: str
    orders: dict[str, tuple[str, ...]]
    not_found: tuple[NotFound, ...]
    references: tuple[Reference, ...]
    provenance: Provenance
    depth: Depth = Depth()
    language_model: ModelUse | None = None

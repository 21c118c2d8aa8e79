"""Candidates: what the data put forward, each with its data support in plain arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.records import Record
from explain_engine.attribution.result import Direction
from explain_engine.record import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explain_engine.attribution.result import GeneAttribution
    from explain_engine.bundle import ExplanationBundle

DataTier = Literal["confident", "suggestive", "weak"]
Kind = Literal["gene", "group", "pair", "module", "rule"]
DirectionSource = Literal["model", "within lineages"]
SELECTION_BAR = 0.8
Q_BAR = 0.05


class DataSupport(Record):
    """How firmly the data stand behind one candidate.

    Attributes
    ----------
    score
        What a standard deviation of the candidate goes with, in units of the response, shrunk by how reliably it was
        found. Of a gene: the size of its effect (the smaller of plain and lineage-adjusted where both are there) times
        the share of bags that select it, with the interval that the effect's interval gives; of the other kinds see
        `agent.hypotheses.beyond_support`.
    tier
        ``confident``: interval excludes zero, selected in at least 80 % of bags, null q at most 0.05, the model beats
        the tissue mean and the mean of all lines, no adverse verdict, same sign within lineages. ``suggestive``: the
        same but for a null or a gain that is missing. ``weak``: everything else.
    why
        The conditions that were not met, in words.
    q
        Against the null runs; None where no null was run.
    """

    score: Interval
    tier: DataTier
    why: tuple[str, ...]
    q: float | None


class Candidate(Record):
    """A gene, group, pair, module or rule that the data put forward.

    Attributes
    ----------
    id
        ``<kind>:<name>``, for example ``gene:BCL2`` or ``pair:BCL2 × LGMN``.
    label
        What it is called in tables.
    gene
        The gene itself; of the other kinds the leading one (hub, first of a pair, first of a rule).
    genes
        Genes that the claim names: the gene, both of a pair, those of a rule, the leading ones of a group or module.
    direction, direction_from
        Of a gene: that of the model's effect; where its interval holds zero, that of the difference within lineages,
        if this excludes zero and has the same sign; else ``mixed``. Of a group or module: of its activity. Of a pair:
        of both high beyond the sum of the two. Of a rule: of meeting it.
    index
        Position among its kind in the bundle, for number references; a pair that was not confirmed is counted in
        ``interactions.unconfirmed``.
    group
        Correlated group of the leading gene.
    members
        Other genes of its correlated group, which the data cannot tell apart from it; all other members of a group
        or module.
    """

    id: str
    kind: Kind = "gene"
    label: str
    gene: str
    genes: tuple[str, ...]
    index: int
    rank: int
    direction: Direction
    direction_from: DirectionSource
    group: str
    members: tuple[str, ...]
    support: DataSupport


def candidates_of(
    bundle: ExplanationBundle, limit: int, within: Mapping[str, Interval] | None = None
) -> tuple[Candidate, ...]:
    """Return the `limit` best-ranked genes of a bundle as candidates, in rank order.

    Parameters
    ----------
    within
        Gene -> response of its high minus its low lines within lineage, where that was worked out.
    """
    groups = {g.id: g.members for g in bundle.attribution.groups}
    found = []
    for index, gene in enumerate(bundle.attribution.genes[:limit]):
        inside = (within or {}).get(gene.gene)
        direction, direction_from = _direction(gene, inside)
        members = tuple(m for m in groups.get(gene.group, ()) if m != gene.gene)
        found.append(
            Candidate(
                id=f"gene:{gene.gene}",
                label=gene.gene,
                gene=gene.gene,
                genes=(gene.gene,),
                index=index,
                rank=gene.rank,
                direction=direction,
                direction_from=direction_from,
                group=gene.group,
                members=members,
                support=data_support(bundle, gene, inside),
            )
        )
    return tuple(found)


def gene_scores(bundle: ExplanationBundle) -> dict[str, Interval]:
    """Data score of every gene listed in the bundle."""
    return {gene.gene: _score(gene) for gene in bundle.attribution.genes}


def data_support(bundle: ExplanationBundle, gene: GeneAttribution, within: Interval | None = None) -> DataSupport:
    """Score and tier of one gene; see `DataSupport` for the arithmetic."""
    untested, faults = _faults(bundle, gene, within)
    return DataSupport(score=_score(gene), tier=tier_of(faults, untested), why=(*faults, *untested), q=gene.q)


def tier_of(faults: tuple[str, ...], untested: tuple[str, ...]) -> DataTier:
    """``weak`` with any fault, ``suggestive`` with anything untested, else ``confident``."""
    return "weak" if faults else ("suggestive" if untested else "confident")


def prediction_faults(bundle: ExplanationBundle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps every candidate of a bundle back: (not tested, speaks against), whether the model predicts at all.

    The model must beat the tissue mean and the mean of all lines. Out of the bag a tissue mean is low exactly where the
    left-out lines are high: where tissue has no effect, a model that predicts nothing would seem to beat it.
    """
    gain, r2 = bundle.fit.gain_over_tissue, bundle.fit.model.r2
    untested = ("gain over the tissue mean unknown",) if gain is None else ()
    faults = []
    if gain is not None and gain.low <= 0.0:
        faults.append("the model does not clearly beat the tissue mean")
    if r2 is not None and r2.low <= 0.0:
        faults.append("the model does not clearly beat the mean of all lines")
    return untested, tuple(faults)


def _direction(gene: GeneAttribution, within: Interval | None) -> tuple[Direction, DirectionSource]:
    if gene.direction != "mixed" or within is None or within.low <= 0.0 <= within.high:
        return gene.direction, "model"
    if within.estimate * gene.effect.estimate <= 0.0:
        return "mixed", "model"
    return ("higher_sensitises" if within.estimate < 0.0 else "higher_resists"), "within lineages"


def _score(gene: GeneAttribution) -> Interval:
    spans = [magnitude(gene.effect)]
    if gene.adjusted_effect is not None:
        same_sign = gene.adjusted_effect.estimate * gene.effect.estimate > 0
        spans.append(magnitude(gene.adjusted_effect) if same_sign else (0.0, 0.0, 0.0))
    smallest = min(spans)
    estimate, low, high = (value * gene.selection_frequency for value in smallest)
    return Interval(estimate=estimate, low=low, high=high, level=gene.effect.level, method=gene.effect.method)


def magnitude(effect: Interval) -> tuple[float, float, float]:
    """Absolute estimate and the interval of the absolute value, whose low end is zero where the interval holds zero."""
    ends = sorted((abs(effect.low), abs(effect.high)))
    low = 0.0 if effect.low <= 0.0 <= effect.high else ends[0]
    return abs(effect.estimate), low, ends[1]


def _faults(
    bundle: ExplanationBundle, gene: GeneAttribution, within: Interval | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (what was not tested, what speaks against the gene)."""
    untested, faults = [], []
    if gene.direction == "mixed":
        faults.append("the interval of its effect in the model holds zero")
    if gene.adjusted_effect is not None and gene.adjusted_effect.low <= 0.0 <= gene.adjusted_effect.high:
        faults.append("with lineage and global components taken out, the interval holds zero")
    if gene.selection_frequency < SELECTION_BAR:
        faults.append("fewer than four in five bags select it")
    if gene.q is None:
        untested.append("not tested against a null")
    elif gene.q > Q_BAR:
        faults.append(f"its q against the null runs is above {Q_BAR}")
    unknown, beaten = prediction_faults(bundle)
    untested.extend(unknown)
    faults.extend(beaten)
    faults.extend(
        verdict.why
        for verdict in bundle.verdicts or ()
        if verdict.gene == gene.gene and verdict.code in ("explained_by_lineage", "no_signal")
    )
    if within is not None and within.estimate * gene.effect.estimate <= 0.0:
        faults.append("within lineages the difference does not point the same way")
    return tuple(untested), tuple(faults)

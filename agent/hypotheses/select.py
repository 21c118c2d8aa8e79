"""From drafts of every kind to the hypotheses shown: ranked together, everything else listed with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.beyond_drafting import beyond_test
from agent.hypotheses.beyond_support import UNCONFIRMED
from agent.hypotheses.drafting import draft_test
from agent.hypotheses.model import HypothesisDraft, RankedHypothesis
from agent.hypotheses.ranking import Entry, LeftOut, Place, rank
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.hypotheses.claims import Claim
    from agent.hypotheses.falsification import FalsificationSheet
    from explain_engine.bundle import ExplanationBundle
    from knowledge.mechanisms.model import KnownMechanism


_PLURAL = {"group": "groups", "pair": "pairs", "module": "modules", "rule": "rules"}
# Tier of a gene that texts name with the drug and no record does.
_MENTIONED = 1
_FIRMNESS = {"weak": 0, "suggestive": 1, "confident": 2}


class Selection(Record):
    """The hypotheses shown, the others, and what single axes would have shown."""

    shown: tuple[RankedHypothesis, ...]
    left_out: tuple[LeftOut, ...]
    orders: dict[str, tuple[str, ...]]


def select_hypotheses(
    bundle: ExplanationBundle,
    drafts: Sequence[HypothesisDraft],
    sheets: Mapping[str, FalsificationSheet | None],
    *,
    limit: int,
    popularity: Mapping[str, int],
) -> Selection:
    """Rank the drafts and keep the best `limit`.

    Parameters
    ----------
    drafts
        Of all kinds; a correlated group is spoken for once, by itself or by one of its genes.
    sheets
        Candidate id -> its falsification sheet.
    popularity
        Gene -> number of passages of any drug that name it; a candidate counts as much as its best-known gene.
    """
    settled, left_out = _settled(drafts)
    genes, doubles = _one_a_group([d for d in settled if d.candidate.kind == "gene"])
    left_out += doubles
    groups, genes, doubles = _group_or_gene([d for d in settled if d.candidate.kind == "group"], genes)
    left_out += doubles
    others, doubles = _not_said_already([d for d in settled if d.candidate.kind in ("pair", "module", "rule")], genes)
    left_out += doubles
    speakers = [*genes, *groups, *others]
    places = rank(
        [
            Entry(
                id=d.candidate.id,
                data=d.candidate.support.score,
                literature=d.literature.score,
                popularity=max((popularity.get(gene, 0) for gene in d.candidate.genes), default=0),
            )
            for d in speakers
        ]
    )
    by_id = {d.candidate.id: d for d in speakers}
    shown = []
    for number, place in enumerate(places[:limit], start=1):
        draft = by_id[place.id]
        sheet = sheets.get(place.id)
        test: tuple[Claim, ...] = ()
        if sheet is not None:
            gene = draft.candidate.kind == "gene"
            test = draft_test(bundle, sheet) if gene else beyond_test(bundle, draft.candidate, sheet)
        shown.append(RankedHypothesis(id=f"H{number}", place=place, draft=draft, sheet=sheet, test=test))
    left_out += [
        LeftOut(
            id=p.id,
            label=by_id[p.id].candidate.label,
            reason=f"place {p.place}, below the {limit} shown (data rank {p.data_rank}, "
            f"literature rank {p.literature_rank}){_weakness(by_id[p.id])}",
        )
        for p in places[limit:]
    ]
    return Selection(shown=tuple(shown), left_out=_gathered(left_out), orders=_orders(places, by_id))


def _weakness(draft: HypothesisDraft) -> str:
    """Why a candidate beyond single genes is weak; genes have their faults beside them in the table."""
    support = draft.candidate.support
    if draft.candidate.kind == "gene" or support.tier != "weak":
        return ""
    return f"; weak: {'; '.join(support.why)}"


def _settled(drafts: Sequence[HypothesisDraft]) -> tuple[list[HypothesisDraft], list[LeftOut]]:
    """Keep the drafts whose direction the data settle, with and without lineage."""
    kept, out = [], []
    for draft in drafts:
        candidate = draft.candidate
        if candidate.direction == "mixed":
            reason = "direction not settled, neither by the model nor within lineages"
        elif candidate.kind == "pair" and UNCONFIRMED in candidate.support.why:
            reason = f"weak: {'; '.join(candidate.support.why)}"
        elif candidate.support.score.estimate == 0.0 and candidate.kind == "gene":
            reason = "with lineage and global components taken out, the effect does not point the same way"
        elif candidate.support.score.estimate == 0.0:
            reason = f"its data support comes to nothing: {'; '.join(candidate.support.why)}"
        else:
            kept.append(draft)
            continue
        out.append(LeftOut(id=candidate.id, label=candidate.label, reason=reason))
    return kept, out


def _gathered(left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """Candidates beyond single genes that share a kind and a reason in one entry; their order stays."""
    found: dict[tuple[str, str], list[LeftOut]] = {}
    for entry in left_out:
        kind = entry.id.partition(":")[0]
        found.setdefault((kind if kind in _PLURAL else entry.id, entry.reason), []).append(entry)
    return tuple(
        entries[0]
        if len(entries) == 1
        else LeftOut(
            id=" ".join(e.id for e in entries),
            label=f"{len(entries)} {_PLURAL[kind]}: " + ", ".join(e.label.removeprefix("group ") for e in entries),
            reason=reason,
        )
        for (kind, reason), entries in found.items()
    )


def on_record_only(
    records: Iterable[KnownMechanism], drafts: Sequence[HypothesisDraft], ranks: Mapping[str, int]
) -> tuple[LeftOut, ...]:
    """Genes on record for the drug that the data did not put forward, with their rank where they are measured."""
    have = {d.candidate.gene for d in drafts if d.candidate.kind == "gene"}
    genes = dict.fromkeys(r.entity for r in records if r.entity_kind == "gene" and r.entity not in have)
    return tuple(
        LeftOut(
            id=f"record:{gene}",
            label=gene,
            reason=f"on record, but rank {ranks[gene]:,d} of {len(ranks):,d} in the data"
            if gene in ranks
            else "on record, but not in the matrix",
        )
        for gene in genes
    )


def _one_a_group(drafts: Sequence[HypothesisDraft]) -> tuple[list[HypothesisDraft], list[LeftOut]]:
    """Keep one speaker for each correlated group: the one with most literature support, then the best rank."""
    best: dict[str, HypothesisDraft] = {}
    for draft in drafts:
        held = best.get(draft.candidate.group)
        if held is None or draft.literature.score > held.literature.score:
            best[draft.candidate.group] = draft
    kept, doubles = [], []
    for draft in drafts:
        speaker = best[draft.candidate.group]
        if speaker is draft:
            kept.append(draft)
        else:
            reason = f"in one correlated group with {speaker.candidate.gene}, which speaks for it"
            doubles.append(LeftOut(id=draft.candidate.id, label=draft.candidate.gene, reason=reason))
    return kept, doubles


def _group_or_gene(
    groups: Sequence[HypothesisDraft], genes: Sequence[HypothesisDraft]
) -> tuple[list[HypothesisDraft], list[HypothesisDraft], list[LeftOut]]:
    """For each correlated group either the group or its one gene: (groups kept, genes kept, left out).

    The gene speaks where a curated record ties it to the drug, whatever its data; where a text names it with the drug
    and its data are as firm as the group's; and where its data are firmer. Literature or data then tell it from its
    group. Else the group does, as neither tells its genes apart.
    """
    of_group = {d.candidate.group: d for d in genes}
    kept, out = [], []
    silent: set[str] = set()
    for draft in groups:
        gene = of_group.get(draft.candidate.group)
        if gene is None:
            kept.append(draft)
            continue
        firmer = _FIRMNESS[gene.candidate.support.tier] - _FIRMNESS[draft.candidate.support.tier]
        on_record = gene.literature.score not in (0, _MENTIONED)
        if on_record or firmer > 0 or (firmer == 0 and gene.literature.score == _MENTIONED):
            why = "which a source ties to the drug" if on_record or firmer <= 0 else "whose data are firmer"
            reason = f"one of its genes, {gene.candidate.label}, {why}, speaks for it"
            out.append(LeftOut(id=draft.candidate.id, label=draft.candidate.label, reason=reason))
        else:
            kept.append(draft)
            silent.add(gene.candidate.id)
            reason = f"nothing tells it from its correlated group: {draft.candidate.label} speaks for it"
            out.append(LeftOut(id=gene.candidate.id, label=gene.candidate.label, reason=reason))
    return kept, [d for d in genes if d.candidate.id not in silent], out


def _not_said_already(
    others: Sequence[HypothesisDraft], genes: Sequence[HypothesisDraft]
) -> tuple[list[HypothesisDraft], list[LeftOut]]:
    """Leave out rules on a single gene that a gene hypothesis already speaks of."""
    speaking = {d.candidate.gene for d in genes}
    kept, out = [], []
    for draft in others:
        candidate = draft.candidate
        if candidate.kind == "rule" and len(candidate.genes) == 1 and candidate.gene in speaking:
            reason = f"says of one gene what the hypothesis on {candidate.gene} says"
            out.append(LeftOut(id=candidate.id, label=candidate.label, reason=reason))
        else:
            kept.append(draft)
    return kept, out


def _orders(places: Sequence[Place], by_id: Mapping[str, HypothesisDraft]) -> dict[str, tuple[str, ...]]:
    def order(axis: str) -> tuple[str, ...]:
        ranked = sorted(places, key=lambda p: (getattr(p, axis), p.id))
        return tuple(by_id[p.id].candidate.label for p in ranked)

    return {
        "both axes": tuple(by_id[p.id].candidate.label for p in places),
        "data alone": order("data_rank"),
        "literature alone": order("literature_rank"),
        "fame alone": order("popularity_rank"),
    }

"""From drafts to the hypotheses shown: one a correlated group, ranked, everything else listed with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.drafting import draft_test
from agent.hypotheses.model import HypothesisDraft, RankedHypothesis
from agent.hypotheses.ranking import Entry, LeftOut, Place, rank
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.hypotheses.falsification import FalsificationSheet
    from explain_engine.bundle import ExplanationBundle
    from knowledge.mechanisms.model import KnownMechanism


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
    sheets, popularity
        Gene -> its falsification sheet; gene -> number of passages of any drug that name it.
    """
    settled, left_out = _settled(drafts)
    speakers, doubles = _one_a_group(settled)
    left_out += doubles
    places = rank(
        [
            Entry(
                id=d.candidate.id,
                data=d.candidate.support.score,
                literature=d.literature.score,
                popularity=popularity.get(d.candidate.gene, 0),
            )
            for d in speakers
        ]
    )
    by_id = {d.candidate.id: d for d in speakers}
    shown = []
    for number, place in enumerate(places[:limit], start=1):
        draft = by_id[place.id]
        sheet = sheets.get(draft.candidate.gene)
        test = draft_test(bundle, sheet) if sheet is not None else ()
        shown.append(RankedHypothesis(id=f"H{number}", place=place, draft=draft, sheet=sheet, test=test))
    left_out += [
        LeftOut(
            id=p.id,
            label=by_id[p.id].candidate.gene,
            reason=f"place {p.place}, below the {limit} shown (data rank {p.data_rank}, "
            f"literature rank {p.literature_rank})",
        )
        for p in places[limit:]
    ]
    return Selection(shown=tuple(shown), left_out=tuple(left_out), orders=_orders(places, by_id))


def _settled(drafts: Sequence[HypothesisDraft]) -> tuple[list[HypothesisDraft], list[LeftOut]]:
    """Keep the drafts whose direction the data settle, with and without lineage."""
    kept, out = [], []
    for draft in drafts:
        candidate = draft.candidate
        if candidate.direction == "mixed":
            reason = "direction not settled, neither by the model nor within lineages"
        elif candidate.support.score.estimate == 0.0:
            reason = "with lineage and global components taken out, the effect does not point the same way"
        else:
            kept.append(draft)
            continue
        out.append(LeftOut(id=candidate.id, label=candidate.gene, reason=reason))
    return kept, out


def on_record_only(
    records: Iterable[KnownMechanism], drafts: Sequence[HypothesisDraft], ranks: Mapping[str, int]
) -> tuple[LeftOut, ...]:
    """Genes on record for the drug that the data did not put forward, with their rank where they are measured."""
    have = {d.candidate.gene for d in drafts}
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


def _orders(places: Sequence[Place], by_id: Mapping[str, HypothesisDraft]) -> dict[str, tuple[str, ...]]:
    def order(axis: str) -> tuple[str, ...]:
        ranked = sorted(places, key=lambda p: (getattr(p, axis), p.id))
        return tuple(by_id[p.id].candidate.gene for p in ranked)

    return {
        "both axes": tuple(by_id[p.id].candidate.gene for p in places),
        "data alone": order("data_rank"),
        "literature alone": order("literature_rank"),
        "fame alone": order("popularity_rank"),
    }

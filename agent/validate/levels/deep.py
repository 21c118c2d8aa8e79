"""Module and interaction level: what bundles with these parts hold of the targets and of known pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate.compare import exact_interval
from agent.validate.ranks import tail_of_hits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.cases import Case
    from explain_engine.bundle import ExplanationBundle


class DeepRow(Record):
    """One drug.

    Attributes
    ----------
    modules, with_target, by_chance
        Called modules; whether a measured target is a member of one; the chance that as many genes drawn at random
        would put one there.
    target_sets
        Enriched sets of its modules that hold a target.
    pairs, known
        Called pairs of gene groups, and those of them with a known interaction between a gene of either group.
    """

    drug: str
    modules: int | None
    with_target: bool = False
    by_chance: float = 0.0
    target_sets: tuple[str, ...] = ()
    pairs: tuple[str, ...] | None = None
    known: tuple[str, ...] = ()
    known_by_chance: float = 0.0


class DeepLevel(Record):
    """All drugs whose bundle holds modules or interactions.

    Attributes
    ----------
    n_modules, with_target, low, high, expected, p
        Drugs with modules and a measured target; those with a target inside one, with exact interval; the number
        expected of genes drawn at random; exact tail.
    n_pairs, n_known, known_expected
        Called pairs over all drugs, known ones, and the number that pairs of random groups of the same sizes would
        give, from the share of all pairs of measured genes that are known.
    """

    rows: tuple[DeepRow, ...]
    n_modules: int
    with_target: int
    low: float
    high: float
    expected: float
    p: float
    n_pairs: int
    n_known: int
    known_expected: float


def deep_level(
    cases: Sequence[Case], bundles: Mapping[str, ExplanationBundle], edges: Mapping[str, frozenset[str]]
) -> DeepLevel | None:
    """Evaluate the bundles that hold a part; None where none does.

    Parameters
    ----------
    bundles
        Drug -> its bundle with most parts.
    edges
        Gene -> genes it is known to interact with.
    """
    rows = [
        _row(case, bundles[case.name], edges)
        for case in cases
        if case.name in bundles
        and (bundles[case.name].modules is not None or bundles[case.name].interactions is not None)
    ]
    if not rows:
        return None
    judged = [r for r in rows if r.modules is not None and r.by_chance >= 0]
    chances = [r.by_chance for r in judged]
    hits = sum(r.with_target for r in judged)
    low, high = exact_interval(hits, len(judged)) if judged else (0.0, 1.0)
    return DeepLevel(
        rows=tuple(rows),
        n_modules=len(judged),
        with_target=hits,
        low=low,
        high=high,
        expected=float(np.sum(chances)),
        p=tail_of_hits(chances, hits),
        n_pairs=sum(len(r.pairs or ()) for r in rows),
        n_known=sum(len(r.known) for r in rows),
        known_expected=sum(r.known_by_chance for r in rows),
    )


def _row(case: Case, bundle: ExplanationBundle, edges: Mapping[str, frozenset[str]]) -> DeepRow:
    places = case.places(case.drug.targets)
    row = DeepRow(drug=case.name, modules=None, by_chance=-1.0)
    if bundle.modules is not None:
        inside = {g for module in bundle.modules for g in module.members}
        row = row.model_copy(
            update={
                "modules": len(bundle.modules),
                "with_target": any(str(case.table.index[j]) in inside for j in places),
                # A drug without a measured target cannot be judged by it.
                "by_chance": _touch(len(case.table), len(inside), len(places)) if places else -1.0,
                "target_sets": tuple(dict.fromkeys(s for m in bundle.modules for s in m.target_sets)),
            }
        )
    if bundle.interactions is not None:
        members = case.table.groupby("group").groups
        density = _density(case, edges)
        called, known, chance = [], [], 0.0
        for call in bundle.interactions.calls:
            one = {str(g) for g in members.get(call.first, [call.first_gene])}
            two = {str(g) for g in members.get(call.second, [call.second_gene])}
            name = f"{call.first} x {call.second}"
            called.append(name)
            chance += 1 - (1 - density) ** (len(one) * len(two))
            if any(edges.get(gene, frozenset()) & two for gene in one):
                known.append(name)
        row = row.model_copy(update={"pairs": tuple(called), "known": tuple(known), "known_by_chance": chance})
    return row


def _touch(m: int, inside: int, t: int) -> float:
    missed = 1.0
    for i in range(t):
        missed *= max(m - inside - i, 0) / (m - i)
    return 1 - missed


def _density(case: Case, edges: Mapping[str, frozenset[str]]) -> float:
    """Share of the pairs of measured genes that are known."""
    measured = case.position
    count = sum(sum(other in measured for other in others) for gene, others in edges.items() if gene in measured)
    n = len(measured)
    return count / (n * (n - 1)) if n > 1 else 0.0

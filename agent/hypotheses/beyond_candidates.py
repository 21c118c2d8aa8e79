"""Candidates beyond single genes: groups, pairs, modules and rules of a bundle, each with its data support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import LedgerError
from agent.hypotheses.beyond_support import group_support, module_support, pair_support, rule_support
from agent.hypotheses.candidates import Candidate, gene_scores
from agent.hypotheses.numbers import show_number
from explain_engine.attribution.result import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explain_engine.bundle import ExplanationBundle
    from explain_engine.interactions.records import Interaction
    from explain_engine.record import Interval
    from explain_engine.rules.records import Rule

# Leading genes of a group or module that are named, looked up and tested.
LEADING = 5
SIGNS = {"<=": "≤", ">": ">"}


def beyond_candidates(
    bundle: ExplanationBundle,
    genes: Sequence[Candidate],
    within: Mapping[str, Interval],
    *,
    spread: float,
) -> tuple[Candidate, ...]:
    """Candidates of every other kind: groups, pairs, modules, rules, each in the bundle's order.

    Parameters
    ----------
    genes
        The gene candidates: groups without any of them are left alone.
    within
        Group id -> response of its high less its low lines within lineage, where that was worked out.
    spread
        Standard deviation of the response over the lines.
    """
    return (
        *groups_of(bundle, genes, within),
        *pairs_of(bundle),
        *modules_of(bundle),
        *rules_of(bundle, spread),
    )


def groups_of(
    bundle: ExplanationBundle, genes: Sequence[Candidate], within: Mapping[str, Interval]
) -> tuple[Candidate, ...]:
    """Groups of several genes that hold a gene candidate."""
    asked = {candidate.group for candidate in genes}
    return tuple(
        Candidate(
            id=f"group:{group.id}",
            kind="group",
            label=f"group {group.id}",
            gene=group.members[0],
            genes=group.members[:LEADING],
            index=index,
            rank=group.rank,
            direction=group.direction,
            direction_from="model",
            group=group.id,
            members=group.members[1:],
            support=group_support(bundle, group, within.get(group.id)),
        )
        for index, group in enumerate(bundle.attribution.groups)
        if group.id in asked and len(group.members) > 1
    )


def pairs_of(bundle: ExplanationBundle) -> tuple[Candidate, ...]:
    """Called pairs, then those that the held-out lines did not bear out."""
    found = bundle.interactions
    if found is None:
        return ()
    return tuple(
        _pair(bundle, call, index, rank)
        for calls, before in ((found.calls, 0), (found.unconfirmed, len(found.calls)))
        for index, call in enumerate(calls)
        for rank in [before + index + 1]
    )


def _pair(bundle: ExplanationBundle, call: Interaction, index: int, rank: int) -> Candidate:
    name = f"{call.first_gene} × {call.second_gene}"
    return Candidate(
        id=f"pair:{name}",
        kind="pair",
        label=name,
        gene=call.first_gene,
        genes=(call.first_gene, call.second_gene),
        index=index,
        rank=rank,
        direction=_sign(call.strength.estimate),
        direction_from="model",
        group=call.first,
        members=(),
        support=pair_support(bundle, call),
    )


def modules_of(bundle: ExplanationBundle) -> tuple[Candidate, ...]:
    """All modules."""
    return tuple(
        Candidate(
            id=f"module:{module.id}",
            kind="module",
            label=module.id,
            gene=module.hubs[0],
            genes=tuple(dict.fromkeys((*module.hubs, *module.members)))[:LEADING],
            index=index,
            rank=index + 1,
            direction=_sign(module.effect.estimate) if not module.effect.low <= 0.0 <= module.effect.high else "mixed",
            direction_from="model",
            group=module.id,
            members=tuple(m for m in module.members if m != module.hubs[0]),
            support=module_support(bundle, module),
        )
        for index, module in enumerate(bundle.modules or ())
    )


def rules_of(bundle: ExplanationBundle, spread: float) -> tuple[Candidate, ...]:
    """All rules of the drug."""
    scores = gene_scores(bundle)
    return tuple(
        Candidate(
            id=f"rule:{rule_words(rule)}",
            kind="rule",
            label=rule_words(rule),
            gene=rule.conditions[0].gene,
            genes=tuple(dict.fromkeys(c.gene for c in rule.conditions)),
            index=index,
            rank=index + 1,
            direction="higher_sensitises" if rule.outcome == "sensitive" else "higher_resists",
            direction_from="model",
            group=f"rule:{index}",
            members=(),
            support=rule_support(bundle, rule, spread, scores),
        )
        for index, rule in enumerate(bundle.rules or ())
        if rule.line is None
    )


def rule_words(rule: Rule) -> str:
    """Conditions of a rule in short, bounds in standard deviations from the mean."""
    return " and ".join(f"{c.gene} {SIGNS[c.op]} {show_number(c.threshold, '.2f')}" for c in rule.conditions)


def pair_of(bundle: ExplanationBundle, candidate: Candidate) -> tuple[Interaction, str]:
    """The interaction behind a pair candidate, and its path in the bundle."""
    found = bundle.interactions
    if found is None or candidate.kind != "pair":
        raise LedgerError(f"{candidate.id!r} is no pair of this bundle")
    for name, calls in (("calls", found.calls), ("unconfirmed", found.unconfirmed)):
        if candidate.index < len(calls):
            call = calls[candidate.index]
            if (call.first_gene, call.second_gene) == candidate.genes:
                return call, f"interactions.{name}[{candidate.index}]"
    raise LedgerError(f"{candidate.id!r} is no pair of this bundle")


def _sign(effect: float) -> Direction:
    return "higher_sensitises" if effect < 0.0 else "higher_resists"

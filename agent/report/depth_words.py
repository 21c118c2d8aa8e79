"""Cells of the depth tables in words: shared by Markdown and HTML so that both say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import show_interval, show_number

if TYPE_CHECKING:
    from explain_engine.interactions.records import Interaction
    from explain_engine.modules.records import Enrichment, Module
    from explain_engine.record import Interval
    from explain_engine.rules.records import Counterfactual, Rule

MEMBERS_SHOWN = 8
SETS_SHOWN = 3
VAGUE = "p holds, contrast does not"
CORNERS = ("both low", "first high", "second high", "both high")


def spread(interval: Interval) -> str:
    """Estimate with its interval in brackets."""
    estimate, low, high = show_interval(interval)
    return f"{estimate} ({low} to {high})"


def share(interval: Interval) -> str:
    """A share with its interval, in percent."""
    estimate, low, high = (show_number(v, "%") for v in (interval.estimate, interval.low, interval.high))
    return f"{estimate} % ({low} to {high})"


def pair_words(call: Interaction) -> str:
    """The two genes, with their groups where these hold more than the gene."""
    names = [
        gene if gene == group else f"{gene} (group {group})"
        for gene, group in ((call.first_gene, call.first), (call.second_gene, call.second))
    ]
    return " × ".join(names)


def held_verdict(call: Interaction) -> str:
    """Whether held-out lines bear a pair out; the test is of the graded term, the contrast of corners is cruder."""
    if call.held_out_p is None:
        return "none held out"
    if not call.confirmed:
        return "not confirmed"
    seen = call.held_out_strength
    return "confirmed" if seen is None or not seen.low <= 0.0 <= seen.high else VAGUE


def held_words(call: Interaction) -> str:
    """What the held-out lines say of a pair."""
    if call.held_out_p is None:
        return "no held-out lines"
    said = held_verdict(call)
    strength = "" if call.held_out_strength is None else f", strength {spread(call.held_out_strength)}"
    return f"{said}, p {show_number(call.held_out_p, 'p')}{strength}"


def corner_words(call: Interaction) -> str:
    """Lines and mean response in each corner."""
    return "; ".join(
        f"{name} {count} lines, mean {show_number(mean, '.2f') if count else 'none'}"
        for name, count, mean in zip(CORNERS, call.corner_counts, call.corner_means, strict=True)
    )


def member_words(module: Module) -> str:
    """The members closest to the module's activity."""
    shown = module.members[:MEMBERS_SHOWN]
    named = ", ".join(f"{gene} (falling)" if gene in module.against else gene for gene in shown)
    return named + (f" and {len(module.members) - len(shown)} more" if len(module.members) > len(shown) else "")


def target_words(module: Module) -> str:
    """Whether the module holds a target, or a set with one; empty where no measured target is known."""
    if module.contains_target is None:
        return ""
    if module.contains_target:
        return "holds a target"
    return "a set with a target" if module.target_sets else "no target"


def enriched(module: Module) -> list[Enrichment]:
    """The strongest sets, each once."""
    best: dict[str, Enrichment] = {}
    for found in sorted(module.enrichment, key=lambda e: (e.q, e.method)):
        best.setdefault(found.gene_set, found)
    return list(best.values())[:SETS_SHOWN]


def set_words(found: Enrichment) -> str:
    """Name of a set with its q."""
    name = found.gene_set.replace("_", " ").capitalize()
    return f"{name} ({found.method}, q {show_number(found.q, 'p')})"


def condition_words(rule: Rule) -> str:
    """All bounds of a rule."""
    return " and ".join(
        f"{c.gene} {'≤' if c.op == '<=' else '>'} {show_number(c.threshold, '.2f')}" for c in rule.conditions
    )


def change_words(flip: Counterfactual) -> str:
    """What would have to change in a line."""
    return ", ".join(
        f"{gene} {show_number(before, '.2f')} → {show_number(after, '.2f')}" for gene, before, after in flip.changes
    )


def side_words(flip: Counterfactual) -> str:
    """The model's answer before and after."""
    before = "sensitive" if flip.prediction_before <= flip.threshold else "resistant"
    return f"{before} → {'resistant' if before == 'sensitive' else 'sensitive'}"

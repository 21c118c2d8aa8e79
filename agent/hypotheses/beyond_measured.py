"""What the data say of a group, pair, module or rule, as templates with their values: numbers by reference alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.beyond_candidates import LEADING, SIGNS, pair_of
from agent.hypotheses.numbers import Num, interval_spec

if TYPE_CHECKING:
    from agent.hypotheses.candidates import Candidate
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.record import Interval
    from explain_engine.rules.records import Rule

Values = dict[str, str | Num]


def measured_parts(bundle: ExplanationBundle, candidate: Candidate) -> list[tuple[str, Values]]:
    """``(section of the template, values of its slots)`` of each measured sentence, in the order shown."""
    write = {"group": _of_group, "pair": _of_pair, "module": _of_module, "rule": _of_rule}[candidate.kind]
    return write(bundle, candidate)


def with_conditions(text: str, rule: Rule, index: int) -> tuple[str, Values]:
    """Write the conditions of a rule into the slot of `text`, their bounds as references."""
    parts: list[str] = []
    values: Values = {}
    for k, condition in enumerate(rule.conditions):
        mark = "ghijklmnop"[k]
        parts.append(f"{{gene_{mark}}} {SIGNS[condition.op]} {{bound_{mark}}}")
        values |= {
            f"gene_{mark}": condition.gene,
            f"bound_{mark}": Num(path=f"rules[{index}].conditions[{k}].threshold"),
        }
    return text.replace("{rule}", " and ".join(parts)), values


def _span(at: str, interval: Interval, *, percent: bool = False) -> Values:
    spec = "%" if percent else interval_spec(interval)
    name = "share" if percent else "effect"
    return {
        name: Num(path=f"{at}.estimate", spec=spec),
        "low": Num(path=f"{at}.low", spec=spec),
        "high": Num(path=f"{at}.high", spec=spec),
    }


def _of_group(bundle: ExplanationBundle, candidate: Candidate) -> list[tuple[str, Values]]:
    at = f"attribution.groups[{candidate.index}]"
    group = bundle.attribution.groups[candidate.index]
    effect = _span(f"{at}.effect", group.effect) | {
        "level": Num(path=f"{at}.effect.level", spec="%"),
        "rank": Num(path=f"{at}.rank", spec="d"),
        "selected": Num(path=f"{at}.selection_frequency", spec="%"),
    }
    parts: list[tuple[str, Values]] = [("group_effect", effect), ("group_members", {})]
    if group.q is not None:
        parts.append(("null", {"q": Num(path=f"{at}.q", spec="p")}))
    return parts


def _of_pair(bundle: ExplanationBundle, candidate: Candidate) -> list[tuple[str, Values]]:
    call, at = pair_of(bundle, candidate)
    parts: list[tuple[str, Values]] = [
        ("pair_searched", _span(f"{at}.strength", call.strength) | {"q": Num(path=f"{at}.q", spec="p")})
    ]
    if call.held_out_strength is not None and call.held_out_p is not None:
        held = _span(f"{at}.held_out_strength", call.held_out_strength)
        parts.append(("pair_held_out", held | {"p": Num(path=f"{at}.held_out_p", spec="p")}))
    corners: Values = {}
    for k, name in enumerate(("low", "first", "second", "both")):
        corners[f"n_{name}"] = Num(path=f"{at}.corner_counts[{k}]", spec="d")
        corners[f"mean_{name}"] = Num(path=f"{at}.corner_means[{k}]") if call.corner_counts[k] else "no mean"
    parts.append(("pair_corners", corners))
    return parts


def _of_module(bundle: ExplanationBundle, candidate: Candidate) -> list[tuple[str, Values]]:
    at = f"modules[{candidate.index}]"
    module = (bundle.modules or ())[candidate.index]
    shown = ", ".join(module.members[:LEADING]) + (" and others" if len(module.members) > LEADING else "")
    parts: list[tuple[str, Values]] = [
        ("module_effect", _span(f"{at}.effect", module.effect) | {"q": Num(path=f"{at}.q", spec="p")}),
        ("module_found_again", {"stability": Num(path=f"{at}.stability"), "members": shown}),
    ]
    if module.enrichment:
        best = min(range(len(module.enrichment)), key=lambda k: module.enrichment[k].q)
        name = module.enrichment[best].gene_set.replace("_", " ").capitalize()
        parts.append(("module_sets", {"sets": name, "q": Num(path=f"{at}.enrichment[{best}].q", spec="p")}))
    return parts


def _of_rule(bundle: ExplanationBundle, candidate: Candidate) -> list[tuple[str, Values]]:
    at = f"rules[{candidate.index}]"
    rule = (bundle.rules or ())[candidate.index]
    model: Values = _span(f"{at}.precision", rule.precision, percent=True) | {
        "n_covered": Num(path=f"{at}.n_covered", spec="d"),
        "outcome": rule.outcome,
        "base": Num(path=f"{at}.base_rate", spec="%"),
        "lift": Num(path=f"{at}.lift"),
    }
    parts: list[tuple[str, Values]] = [("rule_model", model)]
    if rule.measured is not None and rule.measured_base_rate is not None:
        measured = _span(f"{at}.measured", rule.measured, percent=True)
        parts.append(("rule_measured", measured | {"base": Num(path=f"{at}.measured_base_rate", spec="%")}))
    return parts

"""The further parts of a bundle as sections of the Markdown brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import show_number
from agent.report.depth import CODE_WORDS, PART_WORDS
from agent.report.depth_words import (
    change_words,
    condition_words,
    corner_words,
    enriched,
    held_words,
    member_words,
    pair_words,
    set_words,
    share,
    side_words,
    spread,
    target_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.report.depth import Depth
    from explain_engine.interactions.records import Interaction

    Escape = Callable[[str], str]


def depth_first_screen(depth: Depth, escape: Escape) -> list[str]:
    """One line a part."""
    lines = [f"- **{PART_WORDS[line.part]}:** {escape(line.sentence.text)}" for line in depth.lines]
    return [*lines, ""] if lines else []


def depth_markdown(depth: Depth, screen: str, unit: str, escape: Escape) -> list[str]:
    """Sections on firmness and on what lies beyond single genes; nothing where no part was run."""
    firm = [*_null(depth, escape), *_verdicts(depth, escape), *_replication(depth, screen, escape)]
    beyond = [
        *_interactions(depth, unit, escape),
        *_modules(depth, unit, escape),
        *_rules(depth, escape),
        *_flips(depth, unit, escape),
    ]
    out = ["## How firmly this stands", "", *firm] if firm else []
    return [*out, "## Beyond single genes", "", *beyond] if beyond else out


def _said(depth: Depth, part: str, escape: Escape) -> list[str]:
    return [escape(line.sentence.text) for line in depth.lines if line.part == part]


def _section(title: str, lines: Sequence[str], *rest: str) -> list[str]:
    return [f"### {title}", "", *lines, "", *rest, *([""] if rest else [])]


def _null(depth: Depth, escape: Escape) -> list[str]:
    null = depth.null
    if null is None:
        return []
    rows = [
        f"Compared: {escape(null.statistic)}. Null: {escape(null.scheme)}. Observed "
        f"{show_number(null.observed, '.3g')}, largest null run {show_number(max(null.null_max), '.3g')}."
    ]
    if depth.standouts:
        rows += ["", "| stands out | rank | p | q |", "|---|---|---|---|"]
    rows += [f"| {s.kind} {escape(s.name)} | {s.rank} | {_p(s.p)} | {_p(s.q)} |" for s in depth.standouts]
    return _section("Null runs", _said(depth, "null", escape), *rows)


def _verdicts(depth: Depth, escape: Escape) -> list[str]:
    if depth.verdicts is None:
        return []
    rows = [f"- **{escape(v.gene)}: {CODE_WORDS[v.code]}.** {escape(v.why)}." for v in depth.verdicts]
    return _section("Annotated targets", rows or _said(depth, "verdicts", escape))


def _replication(depth: Depth, here: str, escape: Escape) -> list[str]:
    if depth.replication is None:
        return []
    out = _section("Second screen", _said(depth, "replication", escape))
    for screen in depth.replication:
        if not screen.findings:
            continue
        out += [
            f"| gene found in {escape(here)} | correlation within tissues in {escape(screen.screen)} | rank there | "
            "sign | holds |",
            "|---|---|---|---|---|",
            *(
                f"| {escape(f.gene)} | {spread(f.correlation)} | {f.rank if f.rank is not None else 'none'} | "
                f"{'same' if f.same_sign else 'opposite'} | {'yes' if f.replicated else 'no'} |"
                for f in screen.findings
            ),
            "",
        ]
    return out


def _interactions(depth: Depth, unit: str, escape: Escape) -> list[str]:
    found = depth.interactions
    if found is None:
        return []
    rows = _pairs(found.calls, unit, escape)
    if found.unconfirmed:
        rows += ["", "Not borne out, and so not called:", "", *_pairs(found.unconfirmed, unit, escape)]
    return _section(
        "Interactions", [*_said(depth, "interactions", escape), f"Null: {escape(found.null_scheme)}."], *rows
    )


def _pairs(calls: Sequence[Interaction], unit: str, escape: Escape) -> list[str]:
    if not calls:
        return []
    return [
        f"| pair | kind | strength ({escape(unit)}) | q | held out | lines and mean response by corner |",
        "|---|---|---|---|---|---|",
        *(
            f"| {escape(pair_words(c))} | {c.kind} | {spread(c.strength)} | {_p(c.q)} | {held_words(c)} | "
            f"{corner_words(c)} |"
            for c in calls
        ),
    ]


def _modules(depth: Depth, unit: str, escape: Escape) -> list[str]:
    if depth.modules is None:
        return []
    rows = [
        f"| {escape(m.id)} | {len(m.members)}: {escape(member_words(m))} | {escape(', '.join(m.hubs))} | "
        f"{spread(m.effect)} | {_p(m.q)} | {show_number(m.stability, '.2f')} | "
        f"{escape('; '.join(set_words(e) for e in enriched(m)) or 'none')} | {target_words(m)} |"
        for m in depth.modules
    ]
    head = [
        f"| module | members | hubs | effect ({escape(unit)} a standard deviation) | q | stability | enriched sets | "
        "target |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return _section("Modules", _said(depth, "modules", escape), *([*head, *rows] if rows else []))


def _rules(depth: Depth, escape: Escape) -> list[str]:
    if depth.rules is None:
        return []
    head = [
        "| if (standard deviations from the mean) | the model says | right on held-out lines | covers | among all | "
        "by measured response |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {escape(condition_words(r))} | {r.outcome} | {share(r.precision)} | {r.n_covered} lines "
        f"({show_number(r.coverage, '%')} %) | {show_number(r.base_rate, '%')} % | "
        f"{share(r.measured) if r.measured is not None else 'not given'} |"
        for r in depth.rules
    ]
    return _section("Rules", _said(depth, "rules", escape), *([*head, *rows] if rows else []))


def _flips(depth: Depth, unit: str, escape: Escape) -> list[str]:
    if not depth.counterfactuals:
        return []
    rows = [
        f"| {escape(c.line)} | {escape(change_words(c))} | {show_number(c.prediction_before, '.2f')} → "
        f"{show_number(c.prediction_after, '.2f')} | {side_words(c)} |"
        for c in depth.counterfactuals
    ]
    head = [f"| line | smallest plausible change | prediction ({escape(unit)}) | model |", "|---|---|---|---|"]
    note = "What would change the model's answer; nothing is said of what would change the cells."
    return _section("Counterfactuals", [note], *head, *rows)


def _p(value: float) -> str:
    return show_number(value, "p")

"""Modules, interactions, rules, nulls and the second screen of a drug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.hypotheses.numbers import Num, interval_spec
from agent.report.depth import PART_WORDS, DepthPart
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
)
from agent.toolbox.desk import NoAnswer
from agent.toolbox.overview import depth_sentences
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened
    from explain_engine.modules.records import Module

MODULES = "modules"
_PLOTS: dict[DepthPart, str] = {
    "null": "null",
    "replication": "replication",
    "interactions": "network",
    "modules": "enrichment",
    "rules": "rules",
    "stability": "stability",
}


def part(desk: Desk, drug: str, name: DepthPart, number: int | None = None) -> Answer:
    """One further part of a drug's explanation: its line, its table, or that it was not run.

    Parameters
    ----------
    number
        Of a module, from 1; None for all of the part.
    """
    opened = desk.opened(name, drug)
    bundle, teller = opened.bundle, Teller(opened.bundle)
    if not was_run(opened, name):
        raise NoAnswer(not_run(opened, name, name))
    sentences = depth_sentences(opened, teller, (name,))
    if number is not None and name == "modules":
        sentences = module_sentences(opened, teller, number)
    for verdict in (bundle.verdicts or ()) if name == "verdicts" else ():
        sentences.append(teller.say("target_verdict", {"why": verdict.why, "subject": verdict.code.replace("_", " ")}))
    plot = _PLOTS.get(name)
    return Answer(
        kind=name,
        title=f"{bundle.drug}: {PART_WORDS[name].lower()}" + (f" {number}" if number is not None else ""),
        sentences=tuple(sentences),
        table=_table(opened, teller, name),
        links=(
            Link(kind="drug", target=bundle.drug, label=bundle.drug),
            Link(kind="run", target=bundle.key, label=f"explanation {bundle.key[:12]}"),
            *(
                (Link(kind="plot", target=f"{bundle.key}/{plot}", label=f"plot: {PART_WORDS[name].lower()}"),)
                if plot
                else ()
            ),
        ),
        suggestions=(f"draft a hypothesis for module 1 of {bundle.drug}",)
        if name == "modules" and bundle.modules
        else (f"overview of {bundle.drug}",),
        subject=Subject(drug=bundle.drug, module=number),
    )


def was_run(opened: Opened, name: DepthPart) -> bool:
    """Whether the bundle holds that part."""
    return getattr(opened.bundle, name) is not None


def not_run(opened: Opened, kind: str, name: DepthPart) -> Answer:
    """The answer where a part was not run, with the job that would run it."""
    drug = opened.bundle.drug
    ask = f"run a null for {drug}" if name == "null" else f"explain {drug} with {name}"
    words = PART_WORDS[name]
    return Answer(
        kind=kind,
        title=f"{drug}: {words.lower()} not run",
        sentences=(Teller().absent("part_not_run", {"subject": words, "drug": drug}),),
        links=(Link(kind="drug", target=drug, label=drug),),
        suggestions=(ask, f"overview of {drug}"),
        missing=f"{words.lower()} of {drug}: say “{ask}” to start the job",
        subject=Subject(drug=drug),
    )


def module_of(opened: Opened, number: int, kind: str) -> Module:
    """Module by number from 1; NoAnswer where it was not run or there are fewer."""
    modules = opened.bundle.modules
    if modules is None:
        raise NoAnswer(not_run(opened, kind, "modules"))
    if not 1 <= number <= len(modules):
        drug = opened.bundle.drug
        have = "none" if not modules else "only " + ", ".join(str(i + 1) for i in range(len(modules)))
        said = f"{drug} has no module {number}; numbers there are: {have}."
        raise NoAnswer(
            Answer(
                kind=kind,
                title=f"{drug}: no module {number}",
                sentences=(AnswerSentence(text=said, source="none-found"),),
                suggestions=(f"modules of {drug}",),
                missing=f"module {number} of {drug}",
                subject=Subject(drug=drug),
            )
        )
    return modules[number - 1]


def module_sentences(opened: Opened, teller: Teller, number: int) -> list[AnswerSentence]:
    """What is known of one module."""
    module = module_of(opened, number, MODULES)
    at = f"modules[{number - 1}]"
    facts = {"number": number, "n_members": len(module.members)}
    spec = interval_spec(module.effect)
    told: Values = {
        "number": fact("number", "d"),
        "n_members": fact("n_members", "d"),
        "drug": opened.bundle.drug,
        "gene": module.hubs[0] if module.hubs else module.id,
        "members": member_words(module).replace(f" and {len(module.members) - 8} more", " and others"),
    }
    effect: Values = {
        "estimate": Num(path=f"{at}.effect.estimate", spec=spec),
        "low": Num(path=f"{at}.effect.low", spec=spec),
        "high": Num(path=f"{at}.effect.high", spec=spec),
        "unit": RESPONSE_UNIT[opened.bundle.kind],
        "q": Num(path=f"{at}.q", spec="p"),
        "stability": Num(path=f"{at}.stability"),
    }
    sets = "; ".join(f"{found.gene_set.replace('_', ' ').capitalize()} ({found.method})" for found in enriched(module))
    return [
        teller.say("module_one", told, facts=facts, origin=f"{at} of the bundle"),
        teller.say("module_effect", effect),
        teller.say("module_sets", {"subject": sets}) if sets else teller.absent("module_no_sets"),
    ]


def _table(opened: Opened, teller: Teller, name: DepthPart) -> Table | None:
    bundle = opened.bundle
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    if name == "interactions" and bundle.interactions is not None:
        columns = ("pair", "kind", "strength", "on held-out lines", "corners")
        found = (*bundle.interactions.calls, *bundle.interactions.unconfirmed)
        rows = [(pair_words(c), c.kind, spread(c.strength), held_words(c), corner_words(c)) for c in found]
    elif name == "modules":
        columns = ("module", "genes", "effect", "strongest sets")
        rows = [
            (m.id, member_words(m), spread(m.effect), "; ".join(set_words(e) for e in enriched(m)))
            for m in bundle.modules or ()
        ]
    elif name == "rules":
        columns = ("rule", "outcome", "the model agrees on held-out lines")
        rows = [(condition_words(r), r.outcome, share(r.precision)) for r in bundle.rules or ()]
        rows += [
            (f"{f.line}: {change_words(f)}", side_words(f), "counterfactual") for f in bundle.counterfactuals or ()
        ]
    elif name == "replication":
        columns = ("gene", "screen", "correlation there", "holds")
        rows = [
            (f.gene, f.screen, spread(f.correlation), "yes" if f.replicated else "no")
            for screen in bundle.replication or ()
            for f in screen.findings
        ]
    elif name == "stability" and bundle.stability is not None:
        columns = ("perturbation", "measure", "level", "agreement")
        rows = [(a.perturbation, a.measure, a.level, spread(a.value)) for a in bundle.stability.agreements]
    else:
        return None
    facts = {"cells": [list(row) for row in rows]}
    return Table(
        title=PART_WORDS[name],
        columns=columns,
        rows=tuple(tuple(words_cell(cell) for cell in row) for row in rows),
        ref=teller.ref(facts, f"{name} of the bundle, in the words of the report"),
    )

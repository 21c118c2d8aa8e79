"""What further parts of a bundle say: records for the tables of a brief, and one line a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.hypotheses.numbers import Num, Sentence, compose, interval_spec
from agent.prompts import load_prompt
from agent.records import Record
from agent.report.depth_words import VAGUE, held_verdict
from explain_engine.interactions.records import InteractionSet
from explain_engine.modules.records import Module
from explain_engine.rules.records import Counterfactual, Rule
from explain_engine.stability.records import NullReport, Replication, StabilityReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from agent.hypotheses.numbers import Root
    from agent.prompts import Prompt
    from explain_engine.bundle import ExplanationBundle

DEPTH = ("brief/depth", 2)
LEVEL = 0.05
# q up to which genes and groups are listed
LISTED_LEVEL = 0.10
LEADING = 8
Values = dict[str, str | Num]

DepthPart = Literal["null", "verdicts", "replication", "interactions", "modules", "rules", "stability"]
PART_WORDS: dict[DepthPart, str] = {
    "null": "Null runs",
    "verdicts": "Annotated targets",
    "replication": "Second screen",
    "interactions": "Interactions",
    "modules": "Modules",
    "rules": "Rules",
    "stability": "Stability",
}
CODE_WORDS = {
    "recovered": "recovered",
    "recovered_as_group": "recovered as a group only",
    "explained_by_lineage": "explained by lineage",
    "not_measured": "not measured",
    "not_varying": "does not vary",
    "no_signal": "no signal",
}


class DepthCounts(Record):
    """Counts over the bundle's tables and records that sentences refer to; root ``counts``.

    Attributes
    ----------
    level
        The q that counts as beyond chance.
    genes, groups
        Genes and gene groups with q at most `level`, out of the whole tables.
    replicated
        Findings that hold, one number a second screen.
    vague
        Called pairs whose held-out test holds while the contrast there does not.
    """

    level: float = LEVEL
    genes: int = 0
    groups: int = 0
    findings: tuple[int, ...] = ()
    replicated: tuple[int, ...] = ()
    calls: int = 0
    vague: int = 0
    unconfirmed: int = 0
    modules: int = 0
    members: int = 0
    rules: int = 0


class DepthLine(Record):
    """One part in one line, for the first screen and above its table."""

    part: DepthPart
    sentence: Sentence


class Standout(Record):
    """A gene or gene group that stands out from the null runs; `rank` is its place in the whole ranking."""

    kind: Literal["gene", "group"]
    name: str
    rank: int
    p: float
    q: float


class Depth(Record):
    """The further parts of a bundle as a brief shows them; None where a part was not run.

    Attributes
    ----------
    lines
        One a part that was run.
    standouts
        Genes, then gene groups, with the smallest q, of those at most `LISTED_LEVEL`.
    """

    counts: DepthCounts = DepthCounts()
    lines: tuple[DepthLine, ...] = ()
    null: NullReport | None = None
    standouts: tuple[Standout, ...] = ()
    verdicts: tuple[Verdict, ...] | None = None
    replication: tuple[Replication, ...] | None = None
    interactions: InteractionSet | None = None
    modules: tuple[Module, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    counterfactuals: tuple[Counterfactual, ...] | None = None
    stability: StabilityReport | None = None


def depth_of(bundle: ExplanationBundle, genes: pd.DataFrame, groups: pd.DataFrame | None) -> Depth:
    """Everything a brief shows of the bundle's further parts.

    Parameters
    ----------
    genes, groups
        The bundle's tables; without q in a table, those listed in the bundle are counted.
    """
    counts = _counts(bundle, genes, groups)
    return Depth(
        counts=counts,
        lines=_lines(bundle, counts),
        null=bundle.null,
        standouts=(*_standouts("gene", genes), *_standouts("group", groups)),
        verdicts=bundle.verdicts,
        replication=bundle.replication,
        interactions=bundle.interactions,
        modules=bundle.modules,
        rules=bundle.rules,
        counterfactuals=bundle.counterfactuals,
        stability=bundle.stability,
    )


def _counts(bundle: ExplanationBundle, genes: pd.DataFrame, groups: pd.DataFrame | None) -> DepthCounts:
    found = bundle.interactions
    screens = bundle.replication or ()
    return DepthCounts(
        genes=_below(genes, [g.q for g in bundle.attribution.genes]),
        groups=_below(groups, [g.q for g in bundle.attribution.groups]),
        findings=tuple(len(r.findings) for r in screens),
        replicated=tuple(sum(f.replicated for f in r.findings) for r in screens),
        calls=0 if found is None else len(found.calls),
        vague=0 if found is None else sum(held_verdict(call) == VAGUE for call in found.calls),
        unconfirmed=0 if found is None else len(found.unconfirmed),
        modules=len(bundle.modules or ()),
        members=len(bundle.modules[0].members) if bundle.modules else 0,
        rules=len(bundle.rules or ()),
    )


def _below(table: pd.DataFrame | None, listed: Sequence[float | None]) -> int:
    """Rows of a table with q at most `LEVEL`; of those listed in the bundle where the table does not tell."""
    if table is not None and "q" in table.columns:
        return int((table["q"] <= LEVEL).sum())
    return sum(q is not None and q <= LEVEL for q in listed)


def _standouts(kind: Literal["gene", "group"], table: pd.DataFrame | None) -> tuple[Standout, ...]:
    if table is None or "q" not in table.columns:
        return ()
    kept = table[table["q"] <= LISTED_LEVEL].sort_values(["q", "p", "rank"], kind="stable").head(LEADING)
    name = "gene" if kind == "gene" else "id"
    return tuple(
        Standout(kind=kind, name=str(row[name]), rank=int(row["rank"]), p=float(row["p"]), q=float(row["q"]))
        for row in kept.to_dict("records")
    )


def firmest(rules: tuple[Rule, ...]) -> int:
    """Position of the rule with the highest lower end of its precision."""
    return max(range(len(rules)), key=lambda k: rules[k].precision.low)


def _lines(bundle: ExplanationBundle, counts: DepthCounts) -> tuple[DepthLine, ...]:
    template = load_prompt(*DEPTH)
    roots: dict[Root, object] = {"bundle": bundle, "counts": counts}
    base: Values = {"drug": bundle.drug, "level": _count("level", ".2f")}
    out: list[DepthLine] = []

    def add(part: DepthPart, section: str, values: Values) -> None:
        out.append(DepthLine(part=part, sentence=compose(template.section(section), base | values, roots)))

    if bundle.null is not None:
        values: Values = {
            "n_reached": Num(path="null.n_reached", spec="d"),
            "n_runs": Num(path="null.n_runs", spec="d"),
            "p": Num(path="null.p", spec="p"),
            "genes": _count("genes"),
            "groups": _count("groups"),
        }
        add("null", "null" if counts.genes or counts.groups else "null_none", values)
    if bundle.verdicts is not None:
        said = "; ".join(f"{v.gene} {CODE_WORDS[v.code]}" for v in bundle.verdicts)
        add("verdicts", "verdicts" if said else "none_verdicts", {"subject": said})
    if bundle.replication is not None:
        for k, screen in enumerate(bundle.replication):
            add("replication", "replication" if screen.findings else "replication_none", _replication(k, screen.screen))
        if not bundle.replication:
            add("replication", "none_replication", {})
    if bundle.interactions is not None:
        out.append(DepthLine(part="interactions", sentence=_interactions(template, bundle, base, roots)))
    if bundle.modules is not None:
        add("modules", "modules" if bundle.modules else "none_modules", _modules(bundle))
    if bundle.rules is not None:
        add("rules", "rules" if bundle.rules else "none_rules", _rules(bundle))
    for k, agreement in enumerate(bundle.stability.agreements if bundle.stability is not None else ()):
        if agreement.measure.startswith("jaccard") and agreement.perturbation.startswith("80 %"):
            at = f"stability.agreements[{k}]"
            subject = f"{agreement.perturbation}, {agreement.level}s, {agreement.measure}"
            spread = _interval(f"{at}.value", "value")
            add(
                "stability",
                "stability",
                {"subject": subject, "n_repeats": Num(path=f"{at}.n_repeats", spec="d"), **spread},
            )
    return tuple(out)


def _count(name: str, spec: str = "d") -> Num:
    return Num(root="counts", path=name, spec=spec)


def _interval(path: str, name: str, spec: str = ".2f") -> Values:
    return {
        name: Num(path=f"{path}.estimate", spec=spec),
        "low": Num(path=f"{path}.low", spec=spec),
        "high": Num(path=f"{path}.high", spec=spec),
    }


def _replication(k: int, screen: str) -> Values:
    return {
        "screen": screen,
        "n_lines": Num(path=f"replication[{k}].n_lines", spec="d"),
        "n_shared": Num(path=f"replication[{k}].n_shared_lines", spec="d"),
        "replicated": _count(f"replicated[{k}]"),
        "findings": _count(f"findings[{k}]"),
        "share": Num(path=f"replication[{k}].share_replicated", spec="%"),
        "chance": Num(path=f"replication[{k}].share_by_chance", spec="%"),
    }


def _interactions(template: Prompt, bundle: ExplanationBundle, base: Values, roots: dict[Root, object]) -> Sentence:
    found = bundle.interactions
    if found is None:
        raise ValueError("no interactions to speak of")
    values: Values = base | {
        "calls": _count("calls"),
        "vague": _count("vague"),
        "unconfirmed": _count("unconfirmed"),
        "n_pairs": Num(path="interactions.n_pairs_screened", spec=",d"),
        "n_held_out": Num(path="interactions.n_held_out", spec="d"),
    }
    if not found.calls:
        text = template.section("interactions_none")
    else:
        text = template.section("interactions" if found.n_held_out else "interactions_unheld")
    if any(held_verdict(call) == VAGUE for call in found.calls):
        text = f"{text} {template.section('interactions_vague')}"
    if found.runner_up_expected is not None:
        text = f"{text} {template.section('interactions_expected')}"
        values["expected"] = Num(path="interactions.runner_up_expected", spec=".2g")
    return compose(text, values, roots)


def _modules(bundle: ExplanationBundle) -> Values:
    if not bundle.modules:
        return {}
    first = bundle.modules[0]
    return {
        "modules": _count("modules"),
        "gene": first.hubs[0] if first.hubs else first.id,
        "members": _count("members"),
        "q": Num(path="modules[0].q", spec="p"),
        **_interval("modules[0].effect", "effect", interval_spec(first.effect)),
    }


def _rules(bundle: ExplanationBundle) -> Values:
    if not bundle.rules:
        return {}
    k = firmest(bundle.rules)
    return {
        "rules": _count("rules"),
        "subject": " and ".join(dict.fromkeys(c.gene for c in bundle.rules[k].conditions)),
        "n_covered": Num(path=f"rules[{k}].n_covered", spec="d"),
        "base": Num(path=f"rules[{k}].base_rate", spec="%"),
        **_interval(f"rules[{k}].precision", "precision", "%"),
    }

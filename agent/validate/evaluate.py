"""From finished drugs and gold standards to a report; nothing here changes a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.pipeline import engine_settings
from agent.records import current_versions
from agent.validate import methods
from agent.validate.cases import Rankings, load_cases
from agent.validate.gold.model import GoldSet, by_drug
from agent.validate.levels.classes import class_level
from agent.validate.levels.deep import deep_level
from agent.validate.levels.genes import gene_level
from agent.validate.levels.groups import group_level
from agent.validate.levels.hypotheses import BriefSummary, hypothesis_level
from agent.validate.levels.sets import set_level
from agent.validate.levels.signs import sign_level
from agent.validate.levels.verdicts import target_rows
from agent.validate.model import Coverage, GoldUsed, NotRun, ValidationReport
from agent.validate.screen import spellings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.validate.run import Screen
    from agent.validate.screen import ScreenDrug
    from explain_engine.bundle import ExplanationBundle

LEVELS = ("gene", "sign", "group", "pathway", "module", "interaction", "class", "hypothesis", "verdict")
TARGET_SETS = frozenset({"targets", "targets-broad"})
_SET_RANKINGS = (
    methods.CONSENSUS,
    methods.ADJUSTED,
    methods.CORRELATION,
    methods.WITHIN,
    methods.TREESHAP,
    methods.ILLUME,
    methods.TISSUE,
)


class Given:
    """What is known, as far as it is at hand.

    Parameters
    ----------
    gold
        Gold standards.
    literature
        Gene -> documents that name it.
    pathways
        Collection -> set -> genes.
    families
        Protein family -> genes.
    lethal
        Gene -> its synthetic-lethal partners.
    edges
        Gene -> genes it is known to interact with.
    classes
        Classification -> drug -> class.
    """

    def __init__(
        self,
        gold: Sequence[GoldSet],
        *,
        literature: Mapping[str, int] | None = None,
        pathways: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        families: Mapping[str, Sequence[str]] | None = None,
        lethal: Mapping[str, frozenset[str]] | None = None,
        edges: Mapping[str, frozenset[str]] | None = None,
        classes: Mapping[str, Mapping[str, str]] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.gold = tuple(gold)
        self.literature = literature
        self.pathways = dict(pathways or {})
        self.families = dict(families or {})
        self.lethal = dict(lethal or {})
        self.edges = dict(edges or {})
        self.classes = dict(classes or {})
        self.notes = tuple(notes)


def evaluate(
    screen: Screen,
    drugs: Sequence[ScreenDrug],
    given: Given,
    levels: Sequence[str],
    *,
    briefs: Mapping[str, BriefSummary] | None = None,
    deep: Mapping[str, ExplanationBundle] | None = None,
    order_seed: int = 0,
) -> ValidationReport:
    """Evaluate all finished drugs among those asked for.

    Parameters
    ----------
    drugs
        Drugs asked for.
    levels
        Names out of `LEVELS`.
    briefs
        Drug -> summary of its brief, for the level ``hypothesis``.
    deep
        Drug -> its bundle with most parts, for the levels ``module`` and ``interaction``.
    """
    names = spellings(screen.drugs)
    cases, refused = load_cases(screen.results, drugs, screen.workspace.bundles)
    rankings = Rankings(cases, given.literature)
    facts = {s.name: by_drug(s.positives, names) for s in given.gold}
    report = ValidationReport(
        key=screen.results.key,
        screen=screen.settings.screen,
        kind=screen.settings.kind,
        settings=engine_settings(screen.settings).flat(),
        files=screen.files,
        versions=current_versions(),
        order_seed=order_seed,
        coverage=_coverage(screen, drugs, {c.name for c in cases}, {r.drug: str(r.refused) for r in refused}),
        gold=tuple(_used(s, len(facts[s.name])) for s in given.gold),
        methods={name: methods.DESCRIPTIONS[name] for name in (*rankings.names, methods.CHANCE)} if cases else {},
        seconds=_seconds([c.run.seconds for c in cases]),
        missing=given.notes,
    )
    if not cases:
        return report.model_copy(update={"missing": (*report.missing, "no drug is finished")})
    wanted = {
        name: {drug: tuple(dict.fromkeys(f.entity for f in rows)) for drug, rows in of.items()}
        for name, of in facts.items()
    }
    wanted |= _joined(wanted)
    targets = {d.name: d.targets for d in drugs}
    found: dict[str, object] = {}
    missing = list(report.missing)
    if "gene" in levels:
        found["genes"] = _genes(rankings, wanted)
    if "sign" in levels:
        every = [f for s in given.gold if s.name not in (*TARGET_SETS, "cards") for f in s.positives]
        sign = sign_level("biomarkers, all sources", cases, by_drug(every, names))
        cards = sign_level("mechanism cards", cases, facts.get("cards", {}))
        found["signs"] = tuple(x for x in (sign, cards) if x is not None)
        if sign is None:
            missing.append("sign: no finished drug has an expression-visible biomarker; give some with --gold")
    if "group" in levels:
        group = group_level("annotated targets", cases, wanted.get("targets", {}))
        found["groups"] = (group,) if group is not None else ()
    if "pathway" in levels:
        found["sets"] = _pathways(rankings, given, targets)
        if not given.pathways:
            missing.append("pathway: no gene sets at hand; fetch them with: oncobrief data fetch genesets")
    if "interaction" in levels:
        partners = _partners(rankings, given.lethal, targets)
        found["sets"] = (*found.get("sets", ()), *partners)  # type: ignore[misc]
        if not partners:
            missing.append("interaction: no table of synthetic-lethal pairs at hand, or too few finished drugs")
    if "module" in levels or "interaction" in levels:
        found["deep"] = deep_level(cases, deep or {}, given.edges)
        if found["deep"] is None:
            missing.append(
                "module and called pairs: no bundle of these settings holds them; add them with: "
                "oncobrief explain DRUG --parts interactions,modules"
            )
    if "class" in levels:
        by_class = [class_level(title, cases, of) for title, of in given.classes.items()]
        found["classes"] = tuple(x for x in by_class if x is not None)
        if not found["classes"]:
            missing.append("class: fewer than two classes have two finished drugs")
    if "hypothesis" in levels:
        by_set = [hypothesis_level(_title(n), cases, briefs or {}, wanted[n]) for n in _hypothesis_sets(wanted)]
        found["hypotheses"] = tuple(x for x in by_set if x is not None)
    if "verdict" in levels:
        pathways = {f"{c}: {n}": g for c, of in given.pathways.items() for n, g in of.items()}
        found["targets"] = target_rows(rankings, given.families, pathways)
        if not given.families:
            missing.append(
                "verdict: no protein families at hand; fetch them with: oncobrief knowledge build --fetch-names"
            )
    return report.model_copy(update={**found, "missing": tuple(missing)})


def _genes(rankings: Rankings, wanted: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[object, ...]:
    paper = [c for c in rankings.cases if c.drug.in_paper]
    levels = [
        gene_level("annotated targets, all finished drugs", rankings, wanted.get("targets", {})),
        gene_level("annotated targets, the ILLUME+ paper's drugs", rankings, wanted.get("targets", {}), paper),
        gene_level(
            "annotated targets, all drugs but the paper's",
            rankings,
            wanted.get("targets", {}),
            [c for c in rankings.cases if not c.drug.in_paper],
        ),
    ]
    levels += [
        gene_level(_title(name), rankings, of)
        for name, of in wanted.items()
        if name not in ("targets", "all biomarkers")
    ]
    if "all biomarkers" in wanted:
        levels.append(gene_level(_title("all biomarkers"), rankings, wanted["all biomarkers"]))
    return tuple(x for x in levels if x is not None)


def _title(name: str) -> str:
    return {
        "targets": "annotated targets",
        "targets-broad": "targets in at least two lists, off-targets included",
        "cards": "genes of the mechanism cards",
        "all biomarkers": "biomarkers, all sources together",
    }.get(name, f"biomarkers: {name}")


def _joined(wanted: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Biomarkers of all sources together, where there is more than one source."""
    sources = [name for name in wanted if name not in (*TARGET_SETS, "cards")]
    if len(sources) < 2:
        return {}
    out: dict[str, tuple[str, ...]] = {}
    for name in sources:
        for drug, genes in wanted[name].items():
            out[drug] = tuple(dict.fromkeys((*out.get(drug, ()), *genes)))
    return {"all biomarkers": out}


def _hypothesis_sets(wanted: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(n for n in ("targets", "all biomarkers", "cards") if n in wanted)


def _pathways(rankings: Rankings, given: Given, targets: Mapping[str, Sequence[str]]) -> tuple[object, ...]:
    from agent.validate.gold.sets import sets_with

    found = [
        set_level(f"pathways of the targets: {name}", rankings, of, sets_with(of, targets), targets, _SET_RANKINGS)
        for name, of in given.pathways.items()
    ]
    return tuple(x for x in found if x is not None)


def _partners(
    rankings: Rankings, lethal: Mapping[str, frozenset[str]], targets: Mapping[str, Sequence[str]]
) -> tuple[object, ...]:
    """Each drug's set of synthetic-lethal partners of its targets, placed among those of all other drugs."""
    sets: dict[str, tuple[str, ...]] = {}
    for drug, genes in targets.items():
        partners = sorted({p for g in genes for p in lethal.get(g, ())} - set(genes))
        if partners:
            sets[f"partners of {drug}"] = tuple(partners)
    own = {drug: (f"partners of {drug}",) for drug in targets if f"partners of {drug}" in sets}
    level = set_level("synthetic-lethal partners of the targets", rankings, sets, own, targets, _SET_RANKINGS)
    return (level,) if level is not None else ()


def _coverage(screen: Screen, drugs: Sequence[ScreenDrug], finished: set[str], refused: Mapping[str, str]) -> Coverage:
    able = [d for d in drugs if d.why_not is None]
    return Coverage(
        screen=len(screen.drugs),
        asked=len(drugs),
        finished=len(finished),
        refused=tuple(NotRun(drug=name, reason=why) for name, why in refused.items()),
        waiting=len(drugs) - len(finished) - len(refused),
        with_target=len(able),
        finished_with_target=sum(d.name in finished for d in able),
        without_target=tuple(NotRun(drug=d.name, reason=d.why_not) for d in drugs if d.why_not is not None),
    )


def _used(gold: GoldSet, n_drugs: int) -> GoldUsed:
    return GoldUsed(
        name=gold.name,
        source=gold.source,
        n_facts=len(gold.facts),
        n_positive=len(gold.positives),
        n_with_pmid=sum(f.pmid is not None for f in gold.positives),
        n_drugs=n_drugs,
        notes=gold.notes,
    )


def _seconds(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Median CPU seconds a drug, by step."""
    steps = dict.fromkeys(step for run in runs for step in run)
    return {step: round(float(np.median([run[step] for run in runs if step in run])), 2) for step in steps}

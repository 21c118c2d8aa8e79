"""The whole job over a workspace: choose drugs, run what is missing, gather what is known, evaluate, write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from agent.errors import InputError
from agent.validate.evaluate import LEVELS, Given, evaluate
from agent.validate.gold.classes import FILE as CLASSES
from agent.validate.gold.classes import hub_classes, read_classes, shipped_classes
from agent.validate.gold.registry import load_gold
from agent.validate.gold.sets import collections_at_hand, families_at_hand, known_interactions, lethal_partners
from agent.validate.literature import gene_popularity
from agent.validate.run import Screen, open_screen, run_drugs
from agent.validate.screen import PAPER_DRUGS, ScreenDrug, choose, running_order, spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.settings import BriefSettings, ExplainSettings
    from agent.validate.levels.hypotheses import BriefSummary
    from agent.validate.model import ValidationReport
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle

    Report = Callable[[str], None]

REFERENCE_VARIABLE = "ONCOBRIEF_REFERENCE_DATA"
ORDER_SEED = 20
IllumeChoice = Literal["paper", "all", "none"]


def reference_folder() -> Path | None:
    """Folder of the development reference data, where the environment names one that is there.

    Raises
    ------
    InputError
        The variable names a folder that is not there: a report without it would pass for a full one.
    """
    given = os.environ.get(REFERENCE_VARIABLE)
    if not given:
        return None
    folder = Path(given)
    if not folder.is_dir():
        raise InputError(f"{REFERENCE_VARIABLE} names {given!r}, which is no folder; unset it or correct it")
    return folder


def read_levels(words: str) -> tuple[str, ...]:
    """Levels by name; ``all`` stands for every one.

    Raises
    ------
    InputError
        A word names no level.
    """
    asked = {w.strip().lower() for w in words.split(",")} - {""}
    if unknown := sorted(asked - {*LEVELS, "all"}):
        raise InputError(f"unknown level {unknown[0]!r}; levels are {', '.join(LEVELS)}, or all")
    return tuple(level for level in LEVELS if level in asked or "all" in asked)


def read_choice(word: str) -> IllumeChoice:
    """For which drugs ILLUME+ is run.

    Raises
    ------
    InputError
        Another word than paper, all or none.
    """
    for choice in get_args(IllumeChoice):
        if word.strip().lower() == choice:
            return choice  # type: ignore[no-any-return]
    raise InputError(f"--illume {word!r}: one of {', '.join(get_args(IllumeChoice))}")


def choose_drugs(screen: Screen, names: Sequence[str], *, every: bool, most: int | None) -> tuple[ScreenDrug, ...]:
    """Drugs of a run: those named, else the paper's, else all with a measured target (`every`: all of the screen).

    Raises
    ------
    InputError
        A name is unknown.
    """
    if names:
        return choose(screen.drugs, names)
    order = running_order(screen.drugs, ORDER_SEED)
    if not every:
        order = tuple(d for d in order if d.in_paper)
        if not order:
            raise InputError(
                f"the screen has none of the default drugs ({', '.join(PAPER_DRUGS[:3])}, ...); use --drugs"
            )
    return order[:most] if most is not None else order


def gather(
    screen: Screen,
    *,
    files: Sequence[str] = (),
    class_files: Sequence[Path] = (),
    set_files: Sequence[Path] = (),
    reference: Path | None = None,
) -> Given:
    """Everything that is known, as far as it is at hand.

    Raises
    ------
    InputError
        A given file cannot be read.
    """
    names = spellings(screen.drugs)
    knowledge = screen.workspace.knowledge
    fame = gene_popularity(knowledge, reference)
    notes = [] if fame is not None else ["popularity in the literature: no documents at hand beside the shipped cards"]
    classes = {"pathway class of the target": shipped_classes(names)}
    if reference is not None and (reference / CLASSES).is_file():
        classes["mechanism of action, Broad Repurposing Hub"] = hub_classes(reference, names)
    for path in class_files:
        if not path.is_file():
            raise InputError(f"there is no file {str(path)!r}")
        classes[f"user table {path.name}"] = read_classes(path, names)
    for path in set_files:
        if not path.is_file():
            raise InputError(f"there is no file {str(path)!r}")
    return Given(
        load_gold(files, reference),
        literature=fame[0] if fame is not None else None,
        pathways=collections_at_hand(screen.workspace.data, reference, set_files),
        families=families_at_hand(knowledge, reference),
        lethal=lethal_partners(reference) if reference is not None else {},
        edges=known_interactions(reference) if reference is not None else {},
        classes=classes,
        notes=notes,
    )


def validate_job(
    workspace: Workspace,
    settings: ExplainSettings,
    brief_settings: BriefSettings,
    *,
    drugs: Sequence[str] = (),
    every: bool = False,
    most: int | None = None,
    levels: Sequence[str] = LEVELS,
    files: Sequence[str] = (),
    class_files: Sequence[Path] = (),
    set_files: Sequence[Path] = (),
    illume: IllumeChoice = "paper",
    jobs: int = 1,
    only_report: bool = False,
    report: Report,
) -> ValidationReport:
    """Run and evaluate.

    Parameters
    ----------
    drugs, every, most
        See `choose_drugs`.
    illume
        For which drugs ILLUME+ as published is run, which costs as much as all other rankings: those of its paper, all
        asked for, or none. What was run before is shown whatever is chosen.
    only_report
        Evaluate what is finished and run nothing.
    report
        Told of progress.
    """
    screen = open_screen(workspace, settings)
    chosen = choose_drugs(screen, drugs, every=every, most=most)
    # Before the long work, so that a fault in a given file shows at once.
    given = gather(screen, files=files, class_files=class_files, set_files=set_files, reference=reference_folder())
    if not only_report:
        costly = {d.name for d in chosen if illume == "all" or (illume == "paper" and d.in_paper)}
        run_drugs(screen, chosen, costly=costly, jobs=jobs, report=report)
    briefs = write_briefs(screen, chosen, brief_settings, report=report) if "hypothesis" in levels else {}
    deep = deep_bundles(screen, chosen, report=report) if {"module", "interaction"} & set(levels) else {}
    return evaluate(screen, chosen, given, levels, briefs=briefs, deep=deep, order_seed=ORDER_SEED)


def deep_bundles(screen: Screen, drugs: Sequence[ScreenDrug], *, report: Report) -> dict[str, ExplanationBundle]:
    """For each finished drug the bundle with most parts that was made from its explanation, where one was."""
    from agent.deepening import bundles_of
    from agent.pipeline import Explained
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.deepen import parts_of
    from explain_engine.errors import BundleError

    root = screen.workspace.bundles
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in root.glob("*/bundle.json")]
    found = {}
    for drug in drugs:
        run = screen.results.load(drug.name)
        # Reading every bundle for every drug would cost more than the rest: its key is named by those made from it.
        if run is None or not run.bundle or sum(run.bundle in text for text in texts) < 2:
            continue
        try:
            first = Explained(ExplanationBundle.load(root / run.bundle), root / run.bundle, reused=True)
        except BundleError as error:
            report(f"the bundle of {drug.name} cannot be read: {error}")
            continue
        best = bundles_of(first, root, report=report)[0]
        if parts_of(best.bundle):
            found[drug.name] = best.bundle
    return found


def write_briefs(
    screen: Screen, drugs: Sequence[ScreenDrug], settings: BriefSettings, *, report: Report
) -> dict[str, BriefSummary]:
    """Briefs of the finished drugs with the workspace's knowledge base; bundles that are gone are told of."""
    from agent.jobs import open_knowledge
    from agent.store_evidence import StoreEvidence
    from agent.validate.briefs import brief_summary

    runs = [run for d in drugs if (run := screen.results.load(d.name)) is not None and run.refused is None]
    if not runs:
        return {}
    found = {}
    with open_knowledge(screen.workspace.knowledge, report) as store:
        source = StoreEvidence(store, screen.workspace.knowledge)
        for number, run in enumerate(runs, start=1):
            try:
                summary = brief_summary(run, screen.results.folder, screen.workspace.bundles, source, settings)
            except InputError as error:
                report(f"no brief of {run.drug}: {error}")
                continue
            found[run.drug] = summary
            if number % 10 == 0:
                report(f"briefs: {number} of {len(runs)}")
    return found

"""Further parts of a bundle in a workspace: what they need from outside, and re-use of what is whole."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from agent.own.model import is_own
from agent.pipeline import Explained, engine_settings, load_tables
from explain_engine.errors import BundleError, DataUnavailableError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from agent.settings import ExplainSettings
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.deepen import Part

    Progress = Callable[[str, float], None]
    Report = Callable[[str], None]

# Key, inputs and settings of a bundle lie well within this; whole files of a large screen would be read over and over.
_HEAD_BYTES = 1 << 16
_OTHER_SCREEN = {"GDSC2": "GDSC1", "GDSC1": "GDSC2"}


def bundles_of(explained: Explained, root: Path, *, report: Report | None = None) -> list[Explained]:
    """The given bundle and all whole bundles that add parts to it: most parts first, then most null runs, then key.

    Parameters
    ----------
    root
        The workspace's folder of bundles.
    report
        Told of damaged bundles that were passed over.
    """
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.deepen import first_key, parts_of

    first = first_key(explained.bundle)
    found = [explained]
    for path in sorted(root.glob("*/bundle.json")):
        # A hidden folder is being written by someone; it may be gone the next moment.
        if path.parent == explained.folder or path.parent.name.startswith("."):
            continue
        try:
            # Most bundles of a workspace are of other drugs: their settings, which come first, are enough to tell.
            with path.open("rb") as file:
                if first.encode() not in file.read(_HEAD_BYTES):
                    continue
        except OSError:
            # Replaced or removed by another process since the folder was listed.
            continue
        try:
            bundle = ExplanationBundle.load(path.parent)
            load_tables(bundle, path.parent)
        except BundleError as error:
            if report is not None:
                report(f"a bundle with further parts is damaged and is passed over: {error}")
            continue
        if first_key(bundle) == first:
            found.append(Explained(bundle, path.parent, reused=True))
    return sorted(found, key=lambda e: (-len(parts_of(e.bundle)), -_null_runs(e.bundle), e.bundle.key))


def deepen_or_reuse(
    workspace: Workspace,
    dataset: ResponseDataset,
    explained: Explained,
    settings: ExplainSettings,
    parts: Sequence[Part],
    *,
    null_runs: int = 100,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Explained:
    """Return a bundle that holds the parts asked for, beside those that the deepest whole bundle holds already.

    Raises
    ------
    explain_engine.errors.InputError
        If a part cannot be run on this dataset.
    """
    from explain_engine.deepen import deepen, part_settings

    there = bundles_of(explained, workspace.bundles, report=report)
    if not parts:
        return there[0]
    screens = second_screens(workspace, dataset, report=report) if "replication" in parts else ()
    sets = gene_sets(workspace, report=report) if "modules" in parts else None
    given: dict[str, Any] = {
        "second_screens": screens,
        "gene_sets": sets,
        "targets": annotated_targets(dataset.drug),
        "n_null": null_runs,
    }
    engine = engine_settings(settings)
    wanted = part_settings(parts, engine, **given)
    for known in there:
        if wanted.items() <= known.bundle.settings.items():
            return known
    start = there[0]
    arrays = {name: start.bundle.array(start.folder, name) for name in start.bundle.arrays}
    kept: list[Path] = []

    def keep(bundle: ExplanationBundle, arrays: dict[str, pd.DataFrame]) -> None:
        stage = workspace.bundles / bundle.key
        if not stage.exists():
            kept.append(stage)
        bundle.save(workspace.bundles, arrays)

    bundle, arrays = deepen(dataset, start.bundle, arrays, engine, parts, progress=progress, keep=keep, **given)
    folder = workspace.bundles / bundle.key
    saved = bundle.save(workspace.bundles, arrays)
    for stage in kept:
        # Everything in it is in the whole bundle; only an interrupted run leaves its last stage behind.
        shutil.rmtree(stage, ignore_errors=True)
    return Explained(saved, folder, reused=False)


def second_screens(
    workspace: Workspace, dataset: ResponseDataset, *, report: Report | None = None
) -> tuple[ResponseDataset, ...]:
    """The same drug in the other fetched screen; empty, with a word to `report`, where it is not there.

    For a screen of the user's own that is GDSC2, unless its responses are taken from there.
    """
    from explain_engine.data.opening import open_dataset
    from knowledge.starter.load import load_drugs

    first = "GDSC1" if is_own(dataset.screen) and "GDSC2 response" not in dataset.sources else dataset.screen
    other = _OTHER_SCREEN.get(first)
    if other is None:
        return ()
    try:
        found = open_dataset(
            workspace.data,
            dataset.drug,
            screen=other,
            kind=dataset.kind,
            synonyms={entry.name: entry.synonyms for entry in load_drugs()},
        )
    except (InputError, DataUnavailableError) as error:
        if report is not None:
            report(f"no replication in {other}: {error}")
        return ()
    return (found,)


def gene_sets(workspace: Workspace, *, report: Report | None = None) -> dict[str, dict[str, tuple[str, ...]]] | None:
    """Fetched gene sets by collection; None, with a word to `report`, where there are none."""
    from explain_engine.data.genesets import open_genesets

    try:
        return {"Hallmark": open_genesets(workspace.data)}
    except DataUnavailableError as error:
        if report is not None:
            report(f"modules are tested without gene sets: {error}")
        return None


def annotated_targets(drug: str) -> tuple[str, ...]:
    """Annotated target genes of a drug of the screen; empty where the annotation names none."""
    from knowledge.ids.model import name_key
    from knowledge.starter.load import load_drugs

    wanted = name_key(drug)
    return next((entry.targets for entry in load_drugs() if name_key(entry.name) == wanted), ())


def _null_runs(bundle: ExplanationBundle) -> int:
    return 0 if bundle.null is None else bundle.null.n_runs

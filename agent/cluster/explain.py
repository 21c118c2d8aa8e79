"""Explaining many drugs: one task a drug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.cluster.task import Outcome, Task, task_function
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.settings import ExplainSettings
    from agent.workspace import Workspace

_CALL = "agent.cluster.explain:explain_drug"


def explain_tasks(
    workspace: Workspace,
    drugs: Sequence[str],
    settings: ExplainSettings,
    parts: Sequence[str] = (),
    *,
    null_runs: int = 100,
) -> tuple[Task, ...]:
    """One task a drug; each name is looked up now, so that a misspelt one stops the command before any work.

    Parameters
    ----------
    drugs
        Names, synonyms or ids; empty for every entry of the screen.
    parts
        Further parts, see `explain_engine.deepen.read_parts`.

    Raises
    ------
    explain_engine.errors.InputError
        If a drug or part is unknown or ambiguous.
    explain_engine.errors.DataUnavailableError
        If nothing was fetched.
    """
    from explain_engine.data.fetch import FETCH_COMMAND, GDSC_FOLDER
    from explain_engine.data.opening import find_drug, screen_entries
    from explain_engine.deepen import read_parts
    from knowledge.starter.load import load_drugs

    if not (workspace.data / GDSC_FOLDER).is_dir():
        raise InputError(f"no data in {str(workspace.data)!r}; fetch them with: {FETCH_COMMAND}")
    asked = list(read_parts(list(parts)))
    entries = screen_entries(workspace.data, settings.screen)
    if drugs:
        known = load_drugs()
        synonyms = {entry.name: entry.synonyms for entry in known}
        ids = {number: entry.name for entry in known for number in entry.gdsc2_ids}
        matches = [find_drug(workspace.data, drug, synonyms, ids, screen=settings.screen) for drug in drugs]
        chosen = [(match.drug, match.repeat) for match in matches]
    else:
        chosen = [(entry.drug, entry.repeat) for entry in entries]
    several = {drug for drug, repeat in ((e.drug, e.repeat) for e in entries) if repeat > 1}
    inputs = _inputs(workspace, settings, asked)
    tasks = []
    for drug, repeat in dict.fromkeys(chosen):
        name = f"{drug}#{repeat}" if drug in several else drug
        arguments: dict[str, Any] = {
            "drug": name,
            "settings": settings.model_dump(mode="json"),
            "parts": asked,
            "null_runs": null_runs if "null" in asked else 0,
            "inputs": inputs,
        }
        tasks.append(Task(call=_CALL, arguments=arguments, label=name))
    return tuple(tasks)


@task_function
def explain_drug(
    workspace: Workspace,
    *,
    drug: str,
    settings: dict[str, Any],
    parts: list[str],
    null_runs: int,
    inputs: dict[str, str],
) -> Outcome:
    """Explain one drug and add the parts asked for; the same plain functions as the command for one drug."""
    from agent.deepening import deepen_or_reuse
    from agent.pipeline import explain_or_reuse, load_dataset
    from agent.settings import ExplainSettings
    from explain_engine.deepen import read_parts

    chosen = ExplainSettings.model_validate(settings)
    dataset = load_dataset(workspace, drug, chosen)
    found = explain_or_reuse(dataset, chosen, workspace.bundles)
    found = deepen_or_reuse(workspace, dataset, found, chosen, read_parts(parts), null_runs=null_runs or 100)
    bundle = found.bundle
    genes = bundle.attribution.genes
    value = {
        "drug": bundle.drug,
        "screen": bundle.screen,
        "bundle": bundle.key,
        "digest": bundle.digest,
        "n_lines": bundle.fit.n_lines,
        "r2": None if bundle.fit.model.r2 is None else bundle.fit.model.r2.estimate,
        "gain_over_tissue": None if bundle.fit.gain_over_tissue is None else bundle.fit.gain_over_tissue.estimate,
        "top": [gene.gene for gene in genes[:5]],
        "inputs": inputs,
    }
    return Outcome(value=value, artefacts=(found.folder,))


def _inputs(workspace: Workspace, settings: ExplainSettings, parts: Sequence[str]) -> dict[str, str]:
    """File -> hash as the manifests list it: other data are other tasks."""
    from explain_engine.data.fetch import GDSC_FOLDER
    from explain_engine.data.genesets import GENESET_FOLDER, HALLMARK_FILE
    from explain_engine.data.manifest import load_manifest
    from explain_engine.data.opening import screen_file

    wanted = {(GDSC_FOLDER, "expression.parquet"), (GDSC_FOLDER, "lines.parquet")}
    wanted.add((GDSC_FOLDER, screen_file(settings.screen)))
    if "replication" in parts:
        wanted |= {(GDSC_FOLDER, screen_file(screen)) for screen in ("GDSC1", "GDSC2")}
    if "modules" in parts:
        wanted.add((GENESET_FOLDER, HALLMARK_FILE))
    found = {}
    for folder, file in sorted(wanted):
        manifest = load_manifest(workspace.data / folder)
        entry = manifest.entry(file) if manifest is not None else None
        found[file] = entry.sha256 if entry is not None else "absent"
    return found

"""All rankings of one drug: the explanation of the workspace and the baselines beside it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from agent.pipeline import engine_settings, explain_or_reuse
from agent.validate import methods
from agent.validate.store import DrugRun, Results
from explain_engine.errors import InputError
from explain_engine.stability.verdict import verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from agent.settings import ExplainSettings
    from agent.workspace import Workspace
    from explain_engine.data.dataset import ResponseDataset


def open_drug(data: Path, drug: str, settings: ExplainSettings, expression: pd.DataFrame) -> ResponseDataset:
    """Dataset of one drug of the screen, from expression that is in memory."""
    from explain_engine.data.opening import open_dataset
    from knowledge.starter.load import load_drugs

    known = load_drugs()
    return open_dataset(
        data,
        drug,
        screen=settings.screen,
        kind=settings.kind,
        synonyms={entry.name: entry.synonyms for entry in known},
        ids={number: entry.name for entry in known for number in entry.gdsc2_ids},
        expression=expression,
    )


def validate_drug(
    workspace: Workspace,
    results: Results,
    drug: str,
    n_lines: int,
    settings: ExplainSettings,
    expression: pd.DataFrame,
    baselines: Sequence[str],
    targets: Sequence[str] = (),
) -> DrugRun:
    """Compute and save the rankings of one drug; a drug that cannot be explained is saved with the reason.

    Parameters
    ----------
    n_lines
        Lines with a response, for drugs that are refused before they are opened.
    baselines
        Names out of `methods.PER_DRUG`.
    targets
        Annotated targets, to be judged one by one.
    """
    from threadpoolctl import threadpool_limits

    try:
        dataset = open_drug(workspace.data, drug, settings, expression)
        with threadpool_limits(1):
            return _run(workspace, results, drug, dataset, settings, baselines, targets)
    except InputError as error:
        return results.save(DrugRun(key=results.key, drug=drug, n_lines=n_lines, refused=str(error)), None, None)


def _run(
    workspace: Workspace,
    results: Results,
    drug: str,
    dataset: ResponseDataset,
    settings: ExplainSettings,
    baselines: Sequence[str],
    targets: Sequence[str],
) -> DrugRun:
    start = time.process_time()
    found = explain_or_reuse(dataset, settings, workspace.bundles)
    seconds = {methods.CONSENSUS: time.process_time() - start}
    table = found.bundle.array(found.folder, "genes")
    groups = found.bundle.array(found.folder, "groups")
    genes = gene_columns(table, groups)
    data = methods.standardise(dataset)
    order = {gene: j for j, gene in enumerate(map(str, dataset.X.columns))}
    places = np.array([order[g] for g in genes.index])
    genes["spread"] = dataset.X.std().rank(pct=True).to_numpy(np.float32)[places]
    for name in baselines:
        start = time.process_time()
        genes[name] = np.asarray(methods.PER_DRUG[name](data, engine_settings(settings).seed), dtype=np.float64)[places]
        seconds[name] = time.process_time() - start
    genes[methods.SIGNED] = data.spearman[places]
    genes["within_sign"] = np.sign(data.within)[places]
    fit = found.bundle.fit
    tissue = next((b for b in fit.baselines if b.model == "tissue mean"), None)
    gain = fit.gain_over_tissue
    run = DrugRun(
        key=results.key,
        drug=drug,
        n_lines=dataset.n_lines,
        n_genes=dataset.n_genes,
        bundle=found.bundle.key,
        spearman=fit.model.spearman.estimate if fit.model.spearman is not None else None,
        tissue_spearman=tissue.spearman.estimate if tissue is not None and tissue.spearman is not None else None,
        gain=gain.estimate if gain is not None else None,
        gain_low=gain.low if gain is not None else None,
        gain_high=gain.high if gain is not None else None,
        verdicts=verdicts(found.bundle, table, groups, dataset.X.std(), targets),
        seconds={k: round(v, 3) for k, v in seconds.items()},
    )
    lines = dataset.y.rename("y").to_frame().assign(tissue=list(dataset.lineage))
    return results.save(run, genes, lines)


def costly_baseline(
    workspace: Workspace, results: Results, drug: str, method: str, settings: ExplainSettings, expression: pd.DataFrame
) -> float:
    """Compute and save a costly baseline of a finished drug; CPU seconds it took."""
    import pandas as pd
    from threadpoolctl import threadpool_limits

    start = time.process_time()
    dataset = open_drug(workspace.data, drug, settings, expression)
    with threadpool_limits(1):
        scores = methods.COSTLY[method](methods.standardise(dataset), engine_settings(settings).seed)
    results.save_costly(drug, method, pd.Series(scores, index=dataset.X.columns.astype(str)))
    return time.process_time() - start


def gene_columns(table: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """What validation needs of a bundle's tables, one row a gene, scores in columns named after the rankings.

    Ranks become scores by their sign, so that every ranking reads "larger is better".
    """
    import pandas as pd

    by_gene = table.set_index("gene")
    out = pd.DataFrame(index=by_gene.index.astype(str))
    out[methods.CONSENSUS] = -by_gene["rank"].to_numpy(np.float64)
    if "adjusted_rank" in by_gene:
        out[methods.ADJUSTED] = -by_gene["adjusted_rank"].to_numpy(np.float64)
    out["score"] = by_gene["score"].to_numpy(np.float64)
    out["group"] = by_gene["group"].astype(str).to_numpy()
    ranks = groups.set_index("id")
    for column in ("rank", "adjusted_rank"):
        if column in ranks:
            out[f"group_{column}"] = ranks[column].reindex(by_gene["group"]).to_numpy(np.float64)
    for column in ("effect", "effect_low", "effect_high", "adjusted_effect", "selection_frequency", "correlation"):
        if column in by_gene:
            out[column] = by_gene[column].to_numpy(np.float64)
    return out

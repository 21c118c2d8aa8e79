"""A made-up workspace: a small simulated screen under the same manifest as a fetched one, for trials and tests.

Nothing in it is a fact: lines, genes and drugs do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import InputError

if TYPE_CHECKING:
    from agent.workspace import Workspace

_TISSUES = ("blood", "lung", "skin", "breast")
_CAUSAL = 3
MAX_DRUGS = 100_000


def trial_drugs(n_drugs: int) -> tuple[str, ...]:
    """Names of the made-up drugs, in the order of the screen."""
    return tuple(f"Trialdrug-{number:03d}" for number in range(1, n_drugs + 1))


def make_trial_workspace(
    workspace: Workspace, *, n_lines: int = 80, n_genes: int = 40, n_drugs: int = 4, seed: int = 0
) -> tuple[str, ...]:
    """Write a simulated screen into the workspace's data folder and return the names of its drugs.

    Every drug has three genes of its own that act; expression has weak common factors and tissues.

    Parameters
    ----------
    workspace
        Its ``data/gdsc`` must not exist yet: real data are never written over.
    n_lines, n_genes, n_drugs
        Sizes; at least 60 lines and 10 genes.
    seed
        The same sizes and seed give the same tables.

    Raises
    ------
    agent.errors.InputError
        If the sizes are too small or there are data already.
    """
    import numpy as np
    import pandas as pd

    from explain_engine.data.fetch import GDSC_FOLDER
    from explain_engine.data.manifest import Manifest, SourceFile, made_by, save_manifest, write_table

    if n_lines < 60 or n_genes < 10 or not 1 <= n_drugs <= MAX_DRUGS:
        raise InputError(f"{n_lines} lines, {n_genes} genes, {n_drugs} drugs: give at least 60, 10 and 1")
    folder = workspace.data / GDSC_FOLDER
    if folder.exists():
        raise InputError(f"{str(folder)!r} exists; make the trial in a workspace of its own")
    rng = np.random.default_rng([seed, n_lines, n_genes])
    lines = pd.Index([f"TRIAL-{number:05d}" for number in range(n_lines)], name="line")
    genes = [f"TG{number:05d}" for number in range(n_genes)]
    tissue = rng.integers(0, len(_TISSUES), n_lines)
    common = rng.standard_normal((n_lines, 3)) @ rng.standard_normal((3, n_genes)) * 0.3
    shift = rng.standard_normal((len(_TISSUES), n_genes))[tissue] * 0.4
    X = rng.standard_normal((n_lines, n_genes)) + common + shift
    expression = pd.DataFrame(X.astype(np.float32), index=lines, columns=genes)

    def screen(noise: float, name: str) -> pd.DataFrame:
        rows = []
        for number, drug in enumerate(trial_drugs(n_drugs)):
            own = np.random.default_rng([seed, number])
            causal = own.choice(n_genes, _CAUSAL, replace=False)
            effects = own.choice([-1.0, 1.0], _CAUSAL) * own.uniform(0.4, 0.9, _CAUSAL)
            spread = np.random.default_rng([seed, number, len(name)]).standard_normal(n_lines) * noise
            y = 1.5 + X[:, causal] @ effects + spread
            auc = 1 / (1 + np.exp(-y / 2))
            rows.append(pd.DataFrame({"line": lines, "drug": drug, "repeat": 1, "ln_ic50": y, "auc": auc}))
        return pd.concat(rows, ignore_index=True)

    source = (SourceFile(name=f"made up, seed {seed}", sha256="0" * 64, licence="Apache-2.0"),)
    about = pd.DataFrame({"tissue": [_TISSUES[t] for t in tissue]}, index=lines)
    made = (
        ("expression.parquet", expression, "made up, standardised"),
        ("response_gdsc2.parquet", screen(0.7, "GDSC2"), "made up"),
        ("response_gdsc1.parquet", screen(1.0, "second"), "made up"),
        ("lines.parquet", about, "made up"),
    )
    entries = [write_table(folder, file, table, units=units, sources=source) for file, table, units in made]
    manifest = Manifest(
        carrier="made up",
        made_by=made_by(),
        tables=tuple(sorted(entries, key=lambda entry: entry.file)),
        terms=("Simulated data: nothing in them is a fact.",),
    )
    save_manifest(folder, manifest)
    return trial_drugs(n_drugs)

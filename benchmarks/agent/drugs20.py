"""Bundles of the 20 drugs of the ILLUME+ paper, one after the other, for the bars of the briefs.

`python -m benchmarks.agent.drugs20 --workspace DIR [--bags N] [--parts LIST] [--genes N]` makes what is missing in the
workspace and prints the CPU seconds of each. A drug that is in GDSC2 is taken from there, else from GDSC1. `--genes`
keeps the most variable genes and the drug's annotated targets alone, to save time: say so beside what is measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from agent import deepening, pipeline
from agent.settings import ExplainSettings
from agent.workspace import Workspace
from explain_engine.deepen import parts_of, read_parts
from explain_engine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explain_engine.data.dataset import ResponseDataset

REFERENCE = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def paper_drugs() -> dict[int, str]:
    """GDSC drug id -> name, in the order of the ids."""
    rows = pd.read_parquet(REFERENCE / "illume_plus_splits" / "splits.parquet", columns=["drug_id", "drug"])
    return {int(i): str(name) for i, name in sorted(rows.drop_duplicates("drug_id").itertuples(index=False))}


def dataset_of(
    workspace: Workspace, number: int, name: str, settings: ExplainSettings
) -> tuple[ResponseDataset, ExplainSettings]:
    """The drug by id or name, in GDSC2 where it is there, else in GDSC1; with the settings that hold the screen."""
    faults = []
    for screen in ("GDSC2", "GDSC1"):
        chosen = settings.model_copy(update={"screen": screen})
        for word in (str(number), name):
            try:
                return pipeline.load_dataset(workspace, word, chosen), chosen
            except InputError as error:
                faults.append(f"{screen} {word}: {error}")
    raise InputError("; ".join(faults))


def reduced(dataset: ResponseDataset, genes: int, targets: Sequence[str]) -> ResponseDataset:
    """The most variable genes (population variance) and the targets that are measured, in the matrix's order."""
    order = dataset.X.var(ddof=0).sort_values(ascending=False, kind="stable").index[:genes]
    kept = set(order) | set(targets)
    return dataclasses.replace(dataset, X=dataset.X[[gene for gene in dataset.X.columns if gene in kept]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="with fetched data")
    parser.add_argument("--bags", type=int, default=4)
    parser.add_argument("--parts", default="")
    parser.add_argument("--null-runs", type=int, default=19)
    parser.add_argument("--genes", type=int, help="most variable genes kept; all when unset")
    args = parser.parse_args()
    workspace = Workspace(args.workspace)
    parts = read_parts(args.parts.split(","))
    for number, name in paper_drugs().items():
        start = time.process_time()
        try:
            dataset, settings = dataset_of(workspace, number, name, ExplainSettings(bags=args.bags))
        except InputError as error:
            print(f"{name}: not in the data ({error})", flush=True)
            continue
        if args.genes is not None:
            dataset = reduced(dataset, args.genes, deepening.annotated_targets(dataset.drug))
        found = pipeline.explain_or_reuse(dataset, settings, workspace.bundles)
        found = deepening.deepen_or_reuse(workspace, dataset, found, settings, parts, null_runs=args.null_runs)
        print(
            f"{name} ({dataset.screen} {dataset.drug}): {found.bundle.fit.n_lines} lines, "
            f"{found.bundle.fit.n_genes} genes, "
            f"{', '.join(parts_of(found.bundle)) or 'no further part'}; {time.process_time() - start:.0f} CPU s; "
            f"{found.folder.name}",
            flush=True,
        )


if __name__ == "__main__":
    main()

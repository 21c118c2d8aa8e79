"""The 20 drugs of the ILLUME+ notebook: published splits and black-box probabilities, expression we can reach."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).parents[3] / "shared" / "data"))
PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class DrugTask:
    """One drug: standardised expression of its Boruta genes and the published probabilities, by part of the split."""

    drug: str
    genes: list[str]
    boruta_genes: int
    missing_lines: int
    x: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    targets: list[str]


def load_tasks() -> list[DrugTask]:
    """All 20 drugs; lines without expression are counted and left out, genes standardised on training lines."""
    expression = pd.read_parquet(DATA / "expression.parquet")
    splits = pd.read_parquet(DATA / "illume_plus_splits" / "splits.parquet")
    boruta = pd.read_parquet(DATA / "illume_plus_splits" / "boruta_genes.parquet")
    drugs = pd.read_csv(DATA / "drugs.csv").set_index("drug_id")
    known = set(expression.columns)
    tasks = []
    for drug_id, rows in splits.groupby("drug_id"):
        wanted = boruta.loc[boruta["drug_id"] == drug_id, "gene"].tolist()
        genes = [gene for gene in dict.fromkeys(wanted) if gene in known]
        present = rows[rows["model_id"].isin(expression.index)]
        x, p = {}, {}
        for part in PARTS:
            lines = present[present["split"] == part]
            x[part] = expression.loc[lines["model_id"], genes].to_numpy(dtype=np.float64)
            p[part] = lines[["p_class0", "p_class1", "p_class2"]].to_numpy()
        mean, scale = x["train"].mean(axis=0), x["train"].std(axis=0)
        x = {part: (values - mean) / scale for part, values in x.items()}
        targets = drugs.loc[drug_id, "hgnc_targets"]
        tasks.append(
            DrugTask(
                drug=str(rows["drug"].iloc[0]),
                genes=genes,
                boruta_genes=len(wanted),
                missing_lines=len(rows) - len(present),
                x=x,
                p=p,
                targets=[] if pd.isna(targets) else [t.strip() for t in str(targets).replace(",", "|").split("|")],
            )
        )
    return tasks

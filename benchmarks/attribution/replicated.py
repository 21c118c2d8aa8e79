"""Do the best genes of each drug hold in another screen? GDSC1 (mostly the same lines) and CTRPv2 (another laboratory).

Run: python -m benchmarks.attribution.replicated WORKSPACE
Reads the gene tables that `oncobrief validate` has stored in the workspace (whatever drugs are finished; none is left
out for its result) and the reference data folder. A gene holds where its correlation with the response within tissues,
in the other screen, has the sign of its effect and an interval without zero. Chance: the same asked of every gene, with
the sign of its own correlation within tissues in GDSC2. Writes benchmarks/results/attribution_replicated.md.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from explain_engine.stability.replicate import within_tissue_correlation

HOME = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
STORE = Path(__file__).parents[1] / "results" / "attribution_replicated.md"
TOP, FEWEST, DRAWS, SEED = (10, 50), 60, 2000, 20261123


def plain(name: str) -> str:
    """Letters and digits of a name, lower case."""
    return "".join(c for c in name.lower() if c.isalnum())


def one(genes: pd.DataFrame, y: pd.Series, X: pd.DataFrame, lineage: pd.Series) -> dict[str, float]:
    """Shares of the best genes, and of all genes, that hold in the other screen."""
    lines = X.index.intersection(y.index)
    wanted = genes[genes.index.isin(X.columns)]
    r, freedom = within_tissue_correlation(
        X.loc[lines, wanted.index].to_numpy(np.float64), y.loc[lines].to_numpy(np.float64), list(lineage.loc[lines])
    )
    clear = np.abs(np.arctanh(np.clip(r, -0.999999, 0.999999))) > 1.96 * np.sqrt(1.06 / max(freedom - 2, 1))
    out = {"lines": float(len(lines)), "any": float((clear & (np.sign(r) == wanted["within_sign"])).mean())}
    # Scores are stored as minus the rank.
    order = np.argsort(-wanted["consensus"].to_numpy(), kind="stable")
    for top in TOP:
        best = order[:top]
        same = np.sign(r[best]) == np.sign(wanted["effect"].to_numpy()[best])
        out[f"holds{top}"], out[f"sign{top}"] = float((clear[best] & same).mean()), float(same.mean())
    return out


def main() -> None:
    """Look every finished drug up and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    args = parser.parse_args()
    X = pd.read_parquet(HOME / "expression.parquet")
    lineage = pd.read_csv(HOME / "cell_lines.csv").set_index("model_id")["lineage"].reindex(X.index).fillna("unknown")
    others = {}
    for screen, column in (("GDSC1", "ln_ic50"), ("CTRPv2", "auc")):
        table = pd.read_parquet(HOME / f"response_{screen.lower()}.parquet").dropna(subset=["model_id", column])
        others[screen] = {
            key: part.groupby("model_id")[column].mean() for key, part in table.groupby(table["drug"].map(plain))
        }
    found: dict[str, list[dict[str, float]]] = {screen: [] for screen in others}
    drugs = 0
    for path in sorted(args.workspace.glob("validate/*/*.json")):
        told = json.loads(path.read_text())
        if "drug" not in told or not (table := path.with_suffix("").with_suffix(".genes.parquet")).exists():
            continue
        drugs += 1
        genes = pd.read_parquet(table)
        genes = genes.set_index("gene") if "gene" in genes else genes
        for screen, responses in others.items():
            y = responses.get(plain(told["drug"]))
            if y is not None and len(X.index.intersection(y.index)) >= FEWEST:
                found[screen].append(one(genes, y, X, lineage))
    rng = np.random.default_rng(SEED)
    lines = [
        "# The best genes of each drug in another screen\n",
        f"Made by `python -m benchmarks.attribution.replicated WORKSPACE` from {drugs} finished drugs (4 bags); at "
        f"least {FEWEST} lines in the other screen; intervals: bootstrap over drugs, {DRAWS} draws, seed {SEED}.\n",
        "| other screen | drugs in both | lines, median | best | same sign | same sign and clear | any gene |",
        "|---|---|---|---|---|---|---|",
    ]

    def share(values: np.ndarray) -> str:
        drawn = values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        return f"{values.mean():.2f} ({low:.2f} to {high:.2f})"

    for screen, rows in found.items():
        table = pd.DataFrame(rows)
        for top in TOP:
            cells = [share(table[c].to_numpy()) for c in (f"sign{top}", f"holds{top}", "any")]
            lines.append(
                f"| {screen} | {len(table)} | {table['lines'].median():.0f} | {top} | " + " | ".join(cells) + " |"
            )
    text = "\n".join(lines) + "\n\nGDSC1 and GDSC2 share most lines: agreement there is no independent proof.\n"
    STORE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

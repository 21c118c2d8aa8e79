"""Where the annotated target of a drug ranks, on real screens, by each method; and what replicates elsewhere.

Run: python -m benchmarks.attribution.targets --most 80
Needs the reference data folder (ONCOBRIEF_REFERENCE_DATA, default ../shared/data beside the project). Every GDSC2 drug
with a target among the measured genes is eligible; the 20 drugs of the ILLUME+ paper come first, the rest in order of
drug id; none is left out for its result. Cheap settings: one repeat of four folds. One JSON line a drug, resumable.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from explain_engine.attribution.adjust import nuisance, residual_expression, response_offsets
from explain_engine.attribution.consensus import bagged_attribution
from explain_engine.attribution.groups import group_genes
from explain_engine.attribution.rank import gene_scores, positions
from explain_engine.predict.bags import draw_bags
from explain_engine.predict.trees import SharedTrees
from explain_engine.settings import ExplainSettings
from explain_engine.stability.replicate import within_tissue_correlation

HOME = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
STORE = Path(__file__).parents[1] / "results" / "attribution_targets.jsonl"
SETTINGS = ExplainSettings(repeats=1)
CUTS = (10, 20, 50, 100)


def targets() -> pd.DataFrame:
    """Eligible drugs: columns drug_id, drug, genes (measured targets); the paper's 20 first."""
    measured = set(pd.read_csv(HOME / "genes.csv").query("in_expression == 1")["gene"])
    drugs = pd.read_csv(HOME / "drugs.csv")
    drugs["genes"] = [
        [g for g in str(text).replace(";", ",").replace("|", ",").replace(" ", "").split(",") if g in measured]
        for text in drugs["hgnc_targets"]
    ]
    kept = drugs[drugs["genes"].map(len) > 0]
    return kept.sort_values(["in_illume_plus_20", "drug_id"], ascending=[False, True])


def one(
    drug_id: int, wanted: list[str], X: pd.DataFrame, lineage: pd.Series, screens: dict[str, pd.DataFrame], name: str
):
    """Ranks of the wanted genes by every method, and replication of the ten best with a clear sign."""
    start = time.process_time()
    rows = screens["GDSC2"].query("drug_id == @drug_id").dropna(subset=["model_id"])
    y = rows.groupby("model_id")["ln_ic50"].mean()
    lines = X.index.intersection(y.index)
    raw = X.loc[lines].to_numpy(np.float64)
    Z, response = (raw - raw.mean(axis=0)) / raw.std(axis=0), y.loc[lines].to_numpy(np.float64)
    codes = pd.factorize(lineage.loc[lines])[0]
    # Ranks of single genes need no groups: each gene is its own here.
    groups = group_genes(Z[:, :2], list(X.columns[:2]))
    alone = type(groups)(
        label=np.arange(Z.shape[1]), names=tuple(X.columns), members=tuple((j,) for j in range(Z.shape[1]))
    )
    bags = draw_bags(len(lines), SETTINGS.folds, SETTINGS.repeats, 0)
    trees = SharedTrees(Z, SETTINGS.trees)
    r, _ = within_tissue_correlation(Z, response, ["one"] * len(lines))
    ranks = {"correlation": positions(np.abs(r))}
    single = trees.contributions(trees.fit(response, np.arange(len(lines)), 0), np.arange(len(lines)))[:, :-1]
    ranks["TreeSHAP, one model"] = positions(np.abs(single).mean(axis=0))
    result = bagged_attribution(trees, Z, response, bags, alone, seed=0, n_effects=SETTINGS.effects)
    design = nuisance(Z, codes, SETTINGS.components)
    R, offsets = residual_expression(Z, design), response_offsets(response, design, bags)
    sharing, pairs = gene_scores(result, Z, R, response - result.prediction, SETTINGS.sharing)
    ranks["consensus"] = positions(sharing.score(result.strength, pairs))
    ranks["consensus, not shared"] = positions(result.strength)
    adjusted = bagged_attribution(
        SharedTrees(R, SETTINGS.trees), R, response, bags, alone, seed=0, n_effects=SETTINGS.effects, offset=offsets
    )
    left_out = np.stack([np.isin(np.arange(len(lines)), outside) for _, outside in bags])
    offset = np.where(left_out, offsets, 0.0).sum(axis=0) / left_out.sum(axis=0)
    rest = response - offset - adjusted.prediction
    sharing, pairs = gene_scores(adjusted, R, R, rest, SETTINGS.sharing)
    ranks["consensus, adjusted"] = positions(sharing.score(adjusted.strength, pairs))
    place = [X.columns.get_loc(g) for g in wanted]
    best = np.argsort(ranks["consensus"])[:10]
    effect = result.bag_effect.mean(axis=0)[best]
    return {
        "drug_id": drug_id,
        "drug": name,
        "targets": wanted,
        "n_lines": len(lines),
        "out_of_bag_r": float(np.corrcoef(result.prediction, response)[0, 1]),
        "ranks": {method: int(min(values[place])) for method, values in ranks.items()},
        "top": [X.columns[j] for j in best],
        "replication": _replication(name, [X.columns[j] for j in best], effect, r, X, lineage, screens),
        "cpu_s": time.process_time() - start,
    }


def _replication(name, genes, effect, here, X, lineage, screens):
    """Share of the ten best with the same clear sign within tissues elsewhere, and of all genes by their own sign."""
    out = {}
    for screen, column in (("GDSC1", "ln_ic50"), ("CTRPv2", "auc")):
        table = screens[screen]
        rows = table[table["drug"].str.lower().str.replace(r"[^a-z0-9]", "", regex=True) == _plain(name)]
        y = rows.dropna(subset=["model_id"]).groupby("model_id")[column].mean().dropna()
        lines = X.index.intersection(y.index)
        if len(lines) < 60:
            continue
        r, freedom = within_tissue_correlation(
            X.loc[lines].to_numpy(np.float64), y.loc[lines].to_numpy(np.float64), list(lineage.loc[lines])
        )
        clear = np.abs(np.arctanh(r)) > 1.96 * np.sqrt(1.06 / (freedom - 2))
        place = [X.columns.get_loc(g) for g in genes]
        kept = [(np.sign(r[j]) == np.sign(e)) and bool(clear[j]) for j, e in zip(place, effect, strict=True)]
        out[screen] = {
            "share": float(np.mean(kept)),
            "by_chance": float(((np.sign(r) == np.sign(here)) & clear).mean()),
            "n_lines": len(lines),
        }
    return out


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def report(rows: list[dict]) -> str:
    """Hits at each cut beside the exact chance level and a popularity ranking."""
    m = 6163
    lines = [f"{len(rows)} drugs", "", "| ranking | " + " | ".join(f"hits@{k}" for k in CUTS) + " | median rank |"]
    lines.append("|" + "---|" * (len(CUTS) + 2))
    # Popularity: genes by how many of the OTHER drugs have them among their targets.
    counts = pd.Series([g for row in rows for g in row["targets"]]).value_counts()
    for method in rows[0]["ranks"]:
        values = np.array([row["ranks"][method] for row in rows])
        lines.append(
            f"| {method} | " + " | ".join(str(int((values <= k).sum())) for k in CUTS) + f" | {np.median(values):.0f} |"
        )
    popular = []
    for row in rows:
        others = counts.sub(pd.Series(1, index=row["targets"]), fill_value=0)
        places = [
            int((others > others.get(g, 0)).sum()) + (int((others == others.get(g, 0)).sum()) + 1) / 2
            for g in row["targets"]
        ]
        popular.append(min(places) if max(others.get(g, 0) for g in row["targets"]) > 0 else m / 2)
    values = np.array(popular)
    lines.append(
        "| popularity as a target | "
        + " | ".join(str(int((values <= k).sum())) for k in CUTS)
        + f" | {np.median(values):.0f} |"
    )
    chance = [
        sum(1 - np.prod([(m - k - i) / (m - i) for i in range(len(row["targets"]))]) for row in rows) for k in CUTS
    ]
    lines.append("| chance (exact expectation) | " + " | ".join(f"{c:.2f}" for c in chance) + " | |")
    for screen in ("GDSC1", "CTRPv2"):
        have = [row["replication"][screen] for row in rows if screen in row["replication"]]
        if have:
            lines.append(
                f"\nReplication of the ten best in {screen}: {len(have)} drugs, share "
                f"{np.mean([h['share'] for h in have]):.2f}, any gene {np.mean([h['by_chance'] for h in have]):.2f}"
            )
    return "\n".join(lines)


def main() -> None:
    """Run the drugs that are missing, up to `--most`, and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=80)
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    if not args.report:
        X = pd.read_parquet(HOME / "expression.parquet")
        lineage = (
            pd.read_csv(HOME / "cell_lines.csv").set_index("model_id")["lineage"].reindex(X.index).fillna("unknown")
        )
        screens = {s: pd.read_parquet(HOME / f"response_{s.lower()}.parquet") for s in ("GDSC2", "GDSC1", "CTRPv2")}
        done = {row["drug_id"] for row in rows}
        eligible = targets()
        print(f"{len(eligible)} eligible drugs", flush=True)
        for drug in eligible.head(args.most).itertuples():
            if drug.drug_id in done:
                continue
            rows.append(one(int(drug.drug_id), list(drug.genes), X, lineage, screens, str(drug.drug)))
            with STORE.open("a") as handle:
                handle.write(json.dumps(rows[-1]) + "\n")
            print(drug.drug, rows[-1]["ranks"], f"{rows[-1]['cpu_s']:.0f} CPU-s", flush=True)
    print(report(rows))


if __name__ == "__main__":
    main()

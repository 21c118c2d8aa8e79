"""Interactions and modules of real drugs: what is called, what a second screen says, what the null says.

Run: ``python -m benchmarks.interactions.real --full`` (or ``--small``: one drug) with the reference data folder at
ONCOBRIEF_REFERENCE_DATA (default ../shared/data). Writes results/interactions_real.md drug by drug.
Genes: the 1,500 that vary most, and the targets' families. Response: ln IC50 (GDSC2), tissue told.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.interactions.common import RESULTS, header
from explain_engine.attribution.groups import group_genes
from explain_engine.interactions.additive import additive_fit, centre_within
from explain_engine.interactions.calls import CallSettings, Candidate
from explain_engine.interactions.describe import held_out_p
from explain_engine.interactions.find import find_interactions
from explain_engine.interactions.forms import learn_forms
from explain_engine.interactions.strata import lineage_strata, permute_within
from explain_engine.modules.find import ModuleSettings, find_modules

DATA = Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
DRUGS = {
    "Navitoclax": ("gdsc1", "Navitoclax", ("BCL2", "BCL2L1", "BCL2L2")),
    "Nutlin-3a (-)": ("gdsc1", "Nutlin-3a (-)", ("MDM2",)),
    "Topotecan": ("ctrpv2", "topotecan", ("TOP1",)),
    "Erlotinib": ("gdsc1", "Erlotinib", ("EGFR",)),
    "Linsitinib": ("gdsc1", "Linsitinib", ("IGF1R", "INSR")),
    "SGC0946": ("gdsc1", "SGC0946", ("DOT1L",)),
}
FAMILY = ["BCL2", "BCL2L1", "BCL2L2", "BCL2A1", "BAX", "BAK1", "BCL2L11", "PMAIP1", "MDM2", "CDKN1A", "EGFR", "ERBB2"]
FAMILY += ["EREG", "AREG", "TOP1", "SLFN11", "IGF1R", "INSR", "IRS1", "IRS2", "DOT1L", "MEIS1", "HOXA9", "SLC35F2"]
N_GENES = 1500


def response(screen: str, drug: str) -> pd.Series:
    table = pd.read_parquet(DATA / f"response_{screen}.parquet")
    rows = table[(table["drug"] == drug) & table["model_id"].notna() & (table["model_id"] != "")]
    return rows.groupby("model_id")["ln_ic50" if screen != "ctrpv2" else "auc"].mean().dropna()


def prepared(X: pd.DataFrame, y: pd.Series, lineage: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lines = X.index.intersection(y.index)
    Z = X.loc[lines].to_numpy(np.float64)
    spread = Z.std(0)
    Z = (Z - Z.mean(0)) / np.where(spread > 0, spread, 1.0)
    codes = pd.factorize(lineage.reindex(lines).fillna("unknown"), sort=True)[0].astype(np.intp)
    return Z, y.loc[lines].to_numpy(np.float64), codes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    X = pd.read_parquet(DATA / "expression.parquet")
    wanted = X.std().sort_values(ascending=False).index[:N_GENES].union([g for g in FAMILY if g in X.columns])
    X = X[sorted(wanted)]
    genes = [str(c) for c in X.columns]
    cells = pd.read_csv(DATA / "cell_lines.csv").drop_duplicates("model_id").set_index("model_id")
    pathways = pd.read_csv(DATA / "reactome_pathways.csv")
    sets = {"Reactome": {str(r["pathway_name"]): str(r["genes"]).split("|") for _, r in pathways.iterrows()}}
    command = f"python -m benchmarks.interactions.real {'--full' if full else '--small'}"
    lines = header("Interactions and modules of real drugs", command)
    lines[-1:] = [
        "",
        f"{len(genes)} genes: the {N_GENES} that vary most and {len(FAMILY)} of the targets' families.",
        "",
        "The second screen is another assay of largely the same lines: its p values confirm the measurement, not that "
        "the pair holds in new lines. The lines held out of the search are for that.",
        "",
    ]
    for drug, (second, name, targets) in (DRUGS if full else dict([next(iter(DRUGS.items()))])).items():
        start = time.process_time()
        Z, y, codes = prepared(X, response("gdsc2", drug), cells["lineage"])
        groups = group_genes(Z, genes, codes=codes)
        settings = CallSettings(seed=0, permutations=12)
        found = find_interactions(Z, y, codes, genes, groups, settings=settings)
        Z2, y2, codes2 = prepared(X, response(second, name), cells["lineage"])
        strata2 = lineage_strata(Z2, codes2)
        lines += [
            f"## {drug}: {len(y)} lines ({found.n_held_out} held out), {len(groups.names)} groups, "
            f"{found.n_pairs_screened:,} gene pairs; second screen {second.upper()} ({len(y2)} lines)",
            "",
        ]
        pairs = [*found.calls, *found.unconfirmed]
        if pairs:
            forms, forms2 = learn_forms(Z).transform(Z), learn_forms(Z2).transform(Z2)
            strata = lineage_strata(Z, codes)
            here, there = additive_fit(Z, y, strata, 0).residual, additive_fit(Z2, y2, strata2, 0).residual
            lines += [
                "| pair | kind | strength | search q | held-out p | second screen p | status |",
                "|---|---|---|---|---|---|---|",
            ]
            place = {g: k for k, g in enumerate(genes)}
            for call in pairs:
                pair = Candidate((0, 0), place[call.first_gene], place[call.second_gene], call.form, 0.0, 0.0)
                again = held_out_p(forms2, forms, pair, there, here)
                s = call.strength
                lines.append(
                    f"| {call.first_gene} ({call.first}) x {call.second_gene} ({call.second}) | {call.kind} "
                    f"| {s.estimate:+.2f} ({s.low:+.2f} to {s.high:+.2f}) | {call.q:.3f} | {call.held_out_p:.3f} "
                    f"| {again:.4f} | {'called' if call.confirmed else 'not confirmed'} |"
                )
        else:
            lines.append("No pair of groups was found beyond the additive model.")
        expected = found.runner_up_expected
        lines += ["", f"Next pair: {expected:.1f} null pairs expected as strong." if expected is not None else ""]
        shuffled = permute_within(
            centre_within(y, lineage_strata(Z, codes)), lineage_strata(Z, codes), np.random.default_rng(1)
        )
        null = find_interactions(Z, shuffled, codes, genes, groups, settings=settings)
        lines.append(
            f"Response permuted within tissue: {len(null.calls)} called, {len(null.unconfirmed)} not confirmed."
        )
        modules = find_modules(
            Z,
            y,
            codes,
            genes,
            interactions=found,
            gene_sets=sets,
            targets=targets,
            settings=ModuleSettings(bootstraps=3),
        )
        null_modules = find_modules(Z, shuffled, codes, genes, settings=ModuleSettings(bootstraps=1))
        lines += ["", f"Modules: {len(modules)} called ({len(null_modules)} on the permuted response)."]
        for m in modules[:6]:
            top = ", ".join(f"{e.gene_set} (q {e.q:.1e})" for e in m.enrichment if e.method == "over-representation")[
                :160
            ]
            lines.append(
                f"- {m.id}: {len(m.members)} genes (hubs {', '.join(m.hubs[:4])}), effect {m.effect.estimate:+.2f} "
                f"({m.effect.low:+.2f} to {m.effect.high:+.2f}), q {m.q:.3f}, stability {m.stability:.2f}, random p "
                f"{m.random_p:.3f}, target inside: {m.contains_target}. {top or 'No set enriched.'}"
            )
        lines += ["", f"CPU {time.process_time() - start:.0f} s.", ""]
        print("\n".join(lines[-14:]), flush=True)
        if full:
            (RESULTS / "interactions_real.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

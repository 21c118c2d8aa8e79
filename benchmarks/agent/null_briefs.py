"""Do briefs of data without signal hold a hypothesis rated confident?

`python -m benchmarks.agent.null_briefs --rows FILE --workspace DIR [--cohort N] [--drug N] [--labels N] [--signal N]`
writes one JSON line a brief into FILE (runs that are there already are not made again) and, with `--report`,
benchmarks/results/agent_null_briefs.md from all of FILE.

Four kinds of bundles, each through the whole chain (explain, null runs, interactions, modules, rules, evidence,
draft, rank):

- `cohort`: a simulated screen with tissues, its responses permuted within tissue, its genes given real symbols at
  random; the drug named as a real one, so that the shipped records can match.
- `drug`: a real drug of GDSC on a reduced gene set and fewer lines, gene labels shuffled and responses permuted.
- `labels`: the same with gene labels shuffled alone: what the data say stays true of other names, so what must not
  appear is a confident hypothesis that the records are said to agree with.
- `signal`: a simulated screen as it is, to show that the rating can be reached at all with these settings.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agent.pipeline import Explained, load_tables, write_hypotheses
from agent.settings import BriefSettings
from agent.settings import ExplainSettings as AgentSettings
from agent.store_evidence import StoreEvidence
from benchmarks.agent.drugs20 import dataset_of, paper_drugs
from explain_engine.deepen import deepen
from explain_engine.engine import explain
from explain_engine.settings import ExplainSettings
from explain_engine.synth import planted_cohort
from knowledge.build import build_starter
from knowledge.starter.load import load_cards, load_drugs

if TYPE_CHECKING:
    from agent.report.model import HypothesisBrief
    from explain_engine.data.dataset import ResponseDataset

RESULT = Path(__file__).resolve().parents[1] / "results" / "agent_null_briefs.md"
ENGINE = ExplainSettings(folds=4, repeats=2)
# All ranked hypotheses count, not only the few that a brief shows by default.
BRIEF = BriefSettings(hypotheses=30)
NULL_RUNS = 19
LINES, GENES, COHORT_GENES = 240, 300, 460
PARTS = ("null", "interactions", "modules", "rules")
KINDS = ("cohort", "drug", "labels", "signal")
WORDS = {
    "cohort": "simulated, responses permuted within tissue, labels shuffled",
    "drug": "GDSC, responses permuted within lineage, labels shuffled",
    "labels": "GDSC, labels shuffled alone",
    "signal": "simulated, as it is (control)",
}


def symbols(rng: np.random.Generator, drug: str, count: int) -> list[str]:
    """Real gene symbols in random order: every gene the shipped records hold for the drug, then others."""
    cards = load_cards()
    own = sorted({c.entity for c in cards if c.drug == drug and c.entity_kind == "gene"})
    rest = sorted({c.entity for c in cards if c.entity_kind == "gene"} - set(own))
    names = [*own, *rest][:count]
    names += [f"UNNAMED{i}" for i in range(count - len(names))]
    return [str(name) for name in rng.permutation(names)]


def permuted(dataset: ResponseDataset, rng: np.random.Generator) -> ResponseDataset:
    """Responses permuted within lineage."""
    y = dataset.y.copy()
    for _, rows in dataset.lineage.groupby(dataset.lineage):
        y.loc[rows.index] = rng.permutation(y.loc[rows.index].to_numpy())
    return dataclasses.replace(dataset, y=y)


def relabelled(dataset: ResponseDataset, names: list[str]) -> ResponseDataset:
    """The same columns under other names."""
    return dataclasses.replace(dataset, X=dataset.X.set_axis(names, axis=1))


def cohort(seed: int, drug: str) -> ResponseDataset:
    """A simulated screen named as a real drug, its genes as real ones."""
    rng = np.random.default_rng([seed, 1])
    made = planted_cohort("B", LINES, COHORT_GENES, seed=seed).dataset()
    return relabelled(dataclasses.replace(made, drug=drug), symbols(rng, drug, made.X.shape[1]))


def screen(workspace: Any, seed: int, number: int, name: str) -> ResponseDataset:
    """A real drug on random lines and its most variable genes."""
    rng = np.random.default_rng([seed, 2])
    dataset, _ = dataset_of(workspace, number, name, AgentSettings(bags=4))
    lines = np.sort(rng.choice(len(dataset.y), min(LINES, len(dataset.y)), replace=False))
    X = dataset.X.iloc[lines]
    top = X.var(ddof=0).sort_values(ascending=False, kind="stable").index[: 4 * GENES]
    genes = [str(g) for g in rng.permutation(np.array(top))[:GENES]]
    return dataclasses.replace(
        dataset,
        X=X[genes],
        y=dataset.y.iloc[lines],
        lineage=dataset.lineage.iloc[lines],
        lineage_inferred=dataset.lineage_inferred.iloc[lines],
    )


def brief_of(dataset: ResponseDataset, seed: int, source: StoreEvidence) -> HypothesisBrief:
    """The whole chain on one dataset."""
    settings = ENGINE.model_copy(update={"seed": seed})
    bundle, arrays = explain(dataset, settings)
    bundle, arrays = deepen(dataset, bundle, arrays, settings, PARTS, n_null=NULL_RUNS)
    with tempfile.TemporaryDirectory() as folder:
        saved = bundle.save(Path(folder), arrays)
        found = Explained(saved, Path(folder) / saved.key, reused=False)
        return write_hypotheses(found.bundle, load_tables(found.bundle, found.folder), source, BRIEF)


def row_of(kind: str, seed: int, brief: HypothesisBrief, seconds: float) -> dict[str, object]:
    """What is counted of one brief."""
    confident = [h for h in brief.hypotheses if h.draft.candidate.support.tier == "confident"]
    gain = brief.fit.gain_over_tissue
    return {
        "kind": kind,
        "seed": seed,
        "drug": brief.drug,
        "confident": [h.draft.candidate.id for h in confident],
        "confident_agreeing": [h.draft.candidate.id for h in confident if h.draft.verdict.code == "agrees"],
        "headline": brief.headline.confidence,
        "suggestive": sum(h.draft.candidate.support.tier == "suggestive" for h in brief.hypotheses),
        "shown": [h.draft.candidate.kind for h in brief.hypotheses],
        "beats_tissue": gain is not None and gain.low > 0.0,
        "low_q": any((h.draft.candidate.support.q or 1.0) <= 0.05 for h in brief.hypotheses),
        "cpu_s": round(seconds, 2),
    }


def clopper_pearson(hits: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, count - hits + 1))
    high = 1.0 if hits == count else float(beta.ppf(1 - tail, hits + 1, count - hits))
    return low, high


def report(rows: list[dict[str, Any]], command: str) -> str:
    """The result file."""
    out = [
        "# Briefs of data without signal: how many rate a hypothesis confident?",
        "",
        f"Command: `{command}`. {LINES} lines; {GENES} genes of a drug, {COHORT_GENES} of a simulated screen; "
        f"{ENGINE.folds * ENGINE.repeats} bags, {NULL_RUNS} null runs (the fewest allowed), parts {', '.join(PARTS)}; "
        f"shipped records as knowledge; up to {BRIEF.hypotheses} hypotheses a brief are counted (the default shows "
        f"{BriefSettings().hypotheses}). "
        "Clopper-Pearson 95 %. Bar: at most 5 % of briefs without signal.",
        "",
        "| bundles | briefs | with a confident hypothesis | share (95 %) | confident and agreeing with the record | "
        "headline confident | model beats tissue | a shown q at most 0.05 | CPU s a brief |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        mine = [r for r in rows if r["kind"] == kind]
        if not mine:
            continue
        hits = sum(bool(r["confident"]) for r in mine)
        agreeing = sum(bool(r["confident_agreeing"]) for r in mine)
        low, high = clopper_pearson(hits, len(mine))
        a_low, a_high = clopper_pearson(agreeing, len(mine))
        out.append(
            f"| {WORDS[kind]} | {len(mine)} | {hits} | {hits / len(mine):.3f} ({low:.3f}-{high:.3f}) | {agreeing} "
            f"({a_low:.3f}-{a_high:.3f}) | {sum(r['headline'] == 'confident' for r in mine)} | "
            f"{sum(r['beats_tissue'] for r in mine)} | {sum(r['low_q'] for r in mine)} | "
            f"{np.mean([r['cpu_s'] for r in mine]):.1f} |"
        )
    both = [r for r in rows if r["kind"] in ("cohort", "drug")]
    if both:
        hits = sum(bool(r["confident"]) for r in both)
        low, high = clopper_pearson(hits, len(both))
        out += [
            "",
            f"Without signal, both together: {hits} of {len(both)}, {hits / len(both):.3f} ({low:.3f}-{high:.3f}).",
        ]
    found = [f"{r['kind']} seed {r['seed']}: {', '.join(r['confident'])}" for r in both if r["confident"]]
    kinds = pd.Series([k for r in rows for k in r["shown"]]).value_counts()
    out += ["", f"Confident without signal: {'; '.join(found) or 'none'}."]
    out += [f"Kinds of hypotheses shown over all briefs: {', '.join(f'{k} {n}' for k, n in kinds.items())}."]
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0, help=f"briefs of: {WORDS[kind]}")
    parser.add_argument("--workspace", type=Path, help="with fetched data, for real drugs")
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.rows.read_text().splitlines()] if args.rows.exists() else []
    have = {(r["kind"], r["seed"]) for r in rows}
    drugs = list(paper_drugs().items())
    known = [d.name for d in load_drugs() if any(c.drug == d.name for c in load_cards())]
    with tempfile.TemporaryDirectory() as folder, build_starter(Path(folder)) as store:
        source = StoreEvidence(store, Path(folder))
        for kind in KINDS:
            for seed in range(getattr(args, kind)):
                if (kind, seed) in have:
                    continue
                rng = np.random.default_rng([seed, 3])
                if kind in ("cohort", "signal"):
                    dataset = cohort(seed, known[seed % len(known)])
                else:
                    from agent.workspace import Workspace

                    number, name = drugs[seed % len(drugs)]
                    dataset = screen(Workspace(args.workspace), seed, number, name)
                    dataset = relabelled(dataset, symbols(rng, dataset.drug, dataset.X.shape[1]))
                if kind in ("cohort", "drug"):
                    dataset = permuted(dataset, rng)
                start = time.process_time()
                row = row_of(kind, seed, brief_of(dataset, seed, source), time.process_time() - start)
                with args.rows.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                rows.append(row)
                print(row, flush=True)
    if args.report:
        asked = " ".join(f"--{kind} {sum(r['kind'] == kind for r in rows)}" for kind in KINDS)
        RESULT.write_text(report(rows, f"python -m benchmarks.agent.null_briefs --rows FILE {asked} --workspace DIR"))
        print(RESULT.read_text())


if __name__ == "__main__":
    main()

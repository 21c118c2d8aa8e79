"""Briefs of the 20 drugs of the paper from finished bundles: seconds each, and share of factual sentences that hold.

`python -m benchmarks.agent.briefs20 --workspace DIR --knowledge DIR [--knowledge DIR] --out DIR` takes, of each drug's
bundles in the workspace, the one with most parts, writes its brief in template mode with each knowledge base, and
re-checks it from the store with `benchmarks.agent.brief_check`. Writes benchmarks/results/agent_briefs20.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agent.pipeline import load_tables, open_bundle, write_hypotheses
from agent.report.files import figures_of, write_brief
from agent.settings import BriefSettings
from agent.store_evidence import StoreEvidence
from benchmarks.agent.brief_check import Store, Tally, check_brief
from benchmarks.agent.drugs20 import paper_drugs
from explain_engine.deepen import parts_of
from knowledge.build import open_store

if TYPE_CHECKING:
    from agent.pipeline import Explained

RESULT = Path(__file__).resolve().parents[1] / "results" / "agent_briefs20.md"
KINDS = ("gene", "group", "pair", "module", "rule")


def deepest(root: Path) -> dict[int, Explained]:
    """Drug id -> its bundle with most parts."""
    found: dict[int, Explained] = {}
    for path in sorted(root.glob("*/bundle.json")):
        explained = open_bundle(path.parent)
        number = explained.bundle.drug_id
        if number is None:
            continue
        held = found.get(number)
        if held is None or len(parts_of(explained.bundle)) > len(parts_of(held.bundle)):
            found[number] = explained
    return found


def one(explained: Explained, source: StoreEvidence, store: Store, out: Path) -> tuple[float, float, Tally, str]:
    """CPU and wall seconds of one brief with all its files; what its check found; kinds of its hypotheses."""
    cpu, wall = time.process_time(), time.perf_counter()
    tables = load_tables(explained.bundle, explained.folder)
    brief = write_hypotheses(explained.bundle, tables, source, BriefSettings())
    write_brief(brief, figures_of(brief, tables.expression, tables.lines), out)
    seconds = time.process_time() - cpu, time.perf_counter() - wall
    bundle = json.loads((explained.folder / "bundle.json").read_text(encoding="utf-8"))["bundle"]
    shown = [h.draft.candidate.kind for h in brief.hypotheses]
    kinds = ", ".join(f"{kind} {shown.count(kind)}" for kind in KINDS if kind in shown)
    return *seconds, check_brief(out / "brief.json", store, bundle), kinds


def measure(bundles: dict[int, Explained], folder: Path, out: Path) -> list[str]:
    """The table of one knowledge base."""
    cpu, wall = time.process_time(), time.perf_counter()
    store = open_store(folder)
    source = StoreEvidence(store, folder)
    opened = time.process_time() - cpu, time.perf_counter() - wall
    plain = Store(folder)
    lines = [
        f"## {source.n_documents:,d} documents (snapshot {source.snapshot})",
        "",
        f"Opened once: {opened[0]:.1f} CPU s, {opened[1]:.1f} s by the clock.",
        "",
        "| drug | lines | genes | parts | CPU s | wall s | literature sentences | measured sentences | numbers | "
        "hold | hypotheses |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    total, times, walls = Tally(), [], []
    faults: list[str] = []
    missing = []
    for number, name in paper_drugs().items():
        explained = bundles.get(number)
        if explained is None:
            missing.append(name)
            continue
        seconds, clock, tally, kinds = one(explained, source, plain, out / f"{number}")
        times.append(seconds)
        walls.append(clock)
        total.literature += tally.literature
        total.measured += tally.measured
        total.numbers += tally.numbers
        total.held += tally.held
        faults += [f"{name}: {fault}" for fault in tally.faults]
        fit = explained.bundle.fit
        lines.append(
            f"| {name} | {fit.n_lines} | {fit.n_genes} | {len(parts_of(explained.bundle))} | {seconds:.2f} | "
            f"{clock:.2f} | {tally.literature} | {tally.measured} | {tally.numbers} | {tally.held}/{tally.factual} | "
            f"{kinds} |"
        )
        print(lines[-1], flush=True)
    store.close()
    share = total.held / total.factual if total.factual else float("nan")
    lines += [
        "",
        f"{len(times)} drugs; longest brief {max(times):.2f} CPU s, {max(walls):.2f} s by the clock; with the opening "
        f"{max(times) + opened[0]:.1f} CPU s. Bar: under 30 s a drug.",
        "",
        f"Factual sentences that hold on re-reading: {total.held} of {total.factual} ({100 * share:.1f} %): "
        f"{total.literature} literature sentences byte for byte, {total.measured} measured sentences with "
        f"{total.numbers} numbers. Bar: 100 %. Faults: {'; '.join(faults) or 'none'}.",
        *([f"Not made: {', '.join(missing)}."] if missing else []),
        "",
    ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--knowledge", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--add", action="store_true", help="add to the result file what another run began")
    args = parser.parse_args()
    bundles = deepest(args.workspace / "bundles")
    settings = sorted({(b.bundle.fit.n_bags, b.bundle.fit.seed) for b in bundles.values()})
    out = [
        "# Briefs of the 20 drugs of the paper, template mode, from finished bundles",
        "",
        "Command: `python -m benchmarks.agent.briefs20 --workspace DIR --knowledge DIR ... --out DIR`, bundles by "
        "`python -m benchmarks.agent.drugs20 --workspace DIR --bags 4 --parts modules,rules,interactions --genes 1200` "
        "(a reduced gene set and few bags, to save time: the briefs' findings are not to be quoted).",
        f"Bags and seed of the bundles: {settings}. Python {platform.python_version()}, one thread, a machine of two "
        "cores shared with other work (CPU seconds are the measure).",
        "",
    ]
    if args.add and RESULT.exists():
        out = [RESULT.read_text().rstrip(), ""]
    for folder in args.knowledge:
        out += measure(bundles, folder, args.out / folder.name)
    RESULT.write_text("\n".join(out).rstrip() + "\n")
    print("\n".join(out))


if __name__ == "__main__":
    main()

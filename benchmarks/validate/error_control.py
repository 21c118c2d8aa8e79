"""Error control end to end: do briefs of data without signal stay empty, and are planted signals found?

Run: python -m benchmarks.validate.error_control [--null 50] [--signal 20] [--panel 10] [--small] [--report]
(screens of each setting; of pre-selected panels altogether). Of the screens without signal the first 16 of a setting
are taken through null runs whatever their model; for the others, and for the panels beyond 4, a model that predicts
nothing settles the brief without them. Simulated screens (settings A and B of
`explain_engine.synth`, oracle R2 0.6) through explain, null runs, interactions, modules and the brief, with the shipped
knowledge base. `--small` takes two screens of 150 lines and 460 genes with 19 null runs; its figures say nothing. One
JSON line a screen in results/validate_error_control.jsonl, resumable; results/validate_error_control.md is written
from all of it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import tempfile
from pathlib import Path

from agent.settings import BriefSettings
from agent.store_evidence import StoreEvidence
from agent.validate.control import ControlRun, ControlSize, ScreenKind, control_run
from benchmarks.validate.error_control_page import page
from explain_engine.settings import ExplainSettings
from explain_engine.synth import Setting
from knowledge.build import build_starter
from knowledge.starter.load import load_cards

RESULTS = Path(__file__).parents[1] / "results"
STORE, PAGE = RESULTS / "validate_error_control.jsonl", RESULTS / "validate_error_control.md"
ENGINE = ExplainSettings(repeats=2)
# All ranked hypotheses of a brief count, not only those it shows by default.
BRIEF = BriefSettings(hypotheses=30)
SIZE = ControlSize()
SMALL = ControlSize(n_lines=150, n_genes=460, null_runs=19)
FIRST_SEED = 500
# Screens of a setting that are taken through null runs whatever their model.
TESTED: dict[ScreenKind, int] = {"null": 16, "panel": 4, "signal": 10_000}
Plan = list[tuple[ScreenKind, Setting, int]]


def plan(null: int, signal: int, panel: int) -> Plan:
    """Screens in an order in which a stopped run has had the same share of every kind."""
    kinds: list[tuple[ScreenKind, Setting, int]] = [
        ("null", "A", null),
        ("signal", "A", signal),
        ("null", "B", null),
        ("signal", "B", signal),
        ("panel", "B", panel),
    ]
    places = [((k + 0.5) / count, kind, setting, k) for kind, setting, count in kinds for k in range(count)]
    return [(kind, setting, FIRST_SEED + k) for _, kind, setting, k in sorted(places, key=lambda p: p[0])]


def names() -> list[str]:
    """Gene symbols of the shipped cards, the drug's own first."""
    cards = [c for c in load_cards() if c.entity_kind == "gene"]
    own = [c.entity for c in cards if c.drug == "Venetoclax"]
    return list(dict.fromkeys([*own, *(c.entity for c in cards)]))


def main() -> None:
    """Run the screens that are missing and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--null", type=int, default=50, help="screens without signal in each setting")
    parser.add_argument("--signal", type=int, default=20, help="screens with signal in each setting")
    parser.add_argument("--panel", type=int, default=10, help="screens without signal, genes pre-selected on it")
    parser.add_argument("--small", action="store_true", help="two tiny screens; nothing is written")
    parser.add_argument("--report", action="store_true", help="only write the page from what is stored")
    args = parser.parse_args()
    size = SMALL if args.small else SIZE
    stored = [] if args.small or not STORE.exists() else STORE.read_text().splitlines()
    runs = [ControlRun.model_validate_json(line) for line in stored]
    done = {(r.kind, r.size.setting, r.seed) for r in runs}
    wanted = plan(1, 1, 0)[:2] if args.small else plan(args.null, args.signal, args.panel)
    todo = [] if args.report else [entry for entry in wanted if entry not in done]
    if todo:
        with tempfile.TemporaryDirectory() as scratch, build_starter(Path(scratch)) as store:
            source = StoreEvidence(store, Path(scratch))
            for kind, setting, seed in todo:
                own = size.model_copy(update={"setting": setting})
                run = control_run(
                    kind, seed, own, ENGINE, source, names(), BRIEF, settled=seed >= FIRST_SEED + TESTED[kind]
                )
                runs.append(run)
                line = run.model_dump_json()
                print(line, flush=True)
                if not args.small:
                    with STORE.open("a") as handle:
                        handle.write(line + "\n")
    text = page(runs, ENGINE)
    print(text)
    if not args.small:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()

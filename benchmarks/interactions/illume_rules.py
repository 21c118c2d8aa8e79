"""Rules and counterfactuals of ILLUME+ beside ours, on the same cohorts, black boxes and held-out lines.

Run: ``python -m benchmarks.interactions.illume_rules --full`` (or ``--small``: one cohort, nothing written).
Black box: the model of ``beyond.py``; sensitive is a prediction at or below the median of the training lines. Rules
of both methods are scored alike on all 400 held-out lines. An ILLUME+ rule holds where all its gene bounds hold.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.interactions.common import RESULTS, header, mean_se, standardised
from explain_engine.predict.trees import SharedTrees, TreeSettings
from explain_engine.rules.find import RuleSearch, find_counterfactuals, mean_prediction
from explain_engine.synth import planted_cohort

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explain_engine.attribution.illume.rules import GeneBound

MAX_EPOCHS, PATIENCE = 100, 20
Sizes = dict[str, list[float]]


class Sample(NamedTuple):
    """Sizes of the cohorts and of the fit."""

    lines: int
    genes: int
    held_out: int
    epochs: int


def covered(bounds: Sequence[GeneBound], place: dict[str, int], Z: np.ndarray) -> np.ndarray:
    """Lines that meet every bound, both ends included."""
    holds = np.ones(len(Z), dtype=bool)
    for bound in bounds:
        values = Z[:, place[bound.gene]]
        holds &= values >= (-np.inf if bound.low is None else bound.low - 1e-9)
        holds &= values <= (np.inf if bound.high is None else bound.high + 1e-9)
    return holds


def sensitive(predict: Callable[[np.ndarray], np.ndarray], cut: float, Z: np.ndarray) -> np.ndarray:
    """The black box's answer as the surrogate wants it: 1 for sensitive."""
    return (predict(Z) <= cut).astype(np.int64)


class Tally:
    """What is counted for one method in one cohort: one row a line."""

    def __init__(self, answers: np.ndarray, measured: np.ndarray, first: int) -> None:
        self.answers, self.measured, self.others = answers, measured, np.arange(len(answers)) >= first
        self.rows: list[dict[str, float]] = []

    def rule(self, cover: np.ndarray, label: bool, genes: int, line: int) -> None:
        """`cover` over all held-out lines. `elsewhere`: the lines that no rule was asked for."""
        elsewhere = cover & self.others
        self.rows.append(
            {
                "precision": float((self.answers[cover] == label).mean()) if cover.any() else np.nan,
                "elsewhere": float((self.answers[elsewhere] == label).mean()) if elsewhere.any() else np.nan,
                "measured": float((self.measured[elsewhere] == label).mean()) if elsewhere.any() else np.nan,
                "coverage": float(cover.mean()),
                "alone": float(not elsewhere.any()),
                "genes": float(genes),
                "agrees": float(label == self.answers[line]),
            }
        )

    def means(self) -> dict[str, float]:
        """Means over the lines' rules; a rule that covers nothing has no precision and is left out of it."""
        return {k: float(np.nanmean([row[k] for row in self.rows])) for k in self.rows[0]}


def main() -> None:
    from explain_engine.attribution.illume import IllumePlus

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    n_lines, n, n_genes, n_held = (60, 600, 1000, 400) if full else (5, 200, 460, 100)
    epochs = MAX_EPOCHS if full else 5
    names = ["ours", "ILLUME+ (K = 2)"]
    found: dict[str, Sizes] = {name: {} for name in names}

    def add(name: str, values: dict[str, float]) -> None:
        for key, value in values.items():
            found[name].setdefault(key, []).append(value)

    for seed in range(9500, 9503 if full else 9501):
        cohort = planted_cohort("A", n, n_genes, seed, n_test=n_held)
        Z, y, _, genes = standardised(cohort)
        genes = [f"x{j}" for j in range(len(genes))]  # as the estimator names the columns of an array
        place = {g: k for k, g in enumerate(genes)}
        model = SharedTrees(Z[:n], TreeSettings()).fit(y[:n], np.arange(n), seed)
        predict = mean_prediction([model])
        cut = float(np.median(predict(Z[:n])))
        held = Z[n:]
        lines = held[:n_lines]
        answers, measured = predict(held) <= cut, y[n:] <= cut

        start = time.process_time()
        importance = np.abs(model.predict(Z[:n], pred_contrib=True)[:, :-1]).mean(axis=0)
        search = RuleSearch(predict, Z[:n], importance, genes)
        labels = [f"{k}" for k in range(n_lines)]
        rules = search.line_rules(lines, labels, held)
        tally = Tally(answers, measured, n_lines)
        for k, rule in enumerate(rules):
            if rule is None:
                continue
            cover = np.ones(len(held), dtype=bool)
            for c in rule.conditions:
                values = held[:, place[c.gene]]
                cover &= values > c.threshold if c.op == ">" else values <= c.threshold
            tally.rule(cover, rule.outcome == "sensitive", len({c.gene for c in rule.conditions}), k)
        changes = find_counterfactuals([model], Z[:n], genes, lines, labels, threshold=cut)
        flips = []
        for change in changes:
            x = lines[int(change.line)].copy()
            for gene, _, new in change.changes:
                x[place[gene]] = new
            flips.append(bool((predict(x[None])[0] <= cut) != answers[int(change.line)]))
        seconds = time.process_time() - start
        add("ours", tally.means() | {"lines": len(tally.rows) / n_lines, "cpu": seconds, "fidelity": np.nan})
        add("ours", {"told": len(changes) / n_lines, "any": sum(flips) / n_lines, "flips": float(np.mean(flips))})
        add(
            "ours",
            {
                "count": len(changes) / n_lines,
                "first": float(np.mean(flips)),
                "moved": float(np.mean([len(c.changes) for c in changes])),
            },
        )
        print(seed, "ours", {k: v[-1] for k, v in found["ours"].items()}, flush=True)

        margin = predict(Z[:n]) - cut
        share = 1 / (1 + np.exp(margin / margin.std()))
        name = names[1]
        start = time.process_time()
        surrogate = IllumePlus(
            sparsity=2,
            head="class",
            target_class=1,
            surrogate="tree",
            max_epochs=epochs,
            patience=PATIENCE,
            random_state=0,
        ).fit(Z[:n], np.column_stack([1 - share, share]))
        tally = Tally(answers, measured, n_lines)
        for k, decoded in enumerate(surrogate.decision_rules(lines)):
            tally.rule(covered(decoded.bounds, place, held), decoded.label == 1, len(decoded.bounds), k)
        asked = surrogate.counterfactual_rules(lines, black_box=partial(sensitive, predict, cut))
        # a flip is counted against the black box's own answer for the line, not the surrogate's
        told = [[(c.label == 1) != answers[k] and bool(c.flips) for c in line] for k, line in enumerate(asked)]
        seconds = time.process_time() - start
        every = [flip for line in told for flip in line]
        firsts = [line[0] for line in told if line]
        moved = [len(line[0].violated) for line in asked if line]
        fidelity = float(((surrogate.predict(held) == 1) == answers).mean())
        add(name, tally.means() | {"lines": len(tally.rows) / n_lines, "cpu": seconds, "fidelity": fidelity})
        add(name, {"told": sum(map(bool, told)) / n_lines, "any": sum(map(any, told)) / n_lines})
        add(name, {"flips": float(np.mean(every)) if every else np.nan, "count": float(len(every) / n_lines)})
        add(name, {"first": float(np.mean(firsts)) if firsts else np.nan})
        add(name, {"moved": float(np.mean(moved)) if moved else np.nan})
        print(seed, name, {k: v[-1] for k, v in found[name].items()}, flush=True)
        text = report(names, found, full, n_lines, Sample(n, n_genes, n_held, epochs))
        if full:
            (RESULTS / "interactions_illume_rules.md").write_text(text)
    print(text)


def report(names: list[str], found: dict[str, Sizes], full: bool, n_lines: int, of: Sample) -> str:
    measures = {
        "lines with a rule": "lines",
        "precision against the black box, all held-out lines": "precision",
        "precision against the black box, lines no rule was asked for": "elsewhere",
        "precision against the measured class, the same lines": "measured",
        "coverage": "coverage",
        "rules that cover none of the lines no rule was asked for": "alone",
        "genes a rule": "genes",
        "rule gives the black box's answer for its own line": "agrees",
        "surrogate agrees with the black box on held-out lines": "fidelity",
        "lines with a counterfactual": "told",
        "genes moved": "moved",
        "counterfactuals a line": "count",
        "all of them: share that flips the black box": "flips",
        "nearest counterfactual a line: flips the black box": "first",
        "lines with any counterfactual that flips": "any",
        "CPU s a cohort, fit included": "cpu",
    }
    command = f"python -m benchmarks.interactions.illume_rules {'--full' if full else '--small'}"
    count = len(found["ours"]["cpu"])
    text = [
        *header("Rules and counterfactuals: ours and ILLUME+", command),
        f"{count} cohorts of setting A (seeds from 9500), {of.lines} training lines, {of.genes:,} genes; "
        f"rules and counterfactuals for {n_lines} of {of.held_out} held-out lines. "
        + " ".join(__doc__.split("\n\n")[1].split(". ", 1)[1].split()),
        "",
        f"ILLUME+ is given the class probabilities 1 / (1 + exp((prediction - threshold) / s.d.)) of the training "
        f"lines; tree surrogate; at most {of.epochs} epochs, patience {PATIENCE} (defaults 500 and 30), seed 0; no "
        "refinement. A counterfactual flips if the black box, asked again, leaves its own answer for the line.",
        "",
        "| mean over cohorts | " + " | ".join(names) + " |",
        "|---" * (1 + len(names)) + "|",
    ]
    for label, key in measures.items():
        cells = [mean_se(found[n][key]) if np.isfinite(found[n][key]).all() else "-" for n in names]
        text.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    main()

"""Error control end to end: simulated screens through the whole chain up to the brief, with and without a signal."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from agent.pipeline import Tables, load_tables, write_hypotheses
from agent.records import Record
from agent.validate.compare import exact_interval
from explain_engine.deepen import deepen
from explain_engine.engine import explain
from explain_engine.synth import Setting, planted_cohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evidence import EvidenceSource
    from agent.report.model import HypothesisBrief
    from agent.settings import BriefSettings
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.settings import ExplainSettings
    from explain_engine.synth import PlantedCohort

Kind = Literal["null", "labels", "signal"]
KINDS: dict[Kind, str] = {
    "null": "responses permuted within tissue, gene labels shuffled",
    "labels": "signal kept, gene labels shuffled",
    "signal": "signal kept (planted genes known)",
}
Q = 0.05
DRUG = "Venetoclax"
TISSUES = 8
ALIKE = 0.5
# Genes that run together more than this are one group to the engine.
GROUPED = 0.3


class ControlSize(Record):
    """How large the simulated screens are.

    Attributes
    ----------
    setting
        ``A``: correlated blocks, tissue labels drawn at random, so that tissue has no effect. ``B``: tissue moves both
        expression and response, genes pre-selected.
    oracle_r2
        Share of the response's variance that the planted signal explains.
    """

    setting: Setting = "A"
    n_lines: int = 600
    n_genes: int = 460
    null_runs: int = 39
    oracle_r2: float = 0.6


class ControlRun(Record):
    """One simulated screen through the chain.

    Attributes
    ----------
    confident, suggestive
        Genes of the brief's hypotheses rated so.
    true_confident, exact
        Of the confident ones, those that are planted or look like a planted one (absolute correlation of expression at
        least 0.5), and those that are planted themselves.
    nearest
        Of each confident one the largest absolute correlation with a planted gene; 1 where it is planted.
    background
        Share of all genes that are at least as near as 0.5, and as 0.3: what genes drawn at random would show.
    genes_called, groups_called, true_groups
        Genes and groups at q < 0.05 against the null runs, and groups that hold a planted gene or a look-alike.
    found, planted
        Planted genes that a confident hypothesis is or looks like, and all.
    agrees
        Confident hypotheses whose direction the records are said to agree with.
    family_p
        Of the strongest group against the null runs.
    """

    kind: Kind
    setting: Setting
    seed: int
    confident: tuple[str, ...]
    suggestive: tuple[str, ...]
    true_confident: int
    exact: int
    nearest: tuple[float, ...] = ()
    background: tuple[float, float] | None = None
    genes_called: int
    groups_called: int
    true_groups: int
    found: int
    planted: int
    agrees: int
    family_p: float
    seconds: float


def control_run(
    kind: Kind,
    seed: int,
    size: ControlSize,
    engine: ExplainSettings,
    source: EvidenceSource,
    names: Sequence[str],
    settings: BriefSettings,
) -> ControlRun:
    """Simulate a screen and take it to the brief.

    Parameters
    ----------
    names
        Real gene symbols that the simulated genes are given in an order drawn with the seed, so that records of the
        drug can match; where there are too few, the others keep their simulated names.
    """
    start = time.process_time()
    cohort = _cohort(size, seed)
    rng = np.random.default_rng([seed, 911])
    dataset, planted = _named(cohort, names, rng)
    if kind == "null":
        dataset = _permuted(dataset, rng)
    alike = _look_alikes(dataset, planted if kind == "signal" else ())
    bundle, arrays = explain(dataset, engine)
    bundle, arrays = deepen(dataset, bundle, arrays, engine, ("null",), n_null=size.null_runs)
    brief = _brief(bundle, arrays, source, settings)
    called = arrays["genes"].query("q < @Q")["gene"]
    groups = arrays["groups"].query("q < @Q")
    rated = {tier: _rated(brief, tier) for tier in ("confident", "suggestive")}
    near = {gene for genes in alike.values() for gene in genes}
    closeness = nearness(dataset, planted if kind == "signal" else ())
    return ControlRun(
        kind=kind,
        setting=size.setting,
        seed=seed,
        confident=rated["confident"],
        suggestive=rated["suggestive"],
        true_confident=sum(g in near for g in rated["confident"]),
        exact=sum(g in alike for g in rated["confident"]),
        nearest=tuple(round(closeness[g], 3) for g in rated["confident"]) if closeness else (),
        background=_background(closeness),
        genes_called=len(called),
        groups_called=len(groups),
        true_groups=sum(any(g.strip() in near for g in str(m).split(",")) for m in groups["members"]),
        found=sum(bool(genes & set(rated["confident"])) for genes in alike.values()),
        planted=len(alike),
        agrees=sum(
            h.draft.verdict.code == "agrees" and h.draft.candidate.support.tier == "confident" for h in brief.hypotheses
        ),
        family_p=bundle.null.p if bundle.null is not None else 1.0,
        seconds=round(time.process_time() - start, 2),
    )


class ControlRow(Record):
    """A share of simulated screens with its exact interval."""

    what: str
    count: int
    of: int
    low: float
    high: float


def control_rows(runs: Sequence[ControlRun]) -> tuple[ControlRow, ...]:
    """Type I, confident hypotheses on wrong labels, and power, each with the number of screens behind it."""
    null, labels, signal = ([r for r in runs if r.kind == kind] for kind in KINDS)
    n_confident = sum(len(r.confident) for r in signal)
    far = sum(value < GROUPED for r in signal for value in r.nearest)
    found = [
        ("null: a confident hypothesis", sum(bool(r.confident) for r in null), len(null)),
        ("null: a gene at q < 0.05", sum(r.genes_called > 0 for r in null), len(null)),
        ("null: a group at q < 0.05", sum(r.groups_called > 0 for r in null), len(null)),
        ("null: family p at most 0.05", sum(r.family_p <= Q for r in null), len(null)),
        ("null: family p at most 0.10", sum(r.family_p <= 2 * Q for r in null), len(null)),
        (
            "labels shuffled: a confident hypothesis that records agree with",
            sum(r.agrees > 0 for r in labels),
            len(labels),
        ),
        ("signal: family p at most 0.05", sum(r.family_p <= Q for r in signal), len(signal)),
        ("signal: family p at most 0.10", sum(r.family_p <= 2 * Q for r in signal), len(signal)),
        (
            "signal: a group at q < 0.05 that holds a planted gene or a look-alike",
            sum(r.true_groups > 0 for r in signal),
            len(signal),
        ),
        (
            "signal: a confident hypothesis that is or looks like a planted gene",
            sum(r.true_confident > 0 for r in signal),
            len(signal),
        ),
        (
            "signal: planted genes with a confident hypothesis",
            sum(r.found for r in signal),
            sum(r.planted for r in signal),
        ),
        (
            "signal: confident hypotheses that correlate below 0.5 with every planted gene",
            n_confident - sum(r.true_confident for r in signal),
            n_confident,
        ),
        ("signal: confident hypotheses that correlate below 0.3 with every planted gene", far, n_confident),
        ("signal: confident hypotheses that are a planted gene", sum(r.exact for r in signal), n_confident),
    ]
    return tuple(
        ControlRow(what=what, count=count, of=of, low=low, high=high)
        for what, count, of in found
        if of
        for low, high in [exact_interval(count, of)]
    )


def _cohort(size: ControlSize, seed: int) -> PlantedCohort:
    return planted_cohort(size.setting, size.n_lines, size.n_genes, seed, oracle_r2=size.oracle_r2)


def _named(
    cohort: PlantedCohort, names: Sequence[str], rng: np.random.Generator
) -> tuple[ResponseDataset, tuple[str, ...]]:
    """The cohort under real names, and the names of its planted genes."""
    dataset = cohort.dataset()
    own = [str(g) for g in dataset.X.columns]
    given = [*dict.fromkeys(names)][: len(own)]
    places = rng.permutation(len(own))[: len(given)]
    new = dict(zip((own[j] for j in places), given, strict=True))
    renamed = [new.get(g, g) for g in own]
    planted = tuple(new.get(g, g) for g in cohort.truth.genes)
    lineage = dataset.lineage
    if cohort.setting == "A":
        # Setting A has one tissue, and a brief rates nothing confident where no tissue mean can be beaten.
        drawn = rng.integers(TISSUES, size=dataset.n_lines)
        lineage = pd.Series([f"tissue {t}" for t in drawn], index=lineage.index, name=lineage.name)
    return dataclasses.replace(dataset, drug=DRUG, X=dataset.X.set_axis(renamed, axis=1), lineage=lineage), planted


def _look_alikes(dataset: ResponseDataset, planted: Sequence[str]) -> dict[str, frozenset[str]]:
    """Each planted gene with the genes whose expression correlates with it at 0.5 or more, itself included."""
    if not planted:
        return {}
    genes = [str(g) for g in dataset.X.columns]
    r = np.corrcoef(dataset.X.to_numpy(np.float64), rowvar=False)
    place = {g: j for j, g in enumerate(genes)}
    return {gene: frozenset(genes[j] for j in np.flatnonzero(np.abs(r[place[gene]]) >= ALIKE)) for gene in planted}


def nearness(dataset: ResponseDataset, planted: Sequence[str]) -> dict[str, float]:
    """Largest absolute correlation of each gene with a planted one; empty where none was planted."""
    if not planted:
        return {}
    genes = [str(g) for g in dataset.X.columns]
    r = np.abs(np.corrcoef(dataset.X.to_numpy(np.float64), rowvar=False))
    best = r[:, [genes.index(g) for g in planted]].max(axis=1)
    return {gene: float(value) for gene, value in zip(genes, best, strict=True)}


def _background(closeness: dict[str, float]) -> tuple[float, float] | None:
    if not closeness:
        return None
    values = np.array(list(closeness.values()))
    return round(float((values >= ALIKE).mean()), 4), round(float((values >= GROUPED).mean()), 4)


def _permuted(dataset: ResponseDataset, rng: np.random.Generator) -> ResponseDataset:
    y = dataset.y.copy()
    for _, rows in dataset.lineage.groupby(dataset.lineage):
        y.loc[rows.index] = rng.permutation(y.loc[rows.index].to_numpy())
    return dataclasses.replace(dataset, y=y)


def _brief(
    bundle: ExplanationBundle,
    arrays: dict[str, pd.DataFrame],
    source: EvidenceSource,
    settings: BriefSettings,
) -> HypothesisBrief:
    with tempfile.TemporaryDirectory(prefix="oncobrief-control-") as scratch:
        saved = bundle.save(Path(scratch), arrays)
        tables: Tables = load_tables(saved, Path(scratch) / saved.key)
        return write_hypotheses(saved, tables, source, settings)


def _rated(brief: HypothesisBrief, tier: str) -> tuple[str, ...]:
    return tuple(h.draft.candidate.gene for h in brief.hypotheses if h.draft.candidate.support.tier == tier)

"""Error control end to end: simulated screens through the whole chain up to the brief, with and without a signal."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from agent.hypotheses.candidates import DataTier, Kind, prediction_faults
from agent.pipeline import load_tables, write_hypotheses
from agent.records import Record
from agent.validate.control_truth import Truth, Verdict
from explain_engine.attribution.adjust import nuisance_fit
from explain_engine.deepen import deepen
from explain_engine.engine import explain, prepare
from explain_engine.synth import PANEL_FACTOR, Setting, null_cohort, planted_cohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evidence import EvidenceSource
    from agent.hypotheses.model import RankedHypothesis
    from agent.report.model import HypothesisBrief
    from agent.settings import BriefSettings
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.deepen import Part
    from explain_engine.settings import ExplainSettings
    from explain_engine.synth import PlantedCohort

ScreenKind = Literal["null", "signal", "panel"]
KINDS: dict[ScreenKind, str] = {
    "null": "responses permuted within tissue",
    "signal": "signal kept, planted genes known",
    "panel": "no gene acts, genes pre-selected on the response",
}
DRUG = "Venetoclax"
TISSUES = 8
# Rules are left out: without null runs of their own no brief rates one confident.
PARTS: tuple[Part, ...] = ("null", "interactions", "modules")
LOOSE_Q = 0.1
_ONLY_Q = "its q against the null runs is above"


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
    n_genes: int = 1000
    null_runs: int = 39
    oracle_r2: float = 0.6


class Found(Record):
    """A hypothesis rated confident.

    Attributes
    ----------
    strict
        Whether it would be confident at the product's own level, q at most 0.05; else only its q, at most 0.1, is in
        the way.
    verdict
        Against what was planted; ``false`` wherever nothing was.
    agrees
        Whether the records are said to agree with it.
    """

    kind: Kind
    label: str
    strict: bool
    verdict: Verdict
    agrees: bool


class PlantedP(Record):
    """P of one planted gene: by the null runs, of its correlated group by the null runs, by plain correlation."""

    role: str
    gene_p: float
    group_p: float
    plain_p: float


class ControlRun(Record):
    """One simulated screen through the chain.

    Attributes
    ----------
    pearson
        Out-of-bag correlation of prediction and response; `within`: of what tissue leaves of both.
    beats_tissue
        Whether the model's gain over the tissue mean is clearly above zero.
    beats_mean
        Whether it is clearly better than the mean of all lines too (None in rows of before that was asked for). Without
        both nothing is confident, and the parts after the null runs are left out.
    tested
        Whether null runs were made; the brief of a screen whose model predicts nothing is settled without them, so that
        further screens without signal need none. What rests on them is None or empty there.
    shown
        Hypotheses of the brief, of every kind and tier.
    headline
        Confidence of its first sentence.
    confident
        Hypotheses rated confident at q of 0.05, and those that would be at 0.1.
    held_back
        What keeps true hypotheses on genes and groups from being confident: reason -> how many of them it concerns.
    agreeing
        Hypotheses of any tier that the records are said to agree with; gene labels are drawn at random, so that any
        agreement is by chance.
    least_q
        Smallest q over genes and groups.
    family_p
        Of the strongest group against the null runs.
    planted
        One entry a planted gene.
    idle
        Genes outside every planted block: how many, with p at most 0.05, with p at most 0.1. Likewise `idle_groups`,
        groups without a gene of a planted block.
    plain_least, plain_idle
        The plain test beside it: correlation with tissue and leading expression components taken out of both sides,
        p of Student's t; the smallest p times the number of genes (Bonferroni), and counts as in `idle`.
    """

    kind: ScreenKind
    size: ControlSize
    seed: int
    pearson: float
    within: float
    beats_tissue: bool
    beats_mean: bool | None = None
    tested: bool = True
    shown: int
    headline: DataTier | None
    confident: tuple[Found, ...]
    held_back: dict[str, int]
    agreeing: int
    least_q: float | None
    family_p: float | None
    planted: tuple[PlantedP, ...]
    idle: tuple[int, int, int] | None
    idle_groups: tuple[int, int, int] | None
    plain_least: float
    plain_idle: tuple[int, int, int]
    seconds: float


def control_run(
    kind: ScreenKind,
    seed: int,
    size: ControlSize,
    engine: ExplainSettings,
    source: EvidenceSource,
    names: Sequence[str],
    settings: BriefSettings,
    *,
    settled: bool = False,
) -> ControlRun:
    """Simulate a screen and take it to the brief.

    Parameters
    ----------
    settled
        Make no null runs where the brief is settled without them.
    names
        Real gene symbols that the simulated genes are given in an order drawn with the seed, so that records of the
        drug can match; where there are too few, the others keep their simulated names.
    """
    start = time.process_time()
    rng = np.random.default_rng([seed, 911])
    dataset, truth = simulate(kind, seed, size, names, rng)
    bundle, arrays = explain(dataset, engine)
    gain, r2 = bundle.fit.gain_over_tissue, bundle.fit.model.r2
    # Where the model predicts nothing a brief rates nothing confident, whatever the other parts hold.
    predicts = not any(prediction_faults(bundle))
    parts = PARTS if predicts else (() if settled else PARTS[:1])
    bundle, arrays = deepen(dataset, bundle, arrays, engine, parts, n_null=size.null_runs)
    tested = bundle.null is not None
    brief = _brief(bundle, arrays, source, settings)
    genes, groups = arrays["genes"], arrays["groups"]
    plain = plain_test(dataset, engine)
    pearson, within = _fit(arrays["lines"])
    return ControlRun(
        kind=kind,
        size=size,
        seed=seed,
        pearson=pearson,
        within=within,
        beats_tissue=gain is not None and gain.low > 0.0,
        beats_mean=r2 is not None and r2.low > 0.0,
        tested=tested,
        shown=len(brief.hypotheses),
        headline=brief.headline.confidence,
        confident=tuple(found for h in brief.hypotheses if (found := _found(h, truth)) is not None),
        held_back=_held_back(brief, truth),
        agreeing=sum(h.draft.verdict.code == "agrees" for h in brief.hypotheses),
        least_q=float(min(genes["q"].min(), groups["q"].min())) if tested else None,
        family_p=bundle.null.p if bundle.null is not None else None,
        planted=_planted(genes, groups, plain, truth) if tested else (),
        idle=_counts(genes.loc[~genes["gene"].isin(truth.acting), "p"]) if tested else None,
        idle_groups=_counts(groups.loc[[not truth.acting & set(m) for m in _members(groups)], "p"]) if tested else None,
        plain_least=min(1.0, float(plain.min()) * len(plain)),
        plain_idle=_counts(plain[~plain.index.isin(truth.acting)]),
        seconds=round(time.process_time() - start, 2),
    )


def simulate(
    kind: ScreenKind, seed: int, size: ControlSize, names: Sequence[str], rng: np.random.Generator
) -> tuple[ResponseDataset, Truth]:
    """The screen under real names, and what is true of it."""
    if kind == "panel":
        cohort = null_cohort(size.n_lines, size.n_genes * PANEL_FACTOR, seed)
        dataset, new = _named(_panel(cohort, size.n_genes), names, rng)
        return dataset, Truth.nothing(_renamed(cohort, new))
    cohort = planted_cohort(size.setting, size.n_lines, size.n_genes, seed, oracle_r2=size.oracle_r2)
    dataset, new = _named(cohort.dataset(), names, rng)
    if cohort.setting == "A":
        # Setting A has one tissue, and a brief rates nothing confident where no tissue mean can be beaten.
        drawn = rng.integers(TISSUES, size=dataset.n_lines)
        lineage = pd.Series([f"tissue {t}" for t in drawn], index=dataset.X.index, name="lineage")
        dataset = dataclasses.replace(dataset, lineage=lineage)
    if kind == "null":
        return _permuted(dataset, rng), Truth.nothing(_renamed(cohort, new))
    return dataset, Truth.of(cohort.truth, new)


def _renamed(cohort: PlantedCohort, new: dict[str, str]) -> dict[str, int]:
    return {new.get(gene, gene): block for gene, block in cohort.truth.blocks.items()}


def _panel(cohort: PlantedCohort, n_genes: int) -> ResponseDataset:
    """The genes most correlated with the response, chosen on the lines that are then explained."""
    dataset = cohort.dataset()
    r = np.abs(np.corrcoef(dataset.X.to_numpy(np.float64), dataset.y.to_numpy(np.float64), rowvar=False)[-1, :-1])
    kept = np.sort(np.argsort(-r, kind="stable")[:n_genes])
    return dataclasses.replace(dataset, X=dataset.X.iloc[:, kept])


def _named(
    dataset: ResponseDataset, names: Sequence[str], rng: np.random.Generator
) -> tuple[ResponseDataset, dict[str, str]]:
    """The screen under real names, and the new name of each gene that was given one."""
    own = [str(g) for g in dataset.X.columns]
    given = [*dict.fromkeys(names)][: len(own)]
    places = rng.permutation(len(own))[: len(given)]
    new = dict(zip((own[j] for j in places), given, strict=True))
    return dataclasses.replace(dataset, drug=DRUG, X=dataset.X.set_axis([new.get(g, g) for g in own], axis=1)), new


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
        return write_hypotheses(saved, load_tables(saved, Path(scratch) / saved.key), source, settings)


def _found(hypothesis: RankedHypothesis, truth: Truth) -> Found | None:
    candidate = hypothesis.draft.candidate
    support = candidate.support
    strict = support.tier == "confident"
    if not strict:
        only_q = len(support.why) == 1 and support.why[0].startswith(_ONLY_Q)
        if not only_q or support.q is None or support.q > LOOSE_Q:
            return None
    return Found(
        kind=candidate.kind,
        label=candidate.label,
        strict=strict,
        verdict=truth.judge(candidate),
        agrees=hypothesis.draft.verdict.code == "agrees",
    )


def _held_back(brief: HypothesisBrief, truth: Truth) -> dict[str, int]:
    """Reasons against the hypotheses on genes and groups that are true, and how often each stands."""
    reasons: Counter[str] = Counter()
    for hypothesis in brief.hypotheses:
        candidate = hypothesis.draft.candidate
        if candidate.kind in ("gene", "group") and truth.judge(candidate) != "false":
            reasons.update(candidate.support.why or ("nothing",))
    return dict(reasons)


def _fit(lines: pd.DataFrame) -> tuple[float, float]:
    """Correlation of out-of-bag prediction and response, as they are and with tissue means taken out."""
    both = lines[["y", "prediction"]].astype(float)
    inside = both - both.groupby(lines["lineage"]).transform("mean")
    whole, within = (float(np.corrcoef(part.to_numpy(), rowvar=False)[0, 1]) for part in (both, inside))
    return round(whole, 4), round(within, 4)


def plain_test(dataset: ResponseDataset, engine: ExplainSettings) -> pd.Series[float]:
    """P of each gene's correlation with the response, tissue and leading components taken out of both."""
    from scipy.stats import t as student

    data = prepare(dataset, engine)
    rest = data.y - nuisance_fit(data.y, data.design, np.arange(len(data.y)))
    free = len(data.y) - data.design.shape[1] - 2
    R, rest = data.residual - data.residual.mean(axis=0), rest - rest.mean()
    r = rest @ R / np.sqrt((R**2).sum(axis=0) * (rest**2).sum())
    return pd.Series(2.0 * student.sf(np.abs(r) * np.sqrt(free / (1.0 - r**2)), free), index=data.genes)


def _planted(genes: pd.DataFrame, groups: pd.DataFrame, plain: pd.Series[float], truth: Truth) -> tuple[PlantedP, ...]:
    by_gene = genes.set_index("gene")["p"]
    by_group = {gene: p for members, p in zip(_members(groups), groups["p"], strict=True) for gene in members}
    return tuple(
        PlantedP(
            role=role,
            gene_p=round(float(by_gene[gene]), 5),
            group_p=round(float(by_group[gene]), 5),
            plain_p=round(float(plain[gene]), 5),
        )
        for gene, role in truth.roles.items()
    )


def _members(groups: pd.DataFrame) -> list[list[str]]:
    return [[gene.strip() for gene in str(members).split(",")] for members in groups["members"]]


def _counts(p: pd.Series[float]) -> tuple[int, int, int]:
    return len(p), int((p <= LOOSE_Q / 2).sum()), int((p <= LOOSE_Q).sum())

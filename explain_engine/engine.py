"""Explain one drug: from an aligned dataset to a bundle and the tables beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from explain_engine.attribution.adjust import nuisance, residual_expression, response_offsets
from explain_engine.attribution.consensus import DOI, BaggedAttribution, bagged_attribution
from explain_engine.attribution.groups import GeneGroups, group_genes
from explain_engine.attribution.rank import attribution, gene_table, group_table
from explain_engine.bundle import SCHEMA_VERSION, ExplanationBundle
from explain_engine.errors import InputError
from explain_engine.predict.bags import Bags, draw_bags
from explain_engine.predict.baselines import mean_prediction, tissue_mean_prediction
from explain_engine.predict.report import FitReport
from explain_engine.predict.score import gain, line_weights, score
from explain_engine.predict.trees import SharedTrees, TreeSettings
from explain_engine.settings import ExplainSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.data.dataset import ResponseDataset

__all__ = ["ExplainSettings", "bundle_key", "explain", "prepare"]

MIN_LINES = 60
# Raised when equal data and settings give other numbers: a bundle of an older method is not taken for a new one.
REVISION = 2
OTHER = "(other genes)"
METHOD = "bagged consensus"


@dataclass(frozen=True, eq=False)
class Prepared:
    """A dataset in the form the numerical parts take.

    Parts of one bundle share it, and the binned matrices with it; nothing in it is changed once made.

    Attributes
    ----------
    Z
        Expression standardised per gene over the lines of the dataset, lines x genes.
    codes
        Tissue of each line as an integer from 0.
    design, residual
        Tissue and leading expression components, and expression without them (see `attribution.adjust`).
    """

    Z: NDArray[np.float64]
    y: NDArray[np.float64]
    codes: NDArray[np.intp]
    genes: list[str]
    bags: Bags
    groups: GeneGroups
    design: NDArray[np.float64]
    residual: NDArray[np.float64]
    tree_settings: TreeSettings

    @cached_property
    def trees(self) -> SharedTrees:
        """`Z`, binned."""
        return SharedTrees(self.Z, self.tree_settings)

    @cached_property
    def residual_trees(self) -> SharedTrees:
        """`residual`, binned."""
        return SharedTrees(self.residual, self.tree_settings)


# Preparing costs about an eighth of explaining; the parts of a bundle are made one after the other from one dataset.
_PREPARED: WeakKeyDictionary[ResponseDataset, tuple[ExplainSettings, Prepared]] = WeakKeyDictionary()


def bundle_key(dataset: ResponseDataset, settings: ExplainSettings) -> str:
    """Name of the bundle these inputs lead to: digest of dataset, settings, schema version and method revision."""
    content = json.dumps([SCHEMA_VERSION, REVISION, dataset.digest, settings.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def prepare(dataset: ResponseDataset, settings: ExplainSettings) -> Prepared:
    """Standardise, code tissues, draw bags, group genes; made once a dataset and settings, for as long as it lives.

    Raises
    ------
    InputError
        If there are too few lines, values are not finite, or a gene or the response does not vary.
    """
    known = _PREPARED.get(dataset)
    if known is None or known[0] != settings:
        known = settings, _prepare(dataset, settings)
        _PREPARED[dataset] = known
    return known[1]


def _prepare(dataset: ResponseDataset, settings: ExplainSettings) -> Prepared:
    if dataset.n_lines < MIN_LINES:
        raise InputError(f"{dataset.drug}: {dataset.n_lines} lines; at least {MIN_LINES} are needed to explain a drug")
    X = dataset.X.to_numpy(np.float64)
    y: NDArray[np.float64] = np.asarray(dataset.y, dtype=np.float64)
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise InputError(f"{dataset.drug}: missing or infinite values; drop or impute them when the data are read")
    spread = X.std(axis=0)
    flat = spread <= 1e-9 * np.maximum(1.0, np.abs(X).max(axis=0))
    if flat.any():
        names = ", ".join(map(str, dataset.X.columns[flat][:5]))
        raise InputError(f"{dataset.drug}: {int(flat.sum())} genes do not vary ({names}); drop them when reading")
    if np.ptp(y) == 0:
        raise InputError(f"{dataset.drug}: the response is the same for every line; nothing can be explained")
    codes = pd.factorize(dataset.lineage, sort=True)[0].astype(np.intp)
    genes = [str(c) for c in dataset.X.columns]
    Z = np.asarray((X - X.mean(axis=0)) / spread)
    design = nuisance(Z, codes, settings.components)
    return Prepared(
        Z=Z,
        y=y,
        codes=codes,
        genes=genes,
        bags=draw_bags(len(y), settings.folds, settings.repeats, settings.seed),
        groups=group_genes(Z, genes, codes=codes, cut=settings.group_cut),
        design=design,
        residual=residual_expression(Z, design),
        tree_settings=settings.trees,
    )


def explain(
    dataset: ResponseDataset,
    settings: ExplainSettings | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[ExplanationBundle, dict[str, pd.DataFrame]]:
    """Fit, explain and rank; the tables are ready for ``bundle.save(root, arrays)``.

    Parameters
    ----------
    progress
        Called with what is being done and the share of the whole done so far, in [0, 1].

    Returns
    -------
    bundle, arrays
        Arrays: ``genes`` (whole ranking), ``groups`` (whole group ranking), ``lines`` (y, out-of-bag prediction, its
        base value, tissue-mean prediction, lineage), ``phi`` (lines x listed genes, and one column for the sum of all
        others, so that rows and base add to the prediction), ``expression`` (the listed genes, standardised).

    Raises
    ------
    InputError
        If the dataset cannot be explained; the message says why.
    """
    from threadpoolctl import threadpool_limits

    # The matrices are small: threads of the linear algebra would wait for each other more than they work.
    with threadpool_limits(1):
        return _explain(dataset, settings or ExplainSettings(), _teller(progress))


def _explain(
    dataset: ResponseDataset, settings: ExplainSettings, tell: Callable[[str, float], None]
) -> tuple[ExplanationBundle, dict[str, pd.DataFrame]]:
    tell("preparing", 0.0)
    data = prepare(dataset, settings)
    share = 0.5 if settings.adjusted else 1.0
    tell("binning expression", 0.03)
    raw = bagged_attribution(
        data.trees,
        data.Z,
        data.y,
        data.bags,
        data.groups,
        seed=settings.seed,
        n_effects=settings.effects,
        progress=lambda done: tell("fitting and explaining", 0.05 + 0.9 * share * done),
    )
    genes, groups = _tables(raw, data, data.Z, data.y - raw.prediction, settings)
    if settings.adjusted:
        adjusted = _adjusted(data, settings, lambda done: tell("the same, tissue taken out", 0.5 + 0.45 * done))
        genes, groups = _join_adjusted(genes, groups, adjusted)
    tell("writing down", 0.97)
    ranking = attribution(
        genes,
        groups,
        data.groups,
        data.genes,
        method=METHOD,
        doi=DOI,
        listed=settings.listed,
        level=settings.level,
    )
    fit, tissue = _fit_report(data, raw, settings)
    bundle = ExplanationBundle(
        revision=REVISION,
        key=bundle_key(dataset, settings),
        drug=dataset.drug,
        drug_id=dataset.drug_id,
        screen=dataset.screen,
        kind=dataset.kind,
        dataset_digest=dataset.digest,
        sources=dataset.sources,
        settings=settings.flat(),
        versions=library_versions(),
        unmapped=dataset.unmapped,
        fit=fit,
        attribution=ranking,
    )
    tables = _arrays(dataset, data, raw, genes, groups, tissue, settings.listed)
    tell("done", 1.0)
    return bundle, tables


def library_versions() -> dict[str, str]:
    """Versions of the numerical libraries, as the bundle records them."""
    from importlib.metadata import version

    return {name: version(name) for name in ("numpy", "scipy", "pandas", "lightgbm")}


def _teller(progress: Callable[[str, float], None] | None) -> Callable[[str, float], None]:
    return progress if progress is not None else lambda _what, _share: None


def _tables(
    result: BaggedAttribution,
    data: Prepared,
    Z: NDArray[np.float64],
    residual: NDArray[np.float64],
    settings: ExplainSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    genes = gene_table(
        result,
        Z,
        data.y,
        data.genes,
        data.groups,
        alike=data.residual,
        residual=residual,
        sharing=settings.sharing,
        n_folds=settings.folds,
        top=settings.top,
        seed=settings.seed,
        level=settings.level,
    )
    groups = group_table(result, Z, data.groups, n_folds=settings.folds, top=settings.top, level=settings.level)
    return genes, groups


def _adjusted(
    data: Prepared, settings: ExplainSettings, progress: Callable[[float], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both rankings with tissue and leading components taken out of expression and response."""
    R = data.residual
    offsets = response_offsets(data.y, data.design, data.bags)
    result = bagged_attribution(
        data.residual_trees,
        R,
        data.y,
        data.bags,
        data.groups,
        seed=settings.seed + 1,
        n_effects=settings.effects,
        offset=offsets,
        progress=progress,
    )
    left_out = np.zeros(offsets.shape, dtype=bool)
    for b, (_, outside) in enumerate(data.bags):
        left_out[b, outside] = True
    # As the prediction: each line's mean over the bags that have not seen it.
    offset = np.where(left_out, offsets, 0.0).sum(axis=0) / left_out.sum(axis=0)
    return _tables(result, data, R, data.y - offset - result.prediction, settings)


def _join_adjusted(
    genes: pd.DataFrame, groups: pd.DataFrame, adjusted: tuple[pd.DataFrame, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = ["rank", "importance", "effect", "effect_low", "effect_high"]
    new = {c: f"adjusted_{c}" for c in columns}
    joined = genes.merge(adjusted[0][["gene", *columns]].rename(columns=new), on="gene", how="left")
    joined_groups = groups.merge(adjusted[1][["position", *columns]].rename(columns=new), on="position", how="left")
    return joined, joined_groups


def _fit_report(
    data: Prepared, raw: BaggedAttribution, settings: ExplainSettings
) -> tuple[FitReport, NDArray[np.float64]]:
    weights = line_weights(len(data.y), settings.draws, settings.seed)
    tissue = tissue_mean_prediction(data.y, data.codes, data.bags)
    mean = score("mean", data.y, mean_prediction(data.y, data.bags), weights, settings.level)
    # Outside the bag the mean is low exactly where the left-out lines are high: its correlation is an artefact.
    baselines = [mean.model_copy(update={"pearson": None, "spearman": None})]
    lineages = bool(data.codes.max() > 0)
    if lineages:
        baselines.append(score("tissue mean", data.y, tissue, weights, settings.level))
    learner = "bagged additive model + lightgbm" if settings.effects else "bagged lightgbm"
    report = FitReport(
        learner=learner,
        n_lines=len(data.y),
        n_genes=len(data.genes),
        n_bags=data.bags.n_bags,
        bag_fraction=data.bags.fraction,
        seed=settings.seed,
        model=score(learner, data.y, raw.prediction, weights, settings.level),
        baselines=tuple(baselines),
        gain_over_tissue=gain(data.y, raw.prediction, tissue, weights, settings.level) if lineages else None,
    )
    return report, tissue


def _arrays(
    dataset: ResponseDataset,
    data: Prepared,
    raw: BaggedAttribution,
    genes: pd.DataFrame,
    groups: pd.DataFrame,
    tissue: NDArray[np.float64],
    listed: int,
) -> dict[str, pd.DataFrame]:
    index = dataset.X.index
    position = {gene: j for j, gene in enumerate(data.genes)}
    kept = [position[gene] for gene in genes["gene"].head(listed)]
    names = [data.genes[j] for j in kept]
    phi = pd.DataFrame(raw.phi[:, kept], index=index, columns=names)
    phi[OTHER] = raw.phi.sum(axis=1, dtype=np.float64) - raw.phi[:, kept].sum(axis=1, dtype=np.float64)
    lines = pd.DataFrame(
        {
            "y": data.y,
            "prediction": raw.prediction,
            "base": raw.base,
            "tissue_mean": tissue,
            "lineage": dataset.lineage.to_numpy(),
            "lineage_inferred": dataset.lineage_inferred.to_numpy(),
        },
        index=index,
    )
    members = [", ".join(data.genes[j] for j in data.groups.members[g]) for g in groups["position"]]
    return {
        "genes": genes,
        "groups": groups.drop(columns="position").assign(members=members),
        "lines": lines,
        "phi": phi,
        "expression": pd.DataFrame(data.Z[:, kept].astype(np.float32), index=index, columns=names),
    }

"""The rankings that are compared, by name: ours and the baselines, computed from one dataset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explain_engine.data.dataset import ResponseDataset

CONSENSUS = "consensus"
ADJUSTED = "consensus, tissue taken out"
CORRELATION = "correlation"
WITHIN = "correlation within tissues"
TREESHAP = "TreeSHAP, one model"
ILLUME = "ILLUME+ as published"
TISSUE = "tissue mean only"
LITERATURE = "popularity in the literature"
TARGETED = "popularity as a target"
OTHERS = "consensus of the other drugs"
CHANCE = "chance"
# Column of the correlation with its sign; the ranking of that name holds absolute values.
SIGNED = "signed correlation"

PANEL = 1000
ILLUME_PATIENCE = 10
ILLUME_EPOCHS = 100
_CLASSES = 3
# Says what each ranking is; stands in every report.
DESCRIPTIONS = {
    CONSENSUS: "our default ranking: bagged out-of-bag attributions of two learners, the model's own explanation",
    ADJUSTED: "the same with tissue and leading expression components taken out of expression and response",
    CORRELATION: "absolute Spearman correlation of expression and response",
    WITHIN: "the same after tissue means are taken out of the ranks",
    TREESHAP: "mean absolute TreeSHAP of one boosted model fitted to all lines",
    ILLUME: "mean absolute slope of ILLUME+ with the published choices, in the exact training form (singular-vector "
    f"coordinates, patience {ILLUME_PATIENCE}), on the {PANEL:,} genes most correlated with the response (in place of "
    "Boruta) and class probabilities of boosted trees; all other genes share the last rank",
    TISSUE: "absolute correlation of expression with the mean response of the line's tissue: an explanation that "
    "knows nothing but tissue",
    LITERATURE: "number of documents of the knowledge base that name the gene; the same order for every drug",
    TARGETED: "number of the other drugs of the screen that have the gene as annotated target",
    OTHERS: "mean consensus rank of the gene over the other drugs of this report: what comes up whatever the drug",
    CHANCE: "genes drawn at random, exact",
}


@dataclass(frozen=True, eq=False)
class Standard:
    """A dataset in the form the baselines take.

    Attributes
    ----------
    Z
        Standardised expression, lines x genes.
    codes
        Tissue of each line as an integer from 0.
    """

    Z: NDArray[np.float64]
    y: NDArray[np.float64]
    codes: NDArray[np.intp]

    @cached_property
    def spearman(self) -> NDArray[np.float64]:
        """Spearman correlation of each gene with the response; 0 where a gene does not vary."""
        from scipy.stats import rankdata

        ry = rankdata(self.y)
        ry = ry - ry.mean()
        ranks = np.argsort(np.argsort(self.Z, axis=0), axis=0).astype(np.float64)
        ranks -= ranks.mean(axis=0)
        scale = np.sqrt((ranks**2).sum(axis=0) * (ry @ ry))
        return np.asarray(np.where(scale > 0, ry @ ranks / np.where(scale > 0, scale, 1.0), 0.0))

    @cached_property
    def within(self) -> NDArray[np.float64]:
        """The same after tissue means are taken out of the ranks."""
        from explain_engine.stability.replicate import within_tissue_correlation

        r, _ = within_tissue_correlation(self.Z, self.y, [str(c) for c in self.codes])
        return r


def standardise(dataset: ResponseDataset) -> Standard:
    """Standardise expression per gene and code tissues."""
    import pandas as pd

    X = dataset.X.to_numpy(np.float64)
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    codes = pd.factorize(dataset.lineage, sort=True)[0].astype(np.intp)
    return Standard(Z=Z, y=np.asarray(dataset.y, dtype=np.float64), codes=codes)


def tissue_only(data: Standard) -> NDArray[np.float64]:
    """Absolute correlation of each gene with the mean response of the line's tissue; zeros for a single tissue."""
    n = np.bincount(data.codes)
    mean = (np.bincount(data.codes, weights=data.y) / np.maximum(n, 1))[data.codes]
    mean = mean - mean.mean()
    size = float(np.sqrt(mean @ mean))
    return np.abs(mean @ data.Z) / (size * np.sqrt(len(mean))) if size > 1e-12 else np.zeros(data.Z.shape[1])


def single_treeshap(data: Standard, seed: int) -> NDArray[np.float64]:
    """Mean absolute TreeSHAP of one model fitted to all lines: the usual practice."""
    from explain_engine.predict.trees import SharedTrees, TreeSettings

    trees = SharedTrees(data.Z, TreeSettings())
    everyone = np.arange(len(data.y))
    phi = trees.contributions(trees.fit(data.y, everyone, seed), everyone)[:, :-1]
    return np.asarray(np.abs(phi).mean(axis=0))


def illume_published(data: Standard, seed: int, panel: int = PANEL) -> NDArray[np.float64]:
    """ILLUME+ with the published choices, on a pre-selected panel as published (arXiv:2607.00931).

    The response is cut into three classes of equal size; boosted trees give the class probabilities; the surrogate of
    the most sensitive class gives the slopes. Genes outside the panel get -1 and so share the last rank.
    """
    from explain_engine.attribution.illume.estimator import IllumePlus

    r = np.abs(data.spearman)
    chosen = np.sort(np.argsort(-r, kind="stable")[: min(panel, len(r))])
    probabilities = _class_probabilities(data.Z[:, chosen], data.y, seed)
    model = IllumePlus(
        paper_faithful=True,
        coordinates="svd",
        patience=ILLUME_PATIENCE,
        max_epochs=ILLUME_EPOCHS,
        random_state=seed,
    ).fit(data.Z[:, chosen], probabilities)
    score = np.full(len(r), -1.0)
    score[chosen] = model.global_attribution(data.Z[:, chosen], probabilities)
    return score


def _class_probabilities(Z: NDArray[np.float64], y: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    import lightgbm as lgb

    cuts = np.quantile(y, np.arange(1, _CLASSES) / _CLASSES)
    label = np.digitize(y, cuts)
    settings = {
        "objective": "multiclass",
        "num_class": _CLASSES,
        "num_threads": 1,
        "verbosity": -1,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
        "max_bin": 63,
        "num_leaves": 7,
        "learning_rate": 0.05,
        "min_data_in_leaf": 10,
        "feature_fraction": 0.1,
    }
    booster = lgb.train(settings, lgb.Dataset(Z, label), num_boost_round=100)
    out = np.asarray(booster.predict(Z), dtype=np.float64)
    return np.asarray(out / out.sum(axis=1, keepdims=True))


# Baselines that are computed for every drug, in this order; the others come from the bundle or from other drugs.
PER_DRUG: dict[str, Callable[[Standard, int], NDArray[np.float64]]] = {
    CORRELATION: lambda data, _seed: np.abs(data.spearman),
    WITHIN: lambda data, _seed: np.abs(data.within),
    TISSUE: lambda data, _seed: tissue_only(data),
    TREESHAP: single_treeshap,
}
# Baselines that cost as much as all the rest together: computed on request, kept in files of their own.
COSTLY: dict[str, Callable[[Standard, int], NDArray[np.float64]]] = {ILLUME: illume_published}


def costly_tag(name: str) -> str:
    """Part of a file's name that says by which settings a costly baseline was made."""
    import hashlib

    content = repr((name, PANEL, ILLUME_PATIENCE, ILLUME_EPOCHS, _CLASSES))
    return "illume-" + hashlib.sha256(content.encode()).hexdigest()[:8]

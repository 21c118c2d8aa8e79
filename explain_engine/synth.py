"""Planted cohorts: simulated screens whose causal genes, pairs, module and correlation blocks are known.

Setting ``A`` has correlated gene blocks and weak global factors. Setting ``B`` adds tissue-like clusters that move both
expression and response, and keeps only the genes most correlated with the response, as a pre-selected panel would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from explain_engine.data.dataset import ResponseDataset, UnmappedReport
from explain_engine.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Setting = Literal["A", "B"]
PairKind = Literal["product", "and", "xor", "or"]

BLOCK_SIZE = 20
N_ADDITIVE = 10
MODULE_SIZE = 5
PAIR_KINDS: tuple[PairKind, ...] = ("product", "product", "and", "and", "xor", "or")
_N_CAUSAL_BLOCKS = N_ADDITIVE + 2 * len(PAIR_KINDS) + 1
_GLOBAL_FACTORS = 8
_GLOBAL_SHARE = 0.08
_TISSUES = 20
_TISSUE_DIMS = 8
_TISSUE_GENE_SHARE = 0.7
_WITHIN_TISSUE = 0.2
PANEL_FACTOR = 6


@dataclass(frozen=True)
class PlantedPair:
    """A planted interaction: `sign` times the standardised term of `kind` over the two genes."""

    first: str
    second: str
    kind: PairKind
    sign: int


@dataclass(frozen=True)
class Truth:
    """What was planted.

    Attributes
    ----------
    additive
        Gene -> coefficient (before scaling) of the 10 additive genes.
    pairs
        The six interactions; no two planted genes outside the module share a block.
    module
        Five block-mates whose mean acts on the response.
    blocks
        Gene -> block id, for every gene of the cohort.
    oracle_r2
        Share of the response's variance that the planted signal (tissue included) explains.
    tissue_share
        Share of that signal that tissue carries.
    """

    additive: dict[str, float]
    pairs: tuple[PlantedPair, ...]
    module: tuple[str, ...]
    blocks: dict[str, int]
    oracle_r2: float
    tissue_share: float

    @property
    def genes(self) -> tuple[str, ...]:
        """All planted genes: additive, then pairs, then module (27; none in a null cohort)."""
        paired = [gene for pair in self.pairs for gene in (pair.first, pair.second)]
        return (*self.additive, *paired, *self.module)

    @property
    def planted_blocks(self) -> frozenset[int]:
        """Blocks that hold at least one planted gene."""
        return frozenset(self.blocks[gene] for gene in self.genes)


@dataclass(frozen=True, eq=False)
class PlantedCohort:
    """A simulated screen with its truth.

    Attributes
    ----------
    X
        Expression, (n_lines + n_test) x genes, standardised per gene over all lines.
    y
        Response, mean 0 and variance 1 in the population; lower is more sensitive.
    lineage
        Tissue label a line; one label for all in setting A.
    n_lines
        The first `n_lines` rows are for training, the others were never used for anything.
    """

    setting: str
    seed: int
    X: pd.DataFrame
    y: pd.Series[float]
    lineage: pd.Series[str]
    truth: Truth
    n_lines: int

    def dataset(self, part: Literal["train", "test", "all"] = "train") -> ResponseDataset:
        """Return the chosen lines as the engine's own input type."""
        rows = {"train": slice(0, self.n_lines), "test": slice(self.n_lines, None), "all": slice(None)}[part]
        index = self.X.index[rows]
        return ResponseDataset(
            drug=f"planted-{self.setting}-{self.seed}",
            drug_id=None,
            screen="simulated",
            kind="ln_ic50",
            X=self.X.iloc[rows],
            y=self.y.iloc[rows],
            lineage=self.lineage.iloc[rows],
            lineage_inferred=pd.Series(False, index=index),
            unmapped=UnmappedReport(),
            sources={"explain_engine.synth": f"setting={self.setting} seed={self.seed}"},
        )


def planted_cohort(
    setting: Setting,
    n_lines: int = 600,
    n_genes: int = 1000,
    seed: int = 0,
    *,
    n_test: int = 0,
    oracle_r2: float = 0.6,
    tissue_share: float = 0.35,
) -> PlantedCohort:
    """Draw a cohort with 27 planted genes.

    Half of the genes' signal (in variance) is additive: ten genes and the mean of a module of five block-mates. The
    other half is six interactions of equal variance: two products, two AND, one XOR, one OR.

    Parameters
    ----------
    setting
        ``A``: correlated blocks. ``B``: six times as many genes are drawn and mixed with tissue clusters, then the
        `n_genes` most correlated with the response on the training lines are kept, the planted ones forced in.
    n_lines, n_test
        Lines for training and lines held out.
    n_genes
        Genes in the cohort, a multiple of 20 and at least 460.
    oracle_r2
        Share of the response's variance that is signal, in (0, 1).
    tissue_share
        Share of the signal that tissue carries in setting B, in [0, 1).

    Raises
    ------
    InputError
        If the sizes cannot hold the planted structure.
    """
    if setting not in ("A", "B"):
        raise InputError(f"setting {setting!r} is unknown; choose 'A' or 'B'")
    _check_sizes(n_lines, n_genes, need_blocks=_N_CAUSAL_BLOCKS)
    if not 0 < oracle_r2 < 1 or not 0 <= tissue_share < 1:
        raise InputError(f"oracle_r2 {oracle_r2!r} must be in (0, 1) and tissue_share {tissue_share!r} in [0, 1)")
    rng = np.random.default_rng([seed, ord(setting)])
    total = n_lines + n_test
    drawn = n_genes * PANEL_FACTOR if setting == "B" else n_genes
    X, loading_sign = _blocks(rng, total, drawn)
    tissue = np.zeros(total, dtype=np.intp)
    pull = np.zeros(total)
    if setting == "B":
        tissue, position = _tissues(rng, total)
        X = _mix_tissue(rng, X, position)
        pull = _standard(position @ rng.standard_normal(_TISSUE_DIMS))
    names = np.array([f"G{j:05d}" for j in range(drawn)])
    signal, additive, pairs, module = _signal(rng, X, loading_sign, names)
    share = tissue_share if setting == "B" else 0.0
    whole = _standard(np.sqrt(1 - share) * signal + np.sqrt(share) * pull)
    y = np.sqrt(oracle_r2) * whole + np.sqrt(1 - oracle_r2) * rng.standard_normal(total)
    planted = [*additive, *(g for p in pairs for g in (p.first, p.second)), *module]
    keep = np.arange(drawn)
    if setting == "B":
        keep = _panel(X[:n_lines], y[:n_lines], np.flatnonzero(np.isin(names, planted)), n_genes)
    truth = Truth(
        additive=additive,
        pairs=pairs,
        module=module,
        blocks={str(names[j]): int(j) // BLOCK_SIZE for j in keep},
        oracle_r2=oracle_r2,
        tissue_share=share,
    )
    return _assemble(setting, seed, X[:, keep], y, tissue, names[keep], truth, n_lines)


def null_cohort(
    n_lines: int = 600,
    n_genes: int = 1000,
    seed: int = 0,
    *,
    n_test: int = 0,
    tissue_r2: float = 0.35,
    lineage_known: bool = True,
) -> PlantedCohort:
    """Draw a cohort in which no gene acts: tissue moves expression and response, the rest of the response is noise.

    Genes are correlated with the response only through tissue, so every call beyond tissue is false.

    Parameters
    ----------
    tissue_r2
        Share of the response's variance that tissue explains, in [0, 1).
    lineage_known
        Whether the tissue is told; if not, every line is labelled ``unknown``.

    Raises
    ------
    InputError
        If the sizes are too small or `tissue_r2` is out of range.
    """
    _check_sizes(n_lines, n_genes, need_blocks=1)
    if not 0 <= tissue_r2 < 1:
        raise InputError(f"tissue_r2 {tissue_r2!r} must be in [0, 1)")
    rng = np.random.default_rng([seed, ord("N")])
    total = n_lines + n_test
    X, _ = _blocks(rng, total, n_genes)
    tissue, position = _tissues(rng, total)
    X = _mix_tissue(rng, X, position)
    # Only the label acts, not the place within the tissue: what the label cannot explain is noise by construction.
    centre = rng.standard_normal(_TISSUES)[tissue]
    y = np.sqrt(tissue_r2) * _standard(centre) + np.sqrt(1 - tissue_r2) * rng.standard_normal(total)
    names = np.array([f"G{j:05d}" for j in range(n_genes)])
    blocks = {str(name): j // BLOCK_SIZE for j, name in enumerate(names)}
    truth = Truth({}, (), (), blocks, oracle_r2=tissue_r2, tissue_share=1.0)
    cohort = _assemble("null", seed, X, y, tissue, names, truth, n_lines)
    if lineage_known:
        return cohort
    unknown = pd.Series("unknown", index=cohort.X.index)
    return PlantedCohort("null", seed, cohort.X, cohort.y, unknown, truth, n_lines)


def _check_sizes(n_lines: int, n_genes: int, need_blocks: int) -> None:
    if n_lines < 60:
        raise InputError(f"n_lines {n_lines!r} is below 60; draw a larger cohort")
    if n_genes % BLOCK_SIZE or n_genes < BLOCK_SIZE * need_blocks:
        raise InputError(
            f"n_genes {n_genes!r} must be a multiple of {BLOCK_SIZE} and at least {BLOCK_SIZE * need_blocks}"
        )


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))


def _blocks(rng: np.random.Generator, n: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Genes in blocks around a factor of their own, with weak factors over all genes."""
    strength = rng.uniform(0.2, 0.8, m)
    sign = np.where(rng.random(m) < 0.2, -1.0, 1.0)
    factor = np.repeat(rng.standard_normal((n, m // BLOCK_SIZE)), BLOCK_SIZE, axis=1)
    spread = rng.standard_normal((_GLOBAL_FACTORS, m)) * np.sqrt(_GLOBAL_SHARE / _GLOBAL_FACTORS)
    shared = rng.standard_normal((n, _GLOBAL_FACTORS)) @ spread
    own = rng.standard_normal((n, m)) * np.sqrt(1.0 - strength - _GLOBAL_SHARE)
    return _standard(sign * np.sqrt(strength) * factor + shared + own), sign


def _tissues(rng: np.random.Generator, n: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Label and position (n x 8) of each line; sizes of tissues are unequal, as in a screen."""
    share = rng.dirichlet(np.full(_TISSUES, 4.0))
    label = rng.choice(_TISSUES, size=n, p=share)
    centre = rng.standard_normal((_TISSUES, _TISSUE_DIMS))
    within = rng.standard_normal((n, _TISSUE_DIMS))
    return label, np.sqrt(1 - _WITHIN_TISSUE) * centre[label] + np.sqrt(_WITHIN_TISSUE) * within


def _mix_tissue(rng: np.random.Generator, X: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    share = rng.uniform(0.0, _TISSUE_GENE_SHARE, X.shape[1])
    pull = _standard(position @ rng.standard_normal((_TISSUE_DIMS, X.shape[1])))
    return _standard(np.sqrt(1 - share) * X + np.sqrt(share) * pull)


def _signal(
    rng: np.random.Generator,
    X: NDArray[np.float64],
    loading_sign: NDArray[np.float64],
    names: NDArray[np.str_],
) -> tuple[NDArray[np.float64], dict[str, float], tuple[PlantedPair, ...], tuple[str, ...]]:
    """Standardised signal of the planted genes, and what was planted."""
    blocks = rng.choice(X.shape[1] // BLOCK_SIZE, size=_N_CAUSAL_BLOCKS, replace=False)
    one_each = blocks[:-1] * BLOCK_SIZE + rng.integers(0, BLOCK_SIZE, _N_CAUSAL_BLOCKS - 1)
    single, paired = one_each[:N_ADDITIVE], one_each[N_ADDITIVE:]
    mates = np.arange(blocks[-1] * BLOCK_SIZE, (blocks[-1] + 1) * BLOCK_SIZE)
    # Members that run the same way, so that their mean is an activity and not a cancellation.
    aligned = mates[loading_sign[mates] == np.sign(loading_sign[mates].sum() or 1.0)]
    module = rng.choice(aligned, size=MODULE_SIZE, replace=False)

    coefficient = rng.uniform(0.5, 1.2, N_ADDITIVE) * rng.choice([-1.0, 1.0], N_ADDITIVE)
    additive = _standard(X[:, single] @ coefficient + X[:, module].mean(axis=1))
    terms = np.zeros(X.shape[0])
    pairs = []
    for k, kind in enumerate(PAIR_KINDS):
        i, j = paired[2 * k], paired[2 * k + 1]
        sign = int(rng.choice([-1, 1]))
        terms += sign * _standard(_term(kind, X[:, i], X[:, j]))
        pairs.append(PlantedPair(str(names[i]), str(names[j]), kind, sign))
    signal = _standard(np.sqrt(0.5) * additive + np.sqrt(0.5) * _standard(terms))
    coefficients = {str(names[j]): float(c) for j, c in zip(single, coefficient, strict=True)}
    return signal, coefficients, tuple(pairs), tuple(str(names[j]) for j in module)


def _term(kind: PairKind, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    if kind == "product":
        return a * b
    if kind == "and":
        return ((a > 0) & (b > 0)).astype(np.float64)
    if kind == "or":
        return ((a > 0.5) | (b > 0.5)).astype(np.float64)
    return np.sign(a) * np.sign(b)


def _panel(X: NDArray[np.float64], y: NDArray[np.float64], planted: NDArray[np.intp], n_genes: int) -> NDArray[np.intp]:
    """Indices, ascending, of the genes most correlated with the response; the planted ones always among them."""
    strength = np.abs(_standard(X).T @ _standard(y))
    strength[planted] = np.inf
    return np.sort(np.argsort(-strength, kind="stable")[:n_genes])


def _assemble(
    setting: str,
    seed: int,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    tissue: NDArray[np.intp],
    names: NDArray[np.str_],
    truth: Truth,
    n_lines: int,
) -> PlantedCohort:
    index = pd.Index([f"SIM-{i:06d}" for i in range(X.shape[0])], name="model_id")
    return PlantedCohort(
        setting=setting,
        seed=seed,
        X=pd.DataFrame(X, index=index, columns=names.tolist()),
        y=pd.Series(y, index=index, name="response"),
        lineage=pd.Series([f"tissue {t:02d}" for t in tissue], index=index, name="lineage"),
        truth=truth,
        n_lines=n_lines,
    )

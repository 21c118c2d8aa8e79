"""Decision rules: the tree's path in latent space read as bounds on single genes around one line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import BoolArray, FloatArray, IntArray
from explain_engine.attribution.illume.surrogate import Surrogate
from explain_engine.errors import InputError
from explain_engine.record import Interval, Record

# 97.5 % point of the normal distribution.
_NORMAL = 1.959963984540054


class GeneBound(Record):
    """low <= expression <= high of one gene, in the caller's units; None: no bound on that side."""

    gene: str
    low: float | None = None
    high: float | None = None


class LatentBound(Record):
    """low < z <= high of one latent coordinate; None: no bound on that side."""

    latent: int
    low: float | None = None
    high: float | None = None


class RuleScore(Record):
    """A rule on held-out lines.

    Attributes
    ----------
    coverage, n_covered
        Share and number of the held-out lines that satisfy all bounds.
    precision
        Share of those on which the black box gives the rule's label, with its 95 % Wilson interval; None without
        coverage.
    """

    coverage: float
    n_covered: int
    precision: Interval | None


class DecodedRule(Record):
    """One line's path through the surrogate tree, in latents and in genes.

    Attributes
    ----------
    line
        Row of the matrix that was explained.
    label
        1 where the tree predicts the target class, else 0.
    premises, bounds
        The path in latents, and its gene-wise reading. The latent path implies none of the bounds alone: they hold
        for the line itself and are exact only while the other genes and the slopes stay as they are.
    score
        How the rule fares on lines that neither encoder nor tree was trained on.
    refined
        True where the slopes were moved by latent refinement.
    """

    line: int
    label: int
    premises: tuple[LatentBound, ...]
    bounds: tuple[GeneBound, ...]
    score: RuleScore
    refined: bool = False


@dataclass(frozen=True, slots=True)
class Premises:
    """Tightest bounds of one leaf: latents (p,), low (p,) and high (p,), infinite where open."""

    latents: IntArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds on genes in standard units: (m,) each, infinite where open."""

    low: FloatArray
    high: FloatArray

    def holds(self, standard: FloatArray) -> BoolArray:
        """Lines inside the box: (n, m) -> (n,)."""
        return np.asarray(((standard >= self.low) & (standard <= self.high)).all(axis=1))

    def violated(self, line: FloatArray) -> IntArray:
        """Genes of one line outside their bounds."""
        return np.flatnonzero((line < self.low) | (line > self.high))


def leaf_premises(surrogate: Surrogate) -> dict[int, Premises]:
    """Premises of every leaf of the surrogate tree, the tightest bound a latent and side.

    An absent bound is infinite, never zero or false, so a threshold of exactly 0.0 is kept like any other.
    """
    if surrogate.kind != "tree":
        raise InputError("rules need a tree: fit with surrogate='tree'")
    tree = surrogate.model.tree_
    found: dict[int, Premises] = {}
    stack: list[tuple[int, dict[int, tuple[float, float]]]] = [(0, {})]
    while stack:
        node, bounds = stack.pop()
        if tree.children_left[node] < 0:
            latents = np.array(sorted(bounds), dtype=np.int64)
            low = np.array([bounds[int(latent)][0] for latent in latents])
            high = np.array([bounds[int(latent)][1] for latent in latents])
            found[node] = Premises(latents, low, high)
            continue
        latent, threshold = int(tree.feature[node]), float(tree.threshold[node])
        low_now, high_now = bounds.get(latent, (-np.inf, np.inf))
        left, right = dict(bounds), dict(bounds)
        left[latent] = (low_now, min(high_now, threshold))
        right[latent] = (max(low_now, threshold), high_now)
        stack.append((int(tree.children_left[node]), left))
        stack.append((int(tree.children_right[node]), right))
    return found


def leaves(surrogate: Surrogate, z: FloatArray) -> IntArray:
    """Leaf of every line, all lines at once: (n,)."""
    return np.asarray(surrogate.model.apply(z))


def decode(premises: Premises, rows: FloatArray, line: FloatArray, latents_under_rows: FloatArray) -> Box:
    """Read latent bounds gene by gene, all other genes and the slopes held at the line's values.

    From sum_j w_j x_j <= t follows, for one gene alone, x_j <= x_j(line) + (t - z) / w_j when w_j > 0, and the
    opposite direction when w_j < 0.

    Parameters
    ----------
    premises
        Bounds on p latents.
    rows
        (p, m) slopes of those latents.
    line
        (m,) in standard units.
    latents_under_rows
        (p,) rows @ line, plus any shift that refinement added.
    """
    low, high = np.full(line.size, -np.inf), np.full(line.size, np.inf)
    for row, z, below, above in zip(rows, latents_under_rows, premises.low, premises.high, strict=True):
        used = np.flatnonzero(row)
        for threshold, is_upper in ((above, True), (below, False)):
            if not np.isfinite(threshold):
                continue
            edge = line[used] + (threshold - z) / row[used]
            upper = (row[used] > 0) == is_upper
            high[used[upper]] = np.minimum(high[used[upper]], edge[upper])
            low[used[~upper]] = np.maximum(low[used[~upper]], edge[~upper])
    return Box(low, high)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95 % Wilson interval of a proportion, trials > 0."""
    share, square = hits / trials, _NORMAL**2
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = _NORMAL / (1 + square / trials) * np.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def scored(box: Box, label: int, held_out: FloatArray, held_out_label: IntArray) -> RuleScore:
    """Coverage and precision of a box on lines the encoder was not trained on (standard units)."""
    inside = box.holds(held_out)
    covered = int(inside.sum())
    precision = None
    if covered:
        hits = int((held_out_label[inside] == label).sum())
        low, high = wilson(hits, covered)
        share = hits / covered
        precision = Interval(estimate=share, low=min(low, share), high=max(high, share), method="Wilson")
    return RuleScore(coverage=covered / held_out.shape[0], n_covered=covered, precision=precision)


def gene_bounds(box: Box, names: list[str], mean: FloatArray, scale: FloatArray) -> tuple[GeneBound, ...]:
    """Finite bounds of a box in the caller's units, in gene order."""
    used = np.flatnonzero(np.isfinite(box.low) | np.isfinite(box.high))
    return tuple(
        GeneBound(
            gene=names[j],
            low=float(mean[j] + scale[j] * box.low[j]) if np.isfinite(box.low[j]) else None,
            high=float(mean[j] + scale[j] * box.high[j]) if np.isfinite(box.high[j]) else None,
        )
        for j in used
    )


def latent_bounds(premises: Premises) -> tuple[LatentBound, ...]:
    """Premises as records."""
    return tuple(
        LatentBound(
            latent=int(latent),
            low=float(low) if np.isfinite(low) else None,
            high=float(high) if np.isfinite(high) else None,
        )
        for latent, low, high in zip(premises.latents, premises.low, premises.high, strict=True)
    )

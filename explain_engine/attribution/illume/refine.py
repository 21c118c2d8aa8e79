"""Latent refinement: how far a line's slopes must move towards an agreeing training line for the surrogate to agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume.arrays import BoolArray, FloatArray, IntArray
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.similarity import unit_rows
from explain_engine.attribution.illume.surrogate import Surrogate

_STEPS = np.logspace(-3, 0, 100)
_PUBLISHED_PAIRS = 2999


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Training lines on whose label surrogate and black box agree: standard units (n, m), latents (n, k), label."""

    lines: FloatArray
    z: FloatArray
    label: IntArray


@dataclass(frozen=True, slots=True)
class Refinement:
    """What was done to every line; arrays of length n.

    Attributes
    ----------
    partner
        Position among the agreeing training lines, -1 where the line was left alone.
    a_w, a_x
        Shares of the way taken in the slopes and in the expression: the refined latents are
        z + a_w (W' - W) x + a_x W' (x' - x).
    shift
        (n, k): a_x W' (x' - x).
    unresolved
        Lines on which surrogate and black box disagree and no agreeing training line has the wanted label.
    """

    partner: IntArray
    a_w: FloatArray
    a_x: FloatArray
    shift: FloatArray
    unresolved: BoolArray


def step_pairs(*, published: bool, seed: int) -> FloatArray:
    """Candidate (a_w, a_x), in the order in which they are tried: (p, 2).

    Default: slopes alone first (a_x = 0, a_w growing), because the slopes are what is explained; the expression moves
    only after the slopes have gone the whole way. Published: 2,999 random pairs of a 101 x 101 grid and (1, 1), by
    growing product, so that pairs that leave the slopes untouched come first.
    """
    if not published:
        slopes_only = np.column_stack([_STEPS, np.zeros(_STEPS.size)])
        return np.vstack([slopes_only, np.column_stack([np.ones(_STEPS.size), _STEPS])])
    axis = np.concatenate([[0.0], _STEPS])
    grid = np.array(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1).T
    drawn = np.random.default_rng(seed).choice(grid.shape[0], _PUBLISHED_PAIRS, replace=False)
    pairs = np.vstack([grid[drawn], [1.0, 1.0]])
    return np.asarray(pairs[np.argsort(pairs.prod(axis=1), kind="stable")])


def refine(
    encoder: FittedEncoder,
    surrogate: Surrogate,
    lines: FloatArray,
    z: FloatArray,
    wanted: IntArray,
    agreeing: Agreeing,
    pairs: FloatArray,
) -> Refinement:
    """Find, for every line the surrogate labels otherwise than the black box, the first pair that mends the label.

    Parameters
    ----------
    lines, z
        (n, m) in standard units and their latents (n, k).
    wanted
        (n,) label of the black box.
    agreeing
        Training lines to move towards; the nearest in cosine of z with the wanted label is taken.
    pairs
        Candidates in order; the last one must be (1, 1), which always succeeds.
    """
    count = lines.shape[0]
    partner = np.full(count, -1)
    a_w, a_x, shift = np.zeros(count), np.zeros(count), np.zeros_like(z)
    unresolved = np.zeros(count, dtype=bool)
    unit_train, _ = unit_rows(agreeing.z)
    unit, _ = unit_rows(z)
    for i in np.flatnonzero(surrogate.label(z) != wanted):
        pool = np.flatnonzero(agreeing.label == wanted[i])
        if pool.size == 0:
            unresolved[i] = True
            continue
        chosen = int(pool[np.argmax(unit_train[pool] @ unit[i])])
        under_partner = encoder.cross_latents(agreeing.lines[chosen][None], lines[i][None])[0]
        dw, dx = under_partner - z[i], agreeing.z[chosen] - under_partner
        moved = z[i] + pairs[:, :1] * dw + pairs[:, 1:] * dx
        # One batched call for all candidates of the line; the last is exactly the partner's own latents.
        moved[-1] = agreeing.z[chosen]
        first = int(np.argmax(surrogate.label(moved) == wanted[i]))
        partner[i], a_w[i], a_x[i] = chosen, pairs[first, 0], pairs[first, 1]
        shift[i] = pairs[first, 1] * dx
    return Refinement(partner, a_w, a_x, shift, unresolved)


def refined_slopes(
    encoder: FittedEncoder, weights: FloatArray, lines: FloatArray, refinement: Refinement, agreeing: Agreeing
) -> FloatArray:
    """Slopes of W + a_w (W' - W) weighted by the surrogate: (n, m)."""
    slopes = encoder.slopes(lines, weights)
    moved = np.flatnonzero(refinement.partner >= 0)
    if moved.size:
        other = encoder.slopes(agreeing.lines[refinement.partner[moved]], weights)
        share = refinement.a_w[moved, None]
        slopes[moved] = (1.0 - share) * slopes[moved] + share * other
    return slopes

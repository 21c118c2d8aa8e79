"""Counterfactual rules: what would have to hold, read off training lines of the opposite class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.refine import Agreeing
from explain_engine.attribution.illume.rules import (
    Box,
    GeneBound,
    Premises,
    decode,
    gene_bounds,
    leaves,
)
from explain_engine.attribution.illume.similarity import unit_rows
from explain_engine.attribution.illume.surrogate import Surrogate
from explain_engine.record import Record


class CounterfactualRule(Record):
    """Bounds that a line violates and that lines of the opposite class satisfy.

    Attributes
    ----------
    line
        Row of the matrix that was explained.
    label
        Label the rule leads to (1: target class).
    example
        Row of the training matrix whose rule this is: the counter-example.
    bounds
        The rule in the caller's units.
    violated
        Genes of the line outside their bounds.
    flips
        Whether the black box gives ``label`` once the violated genes are moved to the nearest bound; None where no
        black box was handed over to be asked.
    """

    line: int
    label: int
    example: int
    bounds: tuple[GeneBound, ...]
    violated: tuple[str, ...]
    flips: bool | None = None


def _violated_part(premises: Premises, z: FloatArray) -> Premises:
    """Premises that z breaks, of each only the broken side."""
    values = z[premises.latents]
    low = np.where(values <= premises.low, premises.low, -np.inf)
    high = np.where(values > premises.high, premises.high, np.inf)
    broken = np.isfinite(low) | np.isfinite(high)
    return Premises(premises.latents[broken], low[broken], high[broken])


def _signature(premises: Premises) -> tuple[tuple[int, float, float], ...]:
    return tuple(
        (int(latent), float(low), float(high))
        for latent, low, high in zip(premises.latents, premises.low, premises.high, strict=True)
    )


def counterfactual_boxes(
    encoder: FittedEncoder,
    surrogate: Surrogate,
    by_leaf: dict[int, Premises],
    line: FloatArray,
    z: FloatArray,
    label: int,
    agreeing: Agreeing,
) -> list[tuple[Box, int, IntArray]]:
    """Decoded rules of the opposite class with the fewest violated genes.

    Parameters
    ----------
    by_leaf
        Premises of every leaf.
    line, z
        (m,) in standard units, (k,).
    label
        Label of the line; the rules lead to 1 - label.
    agreeing
        Training lines on which tree and black box agree.

    Returns
    -------
    list of (box, position among the agreeing lines, violated genes)
        Nearest counter-example first; empty if there is none or no rule is violated.
    """
    pool = np.flatnonzero(agreeing.label == 1 - label)
    if pool.size == 0:
        return []
    unit, _ = unit_rows(np.vstack([z[None], agreeing.z[pool]]))
    order = np.argsort(-(unit[1:] @ unit[0]), kind="stable")
    leaf_of = leaves(surrogate, agreeing.z[pool])
    seen: set[tuple[tuple[int, float, float], ...]] = set()
    found: list[tuple[Box, int, IntArray]] = []
    for position in order:
        premises = _violated_part(by_leaf[int(leaf_of[position])], z)
        key = _signature(premises)
        if not key or key in seen:
            continue
        seen.add(key)
        owner = agreeing.lines[pool[position]]
        rows = encoder.rows(owner, premises.latents)
        box = decode(premises, rows, owner, rows @ owner)
        violated = box.violated(line)
        if violated.size:
            found.append((box, int(pool[position]), violated))
    if not found:
        return []
    fewest = min(violated.size for _, _, violated in found)
    return [entry for entry in found if entry[2].size == fewest]


def as_records(
    found: list[tuple[Box, int, IntArray]],
    *,
    row: int,
    line: FloatArray,
    label: int,
    training_rows: IntArray,
    names: list[str],
    mean: FloatArray,
    scale: FloatArray,
    black_box: Callable[[FloatArray], IntArray] | None,
) -> list[CounterfactualRule]:
    """Boxes as records; the black box, if given, is asked about every line moved into its box.

    ``black_box`` takes (n, m) in the caller's units and gives (n,) labels, 1 for the target class.
    """
    flips: list[bool | None] = [None] * len(found)
    if black_box is not None and found:
        moved = np.array([np.clip(line, box.low, box.high) for box, _, _ in found])
        answers = np.asarray(black_box(mean + scale * moved))
        flips = [bool(answer == 1 - label) for answer in answers]
    return [
        CounterfactualRule(
            line=row,
            label=1 - label,
            example=int(training_rows[example]),
            bounds=gene_bounds(box, names, mean, scale),
            violated=tuple(names[j] for j in violated),
            flips=flip,
        )
        for (box, example, violated), flip in zip(found, flips, strict=True)
    ]

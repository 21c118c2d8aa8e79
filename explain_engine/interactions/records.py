"""What was found beyond single genes: interactions."""

from __future__ import annotations

from typing import Literal

from explain_engine.record import Interval, Record

InteractionKind = Literal["synergy", "redundancy", "and", "or", "xor"]


class Interaction(Record):
    """A called pair of gene groups.

    Attributes
    ----------
    first, second
        Group ids; `first_gene`, `second_gene` the strongest gene pair within them.
    strength
        Effect of the pair beyond the additive model, in units of the response, with interval.
    p, q
        Against nulls that condition on lineage.
    confirmed
        Whether the effect holds, with the same sign, on lines that were held out of the search.
    corner_counts
        Lines in the four corners: both low, only first high, only second high, both high.
    data_rank, model_rank
        Rank in the screen of the data and among the TreeSHAP interactions of the model; None if not ranked there.
    """

    first: str
    second: str
    first_gene: str
    second_gene: str
    kind: InteractionKind
    strength: Interval
    p: float
    q: float
    confirmed: bool
    corner_counts: tuple[int, int, int, int]
    corner_means: tuple[float, float, float, float]
    data_rank: int | None = None
    model_rank: int | None = None


class InteractionSet(Record):
    """All calls of one bundle; an empty `calls` is an answer."""

    n_pairs_screened: int
    null_scheme: str
    calls: tuple[Interaction, ...]
    overlap_data_model: float | None = None

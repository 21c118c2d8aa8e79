"""What was found beyond single genes: interactions."""

from __future__ import annotations

from typing import Literal

from explain_engine.record import Interval, Record

InteractionKind = Literal["synergy", "redundancy", "and", "or", "xor"]


class Surface(Record):
    """Mean response over a grid of the two genes' expression.

    Attributes
    ----------
    first_edges, second_edges
        Bin edges on standardised expression, ascending; outer edges are the extremes.
    mean
        Response less tissue and all other genes' additive effects, in units of the response, rows the bins of the
        first gene; None where a bin holds no line.
    count
        Lines in each bin.
    """

    first_edges: tuple[float, ...]
    second_edges: tuple[float, ...]
    mean: tuple[tuple[float | None, ...], ...]
    count: tuple[tuple[int, ...], ...]


class Interaction(Record):
    """A called pair of gene groups.

    Attributes
    ----------
    first, second
        Group ids; `first_gene`, `second_gene` the strongest gene pair within them.
    kind
        ``and``: one corner with a high gene stands out; ``or``: the corner in which both are low does; ``xor``: the
        diagonals differ; ``synergy`` and ``redundancy``: graded, the joint effect exceeds or undercuts the sum.
    strength
        Effect of the pair beyond the additive model: mean of both high less only first less only second plus neither,
        in units of the response, on the lines searched (so somewhat flattered), with interval.
    p, q
        Against residuals permuted within tissue: p of this one group pair in the search, q the estimated share of false
        calls among it and the calls before it, after confirmation where lines were held out: the larger of what the
        null and what the share of unconfirmed pairs suggests.
    confirmed
        Whether the effect holds, with the same sign, on lines that were held out of the search (one-sided 5 %).
    corner_counts
        Lines in the four corners: both low, only first high, only second high, both high.
    corner_means
        Mean response in the same corners; nan-free: 0 where no line is.
    data_rank, model_rank
        Rank in the screen of the data and among the TreeSHAP interactions of the model; None if not ranked there.
    form
        Form of the strongest statistic: ``product``, or steps at the ``median``, ``upper`` or ``lower`` third.
    held_out_strength, held_out_p
        The same effect on the held-out lines, and its one-sided p beyond single-gene effects; None where none were
        held out.
    surface
        Mean response over a grid of the two genes.
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
    form: str = "product"
    held_out_strength: Interval | None = None
    held_out_p: float | None = None
    surface: Surface | None = None


class Triple(Record):
    """The strongest third partner of a called pair.

    Attributes
    ----------
    genes
        The pair's two genes, then the third.
    third_group
        Group id of the third gene.
    statistic
        Correlation of the triple product with what the calls leave, times the root of the number of lines.
    p
        Family-wise over all third genes and forms, by permutation within tissue.
    """

    genes: tuple[str, str, str]
    third_group: str
    statistic: float
    p: float


class InteractionSet(Record):
    """All calls of one bundle; an empty `calls` is an answer.

    Attributes
    ----------
    n_pairs_screened
        Gene pairs that were tested, all of them in different groups.
    calls
        Pairs that were found and, where lines were held out, hold there too.
    unconfirmed
        Pairs that the search found and the held-out lines did not bear out: not calls.
    overlap_data_model
        Share of the 100 strongest group pairs of the data that are among the 100 strongest of the model; None where
        no model was looked at.
    n_group_pairs, n_lines, n_held_out
        Group pairs that share the error rate, lines searched, lines kept for confirmation.
    runner_up_expected
        Number of null group pairs expected to reach the strongest pair that was not called.
    triples
        One a called pair, for at most five pairs.
    """

    n_pairs_screened: int
    null_scheme: str
    calls: tuple[Interaction, ...]
    unconfirmed: tuple[Interaction, ...] = ()
    overlap_data_model: float | None = None
    n_group_pairs: int = 0
    n_lines: int = 0
    n_held_out: int = 0
    runner_up_expected: float | None = None
    triples: tuple[Triple, ...] = ()

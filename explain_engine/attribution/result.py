"""What an attribution method says of genes and of groups of correlated genes."""

from __future__ import annotations

from typing import Literal

from explain_engine.record import Interval, Record

# Of a HIGHER expression on the response: lower ln IC50 or AUC means more sensitive.
Direction = Literal["higher_sensitises", "higher_resists", "mixed"]


class GeneAttribution(Record):
    """One gene in the ranking of a bundle.

    Attributes
    ----------
    gene
        Column name of the expression matrix (HGNC symbol).
    rank, rank_low, rank_high
        Position from 1 by the consensus score (importance, pair evidence, credit shared among look-alike genes), and
        its interval over bags.
    importance
        Mean absolute out-of-bag attribution, in units of the response; the ranking is by the score, not by this.
    effect
        Slope of the attribution on standardised expression: change of the predicted response a standard deviation.
    direction
        Sign of `effect`; ``mixed`` where its interval holds zero.
    selection_frequency
        Share of bags (0-1) in which the gene is among the top ``settings["top"]``.
    correlation
        Spearman correlation of expression with the response.
    group
        Id of its group of correlated genes.
    adjusted_rank, adjusted_effect
        The same after lineage and global components were taken out; None where not computed.
    p, q
        Against the null runs and Benjamini-Hochberg over genes; None where no null was run.
    """

    gene: str
    rank: int
    rank_low: int
    rank_high: int
    importance: Interval
    effect: Interval
    direction: Direction
    selection_frequency: float
    correlation: float
    group: str
    adjusted_rank: int | None = None
    adjusted_effect: Interval | None = None
    p: float | None = None
    q: float | None = None


class GroupAttribution(Record):
    """A group of correlated genes, treated as one.

    Attributes
    ----------
    id
        ``<hub gene>+<n others>``; single genes are groups of their own.
    members
        Genes, hub first.
    importance
        Mean absolute value of the summed attributions of the members, in units of the response.
    """

    id: str
    members: tuple[str, ...]
    rank: int
    importance: Interval
    effect: Interval
    direction: Direction
    selection_frequency: float
    adjusted_rank: int | None = None
    p: float | None = None
    q: float | None = None


class Attribution(Record):
    """A ranking of genes and groups by one method.

    Attributes
    ----------
    method, doi
        Registered name and source of the method.
    genes
        The top of the gene ranking (the whole of it is in the bundle's ``genes.parquet``).
    groups
        The top of the group ranking.
    """

    method: str
    doi: str | None
    genes: tuple[GeneAttribution, ...]
    groups: tuple[GroupAttribution, ...] = ()

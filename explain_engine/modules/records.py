"""Coordinated gene activity: modules and their enrichment."""

from __future__ import annotations

from explain_engine.record import Interval, Record


class Enrichment(Record):
    """One gene set found enriched in a module; background is the measured genes.

    Attributes
    ----------
    gene_set, collection
        Name of the set and of the collection the caller gave it under.
    method
        ``over-representation`` of the members, or ``prerank`` of all measured genes by correlation with the module.
    score
        Odds ratio, or normalised enrichment score.
    p, q
        Benjamini-Hochberg over all sets of all collections that were tested by the same method.
    overlap
        Members in the set, or the leading edge.
    """

    gene_set: str
    collection: str
    method: str
    score: float
    p: float
    q: float
    overlap: tuple[str, ...]


class Module(Record):
    """A module of genes that act together on the response.

    Attributes
    ----------
    id
        ``<hub gene> module``.
    members
        Genes, by falling absolute correlation with the module's activity; those that run against it are in `against`.
    hubs
        The members with the strongest connections within the module.
    effect
        Change of the response a standard deviation of activity, tissue means and broad components taken out; below
        zero is more sensitive. Not adjusted for other modules.
    p, q
        Against responses permuted within tissue, stronger modules taken out: p of this module, q the estimated share of
        false ones among it and the modules called before it.
    stability
        Mean Jaccard index of the members with the closest module found on bootstrapped lines, in [0, 1].
    enrichment
        Gene sets with q at most 0.05, strongest first.
    contains_target
        Whether a target of the drug is a member; None where no measured target was named.
    against
        Members whose expression falls as the activity rises.
    random_p
        Share of random modules of equal size and degree whose effect is as strong.
    interacting
        Pairs of genes within or out of the module that were called as interactions.
    target_sets
        Enriched sets that hold a target of the drug.
    """

    id: str
    members: tuple[str, ...]
    hubs: tuple[str, ...]
    effect: Interval
    p: float
    q: float
    stability: float
    enrichment: tuple[Enrichment, ...] = ()
    contains_target: bool | None = None
    against: tuple[str, ...] = ()
    random_p: float | None = None
    interacting: tuple[tuple[str, str], ...] = ()
    target_sets: tuple[str, ...] = ()

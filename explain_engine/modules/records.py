"""Coordinated gene activity: modules and their enrichment."""

from __future__ import annotations

from explain_engine.record import Interval, Record


class Enrichment(Record):
    """One gene set found enriched in a module; background is the measured genes."""

    gene_set: str
    collection: str
    method: str
    score: float
    p: float
    q: float
    overlap: tuple[str, ...]


class Module(Record):
    """A module of genes that act together on the response."""

    id: str
    members: tuple[str, ...]
    hubs: tuple[str, ...]
    effect: Interval
    p: float
    q: float
    stability: float
    enrichment: tuple[Enrichment, ...] = ()
    contains_target: bool | None = None

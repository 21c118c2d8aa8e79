"""Modules of one drug: communities of genes whose common activity goes with the response beyond tissue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.interactions.additive import centre_within
from explain_engine.interactions.strata import lineage_strata
from explain_engine.modules.activity import activity, call_modules, effect_interval, random_share
from explain_engine.modules.background import broad_components, take_out
from explain_engine.modules.enrich import GeneSets, measured_sets, over_representation, prerank
from explain_engine.modules.graph import GeneGraph, communities, gene_graph
from explain_engine.modules.records import Enrichment, Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explain_engine.interactions.records import InteractionSet

_HUBS = 5


@dataclass(frozen=True)
class ModuleSettings:
    """How modules are found.

    Attributes
    ----------
    neighbours
        Strongest partners each gene is joined to.
    smallest
        Fewest members of a module.
    kept
        Least absolute correlation of a member with the module's activity.
    resolution
        Of the communities; larger gives smaller modules.
    fdr
        Largest q of a reported module.
    bootstraps
        Redraws of the lines for stability.
    listed
        Most modules reported.
    seed
        Of communities, nulls and bootstraps.
    """

    neighbours: int = 15
    smallest: int = 4
    kept: float = 0.3
    resolution: float = 1.0
    fdr: float = 0.05
    bootstraps: int = 10
    listed: int = 20
    seed: int = 0


def find_modules(
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    codes: NDArray[np.intp],
    genes: Sequence[str],
    *,
    interactions: InteractionSet | None = None,
    gene_sets: GeneSets | None = None,
    targets: Sequence[str] = (),
    settings: ModuleSettings | None = None,
) -> tuple[Module, ...]:
    """Find modules, strongest effect first; an empty tuple says that none acts beyond tissue and chance.

    Communities are found without the response, so that testing them on the same lines is fair.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    y
        Response, one value a line.
    codes
        Tissue of each line as an integer from 0; one value where it is not known.
    interactions
        Calls whose gene pairs are named with the modules they touch.
    gene_sets
        Collection -> set name -> genes. The background of every test is `genes`.
    targets
        The drug's target genes, measured or not.

    Raises
    ------
    InputError
        If sizes do not match or no gene set fits the measured genes.
    """
    settings = settings or ModuleSettings()
    if Z.shape != (len(y), len(genes)) or len(codes) != len(y):
        raise InputError(f"Z {Z.shape}, y {len(y)}, codes {len(codes)}, genes {len(genes)}: sizes do not match")
    sets = measured_sets(gene_sets, genes) if gene_sets else {}
    strata = lineage_strata(Z, codes, settings.seed)
    components = broad_components(centre_within(Z, strata))
    inner, target = take_out(Z, strata, components), take_out(y, strata, components)
    graph = gene_graph(inner, settings.neighbours)
    groups = module_members(inner, graph, settings)
    if not groups:
        return ()
    activities = np.column_stack([activity(inner, part) for part in groups])
    test = call_modules(activities, target, strata, components, settings.fdr, settings.seed)
    chosen = test.called[: settings.listed]
    stable = _stability(inner, [groups[k] for k in chosen], graph, settings)
    out = []
    for rank, (k, stability) in enumerate(zip(chosen, stable, strict=True)):
        score = activities[:, k]
        close = _correlation(inner, score)
        part = groups[k][np.argsort(-np.abs(close[groups[k]]), kind="stable")]
        members = tuple(genes[j] for j in part)
        hubs = _hubs(graph, part)
        found = _enrichment(members, close, genes, sets, settings.seed)
        known = [t for t in targets if t in set(genes)]
        out.append(
            Module(
                id=f"{genes[hubs[0]]} module",
                members=members,
                hubs=tuple(genes[j] for j in hubs),
                effect=effect_interval(score, target, settings.seed),
                p=test.p[rank],
                q=test.q[rank],
                stability=stability,
                enrichment=found,
                contains_target=any(t in members for t in known) if known else None,
                against=tuple(genes[j] for j in part if close[j] < 0),
                random_p=random_share(inner, graph.degree, part, target, settings.seed),
                interacting=_touching(interactions, members),
                target_sets=tuple(
                    dict.fromkeys(e.gene_set for e in found if set(known) & set(sets[e.collection, e.gene_set]))
                ),
            )
        )
    return tuple(out)


def module_members(Z: NDArray[np.float64], graph: GeneGraph, settings: ModuleSettings) -> list[NDArray[np.intp]]:
    """Communities with enough members that run with their common activity; gene positions, ascending.

    Parameters
    ----------
    Z
        Expression with strata means taken out.
    """
    label = communities(graph, settings.seed, settings.resolution)
    order = np.argsort(label, kind="stable")
    out = []
    for part in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(part) >= settings.smallest:
            close = np.abs(_correlation(Z[:, part], activity(Z, part)))
            kept = part[close >= settings.kept]
            if len(kept) >= settings.smallest:
                out.append(np.sort(kept))
    return out


def _correlation(Z: NDArray[np.float64], score: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = Z - Z.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0)) * max(float(np.sqrt(score @ score)), 1e-12)
    return np.asarray(centred.T @ score / np.where(size > 1e-12, size, np.inf))


def _hubs(graph: GeneGraph, part: NDArray[np.intp]) -> list[int]:
    """Members with the largest summed weight to the other members, strongest first."""
    inside = np.asarray(graph.weight[part][:, part].sum(axis=1), dtype=np.float64).ravel()
    return [int(part[k]) for k in np.argsort(-inside, kind="stable")[:_HUBS]]


def _enrichment(
    members: Sequence[str],
    close: NDArray[np.float64],
    genes: Sequence[str],
    sets: dict[tuple[str, str], list[str]],
    seed: int,
) -> tuple[Enrichment, ...]:
    if not sets:
        return ()
    return over_representation(members, sets, genes) + prerank(close, genes, sets, seed=seed)


def _touching(interactions: InteractionSet | None, members: Sequence[str]) -> tuple[tuple[str, str], ...]:
    inside = set(members)
    calls = () if interactions is None else interactions.calls
    return tuple((c.first_gene, c.second_gene) for c in calls if inside & {c.first_gene, c.second_gene})


def _stability(
    Z: NDArray[np.float64], modules: list[NDArray[np.intp]], graph: GeneGraph, settings: ModuleSettings
) -> list[float]:
    """Mean over bootstraps of the Jaccard index with the closest module found again (Hennig 2007,

    doi:10.1016/j.csda.2006.11.025), among the genes of the modules and their neighbours in the graph.
    """
    if not modules:
        return []
    near = np.unique(np.concatenate([graph.weight[part].indices for part in modules] + modules))
    rng = np.random.default_rng([settings.seed, 53])
    totals = np.zeros(len(modules))
    for _ in range(settings.bootstraps):
        rows = rng.integers(0, len(Z), len(Z))
        part = Z[rows][:, near]
        again = [set(near[m].tolist()) for m in module_members(part, gene_graph(part, settings.neighbours), settings)]
        for k, module in enumerate(modules):
            own = set(module.tolist())
            totals[k] += max((len(own & other) / len(own | other) for other in again), default=0.0)
    return [float(t / settings.bootstraps) for t in totals]

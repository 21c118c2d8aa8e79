"""Enrichment of modules in the caller's gene sets, with gseapy (doi:10.1093/bioinformatics/btac757).

The background is always the measured genes. Over-representation: hypergeometric test of the members. Prerank: gene-set
enrichment analysis (doi:10.1073/pnas.0506580102) of all measured genes by their correlation with the module's activity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.modules.records import Enrichment

if TYPE_CHECKING:
    from numpy.typing import NDArray

GeneSets = Mapping[str, Mapping[str, Sequence[str]]]

_SMALLEST, _LARGEST = 5, 500
_PERMUTATIONS = 1000


def measured_sets(gene_sets: GeneSets, genes: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Sets cut to the measured genes, those of 5 to 500 measured genes kept: (collection, name) -> genes.

    Raises
    ------
    InputError
        If not one set of any collection has five measured genes: then names and genes do not fit.
    """
    known = set(genes)
    out = {}
    for collection, sets in gene_sets.items():
        for name, members in sets.items():
            inside = sorted(known.intersection(members))
            if _SMALLEST <= len(inside) <= _LARGEST:
                out[collection, name] = inside
    if gene_sets and not out:
        raise InputError(
            f"no gene set of {sorted(gene_sets)!r} has between {_SMALLEST} and {_LARGEST} measured genes; "
            "check that sets and expression use the same symbols"
        )
    return out


def over_representation(
    members: Sequence[str], sets: Mapping[tuple[str, str], list[str]], genes: Sequence[str], alpha: float = 0.05
) -> tuple[Enrichment, ...]:
    """Sets over-represented among `members`, q at most `alpha`, smallest p first.

    Parameters
    ----------
    sets
        As `measured_sets` gives them.
    genes
        The measured genes: the background.
    """
    if not sets or not members:
        return ()
    import gseapy

    numbered = {str(k): list(part) for k, part in enumerate(sets.values())}
    table = gseapy.enrich(
        gene_list=list(members), gene_sets=numbered, background=list(genes), outdir=None, no_plot=True
    ).results
    names = list(sets)
    # sets without a member have p = 1 and are not listed, but they were tested
    p = {int(row["Term"]): float(row["P-value"]) for row in table.to_dict("records")} if len(table) else {}
    q = benjamini_hochberg(np.array([p.get(k, 1.0) for k in range(len(names))]))
    chosen = sorted((k for k in p if q[k] <= alpha), key=lambda k: (p[k], names[k]))
    inside = set(members)
    return tuple(
        Enrichment(
            gene_set=names[k][1],
            collection=names[k][0],
            method="over-representation",
            score=_odds_ratio(
                len(inside.intersection(numbered[str(k)])), len(inside), len(numbered[str(k)]), len(genes)
            ),
            p=p[k],
            q=float(q[k]),
            overlap=tuple(g for g in members if g in set(numbered[str(k)])),
        )
        for k in chosen
    )


def prerank(
    ranking: NDArray[np.float64],
    genes: Sequence[str],
    sets: Mapping[tuple[str, str], list[str]],
    *,
    seed: int,
    alpha: float = 0.05,
) -> tuple[Enrichment, ...]:
    """Gene-set enrichment analysis of a value a gene; q at most `alpha`, strongest first, leading edge as overlap."""
    if not sets:
        return ()
    import gseapy
    import pandas as pd

    names = list(sets)
    order = np.argsort(-ranking, kind="stable")
    series = pd.Series(ranking[order], index=[genes[k] for k in order])
    table = gseapy.prerank(
        rnk=series,
        gene_sets={str(k): list(part) for k, part in enumerate(sets.values())},
        permutation_num=_PERMUTATIONS,
        min_size=_SMALLEST,
        max_size=_LARGEST,
        seed=seed,
        threads=1,
        outdir=None,
        no_plot=True,
    ).res2d
    out = []
    for row in table.to_dict("records"):
        q = float(row["FDR q-val"])
        if q <= alpha:
            collection, name = names[int(row["Term"])]
            out.append(
                Enrichment(
                    gene_set=name,
                    collection=collection,
                    method="prerank",
                    score=float(row["NES"]),
                    # a permutation p of zero only says that no permutation reached it
                    p=max(float(row["NOM p-val"]), 1.0 / _PERMUTATIONS),
                    q=q,
                    overlap=tuple(str(row["Lead_genes"]).split(";")),
                )
            )
    return tuple(sorted(out, key=lambda e: (-abs(e.score), e.gene_set)))


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Benjamini-Hochberg q values (doi:10.1111/j.2517-6161.1995.tb02031.x)."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def _odds_ratio(both: int, members: int, size: int, background: int) -> float:
    """Odds ratio of membership with Haldane's half counts, so that it is finite."""
    rest = background - members - size + both
    return (both + 0.5) * (rest + 0.5) / ((members - both + 0.5) * (size - both + 0.5))

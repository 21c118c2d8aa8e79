"""Set level: are the sets that belong to a drug (pathways of its targets, synthetic-lethal partners) ranked high?

Genes of a set run together, so a set may come up for any drug. What is expected is therefore not worked out from
genes drawn at random but from the other drugs: the same sets in the rankings of drugs they do not belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.records import Record
from agent.validate.compare import Mean, bootstrap_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from agent.validate.cases import Rankings

MIN_GENES = 5
MAX_GENES = 300
DRAWS = 5000


class SetRow(Record):
    """One ranking of genes over all drugs.

    Attributes
    ----------
    place
        Mean over drugs of the mean place of the drug's own sets among all sets, 0 (first) to 1 (last); sets are
        placed by the AUROC of their genes, the drug's targets left out.
    others
        The same sets in the rankings of the other drugs.
    p
        Share of random assignments of the rankings to the drugs that place the sets as high; the real one counted.
    """

    ranking: str
    n_drugs: int
    place: Mean
    others: float
    gain: Mean
    p: float


class SetLevel(Record):
    """One collection of sets.

    Attributes
    ----------
    drugs
        Drug -> its best-placed own set, that place, and the number of its own sets.
    """

    title: str
    n_sets: int
    rows: tuple[SetRow, ...]
    drugs: dict[str, tuple[str, float, int]]


def set_level(
    title: str,
    rankings: Rankings,
    sets: Mapping[str, Sequence[str]],
    own: Mapping[str, Sequence[str]],
    left_out: Mapping[str, Sequence[str]],
    wanted: Sequence[str],
    *,
    seed: int = 0,
) -> SetLevel | None:
    """Evaluate one collection.

    Parameters
    ----------
    sets
        Set -> genes.
    own
        Drug -> names of the sets that belong to it.
    left_out
        Drug -> genes that do not count for its sets: its targets, which the gene level has judged already.
    wanted
        Rankings to evaluate.

    Returns
    -------
    SetLevel
        None where fewer than three drugs have a set of usable size.
    """
    if not rankings.cases:
        return None
    genes = rankings.cases[0].table.index
    position = {str(g): j for j, g in enumerate(genes)}
    members = {name: sorted({position[g] for g in part if g in position}) for name, part in sets.items()}
    members = {name: part for name, part in members.items() if MIN_GENES <= len(part) <= MAX_GENES}
    names = list(members)
    index = {name: i for i, name in enumerate(names)}
    chosen = [c for c in rankings.cases if any(s in index for s in own.get(c.name, ()))]
    if len(chosen) < 3:
        return None
    own_places = [np.array(sorted({index[s] for s in own[c.name] if s in index})) for c in chosen]
    dropped = [sorted({position[g] for g in left_out.get(c.name, ()) if g in position}) for c in chosen]
    indicator = _indicator(members, len(genes))
    rows: list[SetRow] = []
    best: dict[str, tuple[str, float, int]] = {}
    for ranking in wanted:
        if not all(rankings.has(c, ranking) for c in chosen):
            continue
        ranked = np.stack([rankings.ranks(c, ranking) for c in chosen])
        places, mine = _places(ranked, indicator, own_places, dropped)
        rows.append(_row(ranking, places, seed))
        if not best:
            best = _best(mine, own_places, [c.name for c in chosen], names)
    return SetLevel(title=title, n_sets=len(names), rows=tuple(rows), drugs=best)


def _indicator(members: Mapping[str, Sequence[int]], n_genes: int) -> NDArray[np.float64]:
    out = np.zeros((n_genes, len(members)))
    for i, part in enumerate(members.values()):
        out[list(part), i] = 1.0
    return out


def _set_places(
    ranked: NDArray[np.float64],
    sums: NDArray[np.float64],
    indicator: NDArray[np.float64],
    dropped: Sequence[int],
) -> NDArray[np.float64]:
    """Place of every set among all, 0 to 1, in every ranking, by the mean rank of its genes without the dropped ones.

    Parameters
    ----------
    ranked, sums
        Rankings x genes, and their product with the indicator, which all drugs share.
    """
    from scipy.stats import rankdata

    sizes = indicator.sum(axis=0)
    if len(dropped):
        lost = indicator[list(dropped)]
        sums, sizes = sums - ranked[:, list(dropped)] @ lost, sizes - lost.sum(axis=0)
    mean = np.where(sizes > 0, sums / np.maximum(sizes, 1), ranked.mean())
    return np.asarray((rankdata(mean, axis=1) - 0.5) / mean.shape[1])


def _places(
    ranked: NDArray[np.float64],
    indicator: NDArray[np.float64],
    own: Sequence[NDArray[np.intp]],
    dropped: Sequence[Sequence[int]],
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Mean place of the sets of drug i in the ranking of drug j (drugs x drugs), and each drug's own places."""
    sums = ranked @ indicator
    out = np.empty((len(own), len(own)))
    mine = []
    for i, (sets, genes) in enumerate(zip(own, dropped, strict=True)):
        places = _set_places(ranked, sums, indicator, genes)[:, sets]
        out[i] = places.mean(axis=1)
        mine.append(places[i])
    return out, mine


def _row(ranking: str, places: NDArray[np.float64], seed: int) -> SetRow:
    n = len(places)
    own = np.diag(places)
    others = (places.sum(axis=1) - own) / (n - 1)
    rng = np.random.default_rng([seed, 6577])
    draws = np.array([places[np.arange(n), rng.permutation(n)].mean() for _ in range(DRAWS)])
    return SetRow(
        ranking=ranking,
        n_drugs=n,
        place=bootstrap_mean(list(own)),
        others=float(others.mean()),
        gain=bootstrap_mean(list(others - own)),
        p=(int((draws <= own.mean() + 1e-12).sum()) + 1) / (DRAWS + 1),
    )


def _best(
    mine: Sequence[NDArray[np.float64]], own: Sequence[NDArray[np.intp]], drugs: Sequence[str], names: Sequence[str]
) -> dict[str, tuple[str, float, int]]:
    found = {}
    for drug, places, sets in zip(drugs, mine, own, strict=True):
        top = int(places.argmin())
        found[drug] = (names[int(sets[top])], float(places[top]), len(sets))
    return found

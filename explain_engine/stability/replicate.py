"""Findings looked up in a second screen: sign and rank agreement, beside what genes drawn at random would show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from explain_engine.record import Interval
from explain_engine.stability.records import ReplicatedFinding, Replication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset

MIN_LINES = 30


def within_tissue_correlation(
    X: NDArray[np.float64], y: NDArray[np.float64], lineage: Sequence[str]
) -> tuple[NDArray[np.float64], int]:
    """Spearman correlation of each gene with the response after tissue means are taken out of the ranks.

    Returns
    -------
    correlation, freedom
        One value a gene (0 where a gene does not vary within tissues), and the degrees of freedom left.
    """
    codes = pd.factorize(pd.Series(lineage))[0]
    ranks = np.array(pd.DataFrame(X).rank(), dtype=np.float64)
    ry = np.array(pd.Series(y).rank(), dtype=np.float64)
    for code in np.unique(codes):
        rows = codes == code
        ranks[rows] -= ranks[rows].mean(axis=0)
        ry[rows] -= ry[rows].mean()
    norms = np.sqrt((ranks**2).sum(axis=0) * (ry @ ry))
    correlation = np.where(norms > 1e-12, ry @ ranks / np.maximum(norms, 1e-12), 0.0)
    return np.asarray(correlation), len(y) - len(np.unique(codes)) - 1


def correlation_interval(correlation: float, freedom: int, level: float = 0.95) -> Interval:
    """Fisher interval of a rank correlation; variance 1.06 / (df - 2) (Fieller et al. 1957, doi:10.2307/2332878)."""
    half = float(norm.ppf((1 + level) / 2)) * np.sqrt(1.06 / max(freedom - 2, 1))
    centre = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    return Interval(
        estimate=float(correlation),
        low=float(np.tanh(centre - half)),
        high=float(np.tanh(centre + half)),
        level=level,
        method="Fisher transform, tissue means taken out",
    )


def replicate(
    bundle: ExplanationBundle, genes: pd.DataFrame, lines: pd.Index, other: ResponseDataset, *, top: int = 20
) -> Replication:
    """Look the `top` findings with a clear direction up in another screen of the same drug.

    A finding is replicated when its correlation with the response within tissues has the sign of its effect and an
    interval clear of zero. By chance means: the same asked of every other gene, with the sign of its own effect here
    (or of its correlation where the model gave it none).

    Parameters
    ----------
    genes
        The bundle's table ``genes`` (the whole ranking).
    lines
        Lines of the bundle, to count how many the two screens share.
    other
        The same drug in another screen; lower must mean more sensitive there too.
    """
    correlation, freedom = within_tissue_correlation(
        other.X.to_numpy(np.float64), np.asarray(other.y, dtype=np.float64), list(other.lineage)
    )
    found = pd.Series(correlation, index=other.X.columns)
    strength_rank = found.abs().rank(ascending=False, method="first").astype(int)
    half = float(norm.ppf(0.975)) * np.sqrt(1.06 / max(freedom - 2, 1))
    clear = np.abs(np.arctanh(np.clip(found, -0.999999, 0.999999))) > half
    enough = other.n_lines >= MIN_LINES

    findings = []
    chosen = [gene for gene in bundle.attribution.genes if gene.direction != "mixed"][:top]
    for gene in chosen:
        if gene.gene not in found.index:
            continue
        r = float(found[gene.gene])
        same = (r > 0) == (gene.effect.estimate > 0)
        findings.append(
            ReplicatedFinding(
                gene=gene.gene,
                screen=other.screen,
                n_lines=other.n_lines,
                correlation=correlation_interval(r, freedom),
                rank=int(strength_rank[gene.gene]),
                same_sign=same,
                replicated=bool(same and clear[gene.gene] and enough),
            )
        )
    rest = genes[~genes["gene"].isin([g.gene for g in chosen]) & genes["gene"].isin(found.index)].set_index("gene")
    sign = np.sign(rest["effect"].where(rest["effect"] != 0, rest["correlation"]))
    by_chance = (np.sign(found[rest.index]) == sign) & clear[rest.index] & enough
    return Replication(
        screen=other.screen,
        n_lines=other.n_lines,
        n_shared_lines=len(other.X.index.intersection(lines)),
        findings=tuple(findings),
        share_replicated=float(np.mean([f.replicated for f in findings])) if findings else 0.0,
        share_by_chance=float(by_chance.mean()) if len(by_chance) else 0.0,
    )

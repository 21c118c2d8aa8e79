"""Small questions about a table, shared by the door and the file check; none of them raises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from explain_engine.data.dataset import ResponseKind

if TYPE_CHECKING:
    import pandas as pd

# Genes that nearly every human panel holds; none of them is the name of a cell line.
# fmt: off
_COMMON_GENES = frozenset({
    "TP53", "EGFR", "MYC", "KRAS", "BRAF", "PTEN", "RB1", "CDKN2A", "ERBB2", "BCL2", "BCL2L1", "MCL1", "MDM2", "AKT1",
    "PIK3CA", "NRAS", "ABCB1", "SLFN11", "GAPDH", "ACTB", "BAX", "CASP3", "CASP8", "CDK1", "CDK2", "CDK4", "CDK6",
    "CCND1", "CCNE1", "STAT3", "JAK2", "ALK", "FGFR1", "FGFR2", "IGF1R", "INSR", "CDH1", "CDH2", "EPCAM", "CD44",
    "NOTCH1", "SMAD4", "JUN", "FOS", "TGFBR2", "ITGA2", "BRCA1", "BRCA2", "ATM", "CHEK1", "ESR1", "VIM",
})
# fmt: on
_LINE = re.compile(
    r"^(ACH-\d{6}|SIDM\d{5}|NCI-?[HN]\d+|A-?549|MCF-?7|HCT-?\d+|HT-?29|SK-|COLO-?\d+|SW\d+|OVCAR|MDA-?MB|JURKAT|"
    r"K-?562|U-?2-?OS|PC-?[39]|HELA|T-?24|RKO|A\d{3,4}$)",
    re.IGNORECASE,
)
_CELL_LIMIT = 5


def some(names: Iterable[object], limit: int = 8) -> str:
    """First few of the names, and how many more there are."""
    all_names = [str(name) for name in names]
    more = len(all_names) - limit
    return ", ".join(all_names[:limit]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, noun: str) -> str:
    """``1 gene``, ``2 genes``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def duplicates(names: Iterable[object]) -> list[str]:
    """Names that occur more than once, each once, in order of first appearance."""
    return [str(name) for name, count in Counter(names).items() if count > 1]


def gene_like(names: Iterable[object]) -> int:
    """Number of very common human genes among the names."""
    return len(_COMMON_GENES & {str(name).strip() for name in names})


def line_like(names: Iterable[object]) -> float:
    """Share of names that look like cell lines or DepMap / Sanger model ids."""
    all_names = [str(name) for name in names]
    return sum(bool(_LINE.match(name)) for name in all_names) / max(1, len(all_names))


def looks_transposed(rows: Iterable[object], columns: Iterable[object]) -> bool:
    """Genes in the rows and none in the columns, or lines in the columns and hardly any in the rows."""
    rows, columns = list(rows), list(columns)
    if gene_like(rows) >= 3 and gene_like(columns) == 0:
        return True
    return line_like(columns) > 0.3 and line_like(rows) < 0.02 and gene_like(columns) == 0


def infinite_cells(table: pd.DataFrame) -> list[str]:
    """The first infinite cells, as ``row/column``."""
    values = table.to_numpy(np.float64, na_value=np.nan)
    where = np.argwhere(np.isinf(values))[:_CELL_LIMIT]
    return [f"{table.index[row]}/{table.columns[column]}" for row, column in where]


def constant_columns(table: pd.DataFrame) -> list[str]:
    """Columns with one and the same value in every row; missing values are not a value."""
    values = table.to_numpy(np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        same = np.fmax.reduce(values, axis=0) == np.fmin.reduce(values, axis=0)
    return [str(name) for name in table.columns[same]]


def raw_scale_hint(values: npt.NDArray[np.float64]) -> str:
    """A sentence if expression looks unlogged, else empty."""
    # A z-scored or log-ratio matrix shows itself by its first negative value; most need no further look.
    if values.size == 0 or np.fmin.reduce(values, axis=None) < 0:
        return ""
    finite = values[np.isfinite(values)]
    if finite.size and finite.max() > 50:
        whole = bool(np.all(finite == np.round(finite)))
        what = "counts" if whole else "TPM, FPKM or intensities"
        return (
            f"expression looks like raw {what} (0 to {finite.max():.4g}), not a log scale; use log2(x + 1), or z-scores"
        )
    return ""


def wrong_kind(values: npt.NDArray[np.float64], kind: ResponseKind) -> tuple[str, str] | None:
    """Why the values cannot be what is claimed, and the next step; None if they can.

    Rests on ranges alone: ln(IC50 uM) runs from about -11 to 14 in GDSC; a fitted AUC is never negative (0-1 in GDSC,
    about 0-30 in CTRPv2).
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    low, high = float(finite.min()), float(finite.max())
    span = f"all {finite.size} values lie between {low:.4g} and {high:.4g}"
    if kind == "ln_ic50" and low >= 0 and high <= 1:
        return f"{span}, as AUC does", "claim kind 'auc', or give ln IC50"
    if kind == "ln_ic50" and high > 20:
        return f"{span}, and ln(IC50 uM) above 20 is impossible", "claim 'auc' if it is CTRPv2 AUC, or take logarithms"
    if kind == "auc" and low < 0:
        return f"{span}, and an area is never negative", "claim kind 'ln_ic50' if it is ln IC50"
    if kind == "auc" and high > 100:
        return f"{span}, far above any AUC (0-1 in GDSC, 0-30 in CTRPv2)", "give AUC; IC50 or percent are neither"
    return None

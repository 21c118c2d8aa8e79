"""ResponseDataset: expression and the response to one drug, aligned line by line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from explain_engine.record import Record

if TYPE_CHECKING:
    import pandas as pd

ResponseKind = Literal["ln_ic50", "auc"]
RESPONSE_UNIT: dict[ResponseKind, str] = {"ln_ic50": "ln(IC50 in uM)", "auc": "area under the dose-response curve"}


class UnmappedReport(Record):
    """What was given but could not be used, by name; nothing is dropped in silence.

    Attributes
    ----------
    lines_without_response
        Cell lines with expression but no response to this drug.
    lines_without_expression
        Cell lines with a response but no expression.
    lines_without_lineage
        Cell lines whose lineage no table states; they carry the label ``unknown`` or an inferred one.
    dropped_genes
        Genes left out at the caller's explicit choice, with the reason: ``{gene: reason}``.
    imputed_values
        Number of missing expression values filled in at the caller's explicit choice.
    notes
        What else a reader must know of how the table came about, in plain sentences.
    """

    lines_without_response: tuple[str, ...] = ()
    lines_without_expression: tuple[str, ...] = ()
    lines_without_lineage: tuple[str, ...] = ()
    dropped_genes: dict[str, str] = {}
    imputed_values: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ResponseDataset:
    """Aligned expression, response and lineage for one drug.

    Attributes
    ----------
    drug, drug_id
        Name as the screen gives it, and the screen's own id where known.
    screen
        ``GDSC2``, ``GDSC1``, ``CTRPv2`` or the user's own name.
    kind
        What `y` is. In both kinds a LOWER value means a MORE SENSITIVE line.
    X
        Expression, lines x genes, float, no missing values; as supplied (standardise on training lines only).
    y
        Response, one finite value a line, same index as `X`; unit ``RESPONSE_UNIT[kind]``.
    lineage
        Tissue label a line, ``unknown`` where nothing states it.
    lineage_inferred
        True where the label was inferred from expression and not stated by a table.
    unmapped
        Everything given that could not be used.
    sources
        Source name -> content hash of what was read.
    """

    drug: str
    drug_id: int | None
    screen: str
    kind: ResponseKind
    X: pd.DataFrame
    y: pd.Series[float]
    lineage: pd.Series[str]
    lineage_inferred: pd.Series[bool]
    unmapped: UnmappedReport
    sources: dict[str, str]

    @classmethod
    def from_frames(
        cls, expression: pd.DataFrame, response: pd.Series[float], *, drug: str, kind: ResponseKind, **options: Any
    ) -> ResponseDataset:
        """Validate and align the caller's own tables; see `explain_engine.data.door.build_dataset` for the options."""
        from explain_engine.data.door import build_dataset

        return build_dataset(expression, response, drug=drug, kind=kind, **options)

    @property
    def n_lines(self) -> int:
        """Number of cell lines."""
        return int(self.X.shape[0])

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return int(self.X.shape[1])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and values of everything a model may see."""
        import numpy as np

        h = hashlib.sha256()
        head = (self.drug, str(self.drug_id), self.screen, self.kind)
        for part in (head, self.X.index, self.X.columns, self.lineage):
            h.update("\x1f".join(map(str, part)).encode() + b"\x1e")
        for values in (self.X.to_numpy(np.float64), self.y.to_numpy(np.float64)):
            h.update(np.ascontiguousarray(values).tobytes())
        return h.hexdigest()

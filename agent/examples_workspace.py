"""A whole made-up workspace: bundles of two made-up drugs and a small knowledge base; for documents and tests.

Nothing here is a fact: the drugs, the genes and the records do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.examples import DRUG, NOTE, RECORDS, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.workspace import Workspace
from knowledge.documents import Document

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

SECOND_DRUG = "Otheramab"
AGAINST = Document(
    id="note:2",
    text="High GENA1 expression made the cells resistant to Examplinib in this made-up series.",
    kind="note",
    source="made-up notes",
    year=2001,
)


def example_workspace(root: Path, extra: Iterable[Document] = ()) -> Workspace:
    """Fill `root` with a deep bundle of Examplinib, a plain one of Otheramab, and their made-up records.

    Parameters
    ----------
    extra
        Further documents for the knowledge base.
    """
    from knowledge.build import add

    workspace = Workspace(root)
    tables = deep_tables()
    example_deep_bundle().save(workspace.bundles, tables)
    other = example_bundle().model_copy(update={"key": "example2", "drug": SECOND_DRUG})
    other.save(workspace.bundles, tables)
    cards = [
        Document(
            id=record.id,
            text=record.summary,
            kind="card",
            source=record.source,
            drugs=(record.drug,),
            genes=(record.entity,),
        )
        for record in RECORDS
    ]
    add(workspace.knowledge, [*cards, NOTE, AGAINST, *extra], RECORDS)
    return workspace


def deep_tables() -> dict[str, pd.DataFrame]:
    """The example's tables with contributions by line and the columns that a real bundle has."""
    import pandas as pd

    tables = example_tables()
    lines, expression = tables["lines"].copy(), tables["expression"]
    lines["tissue_mean"] = lines.groupby("lineage")["y"].transform("mean")
    lines["base"] = float(lines["y"].mean())
    effects = {gene.gene: gene.effect.estimate for gene in example_bundle().attribution.genes}
    phi = pd.DataFrame({gene: expression[gene].astype(float) * effects[gene] for gene in expression.columns})
    phi["(other genes)"] = 0.01
    return {**tables, "lines": lines, "phi": phi}


__all__ = ["AGAINST", "DRUG", "SECOND_DRUG", "deep_tables", "example_workspace"]

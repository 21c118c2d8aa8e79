"""Put what null runs, resampling and replication found into a bundle and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from explain_engine.bundle import ExplanationBundle
    from explain_engine.stability.nulls import NullResult


def attach_null(
    bundle: ExplanationBundle, arrays: Mapping[str, pd.DataFrame], null: NullResult
) -> tuple[ExplanationBundle, dict[str, pd.DataFrame]]:
    """Return the bundle with its null report and p and q a gene and group, and the tables with the same columns.

    Genes and groups keep their ranks: a null says what is beyond chance, not what matters most.
    """
    genes = (
        arrays["genes"]
        .drop(columns=["p", "q"], errors="ignore")
        .merge(null.genes[["gene", "p", "q"]], on="gene", how="left")
    )
    groups = (
        arrays["groups"]
        .drop(columns=["p", "q"], errors="ignore")
        .merge(null.groups[["id", "p", "q"]], on="id", how="left")
    )
    of_gene = {str(r["gene"]): (float(r["p"]), float(r["q"])) for r in null.genes.to_dict("records")}
    of_group = {str(r["id"]): (float(r["p"]), float(r["q"])) for r in null.groups.to_dict("records")}
    ranking = bundle.attribution
    whole = bundle.model_copy(
        update={
            "null": null.report,
            "attribution": ranking.model_copy(
                update={
                    "genes": tuple(
                        g.model_copy(update=dict(zip(("p", "q"), of_gene[g.gene], strict=True))) for g in ranking.genes
                    ),
                    "groups": tuple(
                        g.model_copy(update=dict(zip(("p", "q"), of_group[g.id], strict=True))) for g in ranking.groups
                    ),
                }
            ),
        }
    )
    return whole, {**arrays, "genes": genes, "groups": groups}

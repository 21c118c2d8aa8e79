"""The small world of the adversarial runs: real drug, genes and mechanism cards, made-up numbers, planted documents.

Nothing here says anything about the drug: effects and lines are drawn, and the planted documents are lies on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.examples import example_bundle, example_tables
from agent.pipeline import Tables
from agent.store_evidence import StoreEvidence
from knowledge.build import add, open_store
from knowledge.documents import Document
from knowledge.starter.load import cards_as_documents, load_cards

if TYPE_CHECKING:
    from pathlib import Path

    from explain_engine.bundle import ExplanationBundle
    from knowledge.store.store import Store

DRUG = "Venetoclax"
# Made-up gene of the example -> a gene that has cards for the drug, or none.
GENES = {
    "GENA1": "BCL2",
    "GENA2": "BCL2L11",
    "GENB": "MCL1",
    "GENC": "BCL2L1",
    "GEND": "BAX",
    "GENE5": "HMGA1",
    "GENF": "KRT8",
}


@dataclass
class World:
    """A bundle with its tables, and an open store."""

    bundle: ExplanationBundle
    tables: Tables
    store: Store
    source: StoreEvidence

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def planted_bundle() -> tuple[ExplanationBundle, Tables]:
    """The example bundle under real names; every number is made up."""
    bundle = example_bundle()
    attribution = bundle.attribution
    genes = tuple(g.model_copy(update={"gene": GENES[g.gene], "group": _renamed(g.group)}) for g in attribution.genes)
    groups = tuple(
        g.model_copy(update={"id": _renamed(g.id), "members": tuple(GENES[m] for m in g.members)})
        for g in attribution.groups
    )
    tables = {name: _rename_table(table) for name, table in example_tables().items()}
    renamed = bundle.model_copy(
        update={"drug": DRUG, "attribution": attribution.model_copy(update={"genes": genes, "groups": groups})}
    )
    return renamed, Tables(genes=tables["genes"], lines=tables["lines"], expression=tables["expression"])


def open_world(folder: Path, planted: tuple[Document, ...] = ()) -> World:
    """Build the store of the drug's cards and the planted documents, and open it."""
    cards = [c for c in load_cards() if c.drug == DRUG]
    add(folder, (*cards_as_documents(cards), *planted), cards)
    store = open_store(folder)
    bundle, tables = planted_bundle()
    return World(bundle, tables, store, StoreEvidence(store, folder))


def note(number: int, text: str) -> Document:
    """A planted document."""
    return Document(id=f"note:planted-{number}", text=text, kind="note", source="planted")


def _renamed(group: str) -> str:
    head, plus, rest = group.partition("+")
    return GENES[head] + plus + rest


def _rename_table(table: object) -> object:
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        return table
    out = table.rename(columns=GENES)
    if "gene" in out.columns:
        out["gene"] = [GENES.get(str(g), str(g)) for g in out["gene"]]
    return out

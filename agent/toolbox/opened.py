"""A whole bundle in memory, with what its pages and answers look up again and again."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from agent.pipeline import load_tables
from agent.report.depth import depth_of
from explain_engine.bundle import ExplanationBundle
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from agent.hypotheses.falsification import FalsificationSheet
    from agent.pipeline import Tables
    from agent.report.depth import Depth

Stamp = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Opened:
    """A whole bundle with its tables.

    Attributes
    ----------
    stamp
        Time of change (ns) and size of the manifest it was read from: with the key it names this very content.
    sheets
        Falsification sheets worked out so far, of listed genes.
    """

    bundle: ExplanationBundle
    folder: Path
    tables: Tables
    stamp: Stamp
    sheets: dict[str, FalsificationSheet | None] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, stamp: Stamp) -> Opened:
        """Read a bundle and check every digest.

        Raises
        ------
        explain_engine.errors.BundleError
            If it is not whole.
        """
        bundle = ExplanationBundle.load(folder)
        return cls(bundle, folder, load_tables(bundle, folder), stamp)

    @cached_property
    def digest(self) -> str:
        """Digest of the bundle."""
        return self.bundle.digest

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Gene -> row position in ``tables.genes``."""
        # Interned: the bundles of a screen name the same thousands of genes.
        return {sys.intern(str(gene)): i for i, gene in enumerate(self.tables.genes["gene"])}

    @cached_property
    def symbols(self) -> dict[str, str]:
        """Gene in capitals -> gene as the matrix spells it."""
        return {gene.upper(): gene for gene in self.ranks}

    @cached_property
    def lines(self) -> dict[str, str]:
        """Key of each spelling of a cell line -> its name; ``NCI-H460`` is known as ``H460`` as well."""
        keys: dict[str, str] = {}
        for name in (str(line) for line in self.tables.lines.index):
            keys.setdefault(name_key(name), name)
        for key, name in list(keys.items()):
            if key.startswith("ncih"):
                keys.setdefault(key[3:], name)
        return keys

    @cached_property
    def depth(self) -> Depth:
        """What a brief would say of its further parts."""
        return depth_of(self.bundle, self.tables.genes, self.tables.groups)

    def rank(self, gene: str) -> int | None:
        """Rank of a gene in the whole ranking; None where it was not measured."""
        row = self.ranks.get(gene)
        return None if row is None else int(self.tables.genes["rank"].to_numpy()[row])

    def phi(self) -> pd.DataFrame:
        """Out-of-bag contributions, lines x listed genes; raises BundleError where the table is not there."""
        return self.bundle.array(self.folder, "phi")

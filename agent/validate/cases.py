"""Finished drugs as they are evaluated: rankings by name, wanted genes, and scores that need all drugs at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from agent.validate import methods
from agent.validate.ranks import midranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from agent.validate.screen import ScreenDrug
    from agent.validate.store import DrugRun, Results


@dataclass(frozen=True, eq=False)
class Case:
    """One finished drug.

    Attributes
    ----------
    table
        Genes x scores; the same genes in the same order in every case of a report.
    lines
        Response and tissue of each line.
    """

    drug: ScreenDrug
    run: DrugRun
    table: pd.DataFrame
    lines: pd.DataFrame

    @property
    def name(self) -> str:
        """Name in the screen."""
        return self.drug.name

    @cached_property
    def position(self) -> dict[str, int]:
        """Gene -> row."""
        return {str(gene): j for j, gene in enumerate(self.table.index)}

    def places(self, genes: Iterable[str]) -> list[int]:
        """Rows of those of the genes that are measured, each once."""
        return list(dict.fromkeys(self.position[g] for g in genes if g in self.position))


class Rankings:
    """Ranks of all genes of every case by every method, worked out when first asked for.

    Parameters
    ----------
    cases
        All finished drugs of the report.
    literature
        Gene -> number of documents that name it; None where no knowledge base was at hand.
    """

    def __init__(self, cases: Sequence[Case], literature: Mapping[str, int] | None) -> None:
        self.cases = cases
        self._literature = literature
        self._known: dict[tuple[str, str], NDArray[np.float64]] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Methods that at least one case has, ours first."""
        own = (methods.CONSENSUS, methods.ADJUSTED, *methods.PER_DRUG, *methods.COSTLY)
        found = [n for n in own if any(n in c.table for c in self.cases)]
        more = [methods.TARGETED, *([methods.LITERATURE] if self._literature is not None else [])]
        return (*found, *more, *([methods.OTHERS] if len(self.cases) > 1 else []))

    def has(self, case: Case, method: str) -> bool:
        """Whether the method was run on the case; costly ones are run on some drugs only."""
        return method in case.table or method in (methods.TARGETED, methods.LITERATURE, methods.OTHERS)

    def ranks(self, case: Case, method: str) -> NDArray[np.float64]:
        """Mid-ranks from 1 of the case's genes."""
        key = (case.name, method)
        if key not in self._known:
            self._known[key] = midranks(self._scores(case, method))
        return self._known[key]

    def _scores(self, case: Case, method: str) -> NDArray[np.float64]:
        genes = case.table.index
        if method == methods.LITERATURE:
            counts = self._literature or {}
            return np.array([counts.get(str(g), 0) for g in genes], dtype=np.float64)
        if method == methods.TARGETED:
            return np.array([self._target_counts.get(str(g), 0) - (g in case.drug.targets) for g in genes], dtype=float)
        if method == methods.OTHERS:
            total = self._total - self.ranks(case, methods.CONSENSUS)
            return np.asarray(-total / (len(self.cases) - 1))
        return np.asarray(case.table[method], dtype=np.float64)

    @cached_property
    def _total(self) -> NDArray[np.float64]:
        return np.asarray(np.sum([self.ranks(c, methods.CONSENSUS) for c in self.cases], axis=0))

    @cached_property
    def _target_counts(self) -> dict[str, int]:
        # All drugs of the screen's annotation, not only the finished ones: an incomplete run must not weaken it.
        from knowledge.starter.load import load_drugs

        counts: dict[str, int] = {}
        for drug in load_drugs():
            for gene in drug.targets:
                counts[gene] = counts.get(gene, 0) + 1
        return counts


def load_cases(
    results: Results, drugs: Sequence[ScreenDrug], bundles: Path
) -> tuple[tuple[Case, ...], tuple[DrugRun, ...]]:
    """Finished drugs with their tables, and those that were refused; drugs without a result are in neither.

    Parameters
    ----------
    bundles
        The workspace's folder of bundles: results of earlier versions lack the sign of the correlation, which the
        bundle holds. Where that is gone, the table is without it.
    """
    cases, refused = [], []
    genes: pd.Index | None = None
    for drug in drugs:
        run = results.load(drug.name)
        if run is None:
            continue
        if run.refused is not None:
            refused.append(run)
            continue
        # Tables come in the order of each drug's own ranking; one order serves all.
        table = results.table(run, "genes").sort_index()
        for method in methods.COSTLY:
            scores = results.costly(drug.name, method)
            if scores is not None:
                table[method] = scores.reindex(table.index)
        if methods.SIGNED not in table and (signed := _signed_correlation(bundles, run.bundle)) is not None:
            table[methods.SIGNED] = signed.reindex(table.index).to_numpy(np.float64)
        if genes is None:
            genes = table.index
        if not table.index.equals(genes):
            table = table.reindex(genes)
        cases.append(Case(drug=drug, run=run, table=table, lines=results.table(run, "lines")))
    return tuple(cases), tuple(refused)


def _signed_correlation(bundles: Path, key: str) -> pd.Series[float] | None:
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.errors import BundleError

    try:
        bundle = ExplanationBundle.load(bundles / key)
        table = bundle.array(bundles / key, "genes")
    except BundleError:
        return None
    return table.set_index("gene")["correlation"]

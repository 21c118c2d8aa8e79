"""A small world for the levels: finished drugs with known rankings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from agent.validate.cases import Case, Rankings
from agent.validate.screen import ScreenDrug
from agent.validate.store import DrugRun

GENES = [f"G{i:03d}" for i in range(100)]


def case(name: str, target: str, place: int, *, seed: int = 0, effect: float = -1.0, gain_low: float = 0.1) -> Case:
    """A drug whose target stands at `place` (from 1) in our ranking and somewhere at random in the others."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    order = [g for g in rng.permutation(GENES) if g != target]
    order.insert(place - 1, target)
    rank = pd.Series(np.arange(1.0, 101.0), index=order).reindex(GENES)
    table = pd.DataFrame(index=pd.Index(GENES, name="gene"))
    table["consensus"] = -rank
    table["consensus, tissue taken out"] = -rank
    for method in ("correlation", "correlation within tissues", "tissue mean only", "TreeSHAP, one model"):
        table[method] = rng.random(100)
    table["score"] = (101 - rank) / 100
    table["group"] = [f"{g}" for g in GENES]
    table["group_rank"] = rank
    table["group_adjusted_rank"] = rank
    table["effect"] = np.where(table.index == target, effect, rng.normal(size=100))
    table["effect_low"], table["effect_high"] = table["effect"] - 0.1, table["effect"] + 0.1
    table["adjusted_effect"] = table["effect"]
    table["signed correlation"] = table["effect"]
    table["within_sign"] = np.sign(table["effect"])
    tissues = [f"t{i % 6}" for i in range(80)]
    lines = pd.DataFrame({"y": rng.normal(size=80), "tissue": tissues}, index=[f"L{i}" for i in range(80)])
    drug = ScreenDrug(name=name, n_lines=80, targets=(target,), measured=(target,))
    run = DrugRun(key="k", drug=name, n_lines=80, n_genes=100, gain_low=gain_low, seconds={"consensus": 1.0})
    return Case(drug=drug, run=run, table=table, lines=lines)


def rankings(cases: list[Case]) -> Rankings:
    """Rankings with a literature that names the first genes most."""
    return Rankings(cases, {g: 100 - i for i, g in enumerate(GENES)})


@pytest.fixture
def make_case() -> Callable[..., Case]:
    """See `case`."""
    return case


@pytest.fixture
def make_rankings() -> Callable[..., Rankings]:
    """See `rankings`."""
    return rankings

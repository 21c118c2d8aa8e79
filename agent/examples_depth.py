"""The made-up explanation of `agent.examples` with every further part filled; nothing here is a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.examples import example_bundle
from explain_engine.interactions.records import Interaction, InteractionSet
from explain_engine.modules.records import Enrichment, Module
from explain_engine.record import Interval
from explain_engine.rules.records import Condition, Counterfactual, Rule
from explain_engine.stability.records import (
    Agreement,
    NullReport,
    ReplicatedFinding,
    Replication,
    StabilityReport,
    Verdict,
)

if TYPE_CHECKING:
    from explain_engine.bundle import ExplanationBundle


def example_deep_bundle() -> ExplanationBundle:
    """The example bundle with null, verdicts, replication, interactions, modules, rules and stability."""
    bundle = example_bundle()
    ranking = bundle.attribution
    genes = tuple(g.model_copy(update={"p": 0.001 * g.rank, "q": 0.01 * g.rank}) for g in ranking.genes)
    groups = tuple(g.model_copy(update={"p": 0.001, "q": 0.004}) for g in ranking.groups)
    return bundle.model_copy(
        update={
            "key": "example1",
            "attribution": ranking.model_copy(update={"genes": genes, "groups": groups}),
            "null": NullReport(
                n_runs=19,
                scheme="made-up permutation",
                statistic="made-up statistic",
                observed=0.5,
                null_max=tuple(0.05 + 0.01 * k for k in range(19)),
                n_reached=0,
                p=0.05,
                seed=7,
            ),
            "verdicts": (
                Verdict(gene="GENA1", code="recovered", why="GENA1: q = 0.01, rank 1", numbers={"rank": 1.0}),
                Verdict(gene="GENX", code="not_measured", why="GENX is not among the genes of the matrix"),
            ),
            "replication": (_replication(),),
            "interactions": InteractionSet(
                n_pairs_screened=27,
                null_scheme="made-up null",
                calls=(_pair("GENA1", "GENB", True),),
                unconfirmed=(_pair("GENC", "GEND", False),),
                n_group_pairs=21,
                n_lines=68,
                n_held_out=22,
                runner_up_expected=1.7,
            ),
            "modules": (
                Module(
                    id="GENA1 module",
                    members=("GENA1", "GENA2", "GENC", "GENF"),
                    hubs=("GENA1", "GENC"),
                    effect=_interval(-0.45, 0.1),
                    p=0.002,
                    q=0.01,
                    stability=0.71,
                    enrichment=(
                        Enrichment(
                            gene_set="MADE_UP_<b>_SET",
                            collection="made up",
                            method="over-representation",
                            score=4.2,
                            p=0.001,
                            q=0.02,
                            overlap=("GENA1", "GENC"),
                        ),
                    ),
                    contains_target=True,
                    against=("GENF",),
                ),
            ),
            "rules": (
                Rule(
                    conditions=(
                        Condition(gene="GENA1", op=">", threshold=0.4),
                        Condition(gene="GENB", op="<=", threshold=0.9),
                    ),
                    outcome="sensitive",
                    precision=_interval(0.9, 0.08),
                    coverage=0.3,
                    n_covered=27,
                    base_rate=0.5,
                    lift=1.8,
                    measured=_interval(0.8, 0.1),
                    measured_base_rate=0.5,
                ),
            ),
            "counterfactuals": (
                Counterfactual(
                    line="LINE-<03>",
                    changes=(("GENA1", -0.6, 0.8),),
                    prediction_before=2.1,
                    prediction_after=1.3,
                    threshold=1.5,
                    size=1.4,
                ),
            ),
            "stability": StabilityReport(
                agreements=(
                    Agreement(
                        perturbation="80 % subsamples",
                        measure="jaccard@5",
                        level="gene",
                        value=_interval(0.6, 0.1),
                        n_repeats=5,
                    ),
                )
            ),
        }
    )


def _interval(estimate: float, half: float) -> Interval:
    return Interval(estimate=estimate, low=round(estimate - half, 6), high=round(estimate + half, 6), method="made up")


def _replication() -> Replication:
    found = {"GENA1": (-0.3, True), "GENB": (-0.05, False)}
    return Replication(
        screen="second made-up screen",
        n_lines=80,
        n_shared_lines=60,
        findings=tuple(
            ReplicatedFinding(
                gene=gene,
                screen="second made-up screen",
                n_lines=80,
                correlation=_interval(r, 0.2),
                rank=place,
                same_sign=holds,
                replicated=holds,
            )
            for place, (gene, (r, holds)) in enumerate(found.items(), start=1)
        ),
        share_replicated=0.5,
        share_by_chance=0.04,
    )


def _pair(first: str, second: str, held: bool) -> Interaction:
    return Interaction(
        first=f"{first}+1" if first == "GENA1" else first,
        second=second,
        first_gene=first,
        second_gene=second,
        kind="and",
        strength=_interval(-0.8, 0.3),
        p=0.001,
        q=0.02,
        confirmed=held,
        corner_counts=(20, 15, 18, 0),
        corner_means=(1.6, 1.5, 1.4, 0.0),
        held_out_p=0.01 if held else 0.4,
        held_out_strength=_interval(-0.6, 0.4),
    )

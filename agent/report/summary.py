"""A bundle's summary, as JSON for programs and as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.hypotheses.numbers import show_interval, show_number
from agent.report.assemble import score_sentences
from agent.report.depth import PART_WORDS
from agent.report.wording import DIRECTION_WORDS
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.report.depth import Depth
    from explain_engine.bundle import ExplanationBundle


def bundle_summary(bundle: ExplanationBundle) -> dict[str, Any]:
    """The bundle as plain JSON values.

    ``genes`` and ``groups`` are ranked, best first. ``stability``, ``null``, ``interactions``, ``modules``, ``rules``,
    ``counterfactuals``, ``verdicts`` and ``replication`` are null where that part was not run.
    """
    dump = bundle.model_dump(mode="json")
    attribution = dump.pop("attribution")
    interactions = dump.pop("interactions")
    return {
        "drug": dump.pop("drug"),
        "drug_id": dump.pop("drug_id"),
        "screen": dump.pop("screen"),
        "kind": bundle.kind,
        "unit": RESPONSE_UNIT[bundle.kind],
        "n_lines": bundle.fit.n_lines,
        "n_genes": bundle.fit.n_genes,
        "digest": bundle.digest,
        "fit": dump.pop("fit"),
        "method": attribution["method"],
        "genes": attribution["genes"],
        "groups": attribution["groups"],
        "interactions": interactions["calls"] if interactions is not None else None,
        "interaction_screen": {k: v for k, v in interactions.items() if k != "calls"} if interactions else None,
        **{key: value for key, value in dump.items() if key != "kind"},
    }


def bundle_text(bundle: ExplanationBundle, top: int, depth: Depth | None = None) -> str:
    """A short table of the best-ranked genes under the score, and one line for each further part."""
    out = [f"{bundle.drug}: {bundle.screen}, {bundle.fit.n_lines} cell lines, {bundle.fit.n_genes:,d} genes", ""]
    out += [s.text for s in score_sentences(bundle)]
    out += ["", f"{'gene':<12}{'rank':>10}  {'effect':>24}  {'selected':>9}  direction"]
    for gene in bundle.attribution.genes[:top]:
        estimate, low, high = show_interval(gene.effect)
        effect = f"{estimate} ({low} to {high})"
        rank = f"{gene.rank} ({gene.rank_low}-{gene.rank_high})"
        selected = f"{show_number(gene.selection_frequency, '%')} %"
        out.append(f"{gene.gene:<12}{rank:>10}  {effect:>24}  {selected:>9}  {DIRECTION_WORDS[gene.direction]}")
    if depth is not None and depth.lines:
        out += ["", *(f"{PART_WORDS[line.part]}: {line.sentence.text}" for line in depth.lines)]
    return "\n".join(out)

"""All scripted faults, and the honest control."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.agent.fault import CONTROL, Fault, lying, passages_shown, slots
from benchmarks.agent.faults_text import (
    altered_quotes,
    foreign_genes,
    injected_instructions,
    invented_references,
    markup,
    own_numbers,
    reversed_directions,
    strange_tongues,
    swapped_citations,
)
from benchmarks.agent.faults_wire import broken_json, echoed_keys, refusals_and_talk, wire_faults, wrong_schema
from benchmarks.agent.scripted_endpoint import Seen


def control() -> Fault:
    """An honest endpoint that repeats a planted document word for word: "supports" must be given at all."""
    truth = "High BCL2 expression sensitises leukaemia cells to venetoclax."

    def make(seen: Seen) -> dict[str, Any]:
        told = tuple(n for n, text in passages_shown(seen).items() if truth in text)
        return slots(truth, told, tuple((n, truth) for n in told))

    return Fault(CONTROL, "honest", lying(make, persists=True), (truth,), (truth,))


def all_faults(seed: int = 0) -> list[Fault]:
    """Every case, shuffled so that no state of one can hide in the order."""
    kinds = (
        invented_references, altered_quotes, swapped_citations, reversed_directions, foreign_genes, own_numbers,
        injected_instructions, broken_json, wrong_schema, wire_faults, echoed_keys, markup, strange_tongues,
        refusals_and_talk,
    )  # fmt: skip
    found = [fault for kind in kinds for fault in kind()]
    random.Random(seed).shuffle(found)
    return found

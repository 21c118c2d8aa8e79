"""A pair whose held-out test holds while the shown contrast does not: said so in brief, page and chat alike."""

from __future__ import annotations

import pytest

from agent.examples import example_tables
from agent.examples_depth import example_deep_bundle
from agent.report.depth import depth_of
from agent.report.depth_words import VAGUE, held_verdict, held_words
from agent.report.summary import bundle_text
from agent.web.render import render
from explain_engine.bundle import ExplanationBundle
from explain_engine.record import Interval


def bundle_with(low: float, high: float) -> ExplanationBundle:
    """The example with its first called pair confirmed and this interval of the contrast on held-out lines."""
    bundle = example_deep_bundle()
    found = bundle.interactions
    assert found is not None
    seen = Interval(estimate=-0.6, low=low, high=high, method="made up")
    call = found.calls[0].model_copy(update={"confirmed": True, "held_out_p": 0.001, "held_out_strength": seen})
    return bundle.model_copy(update={"interactions": found.model_copy(update={"calls": (call, *found.calls[1:])})})


@pytest.mark.parametrize(("low", "high", "vague"), [(-1.2, 0.3, True), (-1.2, -0.1, False)])
def test_a_pair_is_called_confirmed_only_where_the_contrast_holds_too(low: float, high: float, vague: bool) -> None:
    bundle = bundle_with(low, high)
    assert bundle.interactions is not None
    call = bundle.interactions.calls[0]
    tables = example_tables()
    depth = depth_of(bundle, tables["genes"], None)
    line = next(line.sentence.text for line in depth.lines if line.part == "interactions")
    page = render("drug_depth.jinja", bundle=bundle, depth=depth, unit="ln(IC50 in uM)")
    text = bundle_text(bundle, 5, depth)
    assert (held_verdict(call) == VAGUE) is vague
    assert held_words(call).startswith(VAGUE if vague else "confirmed")
    assert depth.counts.vague == int(vague)
    for said in (line, text):
        assert ("has an interval there that holds zero" in " ".join(said.split())) is vague
    assert (VAGUE in page) is vague
    assert ("Such a pair is not settled" in page) is vague
    assert ('<span class="chip supports">confirmed</span>' in page) is not vague

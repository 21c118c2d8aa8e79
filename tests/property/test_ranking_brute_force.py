"""Places, ties and intervals of the ranking against a count over every value that a score can take."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.hypotheses.ranking import Entry, rank
from explain_engine.record import Interval

Scored = tuple[list[float], list[int]]


def places(data: list[float], literature: list[int]) -> list[int]:
    """Places by the words of the rule: dense ranks on both axes, their sum, equal sums share a place."""
    sums = [
        len({x for x in data if x > d}) + len({x for x in literature if x > lit})
        for d, lit in zip(data, literature, strict=True)
    ]
    return [1 + sum(other < own for other in sums) for own in sums]


def interval_of(entries: list[Entry], i: int) -> tuple[int, int]:
    """Smallest and largest place of entry `i` over its interval: at its ends, at other scores in it, and between."""
    low, high = entries[i].data.low, entries[i].data.high
    values = [e.data.estimate for e in entries]
    stops = sorted({low, high, values[i], *(v for j, v in enumerate(values) if j != i and low <= v <= high)})
    stops += [(a + b) / 2 for a, b in itertools.pairwise(stops)]
    literature = [e.literature for e in entries]
    found = [places([*values[:i], stop, *values[i + 1 :]], literature)[i] for stop in stops]
    return min(found), max(found)


# Whole numbers, so that ties are common.
ROW = st.tuples(st.integers(0, 6), st.integers(-1, 4), st.integers(0, 4), st.integers(0, 4))
ENTRIES = st.lists(ROW, min_size=1, max_size=8).map(
    lambda rows: [
        Entry(
            id=f"g{i}",
            data=Interval(estimate=d, low=max(0, d - below), high=d + above, method="m"),
            literature=literature,
        )
        for i, (d, literature, below, above) in enumerate(rows)
    ]
)


@settings(max_examples=200, deadline=None)
@given(ENTRIES)
def test_places_and_intervals_are_those_of_a_full_count(entries: list[Entry]) -> None:
    found = {p.id: p for p in rank(entries)}
    nominal = places([e.data.estimate for e in entries], [e.literature for e in entries])
    for i, entry in enumerate(entries):
        assert found[entry.id].place == nominal[i]
        assert (found[entry.id].place_low, found[entry.id].place_high) == interval_of(entries, i)


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.integers(0, 7))
def test_a_better_score_never_worsens_a_place(entries: list[Entry], which: int) -> None:
    i = which % len(entries)
    before = next(p.place for p in rank(entries) if p.id == f"g{i}")
    score = entries[i].data
    risen = score.model_copy(update={"estimate": score.estimate + 1.5, "high": score.high + 1.5})
    raised = [*entries[:i], entries[i].model_copy(update={"data": risen}), *entries[i + 1 :]]
    assert next(p.place for p in rank(raised) if p.id == f"g{i}") <= before

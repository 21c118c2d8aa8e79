"""Ranking is plain arithmetic: two axes, ties share, intervals hold the place itself."""

from hypothesis import given
from hypothesis import strategies as st

from agent.hypotheses.ranking import Entry, rank
from explain_engine.record import Interval


def entry(name: str, data: float, literature: int, half: float = 0.0) -> Entry:
    return Entry(
        id=name, data=Interval(estimate=data, low=data - half, high=data + half, method="m"), literature=literature
    )


def test_order_is_the_sum_of_both_ranks() -> None:
    places = rank([entry("a", 3.0, 0), entry("b", 2.0, 4), entry("c", 1.0, 4)])
    assert [(p.id, p.data_rank, p.literature_rank) for p in places] == [("a", 1, 2), ("b", 2, 1), ("c", 3, 1)]
    assert [p.place for p in places] == [1, 1, 3]


def test_ties_share_a_place_and_are_listed_by_data() -> None:
    places = rank([entry("weak", 1.0, 4), entry("strong", 2.0, 0)])
    assert [(p.id, p.place) for p in places] == [("strong", 1), ("weak", 1)]


def test_wide_interval_gives_a_wide_place() -> None:
    places = {p.id: p for p in rank([entry("a", 3.0, 1, 2.5), entry("b", 2.0, 1), entry("c", 1.0, 1)])}
    assert (places["a"].place, places["a"].place_low, places["a"].place_high) == (1, 1, 3)
    assert places["b"].place_low == places["b"].place_high == 2


def test_nothing_to_rank() -> None:
    assert rank([]) == ()


ENTRIES = st.lists(st.tuples(st.floats(0, 10), st.integers(-1, 4), st.floats(0, 3)), min_size=1, max_size=12).map(
    lambda rows: [entry(f"g{i}", d, lit, half) for i, (d, lit, half) in enumerate(rows)]
)


@given(ENTRIES)
def test_every_entry_has_one_place_within_its_interval(entries: list[Entry]) -> None:
    places = rank(entries)
    assert sorted(p.id for p in places) == sorted(e.id for e in entries)
    assert places[0].place == 1
    for p in places:
        assert 1 <= p.place_low <= p.place <= p.place_high <= len(entries)
    assert [p.place for p in places] == sorted(p.place for p in places)


@given(ENTRIES, st.randoms())
def test_order_of_input_does_not_matter(entries: list[Entry], random: object) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rank(shuffled) == rank(entries)

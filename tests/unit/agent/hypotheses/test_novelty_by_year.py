"""Novelty counts stated years alone and says so where there are none."""

from agent.hypotheses.novelty import CoMentions, count_years, judge_novelty


def judged(together: CoMentions, *, records: int = 0, covered: bool = True) -> tuple[str, int | None, str]:
    found = judge_novelty((), (), n_records=records, drug_covered=covered, co_mentions=together)
    return found.code, found.first_year, found.why


def test_years_are_counted_and_summed_where_many() -> None:
    found = count_years([2011, None, 2009, 2011, 2020, 2021, 2022, 2023, 2024])
    assert found.by_year[:2] == ((2009, 1), (2011, 2))
    assert (found.dated, found.undated, found.total, found.first_year) == (8, 1, 9, 2009)
    code, first, why = judged(found)
    assert (code, first) == ("mentioned", 2009)
    assert "earliest dated source 2009" in why
    assert "earlier: 1, 2011: 2, 2020: 1" in why
    assert "1 without a year" in why


def test_without_a_stated_year_there_is_no_dated_record() -> None:
    assert judged(count_years([None, None]))[1:] == (None, "sources that name it with the drug: 2; no dated record")
    assert "no dated record" in judged(CoMentions(), records=1)[2]


def test_nothing_found_names_no_year() -> None:
    assert judged(CoMentions()) == ("not found", None, "the snapshot covers the drug but not this")
    assert judged(CoMentions(), covered=False)[0] == "not covered"

"""Queue, decisions, wordings and conflicts; the same contract on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

import agent.review.deciding as deciding
from agent.database.errors import NotFoundError
from agent.errors import InputError
from agent.report.model import HypothesisBrief
from agent.review.errors import ConflictError
from agent.review.reasons import FITTING, REASON_WORDS
from agent.review.service import ReviewService


def test_a_brief_is_queued_once_with_everything_it_said(reopen: Callable[[], Engine], brief: HypothesisBrief) -> None:
    service = ReviewService(reopen())
    ids = service.add_brief(brief)
    assert len(set(ids)) == len(brief.hypotheses) > 2
    again = ReviewService(reopen())
    assert again.add_brief(brief) == ids
    queue = again.queue()
    assert [item.id for item in queue] == list(ids)
    for item, drafted in zip(queue, brief.hypotheses, strict=True):
        assert (item.status, item.revision, item.version, item.checked) == ("open", 0, 1, True)
        assert (item.statement, item.hypothesis) == (drafted.draft.statement.text, drafted.id)
        shown = again.show(item.id)
        assert shown.origin == "drafted"
        assert [s.text for s in shown.content.said] == [c.sentence.text for c in (*drafted.draft.claims, *drafted.test)]
        rows = [q.sha256 for s in shown.content.said for q in s.quotes]
        assert rows == [row.sha256 for row in drafted.draft.rows]
        assert shown.content.rating is not None
        assert shown.content.rating.score == drafted.draft.candidate.support.score
        cited = {row.document_id for row in drafted.draft.rows}
        assert {s.document for s in shown.content.sources} == cited


def test_another_brief_is_another_set(service: ReviewService, brief: HypothesisBrief) -> None:
    first = service.add_brief(brief)
    other = brief.model_copy(update={"ranking_rule": brief.ranking_rule + " "})
    second = service.add_brief(other)
    assert set(first).isdisjoint(second)
    assert service.show(first[0]).same_pair == (second[0],)
    assert service.show(second[0]).same_pair == (first[0],)


def test_decisions_change_the_status_and_are_all_kept(reopen: Callable[[], Engine], brief: HypothesisBrief) -> None:
    service = ReviewService(reopen())
    item = service.add_brief(brief)[0]
    service.reject(item, "ada", "weak_data", "n is small\n'; DROP TABLE review_items; --")
    service.accept(item, "bob")
    service.edit(item, "ada", "GENA1 may mark response", "overstated")
    again = ReviewService(reopen())
    shown = again.show(item)
    assert [(d.reviewer, d.verb, d.reason, d.version, d.made) for d in shown.decisions] == [
        ("ada", "reject", "weak_data", 1, None),
        ("bob", "accept", "good", 1, None),
        ("ada", "edit", "overstated", 1, 2),
    ]
    assert shown.decisions[0].note.endswith("--")
    assert all(d.created.tzinfo is UTC and d.view == "open" and not d.blind for d in shown.decisions)
    assert (shown.item.status, shown.item.revision, shown.item.version) == ("edited", 3, 2)
    assert [i.id for i in again.queue("edited")] == [item]
    assert item not in [i.id for i in again.queue("open")]
    assert len(again.queue(drug=brief.drug.upper())) == len(brief.hypotheses)
    assert again.queue(drug="Nothing") == ()


def test_an_edited_wording_is_the_reviewers_own_and_never_passes_for_checked(
    service: ReviewService, brief: HypothesisBrief
) -> None:
    item = service.add_brief(brief)[0]
    draft = service.show(item).item.statement
    service.edit(item, "ada", "Cures everything in 99 % of patients", "unclear")
    service.accept(item, "ada")
    shown = service.show(item)
    assert [(v.number, v.author, v.checked) for v in shown.versions] == [(1, "oncobrief", True), (2, "ada", False)]
    assert (shown.item.statement, shown.item.checked) == ("Cures everything in 99 % of patients", False)
    assert shown.content.statement == draft
    assert "Cures everything" not in "".join(s.text for s in shown.content.said)
    assert shown.decisions[-1].version == 2


def test_second_of_two_reviewers_gets_a_conflict_and_nothing_is_written(
    reopen: Callable[[], Engine], brief: HypothesisBrief
) -> None:
    one, other = ReviewService(reopen()), ReviewService(reopen())
    item = one.add_brief(brief)[0]
    seen = [s.show(item).item.revision for s in (one, other)]
    one.reject(item, "ada", "known", revision=seen[0])
    with pytest.raises(ConflictError, match="'ada' decided 'reject'") as caught:
        other.edit(item, "bob", "new words", "unclear", revision=seen[1])
    assert caught.value.exit_code == 1
    shown = other.show(item)
    assert (len(shown.decisions), len(shown.versions), shown.item.revision) == (1, 1, 1)
    other.edit(item, "bob", "new words", "unclear", revision=shown.item.revision)
    assert other.show(item).item.status == "edited"


def test_order_is_that_of_deciding_when_the_clock_goes_backwards(
    service: ReviewService, brief: HypothesisBrief, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)

    class Backwards(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            nonlocal clock
            clock -= timedelta(hours=1)
            return clock

    monkeypatch.setattr(deciding, "datetime", Backwards)
    item = service.add_brief(brief)[0]
    service.accept(item, "ada")
    service.reject(item, "ada", "known")
    service.accept(item, "bob", "other", "last")
    shown = service.show(item)
    assert [d.note for d in shown.decisions][-1] == "last"
    assert [d.sequence for d in shown.decisions] == sorted(d.sequence for d in shown.decisions)
    assert shown.decisions[0].created > shown.decisions[-1].created
    assert shown.item.status == "accepted"


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("accept", {"reason": "weak_data"}),
        ("accept", {"reason": "bad"}),
        ("accept", {"reason": "other"}),
        ("accept", {"reviewer": " "}),
        ("accept", {"note": "x" * 4001}),
        ("reject", {"reason": "good"}),
        ("edit", {"text": "", "reason": "unclear"}),
        ("edit", {"text": "same", "reason": "good"}),
        ("edit", {"text": "x" * 4001, "reason": "unclear"}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    sqlite_service: ReviewService, brief: HypothesisBrief, verb: str, arguments: dict[str, str]
) -> None:
    item = sqlite_service.add_brief(brief)[0]
    with pytest.raises(InputError, match=r"give|needs") as caught:
        getattr(sqlite_service, verb)(item, **{"reviewer": "ada", **arguments})
    assert caught.value.exit_code == 2
    shown = sqlite_service.show(item)
    assert (shown.decisions, len(shown.versions), shown.item.revision) == ((), 1, 0)


def test_wording_that_changes_nothing_is_refused(sqlite_service: ReviewService, brief: HypothesisBrief) -> None:
    item = sqlite_service.add_brief(brief)[0]
    with pytest.raises(InputError, match="the one that is there"):
        sqlite_service.edit(item, "ada", sqlite_service.show(item).item.statement, "unclear")
    assert sqlite_service.show(item).decisions == ()


def test_unknown_item_is_not_found(service: ReviewService) -> None:
    for act in (lambda: service.show("nope"), lambda: service.accept("nope", "ada")):
        with pytest.raises(NotFoundError, match="'nope'"):
            act()


def test_every_reason_is_worded_and_fits_somewhere() -> None:
    assert set(REASON_WORDS) == {reason for reasons in FITTING.values() for reason in reasons}

"""Threads belong to their users, keep their order whatever the clock says, and survive reopening; on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

import agent.database.threads as module
from agent.database.errors import NotFoundError
from agent.database.threads import ThreadStore
from agent.errors import InputError


def test_messages_come_back_as_written_after_reopening(reopen: Callable[[], Engine]) -> None:
    store = ThreadStore(reopen())
    thread = store.create("ada", "Why venetoclax?")
    content = {"text": "α \x00 \ud800 'x'; --", "n": 1.5, "deep": [{"a": None}, True]}
    assert [store.append(thread, "user", content), store.append(thread, "assistant", {})] == [1, 2]
    again = ThreadStore(reopen())
    found = again.messages(thread, "ada")
    assert [(m.number, m.role, m.content) for m in found] == [(1, "user", content), (2, "assistant", {})]
    assert all(m.created.tzinfo is UTC for m in found)
    (listed,) = again.threads("ada")
    assert (listed.id, listed.title, listed.messages, listed.user) == (thread, "Why venetoclax?", 2, "ada")


def test_another_users_thread_is_not_found(engine: Engine) -> None:
    store = ThreadStore(engine)
    thread = store.create("ada", "mine")
    store.append(thread, "user", {"text": "secret"})
    for act in (
        lambda: store.messages(thread, "bob"),
        lambda: store.rename(thread, "bob", "his"),
        lambda: store.delete(thread, "bob"),
        lambda: store.append(thread, "user", {}, user="bob"),
        lambda: store.append("no-such-thread", "user", {}),
    ):
        with pytest.raises(NotFoundError, match="no thread") as caught:
            act()
        assert caught.value.exit_code == 2
        assert "secret" not in str(caught.value)
    assert store.threads("bob") == ()
    assert [m.content for m in store.messages(thread, "ada")] == [{"text": "secret"}]


def test_order_is_that_of_writing_when_the_clock_goes_backwards(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = datetime(2026, 3, 1, tzinfo=UTC)

    class Backwards(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            nonlocal clock
            clock -= timedelta(hours=1)
            return clock

    monkeypatch.setattr(module, "datetime", Backwards)
    store = ThreadStore(engine)
    first, second = store.create("ada", "first"), store.create("ada", "second")
    for i in range(3):
        store.append(first, "user", {"i": i})
    assert [m.content["i"] for m in store.messages(first, "ada")] == [0, 1, 2]
    assert [t.id for t in store.threads("ada")] == [first, second]
    store.append(second, "user", {})
    assert [t.id for t in store.threads("ada")] == [second, first]


def test_rename_and_delete(engine: Engine) -> None:
    store = ThreadStore(engine)
    kept, gone = store.create("ada", "kept"), store.create("ada", "gone")
    store.append(gone, "user", {"a": 1})
    store.rename(kept, "ada", "  a better\x07 title ")
    store.delete(gone, "ada")
    assert [(t.id, t.title) for t in store.threads("ada")] == [(kept, "a better� title")]
    with pytest.raises(NotFoundError):
        store.messages(gone, "ada")


@pytest.mark.parametrize(("user", "title"), [("", "t"), ("ada", " \n"), ("ada", "x" * 201), ("u" * 201, "t")])
def test_empty_and_overlong_names_are_refused(sqlite_engine: Engine, user: str, title: str) -> None:
    with pytest.raises(InputError, match="give"):
        ThreadStore(sqlite_engine).create(user, title)


@pytest.mark.parametrize("content", [{"x": float("nan")}, {"x": {1, 2}}, {"x": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_what_json_cannot_hold_is_refused_and_nothing_is_kept(
    sqlite_engine: Engine, content: dict[str, object]
) -> None:
    store = ThreadStore(sqlite_engine)
    thread = store.create("ada", "t")
    with pytest.raises(InputError, match="JSON"):
        store.append(thread, "user", content)
    with pytest.raises(InputError, match="role"):
        store.append(thread, "system", {})  # type: ignore[arg-type]
    assert store.messages(thread, "ada") == ()


def test_the_last_messages_come_in_order(engine: Engine) -> None:
    store = ThreadStore(engine)
    thread = store.create("ana", "one")
    for number in range(5):
        store.append(thread, "user", {"text": str(number)})
    assert [message.content["text"] for message in store.messages(thread, "ana", last=2)] == ["3", "4"]
    assert store.messages(thread, "ana", last=9) == store.messages(thread, "ana")

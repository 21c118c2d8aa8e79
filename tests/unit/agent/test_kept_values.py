"""Values are made once, the least recently used go first, and faults are not kept."""

from __future__ import annotations

import threading

import pytest

from agent.kept import Kept


def test_a_value_is_made_once_and_the_oldest_use_goes_first() -> None:
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    kept: Kept[str, str] = Kept(2)
    assert [kept.get(key, lambda key=key: make(key)) for key in "aba"] == ["A", "B", "A"]  # type: ignore[misc]
    assert made == ["a", "b"]
    kept.get("c", lambda: make("c"))
    kept.get("a", lambda: make("a"))
    assert made == ["a", "b", "c"]
    kept.get("b", lambda: make("b"))
    assert made == ["a", "b", "c", "b"]
    assert len(kept) == 2
    kept.clear()
    assert len(kept) == 0


def test_a_fault_is_raised_and_made_again() -> None:
    kept: Kept[str, int] = Kept(2)

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.get("a", fail)
    assert kept.get("a", lambda: 1) == 1


def test_threads_that_ask_at_once_wait_for_one() -> None:
    kept: Kept[str, object] = Kept(2)
    begun, go = threading.Event(), threading.Event()
    count: list[int] = []

    def slow() -> object:
        count.append(1)
        begun.set()
        go.wait(5)
        return object()

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("a", slow))) for _ in range(3)]
    threads[0].start()
    assert begun.wait(5)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(5)
    assert len(found) == 3
    assert len(set(map(id, found))) == 1
    assert count == [1]


def test_a_slow_value_does_not_hold_up_others() -> None:
    kept: Kept[str, int] = Kept(2)
    assert kept.get("a", lambda: kept.get("b", lambda: 1) + 1) == 2

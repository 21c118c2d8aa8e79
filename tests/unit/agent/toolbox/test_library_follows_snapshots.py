"""What is kept of the knowledge base belongs to a snapshot: a newly ingested one is seen at the next question."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.toolbox.library import Library
from knowledge.build import add
from knowledge.documents import Document
from knowledge.retrieve.search import search
from knowledge.starter.load import cards_as_documents, load_cards
from knowledge.store.store import Store


def note(number: int, text: str) -> Document:
    return Document(id=f"note:{number}", text=text, kind="note", source="test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cards = [card for card in load_cards() if card.drug == "Venetoclax"][:2]
    add(tmp_path, [*cards_as_documents(cards), note(1, "High MCL1 goes with resistance to venetoclax.")], cards)
    return tmp_path


def test_passages_found_before_do_not_outlive_their_snapshot(folder: Path) -> None:
    library = Library(folder)
    assert not library.is_open
    gene = library.gene("MCL1")
    assert library.is_open
    before, snapshot = library.items("Venetoclax", gene, 5), library.snapshot
    assert library.items("Venetoclax", gene, 5) is before
    assert library.passage("note:2#0-45") is None
    added = note(2, "MCL1 protects these cells against venetoclax.")
    add(folder, [added], [])
    assert library.snapshot != snapshot
    after = library.items("Venetoclax", gene, 5)
    assert {item.document.id for item in after} - {item.document.id for item in before} == {"note:2"}
    assert library.passage("note:2#0-45") is not None
    assert library.read(lambda store: store.snapshot.id) == library.snapshot
    library.close()
    assert not library.is_open


def test_a_caller_keeps_its_snapshot_to_the_end_while_others_have_the_new_one(folder: Path) -> None:
    library = Library(folder)
    before = library.snapshot
    inside, go = threading.Event(), threading.Event()

    def long_work() -> tuple[str, int]:
        def work(store: Store) -> tuple[str, int]:
            inside.set()
            go.wait(30)
            # Its index files are still open.
            return store.snapshot.id, len(search(store, "resistance to venetoclax").hits)

        return library.read(work)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(long_work)
        assert inside.wait(30)
        add(folder, [note(2, "MCL1 protects these cells against venetoclax.")], [])
        after = library.snapshot
        assert library.passage("note:2#0-45") is not None
        go.set()
        found, hits = slow.result(30)
    assert found == before != after
    assert hits > 0
    assert library.snapshot == after
    library.close()


def test_many_callers_at_once_find_what_one_finds(folder: Path) -> None:
    library = Library(folder)
    queries = ["resistance to venetoclax", "MCL1", "BCL2 inhibitor", "apoptosis", "leukaemia cells"] * 4

    def ask(query: str) -> list[tuple[str, float]]:
        return [(hit.passage.id, hit.score) for hit in library.search(query).hits]

    alone = [ask(query) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, queries)) == alone
    assert any(alone)
    library.close()

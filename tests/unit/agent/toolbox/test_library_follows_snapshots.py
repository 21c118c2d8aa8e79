"""What is kept of the knowledge base belongs to a snapshot: a newly ingested one is seen at the next question."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.toolbox.library import Library
from knowledge.build import add
from knowledge.documents import Document
from knowledge.starter.load import cards_as_documents, load_cards


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

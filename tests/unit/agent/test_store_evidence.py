"""The store as an evidence source: records first, exact sentences after, names and targets known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.grounding import ground, uncertain
from agent.hypotheses.beyond_evidence import joint_items
from agent.store_evidence import StoreEvidence
from knowledge.build import add, open_store
from knowledge.documents import Document
from knowledge.starter.load import cards_as_documents, load_cards

NOTE = Document(
    id="note:1",
    text="Filler comes first. Resistance to ABT-199 went with high BCL-XL in these cells. More filler ends it.",
    kind="note",
    source="test",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreEvidence]:
    folder: Path = tmp_path_factory.mktemp("kb")
    cards = [c for c in load_cards() if c.drug == "Venetoclax" and c.entity == "BCL2"]
    add(folder, [*cards_as_documents(cards), NOTE], cards)
    with open_store(folder) as store:
        yield StoreEvidence(store, folder)


def test_records_come_first_and_quote_the_whole_card(source: StoreEvidence) -> None:
    items = source.items("Venetoclax", source.gene("BCL2"), 3)
    assert items
    assert all(i.mechanism is not None and i.mechanism.entity == "BCL2" for i in items)
    assert all(i.quote == i.document.text[i.start : i.end] for i in items)


def test_free_text_is_cut_to_the_sentence_that_names_both_under_any_name(source: StoreEvidence) -> None:
    items = source.items("Venetoclax", source.gene("BCL2L1"), 5)
    note = next(i for i in items if i.document.id == "note:1")
    assert note.quote == "Resistance to ABT-199 went with high BCL-XL in these cells."
    assert note.mechanism is None


def test_names_records_and_targets_are_found_by_synonym(source: StoreEvidence) -> None:
    assert "ABT-199" in source.drug_names("Venetoclax")
    assert source.records("ABT-199") == source.records("Venetoclax") != ()
    assert source.records("Gefitinib") == ()
    assert "BCL2" in source.targets("Venetoclax")


def test_unknown_names_stay_what_they_are(source: StoreEvidence) -> None:
    entities = ground(["NOSUCHGENE1", "BCL2"], source.gene)
    assert list(entities) == ["NOSUCHGENE1", "BCL2"]
    assert entities["NOSUCHGENE1"].how == "unknown"
    assert entities["NOSUCHGENE1"].curie is None
    assert entities["BCL2"].curie is not None
    assert uncertain(entities.values()) == ()
    assert source.items("Venetoclax", entities["NOSUCHGENE1"], 5) == ()


RETRACTED = Document(
    id="pmid:31",
    text="Venetoclax and MCL1 were told of. BCL-XL too.",
    kind="abstract",
    source="test",
    pmid="31",
    year=2012,
    retracted=True,
)
DATED = Document(
    id="pmid:32",
    text="Filler. In these cells ABT-199 worked. MCL1 and BCL2L1 both mattered. Filler.",
    kind="abstract",
    source="test",
    pmid="32",
    year=2015,
)
UNDATED = Document(id="note:33", text="MCL-1 held venetoclax off.", kind="note", source="test")


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreEvidence]:
    """One record whose own document is flagged, one whose paper is flagged elsewhere, one that stands."""
    folder: Path = tmp_path_factory.mktemp("withdrawn")
    sound, own, paper = [c for c in load_cards() if c.drug == "Venetoclax" and c.entity == "BCL2"][:3]
    cards = [sound, own, paper.model_copy(update={"pmid": "31"})]
    texts = [d.model_copy(update={"retracted": d.id == own.id}) for d in cards_as_documents(cards)]
    add(folder, [*texts, RETRACTED, DATED, UNDATED], cards)
    with open_store(folder) as store:
        yield StoreEvidence(store, folder)


def test_retracted_records_are_no_records_and_are_flagged_where_shown(withdrawn: StoreEvidence) -> None:
    (standing,) = withdrawn.records("Venetoclax")
    items = [i for i in withdrawn.items("Venetoclax", withdrawn.gene("BCL2"), 5) if i.mechanism is not None]
    flags = {i.document.id: i.document.retracted for i in items}
    assert len(flags) == 3
    assert flags[standing.id] is False
    assert sum(flags.values()) == 2


def test_years_are_counted_as_stated_and_retracted_documents_are_not(withdrawn: StoreEvidence) -> None:
    found = withdrawn.co_mentions("Venetoclax", (withdrawn.gene("MCL1"),))
    assert found.by_year == ((2015, 1),)
    assert (found.undated, found.total, found.first_year) == (1, 2, 2015)
    none = withdrawn.co_mentions("Venetoclax", (withdrawn.gene("EGFR"),))
    assert (none.total, none.first_year) == (0, None)


def test_passages_on_two_genes_and_the_drug_are_found_by_synonym(withdrawn: StoreEvidence) -> None:
    both = (withdrawn.gene("MCL1"), withdrawn.gene("BCL2L1"))
    assert [i.document.id for i in withdrawn.together("ABT-199", both, 5)] == ["pmid:32"]
    (item,) = joint_items(withdrawn, "Venetoclax", both, 5)
    assert item.quote == "In these cells ABT-199 worked. MCL1 and BCL2L1 both mattered."

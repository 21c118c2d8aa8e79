"""Every fault a citation can have is caught by a check, shown, and counts for nothing."""

import pytest

from agent.examples import DRUG, RECORDS, ExampleEvidence
from agent.hypotheses.claims import InferenceClaim, LiteratureClaim, admit
from agent.hypotheses.ledger import EvidenceItem, LedgerRow, check_row, quote_hash
from agent.hypotheses.literature import label_item, literature_support
from agent.hypotheses.numbers import Sentence
from knowledge.documents import Document, Passage

SOURCE = ExampleEvidence()
ITEMS = SOURCE.items(DRUG, SOURCE.gene("GENA1"), 10)
CLOSED = {item.passage.id: item for item in ITEMS}
NAMES = (("drug", (DRUG,)), ("gene", ("GENA1",)))


def good_row(claim: str = "GENA1.L1") -> LedgerRow:
    item = ITEMS[1]
    return LedgerRow(
        claim_id=claim,
        passage_id=item.passage.id,
        document_id=item.document.id,
        start=item.start,
        end=item.end,
        quote=item.quote,
        sha256=quote_hash(item.quote),
        pmid=None,
        is_card=True,
        direction="higher_sensitises",
        label="supports",
        why="",
    )


def test_good_row_passes_every_check() -> None:
    row = check_row(good_row(), CLOSED, names=NAMES)
    assert row.valid
    assert len(row.checks) == 10


def test_row_without_checks_is_not_valid() -> None:
    assert not good_row().valid


OTHER = good_row().quote.replace("more", "less")


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"passage_id": "card:invented#0-5"}, "passage is in the closed set"),
        ({"document_id": "pmid:1"}, "document fits"),
        ({"quote": OTHER, "sha256": quote_hash(OTHER)}, "quote is the exact span"),
        ({"quote": OTHER}, "hash fits"),
        ({"start": 1}, "quote is the exact span"),
        ({"end": 10_000}, "span lies in the passage"),
        ({"pmid": "12345678"}, "source is the document's"),
        ({"is_card": False}, "kind is the document's"),
    ],
)
def test_each_fault_is_caught(change: dict[str, object], failed: str) -> None:
    row = check_row(good_row().model_copy(update=change), CLOSED, names=NAMES)
    assert failed in [c.name for c in row.checks if not c.passed]
    assert all(c.detail for c in row.checks if not c.passed)
    assert literature_support([row]).tier == "nothing found"


def test_swapped_citation_is_caught_by_the_names() -> None:
    row = check_row(good_row(), CLOSED, names=(("drug", (DRUG,)), ("gene", ("GENB",))))
    assert [c.name for c in row.checks if not c.passed] == ["names the gene"]


def test_retracted_source_is_caught() -> None:
    item = ITEMS[1]
    closed = {
        item.passage.id: item.model_copy(update={"document": item.document.model_copy(update={"retracted": True})})
    }
    row = check_row(good_row(), closed, names=NAMES)
    assert [c.name for c in row.checks if not c.passed] == ["record is not retracted"]


def literature(rows: tuple[LedgerRow, ...], text: str) -> LiteratureClaim:
    return LiteratureClaim(id="GENA1.L1", sentence=Sentence(text=text), rows=rows)


def test_sentence_without_a_row_or_without_its_quote_is_not_rendered() -> None:
    row = check_row(good_row(), CLOSED, names=NAMES)
    kept, refused = admit(
        [
            literature((row,), f"They say: {row.quote}"),
            literature((), "Everybody knows it."),
            literature((row,), "Something else entirely."),
            literature((good_row("GENB.L9"),), row.quote),
            InferenceClaim(id="GENA1.I1", sentence=Sentence(text="So it is."), basis=()),
        ]
    )
    assert [c.sentence.text for c in kept] == [f"They say: {row.quote}"]
    assert len(refused) == 4
    assert all(r.reason for r in refused)


def test_failed_row_is_kept_to_be_shown() -> None:
    row = check_row(good_row().model_copy(update={"pmid": "1"}), CLOSED, names=NAMES)
    kept, refused = admit([literature((row,), row.quote)])
    assert len(kept) == 1
    assert not refused


def free_text(text: str) -> EvidenceItem:
    document = Document(id="pmid:1", text=text, kind="abstract", source="test", pmid="1")
    return EvidenceItem(document=document, passage=Passage.cut(document, 0, len(text)))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("High BCL2 expression was associated with sensitivity to venetoclax.", "supports"),
        ("High BCL2 expression was associated with resistance to venetoclax.", "contradicts"),
        ("BCL2 and venetoclax were studied.", "unverified"),
        ("High BCL2 expression was associated with sensitivity to imatinib.", "unverified"),
    ],
)
def test_free_text_is_labelled_by_rules_or_left_unverified(text: str, label: str) -> None:
    found = label_item(free_text(text), "higher_sensitises", drug=("venetoclax",), gene=("BCL2",))
    assert found[0] == label
    assert found[2]


def test_unsettled_data_support_nothing() -> None:
    item = free_text("High BCL2 expression was associated with sensitivity to venetoclax.")
    assert label_item(item, "mixed", drug=("venetoclax",), gene=("BCL2",))[0] == "unverified"


def test_direction_read_from_a_low_level_is_turned() -> None:
    item = free_text("Low BCL2 expression predicted resistance to venetoclax.")
    label, direction, why = label_item(item, "higher_sensitises", drug=("venetoclax",), gene=("BCL2",))
    assert (label, direction) == ("supports", "higher_sensitises")
    assert "turned round" in why
    assert label_item(item, "higher_resists", drug=("venetoclax",), gene=("BCL2",))[:2] == (
        "contradicts",
        "higher_sensitises",
    )


@pytest.mark.parametrize(
    "text",
    [
        "High BCL2 expression may be associated with sensitivity to venetoclax.",
        "High BCL2 expression was associated with sensitivity and with resistance to venetoclax.",
        "BCL2 mutations were associated with sensitivity to venetoclax.",
    ],
)
def test_unsure_readings_stay_unverified(text: str) -> None:
    label, _, why = label_item(free_text(text), "higher_sensitises", drug=("venetoclax",), gene=("BCL2",))
    assert label == "unverified"
    assert why


def test_tiers_count_distinct_sources_with_valid_rows() -> None:
    row = check_row(good_row(), CLOSED, names=NAMES)
    other = row.model_copy(update={"document_id": "card:other"})
    against = row.model_copy(update={"label": "contradicts"})
    mention = row.model_copy(update={"label": "mentions", "context": "in vitro; made-up cells"})
    assert literature_support([row, row]).score == 3
    assert literature_support([row, other]).score == 4
    assert literature_support([row, against]).score == 2
    assert literature_support([mention]).score == 2
    assert literature_support([against]).score == -1
    assert literature_support([]).score == 0


def test_example_records_are_marked_made_up() -> None:
    assert all(r.pmid is None for r in RECORDS)

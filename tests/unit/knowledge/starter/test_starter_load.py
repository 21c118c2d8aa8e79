"""The starter set loads whole, and a damaged set is refused with the file and the entry named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism
from knowledge.starter.load import CARD_SOURCE, StarterDrug, cards_as_documents, load_cards, load_drugs

CARD = {
    "id": "card:venetoclax-BCL2-1",
    "drug": "Venetoclax",
    "entity": "BCL2",
    "entity_kind": "gene",
    "relation": "no_effect",
    "alteration": "expression",
    "direction": "not_stated",
    "context": "a test",
    "summary": "Made up for this test.",
    "level": "in vitro",
    "source": CARD_SOURCE,
    "record_id": "pmid:1",
    "pmid": "1",
}
DRUG = {"name": "ABT737", "gdsc2_ids": [1910], "synonyms": ["BH3 mimetic"], "targets": ["BCL2"], "pathway": "apoptosis"}


def write(path: Path, entries: object) -> Path:
    path.write_text(yaml.safe_dump(entries))
    return path


def test_shipped_cards_are_ours_and_point_to_a_paper() -> None:
    cards = load_cards()
    assert len({card.id for card in cards}) == len(cards) >= 150
    assert len({card.drug for card in cards}) >= 50
    for card in cards:
        assert card.source == CARD_SOURCE
        assert card.pmid and card.pmid.isdigit(), card.id
        assert re.fullmatch(r"card:[a-z0-9-]+-[A-Za-z0-9-]+-\d+", card.id), card.id
        assert 20 <= len(card.summary) <= 420, card.id


def test_direction_is_claimed_only_where_a_level_was_spoken_of() -> None:
    wrong = [
        card.id
        for card in load_cards()
        if card.direction != "not_stated"
        and (card.alteration in {"none", "mutation", "fusion", "other"} or card.relation in {"target", "no_effect"})
    ]
    assert not wrong


def test_loss_and_gain_agree_with_the_relation() -> None:
    """Loss that sensitises means that a higher level resists; for every gain it is the other way round."""
    expected = {
        ("loss", "sensitivity"): "higher_resists",
        ("loss", "resistance"): "higher_sensitises",
        ("amplification", "sensitivity"): "higher_sensitises",
        ("amplification", "resistance"): "higher_resists",
    }
    for card in load_cards():
        wanted = expected.get((card.alteration, card.relation))
        if wanted is not None and card.direction != "not_stated":
            assert card.direction == wanted, card.id


def test_every_card_has_its_drug_facts() -> None:
    known = {drug.name for drug in load_drugs()}
    assert {card.drug for card in load_cards()} <= known


def test_venetoclax_is_known_by_its_code_name_and_target() -> None:
    (venetoclax,) = (drug for drug in load_drugs() if "ABT-199" in drug.synonyms)
    assert (venetoclax.name, venetoclax.gdsc2_ids, venetoclax.targets) == ("Venetoclax", (1909,), ("BCL2",))


def test_venetoclax_cards_say_that_bcl2_high_is_sensitive() -> None:
    found = {
        (card.alteration, card.direction) for card in load_cards() if (card.drug, card.entity) == ("Venetoclax", "BCL2")
    }
    assert ("expression", "higher_sensitises") in found
    assert ("mutation", "not_stated") in found


def test_cards_become_documents_marked_as_cards() -> None:
    gene, pathway = cards_as_documents(
        [
            KnownMechanism.model_validate(CARD),
            KnownMechanism.model_validate(
                CARD | {"id": "card:x-p-1", "entity": "NAD+ biosynthesis", "entity_kind": "pathway", "pmid": None}
            ),
        ]
    )
    assert (gene.id, gene.kind, gene.text, gene.pmid) == (CARD["id"], "card", CARD["summary"], "1")
    assert gene.title == "Card: Venetoclax - BCL2 (no effect)"
    assert gene.url == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert (gene.drugs, gene.genes) == (("Venetoclax",), ("BCL2",))
    assert (gene.source, gene.license) == (CARD_SOURCE, "Apache-2.0")
    assert pathway.genes == ()
    assert pathway.url is None


def test_cards_come_back_in_file_order(tmp_path: Path) -> None:
    write(tmp_path / "b.yaml", [CARD | {"id": "card:b-B-1"}])
    write(tmp_path / "a.yaml", [CARD | {"id": "card:a-A-1"}, CARD | {"id": "card:a-A-2"}])
    (tmp_path / "notes.txt").write_text("not a sheet of cards")
    assert [card.id for card in load_cards(tmp_path)] == ["card:a-A-1", "card:a-A-2", "card:b-B-1"]


def test_an_id_used_twice_names_both_files(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", [CARD])
    write(tmp_path / "b.yaml", [CARD])
    with pytest.raises(InputError, match=r"b\.yaml.*card:venetoclax-BCL2-1.*a\.yaml"):
        load_cards(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relation": "cures"}, r"entry 2 .*card:second.*relation"),
        ({"summary": None}, r"entry 2 .*card:second.*summary"),
        ({"quote": "copied"}, r"entry 2 .*card:second.*quote"),
    ],
)
def test_a_bad_card_is_named_with_its_field(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write(tmp_path / "a.yaml", [CARD, CARD | {"id": "card:second"} | change])
    with pytest.raises(InputError, match=rf"a\.yaml: {message}"):
        load_cards(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("- [unclosed", "not valid YAML"), ("cards: []", "expected a list"), ("- just a string", "entry 1")],
)
def test_a_sheet_that_is_no_list_of_cards_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_cards(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no card"):
        load_cards(tmp_path)


def test_a_name_shared_by_two_drugs_is_refused_however_it_is_spelled(tmp_path: Path) -> None:
    path = write(tmp_path / "drugs.yaml", [DRUG, DRUG | {"name": "Other", "gdsc2_ids": [1], "synonyms": ["abt-737"]}])
    with pytest.raises(InputError, match="'abt737' belongs to 'ABT737' and to 'Other'"):
        load_drugs(path)


def test_an_id_shared_by_two_drugs_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "drugs.yaml", [DRUG, DRUG | {"name": "Other", "synonyms": []}])
    with pytest.raises(InputError, match="1910 belongs to 'ABT737' and to 'Other'"):
        load_drugs(path)


def test_a_drug_without_an_id_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least one GDSC2 id"):
        StarterDrug.model_validate(DRUG | {"gdsc2_ids": []})

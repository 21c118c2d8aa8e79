"""Names: spellings meet, different things do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from explain_engine.data.drugs import DrugMatch, ScreenEntry, match_drug
from explain_engine.data.names import one_spelling
from explain_engine.data.opening import find_drug, screen_entries
from explain_engine.errors import DataUnavailableError, InputError

ENTRIES = (
    ScreenEntry("Venetoclax", 1, 958),
    ScreenEntry("Navitoclax", 1, 967),
    ScreenEntry("Docetaxel", 1, 967),
    ScreenEntry("Docetaxel", 2, 670),
    ScreenEntry("GSK343", 1, 700),
    ScreenEntry("GSK343", 2, 741),
    ScreenEntry("Nutlin-3a (-)", 1, 969),
    ScreenEntry("Torin 2", 1, 900),
    ScreenEntry("torin2", 1, 500),
    ScreenEntry("5-Fluorouracil", 1, 900),
)
SYNONYMS = {
    "Venetoclax": ("ABT-199", "GDC-0199"),
    "Navitoclax": ("ABT-263", "BH3 mimetic"),
    "Fluorouracil": ("5-FU", "5-fluorouracil"),
    "Obatoclax": ("BH3 mimetic",),
    "ABT263x": (),
}
IDS = {1909: "Venetoclax", 1011: "Navitoclax", 1007: "Docetaxel", 1819: "Docetaxel", 7: "Gone", 1627: "GSK343"}


def _match(query: str) -> DrugMatch:
    return match_drug(query, ENTRIES, screen="GDSC2", synonyms=SYNONYMS, ids=IDS)


@pytest.mark.parametrize(
    ("query", "drug", "repeat", "by"),
    [
        ("Venetoclax", "Venetoclax", 1, "exact"),
        (" venetoclax ", "Venetoclax", 1, "spelling"),
        ("VENETO-CLAX", "Venetoclax", 1, "spelling"),
        ("nutlin 3A", "Nutlin-3a (-)", 1, "spelling"),
        ("abt199", "Venetoclax", 1, "synonym"),
        ("5-fu", "5-Fluorouracil", 1, "synonym"),
        ("1909", "Venetoclax", 1, "id"),
        ("1007", "Docetaxel", 1, "id"),
        ("1819", "Docetaxel", 2, "id"),
        ("docetaxel", "Docetaxel", 1, "spelling"),
        ("Docetaxel#2", "Docetaxel", 2, "exact"),
        ("docetaxel # 2", "Docetaxel", 2, "spelling"),
        ("GSK343", "GSK343", 2, "exact"),
        ("Torin 2", "Torin 2", 1, "exact"),
    ],
)
def test_what_is_meant(query: str, drug: str, repeat: int, by: str) -> None:
    match = _match(query)
    assert (match.drug, match.repeat, match.matched_by) == (drug, repeat, by)


def test_ids_follow_the_entries() -> None:
    assert _match("Docetaxel#2").drug_id == 1819
    assert _match("Docetaxel").drug_id == 1007
    assert _match("Venetoclax").drug_id == 1909
    # One id for two entries cannot be told which: none is claimed.
    assert _match("GSK343").drug_id is None
    assert match_drug("Venetoclax", ENTRIES, screen="GDSC2").drug_id is None


def test_the_choice_between_two_entries_is_told() -> None:
    note = _match("GSK343").note
    assert "used is entry 2 (741 lines)" in note and "GSK343#1 (700 lines)" in note and "not averaged" in note
    assert _match("Venetoclax").note == ""


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("venetoclaxx", r"did you mean Venetoclax"),
        ("ABT-19", r"did you mean Venetoclax"),
        ("zzzz", r"no name is near it"),
        ("", "empty"),
        ("---", "has no drug"),
        ("Docetaxel#3", r"no entry 3 of Docetaxel; it has Docetaxel#1, Docetaxel#2"),
        ("TORIN-2", r"fits several drugs of GDSC2: Torin 2, torin2"),
        ("1627", "cannot be told from the others"),
        ("7", "did not screen"),
        ("424242", "has no drug"),
        ("²", "has no drug"),
        ("9" * 5000, "has no drug"),
    ],
)
def test_unknown_and_ambiguous_queries_are_refused_with_a_way_on(query: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _match(query)


def test_a_synonym_of_two_screened_drugs_is_ambiguous() -> None:
    entries = (*ENTRIES, ScreenEntry("Obatoclax", 1, 100))
    with pytest.raises(InputError, match="Navitoclax, Obatoclax"):
        match_drug("bh3 mimetic", entries, screen="GDSC2", synonyms=SYNONYMS)


def test_the_screen_s_own_misspelling_is_known() -> None:
    match = match_drug("venetoclax", [ScreenEntry("Venotoclax", 1, 905)], screen="GDSC1")
    assert (match.drug, match.matched_by) == ("Venotoclax", "synonym")


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("HCT116", ["HCT-116"], "HCT-116"),
        ("HCT-116", ["HCT-116", "HCT116"], "HCT-116"),
        ("hct 116", ["HCT-116", "HCT116"], "hct 116"),
        ("NCISNU1", ["SNU-1"], "SNU-1"),
        ("H2369", ["NCI-H2369"], "NCI-H2369"),
        ("KMH2", ["KMH-2", "KM-H2"], "KM-H2"),
        ("TT", ["T-T", "TT"], "TT"),
        ("TT", ["T-T"], "TT"),
        ("nothing", ["HCT-116"], "nothing"),
        ("NCI", ["A"], "NCI"),
    ],
)
def test_line_names_meet_their_spelling(name: str, known: list[str], expected: str) -> None:
    assert one_spelling([name], known) == {name: expected}


def test_a_name_is_not_given_away() -> None:
    assert one_spelling(["TT", "T-T"], ["TT"]) == {"TT": "TT", "T-T": "T-T"}


def test_drugs_of_the_fetched_screens(fetched: Path, tmp_path: Path) -> None:
    assert [(e.drug, e.repeat, e.n_lines) for e in screen_entries(fetched)][:3] == [
        ("Venetoclax", 1, 70),
        ("Docetaxel", 1, 70),
        ("Nutlin-3a (-)", 1, 65),
    ]
    match = find_drug(fetched, 1819, ids=IDS, screen="gdsc1")
    assert (match.drug, match.repeat, match.drug_id, match.screen) == ("Docetaxel", 2, 1819, "GDSC1")
    with pytest.raises(InputError, match="GDSC2 and GDSC1"):
        screen_entries(fetched, "CTRP")
    with pytest.raises(DataUnavailableError, match="oncobrief data fetch gdsc"):
        find_drug(tmp_path, "Venetoclax")

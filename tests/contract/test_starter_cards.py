"""Every starter card stands on a record of the reference data that names its drug and its gene.

The records are not part of the project, so that these tests run only where the reference data folder is present.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from knowledge.mechanisms.model import KnownMechanism
from knowledge.starter.load import StarterDrug, load_cards, load_drugs

pytestmark = pytest.mark.shared

LONGEST_SHARED_RUN = 7  # words in a row; eight or more count as copied

# Names used by the records that HGNC does not list as alias or previous symbol of the gene.
OTHER_NAMES = {
    "ABCB1": ("P-glycoprotein",),
    "AURKA": ("Aurora A kinase", "AURK-A"),
    "BRCA2": ("Breast Cancer Gene 2",),
    "CCND1": ("Cyclin D1",),
    "CCNE1": ("cyclin E1",),
    "CDKN1B": ("p27",),
    "CLU": ("clusterin",),
    "CTNNB1": ("β-catenin",),
    "ESR1": ("estrogen receptor",),
    "FGF2": ("bFGF",),
    "IGF1R": ("IGF-IR",),
    "RHOA": ("Rho A",),
    "RPS6KB1": ("p70S6K",),
    "STMN1": ("stathmin",),
    "TOP1": ("topoisomerase I", "topoisomerase 1"),
    "TP53": ("Trp53",),
    "TUBB3": ("class 3 beta-tubulin",),
    "UMPS": ("orotate phosphoribosyltransferase",),
    "YAP1": ("YAP",),
}
# Words of a record that show the pathway of the few cards without a gene.
PATHWAY_WORDS = {
    "NAD+ biosynthesis": ("NAD(+) synthesis",),
    "PI3K/Akt signalling": ("PI3K/Akt",),
}


def names_it(name: str, text: str) -> bool:
    """Whether `text` holds `name` as a word of its own, however it is capitalised, spaced, hyphenated or bracketed."""
    chunks = re.findall(r"[A-Za-z]+|\d+|[^\W\d_A-Za-z]+", name)
    pattern = r"(?<![A-Za-z0-9])" + r"[\s\-‐‑–/()+]*".join(map(re.escape, chunks)) + r"(?![A-Za-z0-9])"
    return re.search(pattern, text, re.IGNORECASE) is not None


def longest_shared_run(ours: str, theirs: str) -> int:
    """Length, in words, of the longest stretch that both texts share; case and punctuation do not count."""
    mine, yours = (re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()) for text in (ours, theirs))
    longest = 0
    row = [0] * (len(yours) + 1)
    for word in mine:
        row = [0] + [row[at] + 1 if word == other else 0 for at, other in enumerate(yours)]
        longest = max(longest, *row)
    return longest


@pytest.fixture(scope="module")
def cards() -> tuple[KnownMechanism, ...]:
    return load_cards()


@pytest.fixture(scope="module")
def drugs() -> dict[str, StarterDrug]:
    return {drug.name: drug for drug in load_drugs()}


@pytest.fixture(scope="module")
def records(reference_data: Path, cards: tuple[KnownMechanism, ...]) -> dict[str, dict[str, Any]]:
    """The records that the cards cite, by id."""
    wanted = {card.record_id for card in cards}
    with gzip.open(reference_data / "knowledge" / "documents.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {record["id"]: record for record in map(json.loads, lines) if record["id"] in wanted}


@pytest.fixture(scope="module")
def gdsc2(reference_data: Path) -> dict[str, int]:
    with (reference_data / "drugs.csv").open(newline="", encoding="utf-8") as table:
        return {row["drug"].strip(): int(row["drug_id"]) for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def gene_names(reference_data: Path) -> dict[str, tuple[str, ...]]:
    """Approved symbol to every name of the gene: symbol, aliases, previous symbols, names documented above."""
    table = pd.read_parquet(reference_data / "knowledge" / "hgnc_genes.parquet")
    return {
        row.symbol: (
            row.symbol,
            *(
                name.strip()
                for cell in (row.aliases, row.previous)
                if isinstance(cell, str)
                for name in cell.split(",")
                if len(name.strip()) > 1
            ),
            *OTHER_NAMES.get(row.symbol, ()),
        )
        for row in table.itertuples()
    }


def full_text(record: dict[str, Any]) -> str:
    return f"{record['title'] or ''} {record['text']}"


def test_there_are_enough_cards_for_enough_drugs(cards: tuple[KnownMechanism, ...]) -> None:
    assert len(cards) >= 150
    assert len({card.drug for card in cards}) >= 50


def test_every_record_exists_with_its_pmid_and_stands_unretracted(
    cards: tuple[KnownMechanism, ...], records: dict[str, dict[str, Any]], reference_data: Path
) -> None:
    with gzip.open(reference_data / "knowledge" / "pubmed_retracted_pmids.txt.gz", "rt", encoding="utf-8") as lines:
        retracted = {line.strip() for line in lines}
    wrong = [
        card.id
        for card in cards
        if card.record_id not in records
        or card.pmid is None
        or records[card.record_id]["pmid"] != card.pmid
        or records[card.record_id]["retracted"]
        or card.pmid in retracted
    ]
    assert not wrong


def test_every_drug_is_of_the_gdsc2_screen(
    cards: tuple[KnownMechanism, ...], drugs: dict[str, StarterDrug], gdsc2: dict[str, int]
) -> None:
    assert {card.drug for card in cards} <= set(gdsc2)
    assert {drug.name: drug.gdsc2_ids for drug in drugs.values()} == {name: (number,) for name, number in gdsc2.items()}


def test_every_record_names_the_drug(
    cards: tuple[KnownMechanism, ...], drugs: dict[str, StarterDrug], records: dict[str, dict[str, Any]]
) -> None:
    silent = [
        (card.id, card.record_id)
        for card in cards
        if not any(
            names_it(name, full_text(records[card.record_id])) for name in (card.drug, *drugs[card.drug].synonyms)
        )
    ]
    assert not silent


def test_every_record_names_the_gene(
    cards: tuple[KnownMechanism, ...], records: dict[str, dict[str, Any]], gene_names: dict[str, tuple[str, ...]]
) -> None:
    silent = [
        (card.id, card.record_id)
        for card in cards
        if not any(
            names_it(name, full_text(records[card.record_id]))
            for name in (
                gene_names.get(card.entity, (card.entity,))
                if card.entity_kind == "gene"
                else PATHWAY_WORDS[card.entity]
            )
        )
    ]
    assert not silent


def test_genes_and_targets_are_approved_symbols(
    cards: tuple[KnownMechanism, ...], drugs: dict[str, StarterDrug], gene_names: dict[str, tuple[str, ...]]
) -> None:
    used = {card.entity for card in cards if card.entity_kind == "gene"}
    used |= {target for drug in drugs.values() for target in drug.targets}
    assert used <= set(gene_names)


def test_other_gene_names_are_all_needed(cards: tuple[KnownMechanism, ...], records: dict[str, dict[str, Any]]) -> None:
    """A name on the list that no record uses would let a card pass that should not."""
    texts: dict[str, str] = {}
    for card in cards:
        texts[card.entity] = texts.get(card.entity, "") + " " + full_text(records[card.record_id])
    idle = [name for gene, names in OTHER_NAMES.items() for name in names if not names_it(name, texts.get(gene, ""))]
    assert not idle


def test_no_summary_copies_its_record(cards: tuple[KnownMechanism, ...], records: dict[str, dict[str, Any]]) -> None:
    copied = {
        card.id: run
        for card in cards
        if (run := longest_shared_run(card.summary, full_text(records[card.record_id]))) > LONGEST_SHARED_RUN
    }
    assert not copied


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("ABT737", "the BH3 mimetic ABT-737 killed", True),
        ("BAY-86-9766", "inhibitor BAY 86-9766.", True),
        ("MET", "metastatic disease", False),
        ("BRCA1", "BRCA1/2 mutated", True),
        ("BRCA1", "BRCA12 region", False),
    ],
)
def test_a_name_counts_only_as_a_whole_word(name: str, text: str, found: bool) -> None:
    assert names_it(name, text) is found


def test_shared_runs_ignore_case_and_punctuation() -> None:
    assert longest_shared_run("Low MGMT was, in short, good", "patients with low mgmt was in SHORT supply") == 5

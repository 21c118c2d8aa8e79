"""What must hold for every text: spans are exact, nothing is lost, nothing overlaps."""

from __future__ import annotations

import json
from itertools import pairwise

import bibtexparser
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.cite.model import Citation
from knowledge.cite.write import to_bibtex, to_csl_json, to_ris
from knowledge.documents import Document
from knowledge.evidence.spans import sentence_spans
from knowledge.ids.lexicon import Lexicon
from knowledge.ids.model import Entity, name_key
from knowledge.passages import MAX_CHARS, cut_passages

PROSE = st.text(alphabet=st.sampled_from("aB1 .,;!?\n\t(“é”)-βC2\f"), max_size=400)
LONG = st.lists(st.text(alphabet="abc .", min_size=1, max_size=1500), max_size=4).map(" ".join)


@given(PROSE)
def test_sentences_cover_every_character_once(text: str) -> None:
    spans = sentence_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@settings(max_examples=60)
@given(st.one_of(PROSE, LONG))
def test_passages_are_exact_bounded_and_lose_nothing(text: str) -> None:
    passages = cut_passages(Document(id="x", text=text, kind="note", source="test"))
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert all(len(p.text) <= MAX_CHARS for p in passages)
    assert all("\f" not in p.text for p in passages)
    assert all(before.end <= after.start for before, after in pairwise(passages))
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())


ENTITIES = [
    Entity(curie="hgnc:990", kind="gene", name="BCL2", synonyms=("Bcl-2",)),
    Entity(curie="hgnc:992", kind="gene", name="BCL2L1", synonyms=("BCL-XL",)),
    Entity(curie="drug:venetoclax", kind="drug", name="Venetoclax", synonyms=("ABT-199", "abt 199 x")),
]
PIECES = st.lists(
    st.sampled_from(["BCL2", "Bcl-2", "bcl 2", "BCL-XL", "ABT-199", "venetoclax", " ", "-", ". ", "x", "é"])
)


@given(PIECES.map("".join))
def test_mentions_are_exact_ordered_and_stand_alone(text: str) -> None:
    mentions = Lexicon(ENTITIES).find(text)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.surface
        assert mention.names
        for edge in (text[mention.start - 1 : mention.start], text[mention.end : mention.end + 1]):
            assert not (edge.isascii() and edge.isalnum())
    assert all(before.end <= after.start for before, after in pairwise(mentions))


@given(st.text(max_size=30))
def test_name_keys_do_not_depend_on_case_or_joints(name: str) -> None:
    key = name_key(name)
    assert name_key(f" {name}-") == key
    assert all(char.isalnum() for char in key)


LINE = st.text(
    alphabet=st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn"), exclude_characters="\x85"
    ),
    min_size=1,
    max_size=60,
).map(lambda text: " ".join(text.split()))
TITLES = LINE.filter(bool)


@settings(max_examples=150)
@given(TITLES, st.none() | TITLES, st.none() | st.integers(1900, 2100))
def test_ris_and_csl_give_back_what_was_written(title: str, journal: str | None, year: int | None) -> None:
    item = Citation(key="pmid-1", title=title, journal=journal, year=year, doi="10.1/a_b", pmid="1", url="http://x/%7B")
    (read,) = rispy.loads(to_ris([item]))
    assert read["title"] == title
    assert read.get("year") == (None if year is None else str(year))
    assert read.get("journal_name", read.get("alternate_title3")) == journal or read.get("alternate_title2") == journal
    assert read["doi"] == "10.1/a_b"
    (entry,) = json.loads(to_csl_json([item]))
    assert entry["title"] == title
    assert entry.get("container-title") == journal


@settings(max_examples=150)
@given(TITLES)
def test_bibtex_parses_and_unescapes_to_the_title(title: str) -> None:
    item = Citation(key="pmid-1", title=title, year=2014, doi="10.1/a_b", pmid="1")
    library = bibtexparser.parse_string(to_bibtex([item]))
    assert not library.failed_blocks
    (entry,) = library.entries
    assert entry.key == "pmid-1"
    assert entry.fields_dict["year"].value == "2014"
    value = entry.fields_dict["title"].value
    assert value.startswith("{") and value.endswith("}")
    assert unescape(value[1:-1]) == title


def unescape(text: str) -> str:
    """TeX's own reading of the escapes, written apart from the writer's table."""
    out, i = [], 0
    names = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^"}
    while i < len(text):
        if text[i] != "\\":
            out.append(text[i])
            i += 1
        elif (name := next((n for n in names if text.startswith(n + "{}", i + 1)), None)) is not None:
            out.append(names[name])
            i += len(name) + 3
        else:
            out.append(text[i + 1])
            i += 2
    return "".join(out)

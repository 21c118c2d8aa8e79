import json

import bibtexparser
import rispy

from knowledge.cite.model import citation_of
from knowledge.cite.write import to_bibtex, to_csl, to_csl_json, to_ris
from knowledge.documents import Document
from knowledge.retrieve.model import DocumentMeta


def meta(**fields: object) -> DocumentMeta:
    base = {"id": "pmid:1", "text": "x", "kind": "abstract", "source": "PubMed", "title": "T", "pmid": "1"}
    return DocumentMeta.of(Document.model_validate(base | fields))


PAPER = meta(title="50% of {cells} & \\more_ #1 $x$ ~^", journal="J & J", year=2014, doi="10.1/a_b{c}")


def test_a_citation_states_what_the_record_states_and_no_more() -> None:
    item = citation_of(meta(title=None, pmid=None, id="civic:EID7", source="CIViC", url="https://civicdb.org/7"))
    assert (item.key, item.title) == ("civic-EID7", "CIViC, record civic:EID7")
    assert (item.year, item.journal, item.note, item.url) == (None, None, None, "https://civicdb.org/7")
    for text in (to_bibtex([item]), to_ris([item]), to_csl_json([item])):
        assert "None" not in text
        assert "year" not in text


def test_a_card_is_cited_as_our_summary_and_a_retraction_is_marked() -> None:
    card = citation_of(meta(kind="card", id="card:venetoclax-BCL2-1", retracted=True))
    assert str(card.note).startswith("RETRACTED; summary written for oncobrief")
    assert card.url == "https://pubmed.ncbi.nlm.nih.gov/1/"
    assert "RETRACTED" in to_bibtex([card]) and "RETRACTED" in to_ris([card]) and "RETRACTED" in to_csl_json([card])


def test_bibtex_is_escaped_and_parses() -> None:
    text = to_bibtex([citation_of(PAPER)])
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    (entry,) = library.entries
    assert (entry.entry_type, entry.key) == ("article", "pmid-1")
    fields = {field.key: field.value for field in entry.fields}
    assert (
        fields["title"]
        == r"{50\% of \{cells\} \& \textbackslash{}more\_ \#1 \$x\$ \textasciitilde{}\textasciicircum{}}"
    )
    assert fields["journal"] == r"J \& J"
    assert fields["doi"] == "10.1/a_b%7Bc%7D"


def test_ris_reads_back() -> None:
    (read,) = rispy.loads(to_ris([citation_of(PAPER)]))
    assert (read["type_of_reference"], read["title"], read["year"]) == ("JOUR", PAPER.title, "2014")
    assert (read["doi"], read["accession_number"], read["name_of_database"]) == ("10.1/a_b{c}", "1", "PubMed")


def test_a_line_break_in_a_title_cannot_make_a_new_field() -> None:
    item = citation_of(meta(title="A\nER  - \nTY  - BOOK\nTI  - Other"))
    assert len(rispy.loads(to_ris([item]))) == 1
    assert "\nTY  - BOOK" not in to_ris([item])


def test_csl_has_the_fields_of_the_schema() -> None:
    (entry,) = to_csl([citation_of(PAPER)])
    assert entry["issued"] == {"date-parts": [[2014]]}
    assert (entry["type"], entry["container-title"], entry["PMID"]) == ("article-journal", "J & J", "1")
    assert json.loads(to_csl_json([citation_of(PAPER)])) == [entry]


def test_each_key_comes_once() -> None:
    item = citation_of(PAPER)
    assert to_ris([item, item]).count("TY  - ") == 1
    assert to_bibtex([item, item]).count("@article") == 1
    assert len(to_csl([item, item])) == 1
    assert to_bibtex([]) == "" and to_ris([]) == "" and to_csl([]) == []

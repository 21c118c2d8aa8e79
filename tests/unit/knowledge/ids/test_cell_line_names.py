from pathlib import Path

import pytest

from knowledge.errors import InputError
from knowledge.ids.cells import CellFinder, cell_entity, cell_table, merge_cells, read_cell_names
from knowledge.ids.names import NameTable
from knowledge.ids.tables import load_names, missing_names

TABLE = (
    "cell_line,cosmic_id\nMOLT-4,905958\nKM-H2,909976\nKMH-2,1298167\nNCI-H460,905943\nSNU-1,908442\n"
    "NCI-SNU-1,111\nPC-3,905934\nHEL,907053\nMET,5\n697,906800\nA549,905949\n"
)


@pytest.fixture
def cells(tmp_path: Path) -> NameTable:
    path = tmp_path / "cells.csv"
    path.write_text(TABLE)
    return cell_table(read_cell_names(path))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("MOLT-4", "MOLT-4"),
        ("molt4", "MOLT-4"),
        ("Molt 4", "MOLT-4"),
        ("cosmic:905958", "MOLT-4"),
        ("KM-H2", "KM-H2"),
        ("KMH-2", "KMH-2"),
        ("H460", "NCI-H460"),
        ("NCI-A549", "A549"),
        ("SNU1", "SNU-1"),
        ("NCISNU1", "NCI-SNU-1"),
        ("697", "697"),
    ],
)
def test_a_line_is_known_whatever_its_spelling(cells: NameTable, name: str, line: str) -> None:
    found = cells.resolve(name).entity
    assert found is not None
    assert found.name == line


def test_lines_that_differ_in_punctuation_alone_stay_ambiguous(cells: NameTable) -> None:
    report = cells.map(["KMH2", "MOLT4", "no such line"])
    assert report.ambiguous == {"KMH2": ("KM-H2", "KMH-2")}
    assert report.mapped == {"MOLT4": "MOLT-4"}
    assert report.unmapped == ("no such line",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A549 was treated; MOLT4, too", ["A549", "MOLT-4"]),
        ("NCI-H460 and H460", ["NCI-H460", "NCI-H460"]),
        ("PC-3 cells and HEL xenografts", ["PC-3", "HEL"]),
        ("a panel of lines (PC3, HEL)", ["PC-3", "HEL"]),
        ("PC3 is a protein. Cells were not used.", []),
        ("HEL was not asked; met MET amplification", []),
        ("697 patients and 697 cells", []),
        ("KMH2 cells", ["KM-H2|KMH-2"]),
        ("MYA549B", []),
    ],
)
def test_lines_are_found_in_text_with_their_spans(cells: NameTable, text: str, expected: list[str]) -> None:
    found = CellFinder(cells).find(text)
    assert ["|".join(mention.names) for mention in found] == expected
    assert all(text[mention.start : mention.end] == mention.surface for mention in found)
    assert {mention.kind for mention in found} <= {"cell"}


def test_a_line_that_shares_its_name_with_a_gene_needs_cells_beside_it(cells: NameTable) -> None:
    finder = CellFinder(cells, {"a549"})
    assert finder.find("loss of A549 in patients") == []
    assert [mention.surface for mention in finder.find("loss in A549 cells")] == ["A549"]


def test_tables_of_two_sources_join_by_id_or_spelling(tmp_path: Path) -> None:
    model = tmp_path / "cells_depmap.csv"
    model.write_text(
        "ModelID,CellLineName,StrippedCellLineName,COSMICID,SangerModelID,RRID\n"
        "ACH-000001,NIH:OVCAR-3,NIHOVCAR3,905933,SIDM00105,CVCL_0465\n"
        "ACH-000681,A549,A549,,SIDM00903,CVCL_0023\n"
    )
    own = [cell_entity("OVCAR-3", (), ["cosmic:905933"]), cell_entity("A549", (), ["cosmic:905949"])]
    joined = merge_cells([*own, *read_cell_names(model)])
    assert [line.name for line in joined] == ["OVCAR-3", "A549"]
    table = cell_table(joined)
    for name, line in (("NIHOVCAR3", "OVCAR-3"), ("depmap:ACH-000681", "A549"), ("cellosaurus:CVCL_0465", "OVCAR-3")):
        found = table.resolve(name).entity
        assert found is not None
        assert found.name == line


def test_lines_of_one_table_with_other_ids_are_not_joined(cells: NameTable) -> None:
    assert {"KM-H2", "KMH-2", "SNU-1", "NCI-SNU-1"} <= cells.entities.keys()


@pytest.mark.parametrize(
    ("content", "message"),
    [("name,cosmic_id\nA,1\n", "no column cell_line"), ("cell_line,cosmic_id\n,1\n", "line 2: no name")],
)
def test_a_file_that_is_no_cell_table_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "cells.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_cell_names(path)


def test_a_table_in_the_names_folder_is_in_force_and_its_absence_is_told(tmp_path: Path) -> None:
    assert missing_names(tmp_path)["cell lines"] == "oncobrief data fetch gdsc"
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "cells_gdsc.csv").write_text(TABLE)
    names = load_names(tmp_path)
    assert "cells_gdsc.csv, 11 cell lines" in names.sources
    assert names.cells.resolve("molt4").entity is not None
    assert [mention.surface for mention in names.cell_finder.find("in MET cells")] == ["MET"]
    assert "cell lines" not in missing_names(tmp_path)

"""GMT files are read exactly, and the fetched collection is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explain_engine.data.genesets import HALLMARK_FILE, fetch_genesets, open_genesets
from explain_engine.data.gmt import gmt_descriptions, load_gmt
from explain_engine.errors import DataUnavailableError, InputError


def _gmt(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "s.gmt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_only_tabs_separate(tmp_path: Path) -> None:
    path = _gmt(tmp_path, "\ufeffSET ONE\tabout, with blanks\x0b\u2028\tTP53\tHLA-A\r\n\nB\t\tMYC\t\t\n")
    assert load_gmt(path) == {"SET ONE": ("TP53", "HLA-A"), "B": ("MYC",)}
    assert gmt_descriptions(path)["SET ONE"] == "about, with blanks"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A\tb\tTP53\nB b TP53 MYC\n", r"line 2: 1 fields.*separated by tabs, not blanks"),
        ("A\tb\n", "line 1: 2 fields"),
        ("\tb\tTP53\n", "the set has no name"),
        ("A\tb\tTP53\t\tMYC\n", r"line 1: field 4 of 'A' is empty"),
        ("A\tb\t\n", "field 3 of 'A' is empty"),
        ("A\tb\tTP53\tMYC\tTP53\n", "'TP53' is twice in 'A'"),
        ("A\tb\tTP53\nA\tb\tMYC\n", r"line 2: the set 'A' was already given in line 1"),
        ("\n \n", "no gene set"),
        (b"A\tb\t\xff\n", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_gmt(_gmt(tmp_path, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_gmt(tmp_path / "none.gmt")


def test_fetched_sets_are_kept_whole(carriers: Any, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="oncobrief data fetch genesets"):
        open_genesets(tmp_path)
    manifest = fetch_genesets(tmp_path, archives=carriers.folder, package=carriers.pegasuspy)
    assert open_genesets(tmp_path) == {"SET_A": ("TP53", "MYC"), "SET_B": ("RB1",)}
    assert "CC BY 4.0" in manifest.terms[0]
    assert manifest.tables[0].rows == 2
    told: list[str] = []
    fetch_genesets(tmp_path, archives=tmp_path, package=carriers.pegasuspy, progress=told.append)
    assert "nothing to fetch" in told[0]
    (tmp_path / "genesets" / HALLMARK_FILE).write_text("A\tb\tTP53\n")
    with pytest.raises(DataUnavailableError, match="damaged"):
        open_genesets(tmp_path)
    fetch_genesets(tmp_path, archives=carriers.folder, package=carriers.pegasuspy)
    assert len(open_genesets(tmp_path)) == 2

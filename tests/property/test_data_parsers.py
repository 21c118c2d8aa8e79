"""Every parser of a user's file: what is written is read back; any bytes at all end in a table or one clear error."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explain_engine.data.check import check_file
from explain_engine.data.dataset import ResponseDataset
from explain_engine.data.drugs import ScreenEntry, match_drug
from explain_engine.data.gmt import load_gmt
from explain_engine.data.info import data_info
from explain_engine.data.manifest import Manifest, SourceFile, TableEntry, load_manifest, save_manifest
from explain_engine.data.names import name_key, one_spelling
from explain_engine.data.readers import parse_text, read_table
from explain_engine.data.response import open_response_table
from explain_engine.data.tensors import load_tensor_dict
from explain_engine.errors import DataUnavailableError, EngineError, InputError

fuzz = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Surrogates are no text; NUL and lone carriage returns are refused or rewritten by csv itself.
_text = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)
_field = _text.filter(lambda text: "\t" not in text and "\n" not in text and text == text.strip() and text != "")
_number = st.floats(allow_nan=False, allow_infinity=False, width=32)
_csv_like = st.text(st.sampled_from("ab1,\t;\"'\n\r.-eE 0\ufeffé"), max_size=80)


_SCRATCH = tempfile.TemporaryDirectory(prefix="oncobrief-fuzz-")


def _folder() -> Path:
    return Path(tempfile.mkdtemp(dir=_SCRATCH.name))


def _path(content: bytes, name: str) -> Path:
    path = Path(_SCRATCH.name) / name
    path.write_bytes(content)
    return path


_about = _text.map(lambda text: text.replace("\t", "").replace("\n", ""))
_genes = st.lists(_field, min_size=1, max_size=5, unique=True)


@fuzz
@given(st.dictionaries(_field, st.tuples(_about, _genes), min_size=1, max_size=5))
def test_gmt_comes_back_exactly(sets: dict[str, tuple[str, list[str]]]) -> None:
    text = "".join("\t".join([name, about, *genes]) + "\n" for name, (about, genes) in sets.items())
    # A byte order mark at the very start is not part of the first name.
    expected = {name: tuple(genes) for name, (_, genes) in sets.items()}
    if text.startswith("\ufeff"):
        return
    assert load_gmt(_path(text.encode(), "s.gmt")) == expected


@fuzz
@given(st.one_of(st.binary(max_size=60), st.text(st.sampled_from("AB\t\n\r ,é"), max_size=60).map(str.encode)))
def test_gmt_of_any_bytes_is_sets_or_one_error(content: bytes) -> None:
    try:
        sets = load_gmt(_path(content, "s.gmt"))
    except InputError as error:
        assert str(error)
    else:
        assert sets
        assert all(name and genes and all(genes) and len(set(genes)) == len(genes) for name, genes in sets.items())


@fuzz
@given(
    st.lists(_field, min_size=2, max_size=5),
    st.lists(st.tuples(_field.filter(lambda t: t.lower() not in _NA), st.lists(_number, min_size=4, max_size=4)),
             min_size=1, max_size=6),
    st.sampled_from([",", "\t", ";"]),
)  # fmt: skip
def test_a_delimited_table_comes_back_exactly(header: list[str], rows: list[tuple[str, list[float]]], sep: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=sep)
    writer.writerow(header)
    writer.writerows([name, *map(repr, values[: len(header) - 1])] for name, values in rows)
    if buffer.getvalue().startswith("\ufeff"):
        return
    table = parse_text(buffer.getvalue().encode(), "t", sep)
    assert list(table.columns) == header
    assert table.iloc[:, 0].tolist() == [name for name, _ in rows]
    read = table.iloc[:, 1:].to_numpy(np.float64)
    np.testing.assert_allclose(read, [values[: len(header) - 1] for _, values in rows], rtol=1e-12)


_NA = {"", "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>", "n/a", "na", "null",
       "nan", "none"}  # fmt: skip


@fuzz
@given(st.one_of(st.binary(max_size=80), _csv_like.map(str.encode)), st.sampled_from(["t.csv", "t.tsv", "t.csv.gz"]))
def test_any_bytes_are_a_table_or_one_error(content: bytes, name: str) -> None:
    path = _path(content, name)
    try:
        table = read_table(path)
    except InputError as error:
        assert str(error)
    else:
        assert isinstance(table, pd.DataFrame) and table.shape[1] >= 1


@fuzz
@given(st.one_of(st.binary(max_size=80), _csv_like.map(str.encode),
                 _csv_like.map(lambda text: f"line,drug,auc\n{text}".encode())),
       st.sampled_from(["t.csv", "t.tsv", "t.parquet", "t.csv.gz", "t"]))  # fmt: skip
def test_the_file_check_never_raises(content: bytes, name: str) -> None:
    report = check_file(_path(content, name))
    assert report.ok == all(finding.severity != "error" for finding in report.findings)
    assert report.table != "unreadable" or report.findings
    for finding in report.findings:
        assert finding.what


@fuzz
@given(_csv_like.map(lambda text: f"line,drug,auc\n{text}".encode()), st.sampled_from(["refuse", "mean"]))
def test_response_tables_are_read_or_refused(content: bytes, repeats: str) -> None:
    try:
        table = open_response_table(_path(content, "t.csv"), kind="auc", repeats=repeats)  # type: ignore[arg-type]
    except InputError:
        return
    assert not table.rows.duplicated(["line", "drug"]).any()
    assert table.rows["value"].notna().all()


@fuzz
@given(st.binary(max_size=120))
def test_tensor_files_of_any_bytes_end_in_tensors_or_one_error(content: bytes) -> None:
    try:
        loaded = load_tensor_dict(content)
    except DataUnavailableError:
        return
    assert all(isinstance(values, np.ndarray) for values in loaded.values())


@fuzz
@given(st.lists(st.text(st.sampled_from("AaBb1-_ NCI"), min_size=1, max_size=5), max_size=6, unique=True),
       st.lists(st.text(st.sampled_from("AaBb1-_ NCI"), min_size=1, max_size=5), max_size=6, unique=True))  # fmt: skip
def test_a_spelling_never_changes_letters_or_digits(names: list[str], known: list[str]) -> None:
    for name, spelled in one_spelling(names, known).items():
        assert spelled == name or (
            spelled in known and name_key(spelled).removeprefix("NCI") == name_key(name).removeprefix("NCI")
        )
        assert name not in known or spelled == name


@fuzz
@given(
    _text, st.lists(st.text(st.sampled_from("AaBb1-# 2"), min_size=1, max_size=5), min_size=1, max_size=6, unique=True)
)
def test_a_drug_query_ends_in_one_entry_or_one_error(query: str, names: list[str]) -> None:
    entries = [ScreenEntry(name, 1, 100) for name in names]
    try:
        match = match_drug(query, entries, screen="S", synonyms={"Aa": ("b", "1")}, ids={1: names[0]})
    except InputError as error:
        assert str(error)
    else:
        assert match.drug in names


@fuzz
@given(_field, _text, st.lists(_text, max_size=3))
def test_a_manifest_with_any_text_comes_back_and_is_shown(name: str, units: str, terms: list[str]) -> None:
    folder = _folder()
    source = SourceFile(name=name, sha256="0" * 64, licence=units)
    entry = TableEntry(file="expression.parquet", sha256="0" * 64, rows=1, columns=1, units=units, sources=(source,))
    manifest = Manifest(carrier=name, made_by="m", tables=(entry,), terms=tuple(terms))
    save_manifest(folder / "gdsc", manifest)
    assert load_manifest(folder / "gdsc") == manifest
    info = data_info(folder)
    assert info.terms == tuple(terms)
    assert {file.state for file in info.files} == {"missing"}
    assert info.model_validate_json(info.model_dump_json()) == info


@fuzz
@given(st.binary(max_size=80))
def test_info_of_a_damaged_folder_never_raises(content: bytes) -> None:
    folder = _folder()
    (folder / "gdsc").mkdir()
    (folder / "gdsc" / "manifest.json").write_bytes(content)
    (folder / "gdsc" / "expression.parquet").write_bytes(content)
    assert data_info(folder).next_steps


@fuzz
@given(st.permutations(range(64)), st.permutations(range(64)), st.integers(0, 3))
def test_alignment_does_not_depend_on_the_order_given(rows: list[int], order: list[int], without: int) -> None:
    rng = np.random.default_rng(0)
    lines = [f"L{number}" for number in range(64)]
    x = pd.DataFrame(rng.normal(size=(64, 3)), index=lines, columns=["A", "B", "C"])
    y = pd.Series(rng.normal(2, 2, 64), index=lines)
    given_y = y.iloc[list(order)].drop(lines[:without])
    data = ResponseDataset.from_frames(x.iloc[list(rows)], given_y, drug="d", kind="ln_ic50")
    assert set(data.unmapped.lines_without_response) == set(lines[:without])
    pd.testing.assert_series_equal(data.y, y.loc[data.X.index], check_names=False)
    pd.testing.assert_frame_equal(data.X.sort_index(), x.drop(lines[:without]).sort_index())


def test_every_error_of_the_data_door_tells_who_must_act() -> None:
    assert issubclass(InputError, EngineError)
    assert (InputError.exit_code, DataUnavailableError.exit_code) == (2, 1)
    with pytest.raises(InputError):
        parse_text(b"", "t", ",")

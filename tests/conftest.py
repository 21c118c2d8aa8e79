"""Fixtures shared by every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def reference_data_dir() -> Path:
    """Folder of the reference data; it may be absent."""
    return Path(os.environ.get("ONCOBRIEF_REFERENCE_DATA", _ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Path of the reference data folder; skips the test, by name, where it is absent."""
    folder = reference_data_dir()
    if not folder.is_dir():
        pytest.skip(f"reference data folder {folder} is absent (set ONCOBRIEF_REFERENCE_DATA)")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """One thread a process: numerical threads fight over few cores and blur determinism."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")

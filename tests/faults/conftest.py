"""A made-up workspace with one bundle, one brief, a small knowledge base and a database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.workspace import Workspace, open_workspace
from benchmarks.scale.lived_in import lived_in_workspace


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Made once, never written to."""
    return lived_in_workspace(tmp_path_factory.mktemp("full"))


@pytest.fixture
def copy(full: Workspace, tmp_path: Path) -> Callable[[str], Workspace]:
    """Makes a copy of the workspace under a name."""

    def make(name: str = "ws") -> Workspace:
        shutil.copytree(full.root, tmp_path / name)
        return open_workspace(tmp_path / name)

    return make

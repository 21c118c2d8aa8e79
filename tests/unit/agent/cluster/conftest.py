"""A small made-up workspace for every test of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.ops.trial import make_trial_workspace
from agent.workspace import Workspace, open_workspace


@pytest.fixture(scope="session")
def trial_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder with three made-up drugs."""
    workspace = open_workspace(tmp_path_factory.mktemp("trial"))
    make_trial_workspace(workspace, n_lines=64, n_genes=20, n_drugs=3)
    return workspace.data


@pytest.fixture
def trial(trial_data: Path, tmp_path: Path) -> Callable[[str], Workspace]:
    """Makes a fresh workspace with those data."""

    def make(name: str = "ws") -> Workspace:
        workspace = open_workspace(tmp_path / name)
        shutil.copytree(trial_data, workspace.data)
        return workspace

    return make

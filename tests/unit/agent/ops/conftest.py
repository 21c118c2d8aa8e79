"""A made-up workspace with one bundle, one brief, a small knowledge base and a database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.jobs import brief_job
from agent.ops.trial import make_trial_workspace
from agent.pipeline import explain_or_reuse, load_dataset
from agent.settings import ExplainSettings, Settings
from agent.workspace import Workspace, open_workspace
from knowledge.build import add
from knowledge.starter.load import cards_as_documents, load_cards


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Made once, never written to."""
    workspace = open_workspace(tmp_path_factory.mktemp("full"))
    make_trial_workspace(workspace, n_lines=64, n_genes=20, n_drugs=2)
    cards = [card for card in load_cards() if card.drug == "Venetoclax"][:2]
    add(workspace.knowledge, cards_as_documents(cards), cards)
    settings = ExplainSettings(bags=4)
    found = explain_or_reuse(load_dataset(workspace, "Trialdrug-001", settings), settings, workspace.bundles)
    brief_job(workspace, found, Settings(), out=None, command="brief", report=lambda text: None)
    with sqlite3.connect(workspace.root / "oncobrief.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS trial (word TEXT)")
        database.execute("INSERT INTO trial VALUES ('kept')")
    database.close()
    return workspace


@pytest.fixture
def copy(full: Workspace, tmp_path: Path) -> Callable[[str], Workspace]:
    """Makes a copy of the workspace under a name."""

    def make(name: str = "ws") -> Workspace:
        shutil.copytree(full.root, tmp_path / name)
        return open_workspace(tmp_path / name)

    return make

"""A small made-up workspace that has been used: data, a bundle, a brief, a knowledge base, a database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent.jobs import brief_job
from agent.ops.trial import make_trial_workspace
from agent.pipeline import explain_or_reuse, load_dataset
from agent.settings import ExplainSettings, Settings
from agent.workspace import Workspace, open_workspace
from knowledge.build import add
from knowledge.starter.load import cards_as_documents, load_cards


def lived_in_workspace(folder: Path) -> Workspace:
    """Make it: 64 lines x 20 genes, two drugs, two cards, ``Trialdrug-001`` explained with 4 bags."""
    workspace = open_workspace(folder)
    make_trial_workspace(workspace, n_lines=64, n_genes=20, n_drugs=2)
    cards = [card for card in load_cards() if card.drug == "Venetoclax"][:2]
    add(workspace.knowledge, cards_as_documents(cards), cards)
    settings = ExplainSettings(bags=4)
    found = explain_or_reuse(load_dataset(workspace, "Trialdrug-001", settings), settings, workspace.bundles)
    brief_job(workspace, found, Settings(), out=None, command="brief", report=_silent)
    with sqlite3.connect(workspace.root / "oncobrief.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS trial (word TEXT)")
        database.execute("INSERT INTO trial VALUES ('kept')")
    database.close()
    return workspace


def _silent(_text: str) -> None:
    return None

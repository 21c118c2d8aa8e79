"""A made-up workspace with its tools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.examples_workspace import example_workspace
from agent.settings import Settings
from agent.tools import Toolbox


@pytest.fixture(scope="session")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    tools = Toolbox(example_workspace(tmp_path_factory.mktemp("tools")), Settings())
    yield tools
    tools.close()

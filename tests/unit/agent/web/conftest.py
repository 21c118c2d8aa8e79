"""A made-up workspace behind the guard, without pages: what every test of the routes works on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.database import database_of
from agent.examples import example_tables
from agent.examples_depth import example_deep_bundle
from agent.settings import Settings
from agent.web.guard import Guard
from agent.web.options import WebOptions
from agent.web.server import api_app
from agent.web.services import Services
from agent.workspace import open_workspace

BASE = "http://127.0.0.1:8123"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one bundle and a database at its newest revision; copied, never written to."""
    workspace = open_workspace(tmp_path_factory.mktemp("web") / "ws").ensure_writable()
    example_deep_bundle().save(workspace.bundles, example_tables())
    database_of(workspace, Settings()).dispose()
    return workspace.root


@pytest.fixture
def make(made: Path, tmp_path: Path) -> Iterator[Callable[..., tuple[Services, TestClient]]]:
    """Makes services and a client of them; options as keywords."""
    opened: list[Services] = []

    def build(**options: object) -> tuple[Services, TestClient]:
        if not (tmp_path / "ws").is_dir():
            shutil.copytree(made, tmp_path / "ws")
        workspace = open_workspace(tmp_path / "ws")
        services = Services(workspace, Settings(), WebOptions(**options))  # type: ignore[arg-type]
        opened.append(services)
        app = api_app(services)
        app.add_middleware(Guard, options=services.options, sessions=services.sessions, metrics=services.metrics)
        return services, TestClient(app, base_url=BASE, raise_server_exceptions=False)

    yield build
    for services in opened:
        services.close()


@pytest.fixture
def client(make: Callable[..., tuple[Services, TestClient]]) -> TestClient:
    """A browser that has a session."""
    _, client = make()
    client.get("/api/session")
    return client


@pytest.fixture
def token_of() -> Callable[[TestClient], dict[str, str]]:
    """The header that lets a client change something."""
    return lambda client: {"X-CSRF-Token": client.get("/api/session").json()["csrf"]}

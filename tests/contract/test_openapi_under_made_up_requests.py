"""Requests made from our own OpenAPI document, valid and not: no server error, and answers as the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

schemathesis = pytest.importorskip("schemathesis")


EXAMPLES = 6
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TOKEN = "made-up-token-of-this-test"
# Each of these would start a process for every example.
LEFT_OUT = {("POST", "/api/jobs"), ("POST", "/api/uploads")}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from agent.database import database_of
    from agent.examples import example_tables
    from agent.examples_depth import example_deep_bundle
    from agent.settings import Settings
    from agent.web.guard import Guard
    from agent.web.options import WebOptions
    from agent.web.server import api_app
    from agent.web.services import Services
    from agent.workspace import open_workspace

    folder: Path = tmp_path_factory.mktemp("openapi")
    workspace = open_workspace(folder / "ws").ensure_writable()
    example_deep_bundle().save(workspace.bundles, example_tables())
    database_of(workspace, Settings()).dispose()
    services = Services(workspace, Settings(), WebOptions(token=TOKEN, names=("testserver", "localhost")))
    app = api_app(services)
    app.add_middleware(Guard, options=services.options, sessions=services.sessions, metrics=services.metrics)
    yield schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Authorization": f"Bearer {TOKEN}"})
    services.close()


def test_made_up_requests_meet_no_server_error(schema: Any) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance

    counts: dict[str, int] = {}
    statuses: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        name = f"{operation.method.upper()} {operation.path}"
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue

        counts[name] = _send_all(operation, statuses, [not_a_server_error, response_schema_conformance])
    print(f"{sum(counts.values())} requests over {len(counts)} operations, statuses {sorted(statuses)}")
    assert len(counts) >= 10
    assert sum(counts.values()) >= 3 * len(counts)
    assert 200 in statuses and max(statuses) < 500


def _send_all(operation: Any, statuses: set[int], checks: list[Any]) -> int:
    """Send made-up requests, half of them such as the document forbids; return how many."""
    from schemathesis import GenerationMode

    sent = 0
    either = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=either)
    def send(case: Any) -> None:
        nonlocal sent
        response = case.call(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=240)
        sent += 1
        statuses.add(response.status_code)
        case.validate_response(response, checks=checks)

    send()
    return sent

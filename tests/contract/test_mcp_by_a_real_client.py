"""The MCP server as a process of its own, asked by the protocol's own client over stdio and HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from agent.cli.app import main
from agent.errors import InputError
from agent.examples_workspace import example_workspace
from agent.mcp_server import build_server, http_app
from agent.settings import Settings
from agent.toolbox.catalogue import TOOLS
from agent.toolbox.records import Answer
from agent.tools import Toolbox

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_workspace(tmp_path_factory.mktemp("mcp")).root


def arguments(folder: Path, *more: str) -> list[str]:
    code = "from agent.cli.app import main; main()"
    return ["-c", code, "--workspace", str(folder), "mcp", *more]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "ONCOBRIEF_MCP_TOKEN": TOKEN}
    server = subprocess.Popen(
        [sys.executable, *arguments(folder, "--http", "--port", str(port))], env=environment, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/mcp"
    end = time.monotonic() + 60
    while True:
        try:
            httpx2.get(address)
            break
        except httpx2.TransportError:
            assert time.monotonic() < end and server.poll() is None, "the server did not start"
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(20)


def over_stdio(folder: Path, work: Any) -> Any:
    async def run() -> Any:
        parameters = StdioServerParameters(command=sys.executable, args=arguments(folder))
        async with Client(stdio_client(parameters)) as client:
            return await work(client)

    return anyio.run(run)


def over_http(address: str, work: Any, token: str = TOKEN) -> Any:
    async def run() -> Any:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        async with http, Client(streamable_http_client(address, http_client=http)) as client:
            return await work(client)

    return anyio.run(run)


async def look_around(client: Client) -> tuple[Any, Any, Any, Any, Any]:
    tools = (await client.list_tools()).tools
    gene = await client.call_tool("gene", {"drug": "examplinib", "gene": "GENA1"})
    missing = await client.call_tool("gene", {"drug": "examplinib"})
    unknown = await client.call_tool("overview", {"drug": "<script>alert(1)</script>"})
    job = await client.call_tool("jobs", {"job": "../../etc/passwd"})
    return tools, gene, missing, unknown, job


def check(found: tuple[Any, Any, Any, Any, Any]) -> None:
    tools, gene, missing, unknown, job = found
    assert [tool.name for tool in tools] == [spec.name for spec in TOOLS]
    by_name = {tool.name: tool for tool in tools}
    assert by_name["gene"].input_schema["required"] == ["drug", "gene"]
    assert by_name["explain"].input_schema["properties"]["null_runs"]["maximum"] == 2000
    assert by_name["overview"].annotations.read_only_hint
    assert not by_name["run_null"].annotations.read_only_hint
    assert by_name["overview"].output_schema is not None
    assert not gene.is_error
    answer = Answer.model_validate(gene.structured_content)
    assert answer.title == "GENA1 and Examplinib"
    assert Answer.model_validate(json.loads(gene.content[0].text)) == answer
    assert missing.is_error
    assert not unknown.is_error
    assert "no drug" in unknown.structured_content["sentences"][0]["text"]
    assert job.is_error


def test_over_stdio(folder: Path) -> None:
    check(over_stdio(folder, look_around))


def test_over_http(served: str) -> None:
    check(over_http(served, look_around))


def test_every_tool_is_asked_over_http_and_its_answer_holds(served: str, folder: Path) -> None:
    asked: dict[str, dict[str, Any]] = {
        "overview": {"drug": "Examplinib"},
        "gene": {"drug": "Examplinib", "gene": "GENB"},
        "lineage": {"drug": "Examplinib", "gene": "GENB"},
        "compare": {"first": "Examplinib", "second": "Otheramab"},
        "contradictions": {"drug": "Examplinib"},
        "known": {"drug": "Examplinib", "gene": "GENA1"},
        "draft": {"drug": "Examplinib", "gene": "GENA1"},
        "lines_to_test": {"drug": "Examplinib", "gene": "GENA1"},
        "why_line": {"drug": "Examplinib", "line": "LINE-03"},
        "modules": {"drug": "Examplinib"},
        "literature": {"query": "made-up cells"},
        "show_passage": {"passage_id": "note:2#0-84"},
        **{name: {"drug": "Examplinib"} for name in ("interactions", "rules", "null", "verdicts", "replication")},
        "stability": {"drug": "Examplinib"},
        "drugs": {"query": "examplinib"},
        **{name: {} for name in ("own_screens", "runs", "jobs", "help")},
    }
    works = {spec.name for spec in TOOLS if spec.works}
    assert set(asked) | works == {spec.name for spec in TOOLS}

    async def ask_all(client: Client) -> dict[str, Any]:
        return {name: await client.call_tool(name, given) for name, given in asked.items()}

    toolbox = Toolbox(example_workspace(folder), Settings())
    for name, result in over_http(served, ask_all).items():
        assert not result.is_error, (name, result.content)
        answer = Answer.model_validate(result.structured_content)
        assert answer.kind == name
        assert toolbox.faults(answer) == (), name
    toolbox.close()


def test_without_the_token_nothing_is_served(served: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for headers in ({}, {"Authorization": "Bearer wrong-token-of-length"}, {"Authorization": TOKEN}):
        for method in ("GET", "POST", "DELETE"):
            reply = httpx2.request(method, served, headers=headers, json=body if method == "POST" else None)
            assert reply.status_code == 401
            assert "tools" not in reply.text


def test_another_address_needs_a_token_and_a_token_some_length(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONCOBRIEF_MCP_TOKEN", raising=False)
    for more in (["--host", "0.0.0.0"], ["--host", "192.0.2.1"], ["--token", "short"]):
        with pytest.raises(SystemExit) as left:
            main(["--workspace", str(folder), "mcp", "--http", *more])
        assert left.value.code == 2
        assert "token" in capsys.readouterr().err


def test_foreign_host_names_are_turned_away_on_loopback(folder: Path) -> None:
    toolbox = Toolbox(example_workspace(folder), Settings())
    app = http_app(build_server(toolbox), "127.0.0.1", None)

    async def ask(host: str) -> int:
        transport = httpx2.ASGITransport(app=app)
        client = httpx2.AsyncClient(transport=transport, base_url=f"http://{host}")
        async with app.router.lifespan_context(app), client:  # type: ignore[attr-defined]
            headers = {"Accept": "application/json, text/event-stream"}
            body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            return (await client.post("/mcp", json=body, headers=headers)).status_code

    assert anyio.run(ask, "evil.example:80") in (403, 421)
    with pytest.raises(InputError):
        http_app(build_server(toolbox), "0.0.0.0", None)
    toolbox.close()

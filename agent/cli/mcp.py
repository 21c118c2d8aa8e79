"""``oncobrief mcp``: the tools for clients of the Model Context Protocol."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from agent.cli.context import state_of
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)
TOKEN = "ONCOBRIEF_MCP_TOKEN"


@app.command()
def mcp(
    ctx: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP instead of stdio.")] = False,
    host: Annotated[str, typer.Option("--host", help="Address for --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port for --http.")] = 8765,
    token: Annotated[
        str | None,
        typer.Option("--token", help=f"Asked of every HTTP request; better set in {TOKEN}.", show_default=False),
    ] = None,
) -> None:
    """Serve the tools: on stdin and stdout, or over HTTP on this machine (elsewhere only with a token)."""
    from agent.mcp_server import PATH, build_server, http_app
    from agent.tools import Toolbox

    state = state_of(ctx)
    secret = token if token is not None else os.environ.get(TOKEN) or None
    toolbox = Toolbox(state.workspace(write=True), state.settings())
    server = build_server(toolbox)
    try:
        if not http:
            server.run("stdio")
            return
        import uvicorn

        served = http_app(server, host, secret)
        shown = f"[{host}]" if ":" in host else host
        note(f"MCP over HTTP: http://{shown}:{port}{PATH}" + (" (with a token)" if secret else ""))
        uvicorn.run(served, host=host, port=port, log_level="warning", access_log=False, ws="none")
    finally:
        toolbox.close()

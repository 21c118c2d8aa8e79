"""``oncobrief serve``: the web page and its routes, on this machine unless told otherwise."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from agent.cli.context import say, state_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes any free one.")] = 8123,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; beyond this machine needs a token.")
    ] = "127.0.0.1",
    token: Annotated[
        bool, typer.Option("--token", help="Ask for a token on this machine too; made where none is set.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", metavar="NAME", help="Further name of this server.")
    ] = None,
    max_upload_mb: Annotated[
        int, typer.Option("--max-upload-mb", min=1, max=4096, help="Largest uploaded table.")
    ] = 512,
) -> None:
    """Serve the page until interrupted. The token is read from ONCOBRIEF_WEB__TOKEN, never from the command line."""
    from agent.web.options import TOKEN_VARIABLE, WebOptions, is_loopback, new_token
    from agent.web.running import run_server

    state = state_of(ctx)
    given = os.environ.get(TOKEN_VARIABLE) or None
    made = new_token() if given is None and (token or not is_loopback(host)) else None
    options = WebOptions(
        host=host,
        port=port,
        token=given or made,
        names=tuple(name.lower() for name in allow_host or ()),
        max_upload=max_upload_mb << 20,
    )
    settings = state.settings()
    workspace = state.workspace(write=True)
    if made is not None:
        # Once, on the terminal of whoever started it; it is written nowhere.
        _tell(f"token: {made}")
    run_server(workspace, settings, options, _tell)


def _tell(text: str) -> None:
    """Say it at once, also to a pipe: a program that starts the server waits for the address."""
    say(text)
    sys.stdout.flush()

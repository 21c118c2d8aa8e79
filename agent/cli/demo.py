"""``oncobrief demo``: the main job end to end on public data."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.brief import show
from agent.cli.context import state_of
from agent.cli.explain import JsonOption, explain_settings, run_explain
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    ctx: typer.Context,
    drug: Annotated[str, typer.Option("--drug", help="GDSC name, synonym or drug id.")] = "venetoclax",
    as_json: JsonOption = False,
) -> None:
    """Fetch the public screen, build the knowledge base, explain a drug, write its brief; re-uses what is there."""
    from agent.jobs import brief_job
    from explain_engine.data.fetch import fetch_gdsc

    state = state_of(ctx)
    settings = state.settings()
    chosen = explain_settings(settings, seed=None, bags=None, screen=None, kind=None)
    workspace = state.workspace(write=True)
    note(f"workspace: {workspace.root}")
    fetch_gdsc(workspace.data, progress=note)
    explained = run_explain(ctx, drug, chosen)
    written = brief_job(workspace, explained, settings, out=None, command="demo", report=note)
    show(written, as_json=as_json)
    if not as_json:
        note(f"open {written.paths[0]} in a browser; `oncobrief doctor` says what works here")

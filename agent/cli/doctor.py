"""``oncobrief doctor``: what works here, and what to do about what does not."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.context import print_json, say, state_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Say what works: versions, threads, workspace, data, embedder, knowledge, bundles, language model."""
    from agent.doctor import examine, healthy

    state = state_of(ctx)
    findings = examine(state.workspace(), state.settings())
    if as_json:
        print_json({"healthy": healthy(findings), "findings": [f.model_dump(mode="json") for f in findings]})
    else:
        for f in findings:
            say(f"{f.status:<8} {f.what:<15} {f.detail}")
            if f.advice:
                say(f"{'':<24} -> {f.advice}")
    if not healthy(findings):
        raise typer.Exit(1)

"""``oncobrief benchmark``: every benchmark of a source checkout, one after the other, and one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)

SMALL_LIMIT_S, FULL_LIMIT_S = 120.0, 4 * 3600.0


@app.command()
def benchmark(
    ctx: typer.Context,
    small: Annotated[bool, typer.Option("--small", help="Sizes of seconds, to see that everything runs.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Sizes that results are reported from.")] = False,
    only: Annotated[
        str, typer.Option("--only", metavar="LIST", help="Areas or single benchmarks, separated by commas.")
    ] = "",
    limit: Annotated[
        float | None, typer.Option("--limit", min=1.0, metavar="S", help="Wall seconds before one is given up.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page.")] = Path("benchmarks.md"),
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Run the benchmarks as processes of their own; a failure is one line of the page, not the end of the run."""
    from agent.errors import InputError
    from agent.validate.suite import checkout_root, chosen, run_suite

    if small == full:
        raise InputError("choose --small or --full")
    root = checkout_root()
    benchmarks = chosen([word.strip() for word in only.split(",") if word.strip()])
    workspace = state_of(ctx).workspace()
    # The folder of the screen, as `oncobrief data fetch` makes it.
    filled = workspace.root if (workspace.data / "gdsc").is_dir() else None
    seconds = limit if limit is not None else SMALL_LIMIT_S if small else FULL_LIMIT_S
    try:
        outcomes = run_suite(root, benchmarks, small=small, limit_s=seconds, out=out, report=note, workspace=filled)
    except KeyboardInterrupt:
        note(f"stopped; what has run is in {out}")
        raise typer.Exit(130) from None
    if as_json:
        print_json([o.model_dump(mode="json") for o in outcomes])
    else:
        say(str(out))
    if any(o.state in ("failed", "timed out") for o in outcomes):
        raise typer.Exit(1)

"""``oncobrief replay``: a recorded command again, compared to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.context import print_json, say, state_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def replay(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of `oncobrief run --record`.")],
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep what comes out in this new folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Do a recorded command again on the same inputs; exit code 0 if every byte is the same, else 1."""
    from agent.ops.recording import load_recording
    from agent.ops.recording import replay as run

    found = run(state_of(ctx).workspace(), load_recording(file), keep.absolute() if keep is not None else None)
    if as_json:
        print_json(found.model_dump(mode="json") | {"identical": found.identical})
    else:
        for what, names in (("different", found.different), ("missing", found.missing), ("extra", found.extra)):
            for name in names:
                say(f"{what}: {name}")
        for name, (then, now) in found.versions.items():
            say(f"version: {name} was {then}, is {now}")
        if not found.stdout:
            say("different: what was printed")
        say(f"{len(found.same)} output files are the same to the byte" + ("" if found.identical else "; others differ"))
    if not found.identical:
        raise typer.Exit(1)

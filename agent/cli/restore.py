"""``oncobrief restore``: a back-up into a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.backup import JsonOption, show_report
from agent.cli.context import state_of
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `oncobrief backup` wrote.")],
    sha256: Annotated[str | None, typer.Option("--sha256", help="Digest that the back-up told.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a back-up into an empty or new workspace; every digest is checked before anything appears."""
    from agent.ops.backup import restore_backup

    report = restore_backup(file.absolute(), state_of(ctx).workspace(), sha256=sha256, report=note)
    show_report("restored", report, as_json)

"""``oncobrief backup``: a workspace in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import print_json, say, state_of

if TYPE_CHECKING:
    from agent.ops.backup import BackupReport

app = typer.Typer(rich_markup_mode=None)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new .tar or .tar.gz file.")],
    data: Annotated[bool, typer.Option("--data/--no-data", help="Also the screen's tables.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Write the workspace into one file, databases included, while others go on working in it."""
    from agent.ops.backup import write_backup

    show_report("written", write_backup(state_of(ctx).workspace(), file.absolute(), data=data), as_json)


def show_report(what: str, report: BackupReport, as_json: bool) -> None:
    """Print where it is, its digest and what is not in it."""
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    place = report.file if what == "written" else report.workspace
    say(f"{what}: {place} ({report.files} files, {report.bytes:,} bytes)")
    say(f"digest: {report.sha256}")
    for line in report.left_out:
        say(f"not in it: {line}")

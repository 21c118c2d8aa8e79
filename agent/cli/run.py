"""``oncobrief run``: a command with a record of everything that went in and came out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.context import state_of
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)

# What stands after the command belongs to it, options included.
_AS_GIVEN = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}


@app.command(context_settings=_AS_GIVEN)
def run(
    ctx: typer.Context,
    record: Annotated[Path, typer.Option("--record", metavar="FILE", help="Where the recording goes (JSON).")],
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND...", help="explain, null, brief, knowledge, demo or validate.")
    ],
    crate: Annotated[
        Path | None, typer.Option("--crate", metavar="DIR", help="Also an RO-Crate of the outputs, a new folder.")
    ] = None,
) -> None:
    """Run a command on copies of the inputs, record digests of all it read and made, then keep what it made.

    `oncobrief replay FILE` does it again and compares every byte.
    """
    import shutil

    from agent.errors import InputError
    from agent.ops.crate import write_crate
    from agent.ops.recording import record_run, save_recording
    from agent.workspace import require_writable

    for path, option in ((record, "--record"), (crate, "--crate")):
        if path is not None:
            if path.exists():
                raise InputError(f"{option} {str(path)!r} exists; give a new name")
            require_writable(path.absolute().parent, "folder", f"choose another for {option}")
    workspace = state_of(ctx).workspace(write=True)
    recording, printed, folder = record_run(workspace, command, report=note)
    try:
        sys.stdout.write(printed.decode("utf-8", "replace").replace(str(folder), str(workspace.root)))
        save_recording(recording, record)
        if crate is not None:
            write_crate(recording, folder, crate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    note(f"recorded in {record}: {len(recording.inputs)} inputs, {len(recording.outputs)} outputs")
    if recording.exit_code:
        raise typer.Exit(recording.exit_code)

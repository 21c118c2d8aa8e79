"""What every command gets from the global options, and how all of them speak."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import typer
    from rich.console import Console

    from agent.settings import Settings
    from agent.workspace import Workspace


@dataclass
class CliState:
    """Values of the options that stand before the command."""

    folder: Path | None = None
    debug: bool = False

    def settings(self) -> Settings:
        """Settings from the environment."""
        from agent.settings import load_settings

        return load_settings()

    def workspace(self, *, write: bool = False) -> Workspace:
        """The workspace chosen by ``--workspace``, else by the environment, else the user's data folder.

        Raises
        ------
        agent.errors.WorkspaceError
            With ``write=True``, if the folder cannot be written to.
        """
        from agent.workspace import open_workspace

        folder = self.folder if self.folder is not None else self.settings().workspace
        found = open_workspace(folder)
        return found.ensure_writable() if write else found


def state_of(ctx: typer.Context) -> CliState:
    """Return the global options; commands run on their own (in tests) get the defaults."""
    return ctx.obj if isinstance(ctx.obj, CliState) else CliState()


def print_json(value: Any) -> None:
    """Write `value` to stdout as one JSON document."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """Write one line to stdout."""
    sys.stdout.write(text + "\n")


def console() -> Console:
    """Console for progress and notes: always stderr or the log, so that stdout stays machine-readable."""
    from rich.console import Console

    from agent.ops.logs import LogStream, logging_json

    if logging_json():
        return Console(file=cast("IO[str]", LogStream()), highlight=False, width=10_000)
    return Console(stderr=True, highlight=False)

"""A command group that imports a command only when it runs; ``--help`` imports none of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer.main
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class LazyCommand:
    """Where a command lives.

    Attributes
    ----------
    module
        Module whose ``app`` (a `typer.Typer`) is the command or group of commands.
    help
        One line for the list of commands.
    """

    module: str
    help: str


def lazy_group(table: Mapping[str, LazyCommand]) -> type[TyperGroup]:
    """Return a group class whose commands are those of `table`, in its order."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attrs: Any) -> None:
            super().__init__(**attrs)
            self._listing = False
            # Stand-ins carry the name and the help line for listings and for "did you mean".
            self.commands = {name: TyperCommand(name=name, help=entry.help) for name, entry in table.items()}

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if self._listing or cmd_name not in table:
                return self.commands.get(cmd_name)
            module = importlib.import_module(table[cmd_name].module)
            command = typer.main.get_command(module.app)
            command.name = cmd_name
            return command

        def format_help(self, ctx: Any, formatter: Any) -> None:
            self._listing = True
            try:
                super().format_help(ctx, formatter)
            finally:
                self._listing = False

    return LazyGroup
